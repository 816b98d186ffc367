"""From records to rows, for the topics whose records stand by themselves."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

import orjson

from connectors.store.records import Body, Record, UnreadableError
from connectors.store.search import folded
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE

Row = dict[str, Any]

_FOR_MATCHING: Final = frozenset({"sketch", "photo_ids", "words", "candidates", "candidate_confidences"})
"""What signals carry for the incidents agent: it says nothing to people, and tells where words stood in a text."""


def digest(*parts: object) -> str:
    """Identity of a record that has none of its own: the same content is the same record."""
    return blake2b(orjson.dumps(parts), digest_size=16).hexdigest()


def signal_row(record: Record) -> Row:
    """Row of ``signals``; the reporter's pseudonym stays out."""
    body = Body.of(record)
    details = body.fields.get("evidence")
    if not isinstance(details, dict):
        raise UnreadableError("evidence is no object")
    title, text = body.text("title"), body.text("text")
    return {
        "signal_id": body.text("signal_id"),
        "source": body.text("source"),
        "publisher": body.text_or("publisher", ""),
        "event_id": body.text("event_id"),
        "kind": body.text("kind"),
        "category": body.text("category"),
        "subcategory": body.text("subcategory"),
        "severity": body.text("severity"),
        "at": body.instant("at"),
        "accepted_at": body.instant("accepted_at"),
        "commune": body.text_or("commune", UNLOCATED_COMMUNE),
        "centre": body.text_or("centre", PROVINCE_CENTRE),
        "lat": body.number_or("lat"),
        "lon": body.number_or("lon"),
        "device": body.text_or("device"),
        "title": title,
        "text": text,
        "details": orjson.dumps({name: value for name, value in details.items() if name not in _FOR_MATCHING}).decode(),
        "folded": folded(title, text),
    }


def alert_row(record: Record) -> Row:
    """Row of ``alerts``."""
    body = Body.of(record)
    names = (
        "alert_id", "incident_id", "reason", "centre", "severity", "category", "subcategory", "status", "commune",
    )  # fmt: skip
    return {
        **{name: body.text(name) for name in names},
        "at": body.instant("at"),
        "version": body.integer("version"),
        "document": record.document,
    }


def answer_rows(record: Record) -> tuple[Row, Row]:
    """Row of ``reports`` and row of ``answers``."""
    body = Body.of(record)
    source, report_id, status = body.text("source"), body.text("report_id"), body.text("status")
    at, incident_id = body.instant("at"), body.text_or("incident_id")
    report = {
        "source": source,
        "report_id": report_id,
        "status": status,
        "incident_id": incident_id,
        "unit": body.text_or("unit", ""),
        "category": body.text_or("category"),
        "commune": body.text_or("commune"),
        "rating": body.text_or("rating"),
        "expected_at": body.instant_or("expected_at"),
        "merged_count": body.integer("merged_count", 1),
        "first_at": at,
        "updated_at": at,
    }
    answer = {
        "source": source,
        "report_id": report_id,
        "answer_id": digest(record.document),
        "at": at,
        "status": status,
        "incident_id": incident_id,
        "document": record.document,
    }
    return report, answer


def decision_row(record: Record) -> Row:
    """Row of ``decisions``."""
    body = Body.of(record)
    return {
        "decision_id": body.text("decision_id"),
        "incident_id": body.text_or("incident_id"),
        "event_id": body.text_or("event_id"),
        "at": body.instant("at"),
        "kind": body.text("kind"),
        "rule_id": body.text("rule_id"),
        "outcome": body.text("outcome"),
        "document": record.document,
    }


def receipt_row(record: Record) -> Row:
    """Row of ``receipts``; a publisher may get several for one id, each its own."""
    body = Body.of(record)
    return {
        "receipt_id": digest(record.document),
        "source": body.text("source"),
        "id": body.text("id"),
        "result": body.text("result"),
        "duplicate_of": body.text_or("duplicate_of"),
        "at": body.instant("at"),
        "document": record.document,
    }


def silence_row(record: Record) -> Row:
    """Row of ``silences``."""
    Body.of(record)
    return {"silence_id": record.name, "written_at": record.written_at, "document": record.document}


def audit_row(record: Record) -> Row:
    """Row of ``audit``; ``place`` is its order within the partition, for whoever follows the chain."""
    body = Body.of(record)
    return {
        "audit_id": digest(record.document),
        "actor": body.text_or("actor") or record.name,
        "at": body.instant_or("at") or record.written_at,
        "partition": record.partition,
        "place": record.offset,
        "document": record.document,
    }
