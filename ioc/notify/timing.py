"""When what waits for somebody may be sent, and when it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from ioc.notify.subscription import Subscription

HOUR: Final = timedelta(hours=1)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that waits for a subscription.

    Attributes:
        severity: Of the alert.
        since: When it was taken.

    """

    severity: str
    since: datetime


def ready(
    subscription: Subscription, waiting: Sequence[Waiting], sent: Sequence[datetime], now: datetime, zone: tzinfo
) -> tuple[list[int], datetime | None]:
    """Which of what waits goes out together now, as indexes; and when to look again if that is none.

    Args:
        subscription: Whose rules hold.
        waiting: In the order of arrival.
        sent: When messages of the last hour went out, oldest first.
        now: The time.
        zone: Of quiet hours.

    """
    free: list[int] = []
    next_look: datetime | None = None

    def later(moment: datetime) -> None:
        nonlocal next_look
        next_look = moment if next_look is None else min(next_look, moment)

    for index, each in enumerate(waiting):
        until = subscription.quiet.until(each.severity, now, zone) if subscription.quiet else None
        if until is not None:
            later(until)
        else:
            free.append(index)
    if not free:
        return [], next_look
    if (most := subscription.per_hour) is not None and len(sent) >= most:
        later(sent[-most] + HOUR)
        return [], next_look
    if subscription.digest is not None:
        # What came first decides: nothing waits longer than a digest, and a digest takes all that is there.
        due = min(waiting[index].since for index in free) + subscription.digest
        if now < due:
            later(due)
            return [], next_look
    return free, next_look


def pause(attempts: int, asked: timedelta | None = None) -> timedelta:
    """How long after the n-th failed attempt the next one comes: doubled each time, bounded; at least what is asked."""
    doubled = min(_FIRST_PAUSE * (1 << min(attempts - 1, 16)), _LONGEST_PAUSE)
    return max(doubled, min(asked, _LONGEST_PAUSE)) if asked is not None else doubled
