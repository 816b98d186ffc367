"""Shift logs of centres."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connectors.store.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of entries."""
    op.create_table(
        "shift_entries",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("shift_entries_at", "shift_entries", ["at"])
    op.create_index("shift_entries_centre", "shift_entries", ["centre", "at", "entry_id"])
