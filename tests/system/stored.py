"""Records as the worker writes them, for the tests of the store."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.store.positions import Place
from connectors.store.records import Record
from connectors.store.writer import Batch
from ioc.records import (
    Alert,
    Decision,
    Evidence,
    Feedback,
    Health,
    Incident,
    QualityRow,
    Receipt,
    Signal,
    StateRow,
    encode,
)

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def evidence(number: int, **changes: Any) -> Evidence:
    return Evidence(
        **{
            "signal_id": f"s-{number}",
            "source": "reports",
            "event_id": f"r-{number}",
            "at": at(number),
            "rule_id": "open",
            "score": 1.0,
            "publisher": "app",
            **changes,
        }
    )


def step(minute: float, action: str = "worsen", **changes: Any) -> Any:
    content = {"at": at(minute), "by": "system", "action": action, "from": None, "to": "routed", "rule_id": "r"}
    return {**content, "reason": "", **changes}


def incident(number: int = 1, version: int = 1, **changes: Any) -> Incident:
    """An incident; its time goes with its version."""
    values: dict[str, Any] = {
        "incident_id": f"qn-06673-20261120-{number:06d}",
        "province": "qn",
        "commune": "06673",
        "centre": "ha-long",
        "centre_also": None,
        "unit": "works",
        "category": "urban_infrastructure",
        "also": [],
        "subcategory": "tree",
        "severity": "normal",
        "status": "routed",
        "title": "Cây đổ chắn ngang đường",
        "opened_at": at(0),
        "updated_at": at(version),
        "acknowledged_at": None,
        "acknowledged_by": None,
        "due_at": at(600),
        "overdue": False,
        "lat": 20.95,
        "lon": 107.08,
        "evidence": [evidence(1)],
        "evidence_count": 1,
        "reporters": 1,
        "parent": None,
        "children_count": 0,
        "previous_incident": None,
        "version": version,
        "history": [step(0, "open")],
    }
    return Incident(**(values | changes))


def signal(number: int = 1, **changes: Any) -> Signal:
    values: dict[str, Any] = {
        "signal_id": f"s-{number}",
        "source": "reports",
        "event_id": f"r-{number}",
        "kind": "report",
        "category": "urban_infrastructure",
        "subcategory": "tree",
        "severity": "normal",
        "confidence": 0.9,
        "at": at(number),
        "commune": "06673",
        "centre": "ha-long",
        "lat": 20.95,
        "lon": 107.08,
        "located_by": "polygon",
        "location_confidence": 1.0,
        "title": "Cây đổ",
        "text": "Cây phượng đổ trước cổng chợ",
        "evidence": {"channel": "app", "sketch": [1, 2, 3], "words": [{"start": 0, "end": 3, "why": "tree"}]},
        "rule_id": "classify",
        "versions": {},
        "accepted_at": at(number),
        "publisher": "app",
        "reporter": "pseudonym-of-somebody",
    }
    return Signal(**(values | changes))


def alert(number: int = 1, **changes: Any) -> Alert:
    of = incident(number)
    values: dict[str, Any] = {
        "alert_id": f"{of.incident_id}:1:opened",
        "reason": "opened",
        "at": at(number),
        "text": "Vụ việc mới",
        "sources": ["reports"],
        **{
            name: getattr(of, name)
            for name in (
                "incident_id", "centre", "severity", "category", "subcategory", "status", "commune", "lat", "lon",
                "title", "evidence_count", "version",
            )
        },
    }  # fmt: skip
    return Alert(**(values | changes))


def feedback(number: int = 1, minute: float = 1, **changes: Any) -> Feedback:
    values: dict[str, Any] = {
        "source": "app",
        "report_id": f"r-{number}",
        "status": "received",
        "text": {"vi": "Đã nhận", "en": "Received"},
        "unit": "Sở Xây dựng",
        "expected_at": at(600),
        "incident_id": None,
        "merged_count": 1,
        "at": at(minute),
    }
    return Feedback(**(values | changes))


def decision(number: int = 1, **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "decision_id": f"d-{number}",
        "incident_id": incident(number).incident_id,
        "event_id": f"r-{number}",
        "at": at(number),
        "kind": "join",
        "rule_id": "near",
        "inputs": {"score": 0.8},
        "outcome": "joined",
        "versions": {},
    }
    return Decision(**(values | changes))


def receipt(number: int = 1, **changes: Any) -> Receipt:
    values: dict[str, Any] = {
        "source": "app",
        "id": f"r-{number}",
        "result": "accepted",
        "duplicate_of": None,
        "errors": [],
        "at": at(number),
    }
    return Receipt(**(values | changes))


def health(window: int, sums: Sequence[int], source: str = "sensors", kind: str = "air") -> Health:
    return Health(source, 0, at(0), quality=[QualityRow(window, kind, list(sums))])  # type: ignore[arg-type]


def states(minute: float, *rows: StateRow) -> Health:
    return Health("sensors", 0, at(minute), states=list(rows))


class Tape:
    """Records with offsets as topics would give them, and the batches that they are read in."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._offsets: dict[str, itertools.count[int]] = {}

    def add(self, topic: str, key: str, value: object, ms: int = int(START.timestamp() * 1000)) -> Record:
        """Append a record; ``None`` is a tombstone, bytes are what they are."""
        offset = next(self._offsets.setdefault(topic, itertools.count()))
        raw = value if value is None or isinstance(value, bytes) else encode(value)
        record = Record(topic, 0, offset, ms, key.encode(), raw)
        self.records.append(record)
        return record

    def batches(self, size: int, known: Mapping[tuple[str, int], Place] | None = None) -> list[Batch]:
        """All records from the first on, ``size`` at a time; ``known``: places to begin at."""
        places = dict(known or {})
        found = []
        for start in range(0, len(self.records), size):
            part = self.records[start : start + size]
            moves: dict[tuple[str, int], tuple[Place, Place]] = {}
            for record in part:
                partition = record.topic, record.partition
                before = moves[partition][0] if partition in moves else places.get(partition, Place(0, 0))
                after = Place(before.generation, record.offset + 1, before.topic_id)
                moves[partition] = before, after
                places[partition] = after
            found.append(Batch(part, moves))
        return found
