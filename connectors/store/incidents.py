"""``ioc.incidents`` to rows: the newest state, what belongs to it, and each step of its history once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, tuple_

from connectors.store import schema
from connectors.store.records import Body, Record
from connectors.store.rows import Row, digest
from connectors.store.search import folded
from connectors.store.upserts import Sink, chunks

_TABLES: Final = (schema.incident_documents, schema.evidence, schema.transitions)
_TEXTS: Final = ("province", "commune", "centre", "unit", "category", "subcategory", "severity", "status")


@dataclass(frozen=True, slots=True)
class State:
    """One version of an incident.

    Attributes:
        row: Its row of ``incidents``.
        evidence: Rows of ``evidence``.
        whole: The record lists all of the evidence, so that what it does not list does not belong to it any more.
        steps: Rows of ``transitions``.
        document: Its JSON.

    """

    row: Row
    evidence: list[Row]
    whole: bool
    steps: list[Row]
    document: str

    @property
    def order(self) -> tuple[int, datetime]:
        """Version and time."""
        return self.row["version"], self.row["updated_at"]


def read_incident(record: Record) -> State:
    """Read a record.

    Raises:
        UnreadableError: it is no incident.

    """
    body = Body.of(record)
    incident_id, version, title = body.text("incident_id"), body.integer("version"), body.text("title")
    row: dict[str, Any] = {
        "incident_id": incident_id,
        **{name: body.text(name) for name in _TEXTS},
        "centre_also": body.text_or("centre_also"),
        "title": title,
        "opened_at": body.instant("opened_at"),
        "updated_at": body.instant("updated_at"),
        "acknowledged_at": body.instant_or("acknowledged_at"),
        "acknowledged_by": body.text_or("acknowledged_by"),
        "due_at": body.instant_or("due_at"),
        "overdue": body.flag("overdue"),
        "lat": body.number_or("lat"),
        "lon": body.number_or("lon"),
        "evidence_count": body.integer("evidence_count", 0),
        "reporters": body.integer("reporters", 0),
        "parent": body.text_or("parent"),
        "children_count": body.integer("children_count", 0),
        "previous_incident": body.text_or("previous_incident"),
        "version": version,
        "folded": folded(title, body.text_or("text", "")),
    }
    evidence = [
        {
            "incident_id": incident_id,
            "signal_id": each.text("signal_id"),
            "source": each.text("source"),
            "publisher": each.text_or("publisher", ""),
            "event_id": each.text("event_id"),
            "at": each.instant("at"),
            "rule_id": each.text("rule_id"),
            "score": each.number_or("score") or 0.0,
        }
        for each in body.objects("evidence")
    ]
    return State(
        row, evidence, row["evidence_count"] == len(evidence), _steps(incident_id, version, body), record.document
    )


def _steps(incident_id: str, version: int, body: Body) -> list[Row]:
    """Steps with identities; steps of one content at one instant are told apart by their number."""
    rows, numbers = [], defaultdict[tuple[Any, ...], int](int)
    for place, each in enumerate(body.objects("history")):
        content = {
            "at": each.instant("at"),
            "by": each.text("by"),
            "action": each.text("action"),
            "from_status": each.text_or("from"),
            "to_status": each.text("to"),
            "rule_id": each.text_or("rule_id", ""),
            "reason": each.text_or("reason", ""),
        }
        same = tuple(content.values())
        step_id = digest(*same, numbers[same])
        numbers[same] += 1
        rows.append({"incident_id": incident_id, "step_id": step_id, "version": version, "place": place, **content})
    return rows


def store_incidents(sink: Sink, states: Sequence[State]) -> None:
    """Store versions in the order of the topic; what is older than what is there adds its steps only."""
    newest = _stored(sink.connection, {state.row["incident_id"] for state in states})
    steps: dict[tuple[str, str], Row] = {}
    fresh: dict[str, State] = {}
    evidence: dict[str, dict[str, Row]] = defaultdict(dict)
    emptied: set[str] = set()
    for state in states:
        name = state.row["incident_id"]
        for row in state.steps:
            steps.setdefault((name, row["step_id"]), row)
        known = newest.get(name)
        if known is not None and state.order[0] < known[0] and state.order[1] <= known[1]:
            continue
        newest[name], fresh[name] = state.order, state
        if state.whole:
            emptied.add(name)
            evidence[name].clear()
        evidence[name].update({row["signal_id"]: row for row in state.evidence})
    sink.put(schema.incidents, [state.row for state in fresh.values()], ["incident_id"])
    documents = [{"incident_id": name, "document": state.document} for name, state in fresh.items()]
    sink.put(schema.incident_documents, documents, ["incident_id"])
    _drop_what_left(sink.connection, {name: evidence[name] for name in emptied})
    sink.put(
        schema.evidence,
        [row for rows in evidence.values() for row in rows.values()],
        ["incident_id", "signal_id"],
    )
    sink.add(schema.transitions, list(steps.values()), ["incident_id", "step_id"])


def remove_incidents(connection: Connection, names: Sequence[str]) -> None:
    """Remove incidents with all that belongs to them."""
    for part in chunks(names):
        for table in (*_TABLES, schema.incidents):
            connection.execute(delete(table).where(table.c.incident_id.in_(part)))


def _stored(connection: Connection, names: set[str]) -> dict[str, tuple[int, datetime]]:
    table = schema.incidents
    found: dict[str, tuple[int, datetime]] = {}
    for part in chunks(sorted(names)):
        wanted = select(table.c.incident_id, table.c.version, table.c.updated_at).where(table.c.incident_id.in_(part))
        found |= {name: (version, at) for name, version, at in connection.execute(wanted)}
    return found


def _drop_what_left(connection: Connection, whole: dict[str, dict[str, Row]]) -> None:
    """Take away evidence that another incident has now."""
    table = schema.evidence
    gone: list[tuple[str, str]] = []
    for part in chunks(whole):
        listed = select(table.c.incident_id, table.c.signal_id).where(table.c.incident_id.in_(part))
        gone += [(name, signal) for name, signal in connection.execute(listed) if signal not in whole[name]]
    for pairs in chunks(gone, 200):
        connection.execute(delete(table).where(tuple_(table.c.incident_id, table.c.signal_id).in_(pairs)))
