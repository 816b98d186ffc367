"""An in-memory view of a compacted topic: what is known of each key, bounded, honest about not being ready.

It serves reads until a store exists. It is read_committed, begins at the topic's first record with every start, and
holds the newest keys only, so a key that fell out is unknown here while Kafka still has it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import orjson

from connectors.gateway.tail import Offsets, Tail
from ioc.topics import FEEDBACK, INCIDENTS, SILENCES

_T = TypeVar("_T")

MAX_AGE_S: Final = 90 * 86_400.0
"""Retention of ``ioc.feedback``; incidents that did not change for as long are closed."""
MAX_REPORTS: Final = 50_000
MAX_INCIDENTS: Final = 20_000
MAX_SILENCES: Final = 5_000
MAX_HISTORY: Final = 20


class CompactedView(Generic[_T]):
    """Newest values by key.

    Args:
        options: Arguments of every Kafka client.
        topic: A compacted topic.
        read: From a value to a record; raises ``ValueError``, ``KeyError`` or ``TypeError`` where it is none.
        identify: The key under which a record is kept.
        max_keys: Keys kept; the one that changed longest ago goes first.
        max_history: Values kept of each key.

    """

    def __init__(
        self,
        options: dict[str, Any],
        topic: str,
        *,
        read: Callable[[bytes], _T],
        identify: Callable[[_T], str],
        max_keys: int,
        max_history: int = 1,
    ) -> None:
        self._read = read
        self._identify = identify
        self._max_keys = max_keys
        self._max_history = max_history
        self._entries: OrderedDict[str, tuple[float, list[_T]]] = OrderedDict()
        self._tail = Tail(options, [topic], start=_from_the_first, on_record=self._take, name=topic)

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._tail.start()

    async def stop(self) -> None:
        """End at once."""
        await self._tail.stop()

    @property
    def ready(self) -> bool:
        """Whether everything was read that was there at the start."""
        return self._tail.caught_up.is_set()

    def get(self, identity: str) -> _T | None:
        """Newest value, or ``None`` where the key is not (or no longer) known."""
        entry = self._entries.get(identity)
        return entry[1][-1] if entry else None

    def history(self, identity: str) -> Sequence[_T]:
        """What was read of a key since the start and before compaction, oldest first."""
        entry = self._entries.get(identity)
        return entry[1] if entry else ()

    def newest(self) -> Iterator[_T]:
        """Newest value of each key, the latest change first."""
        return (values[-1] for _, values in reversed(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def full(self) -> bool:
        """Whether keys may have been let go for want of room."""
        return len(self._entries) >= self._max_keys

    def _take(
        self, _topic: str, _partition: int, _offset: int, key: bytes | None, value: bytes | None, ms: int
    ) -> None:
        if value is None:
            # A tombstone names the record key alone; identities of one record key may differ by publisher.
            self._forget(key)
            return
        try:
            record = self._read(value)
        except (ValueError, KeyError, TypeError):
            return  # a record of a newer release: what it says is not for this one
        identity = self._identify(record)
        _, values = self._entries.pop(identity, (0.0, []))
        values.append(record)
        del values[: -self._max_history]
        self._entries[identity] = (ms / 1000, values)
        self._trim()

    def _trim(self) -> None:
        oldest = time.time() - MAX_AGE_S
        while self._entries:
            at, _ = next(iter(self._entries.values()))
            if len(self._entries) <= self._max_keys and at >= oldest:
                return
            self._entries.popitem(last=False)

    def _forget(self, key: bytes | None) -> None:
        name = (key or b"").decode(errors="replace")
        if self._entries.pop(name, None) is not None:
            return
        for identity in [each for each in self._entries if each.rpartition("\n")[2] == name]:
            del self._entries[identity]


@dataclass(frozen=True, slots=True)
class Answer:
    """One record of ``ioc.feedback``: what it is about, and its JSON as it stands in the topic."""

    source: str
    report_id: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One record of ``ioc.incidents``: what it is found by, and its JSON as it stands in the topic."""

    incident_id: str
    centre: str
    centre_also: str | None
    status: str
    category: str
    severity: str
    version: int
    updated_at: datetime
    lat: float | None
    lon: float | None
    unit: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One record of ``ioc.silences``: what it is found by, and its JSON as it stands in the topic."""

    silence_id: str
    kind: str
    centres: tuple[str, ...]
    over: bool
    raw: bytes


def report_identity(source: str, report_id: str) -> str:
    """Key of a report in the view: the same id of another source is another report."""
    return f"{source}\n{report_id}"


def feedback_view(options: dict[str, Any]) -> CompactedView[Answer]:
    """What citizens may see of their reports."""
    return CompactedView(
        options,
        FEEDBACK,
        read=_answer,
        identify=lambda answer: report_identity(answer.source, answer.report_id),
        max_keys=MAX_REPORTS,
        max_history=MAX_HISTORY,
    )


def incidents_view(options: dict[str, Any]) -> CompactedView[IncidentRow]:
    """Current state of every incident."""
    return CompactedView(
        options, INCIDENTS, read=incident_row, identify=lambda row: row.incident_id, max_keys=MAX_INCIDENTS
    )


def silences_view(options: dict[str, Any]) -> CompactedView[SilenceRow]:
    """Current state of every silence, maintenance window and emergency mode."""
    return CompactedView(options, SILENCES, read=_silence, identify=lambda row: row.silence_id, max_keys=MAX_SILENCES)


def _silence(raw: bytes) -> SilenceRow:
    content = orjson.loads(raw)
    over = content["ended_at"] is not None
    return SilenceRow(content["silence_id"], content["kind"], tuple(content["centres"]), over, raw)


def _answer(raw: bytes) -> Answer:
    content = orjson.loads(raw)
    return Answer(content["source"], content["report_id"], content)


def incident_row(raw: bytes) -> IncidentRow:
    """A record of ``ioc.incidents``; raises as a view's ``read`` may."""
    content = orjson.loads(raw)
    names = (name for name in IncidentRow.__slots__ if name not in {"raw", "updated_at", "unit"})
    fields = {name: content[name] for name in names}
    at = datetime.fromisoformat(content["updated_at"])
    return IncidentRow(**fields, updated_at=at, unit=content.get("unit", ""), raw=raw)


def _from_the_first(first: Offsets, _end: Offsets) -> Offsets:
    return dict(first)
