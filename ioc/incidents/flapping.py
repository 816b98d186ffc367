"""A condition that comes and goes: one incident that stays open and counts, and few words about it.

Ends and returns are counted in event time, so that a backlog flaps as it happened; that it is over is judged in
processing time, by a timer that follows from the stored case.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ioc.incidents.case import Case
from ioc.incidents.correlation import Flapping


def changed(case: Case, at: datetime, now: datetime, rules: Flapping) -> Case:
    """The case with one more end or return of its condition.

    Args:
        case: As it is.
        at: Event time of the change.
        now: Processing time.
        rules: How many changes matter.

    """
    return replace(case, changes=tuple(sorted((*case.changes, at))[-rules.changes :]), changed_at=now)


def is_flapping(case: Case, rules: Flapping) -> bool:
    """Whether its last changes are so many in so short a time."""
    changes = case.changes
    return len(changes) >= rules.changes and changes[-1] - changes[-rules.changes] <= rules.window


def settles_at(case: Case, rules: Flapping) -> datetime | None:
    """When a case has been quiet for so long that it does not flap any more; none if it does not."""
    if not case.incident.flapping or case.changed_at is None:
        return None
    return case.changed_at + rules.window


def is_told(flaps: int) -> bool:
    """Whether so many returns are worth an alert: each doubling."""
    return flaps & (flaps - 1) == 0


def words(flaps: int, rules: Flapping) -> str:
    """What an alert says of it, Vietnamese."""
    minutes = round(rules.window.total_seconds() / 60)
    return f"Chập chờn: tình trạng đã quay lại {flaps} lần; sự việc giữ mở tới khi yên {minutes} phút."
