"""An incident's lists that grow: bounded, so that the story stays readable."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

from ioc.records import HistoryEntry
from ioc.vocabulary import Status

MAX_EVIDENCE: Final = 100
MAX_HISTORY: Final = 200

_T = TypeVar("_T")


def appended(entries: list[_T], new: _T, limit: int = MAX_HISTORY) -> list[_T]:
    """Add an entry to a copy; beyond the limit the beginning stays, and the oldest after it makes room."""
    if len(entries) < limit:
        return [*entries, new]
    kept = limit // 2
    return [*entries[:kept], *entries[kept + 1 :], new]


def step(
    at: datetime,
    by: str,
    action: str,
    statuses: tuple[Status | None, Status],
    rule_id: str,
    *,
    reason: str = "",
) -> HistoryEntry:
    """One step of an incident's life; ``statuses``: before and after."""
    before, after = statuses
    return {"at": at, "by": by, "action": action, "from": before, "to": after, "rule_id": rule_id, "reason": reason}
