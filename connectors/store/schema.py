"""Tables of the store. ``README.md`` says what each holds and what its rows are the same by."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from connectors.store.types import Instant

metadata = MetaData()

_ROW: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by themselves only where the column is an INTEGER."""

positions = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("topic_id", String),
)
"""How far each partition is in the tables; changed in the transaction of the rows."""

gaps = Table(
    "gaps",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("from_offset", BigInteger, primary_key=True),
    Column("to_offset", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("noticed_at", Instant, nullable=False),
)
"""What Kafka no longer had when it was the store's turn to read it."""

facts = Table("facts", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
"""What the database can do, found out when its tables were made."""

incidents = Table(
    "incidents",
    metadata,
    Column("row", _ROW, primary_key=True, autoincrement=True),
    Column("incident_id", String, nullable=False),
    Column("province", String, nullable=False),
    Column("commune", String, nullable=False),
    Column("centre", String, nullable=False),
    Column("centre_also", String),
    Column("unit", String, nullable=False),
    Column("category", String, nullable=False),
    Column("subcategory", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String),
    Column("due_at", Instant),
    Column("overdue", Boolean, nullable=False),
    Column("lat", Double),
    Column("lon", Double),
    Column("evidence_count", Integer, nullable=False),
    Column("reporters", Integer, nullable=False),
    Column("parent", String),
    Column("children_count", Integer, nullable=False),
    Column("previous_incident", String),
    Column("version", BigInteger, nullable=False),
    Column("folded", Text, nullable=False),
    UniqueConstraint("incident_id", name="incidents_incident_id"),
    Index("incidents_page", "updated_at", "incident_id"),
    Index("incidents_centre", "centre", "updated_at", "incident_id"),
    Index("incidents_status", "status", "updated_at", "incident_id"),
    Index("incidents_unit", "unit", "updated_at", "incident_id"),
    Index("incidents_commune", "commune", "updated_at", "incident_id"),
    Index("incidents_opened", "opened_at"),
    Index("incidents_parent", "parent"),
    Index("incidents_place", "lat", "lon"),
)

incident_documents = Table(
    "incident_documents",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("document", Text, nullable=False),
)
"""JSON of each incident as it stands in the topic; apart, so that looking for incidents does not read it."""

evidence = Table(
    "evidence",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("signal_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("publisher", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("rule_id", String, nullable=False),
    Column("score", Double, nullable=False),
    Index("evidence_signal", "signal_id", "incident_id"),
)

transitions = Table(
    "transitions",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("step_id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("from_status", String),
    Column("to_status", String, nullable=False),
    Column("rule_id", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index("transitions_at", "at"),
)

signals = Table(
    "signals",
    metadata,
    Column("row", _ROW, primary_key=True, autoincrement=True),
    Column("signal_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("publisher", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("category", String, nullable=False),
    Column("subcategory", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("commune", String, nullable=False),
    Column("centre", String, nullable=False),
    Column("lat", Double),
    Column("lon", Double),
    Column("device", String),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("folded", Text, nullable=False),
    UniqueConstraint("signal_id", name="signals_signal_id"),
    Index("signals_event", "publisher", "event_id"),
    Index("signals_accepted", "accepted_at"),
)
"""What evidence consists of: redacted texts, no reporter."""

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("incident_id", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("centre", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("category", String, nullable=False),
    Column("subcategory", String, nullable=False),
    Column("status", String, nullable=False),
    Column("commune", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("alerts_incident", "incident_id", "at"),
    Index("alerts_centre", "centre", "at", "alert_id"),
    Index("alerts_at", "at", "alert_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("source", String, primary_key=True),
    Column("report_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("incident_id", String),
    Column("unit", String, nullable=False),
    Column("category", String),
    Column("commune", String),
    Column("rating", String),
    Column("expected_at", Instant),
    Column("merged_count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("reports_id", "report_id"),
    Index("reports_incident", "incident_id"),
    Index("reports_updated", "updated_at"),
)
"""What a citizen was told, newest state."""

answers = Table(
    "answers",
    metadata,
    Column("source", String, primary_key=True),
    Column("report_id", String, primary_key=True),
    Column("answer_id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("status", String, nullable=False),
    Column("incident_id", String),
    Column("document", Text, nullable=False),
)
"""Each thing that a citizen was told."""

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String, primary_key=True),
    Column("incident_id", String),
    Column("event_id", String),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("rule_id", String, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("decisions_incident", "incident_id", "at"),
    Index("decisions_event", "event_id"),
    Index("decisions_at", "at"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("id", String, nullable=False),
    Column("result", String, nullable=False),
    Column("duplicate_of", String),
    Column("at", Instant, nullable=False),
    Column("document", Text, nullable=False),
    Index("receipts_source", "source", "at", "receipt_id"),
    Index("receipts_at", "at"),
)

silences = Table(
    "silences",
    metadata,
    Column("silence_id", String, primary_key=True),
    Column("written_at", Instant, nullable=False),
    Column("document", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("actor", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("audit_actor", "actor", "at"),
    Index("audit_at", "at"),
)

shift_entries = Table(
    "shift_entries",
    metadata,
    Column("entry_id", String, primary_key=True),
    Column("centre", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("document", Text, nullable=False),
    Index("shift_entries_centre", "centre", "at", "entry_id"),
    Index("shift_entries_at", "at"),
)
"""What people of a centre wrote down, and handed over at the end of a shift."""

telemetry_hours = Table(
    "telemetry_hours",
    metadata,
    Column("device_id", String, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("minimum", Double),
    Column("maximum", Double),
    Column("total", Double, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("seen", LargeBinary),
    Index("telemetry_hours_hour", "hour"),
)

quality_windows = Table(
    "quality_windows",
    metadata,
    Column("source", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("last_offset", BigInteger, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("correct", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("readable", BigInteger, nullable=False),
    Column("in_time", BigInteger, nullable=False),
    Column("complete", BigInteger, nullable=False),
    Index("quality_windows_noted", "noted_at"),
)
"""Counts of live data quality, by the partition of ``ioc.health`` that they were told in; their sum is the figure."""

states = Table(
    "states",
    metadata,
    Column("of", String, primary_key=True),
    Column("device", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("figures", Text, nullable=False),
    Column("lat", Double),
    Column("lon", Double),
    Column("partition", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("last_offset", BigInteger, nullable=False),
    Index("states_told", "told_at"),
)
"""How stations, base stations, gates and devices are now, as they were told last."""

KEPT_FOR_EVER = frozenset({"positions", "gaps", "facts", "silences"})
"""Small tables of the newest state, without an age at which rows go."""
