"""The shift log of a centre: what people write down for those who come after them, and what they hand over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from typing_extensions import TypedDict  # pydantic reads the one of the library only from Python 3.12 on

GROUPS: Final = ("open", "overdue", "silenced", "unanswered")
"""What is handed over: all that is open; of that what is late, what a silence holds back now, and what nobody has
acknowledged or a citizen was asked about."""
MAX_LISTED: Final = 200
"""Incidents named in each group; its count is of all of them."""


class ShiftGroup(TypedDict):
    """Some incidents of a centre: how many, and which, the most severe and then the oldest first."""

    count: int
    incidents: list[str]


@dataclass(slots=True)
class ShiftEntry:
    """One entry of a centre's log (``ioc.shifts``); never changed, and never with personal data.

    Attributes:
        entry_id: Its own.
        centre: Whose log.
        kind: A note, or the handover at the end of a shift.
        at: When it was written.
        by: Who wrote it.
        text: What they say.
        incidents: What it is about.
        to: Who takes over, of a handover.
        snapshot: How things stood at a handover, by group.

    """

    entry_id: str
    centre: str
    kind: Literal["note", "handover"]
    at: datetime
    by: str
    text: str
    incidents: list[str] = field(default_factory=list)
    to: str = ""
    snapshot: dict[str, ShiftGroup] = field(default_factory=dict)
