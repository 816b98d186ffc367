"""How an act becomes an entry of the audit, and where this machine keeps what belongs to it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ioc.audit import Entry, entry_of


def folder(home: Path) -> Path:
    """The audit's folder under the home folder: heads of chains, and entries that wait for Kafka."""
    return home / "audit"


def act(actor: str, action: str, target: str, *, outcome: str = "done", **details: Any) -> Entry:
    """What somebody did just now; see :class:`ioc.audit.Entry`. Personal data in it is hidden."""
    return entry_of(uuid.uuid4().hex, datetime.now(UTC), actor, action, target, outcome=outcome, **details)
