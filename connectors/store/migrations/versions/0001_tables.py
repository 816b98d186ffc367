"""First tables of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connectors.store.types import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SEARCHED = ("incidents", "signals")


def upgrade() -> None:
    """Make all tables, and the index of words of either database."""
    _tables()
    for name in _SEARCHED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE INDEX {name}_words ON {name} USING gin (to_tsvector('simple'::regconfig, folded))")
        else:
            _index_words(name)


def _index_words(name: str) -> None:
    """SQLite's index of words is a table beside the one whose texts it reads; triggers keep the two together."""
    words = f"{name}_text"
    add = f'INSERT INTO {words} (rowid, folded) VALUES (new."row", new.folded);'  # noqa: S608 - names of our own
    take = (
        f"INSERT INTO {words} ({words}, rowid, folded) "  # noqa: S608 - names of our own
        "VALUES ('delete', old.\"row\", old.folded);"
    )
    op.execute(
        f"CREATE VIRTUAL TABLE {words} USING fts5"
        f"(folded, content='{name}', content_rowid='row', tokenize='unicode61', prefix='2 3')"
    )
    op.execute(f"CREATE TRIGGER {words}_added AFTER INSERT ON {name} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {words}_taken AFTER DELETE ON {name} BEGIN {take} END")
    op.execute(
        f"CREATE TRIGGER {words}_changed AFTER UPDATE OF folded ON {name} "
        f"WHEN old.folded <> new.folded BEGIN {take} {add} END"
    )


def _tables() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("subcategory", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_index("alerts_at", "alerts", ["at", "alert_id"])
    op.create_index("alerts_centre", "alerts", ["centre", "at", "alert_id"])
    op.create_index("alerts_incident", "alerts", ["incident_id", "at"])
    op.create_table(
        "answers",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "report_id", "answer_id"),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id"),
    )
    op.create_index("audit_actor", "audit", ["actor", "at"])
    op.create_index("audit_at", "audit", ["at"])
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("decisions_at", "decisions", ["at"])
    op.create_index("decisions_event", "decisions", ["event_id"])
    op.create_index("decisions_incident", "decisions", ["incident_id", "at"])
    op.create_table(
        "evidence",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("signal_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "signal_id"),
    )
    op.create_index("evidence_signal", "evidence", ["signal_id", "incident_id"])
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "gaps",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("from_offset", sa.BigInteger(), nullable=False),
        sa.Column("to_offset", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "generation", "from_offset"),
    )
    op.create_table(
        "incident_documents",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_table(
        "incidents",
        sa.Column("row", _ROW, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("centre_also", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("subcategory", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("reporters", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("children_count", sa.Integer(), nullable=False),
        sa.Column("previous_incident", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("incident_id", name="incidents_incident_id"),
    )
    op.create_index("incidents_centre", "incidents", ["centre", "updated_at", "incident_id"])
    op.create_index("incidents_commune", "incidents", ["commune", "updated_at", "incident_id"])
    op.create_index("incidents_opened", "incidents", ["opened_at"])
    op.create_index("incidents_page", "incidents", ["updated_at", "incident_id"])
    op.create_index("incidents_parent", "incidents", ["parent"])
    op.create_index("incidents_place", "incidents", ["lat", "lon"])
    op.create_index("incidents_status", "incidents", ["status", "updated_at", "incident_id"])
    op.create_index("incidents_unit", "incidents", ["unit", "updated_at", "incident_id"])
    op.create_table(
        "positions",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )
    op.create_table(
        "quality_windows",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("correct", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("readable", sa.BigInteger(), nullable=False),
        sa.Column("in_time", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "window", "partition", "generation"),
    )
    op.create_index("quality_windows_noted", "quality_windows", ["noted_at"])
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("duplicate_of", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id"),
    )
    op.create_index("receipts_at", "receipts", ["at"])
    op.create_index("receipts_source", "receipts", ["source", "at", "receipt_id"])
    op.create_table(
        "reports",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("rating", sa.String(), nullable=True),
        sa.Column("expected_at", Instant(), nullable=True),
        sa.Column("merged_count", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("source", "report_id"),
    )
    op.create_index("reports_id", "reports", ["report_id"])
    op.create_index("reports_incident", "reports", ["incident_id"])
    op.create_index("reports_updated", "reports", ["updated_at"])
    op.create_table(
        "signals",
        sa.Column("row", _ROW, autoincrement=True, nullable=False),
        sa.Column("signal_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("subcategory", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("signal_id", name="signals_signal_id"),
    )
    op.create_index("signals_accepted", "signals", ["accepted_at"])
    op.create_index("signals_event", "signals", ["publisher", "event_id"])
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.String(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("silence_id"),
    )
    op.create_table(
        "telemetry_hours",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", "metric", "unit", "hour"),
    )
    op.create_index("telemetry_hours_hour", "telemetry_hours", ["hour"])
    op.create_table(
        "transitions",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "step_id"),
    )
    op.create_index("transitions_at", "transitions", ["at"])
