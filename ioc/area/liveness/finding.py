"""Who is silent now, and what silent devices have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ioc.area.liveness.listening import Listening
from ioc.area.liveness.roll import AREAS, Bools, Group, Ints, Roll
from ioc.area.liveness.rules import LivenessRules


@dataclass(slots=True)
class View:
    """What is known of all devices at one moment; one element per slot, times in milliseconds.

    Attributes:
        now: The moment.
        heard: Newest time that was heard; 0: never.
        gone: Since when it is away by the word of who sees it; 0: it is not.
        silent: For how long nothing newer has been heard, or since the device is known; without what nobody
            listened to.
        overdue: Silent for longer than its limit, or gone.
        ripe: Overdue for long enough to be told.
        pressing: The same, also while it is open what failed behind it.
        free: Not explained by anything found so far.
        maintained: Somebody works on it: it is never overdue.

    """

    now: int
    heard: Ints
    gone: Ints
    silent: Ints
    overdue: Bools
    ripe: Bools
    pressing: Bools
    free: Bools
    maintained: Bools


def view(  # noqa: PLR0917  # all that is known
    roll: Roll,
    rules: LivenessRules,
    listening: Listening,
    seen: Ints,
    gone: Ints,
    chance: Ints,
    maintained: Bools,
    now: int,
) -> View:
    """Look at all devices.

    Args:
        roll: The devices.
        rules: Limits.
        listening: When nobody listened.
        seen: Newest time heard; of devices never heard, minus the time since when they are known.
        gone: Since when a device is away by another's word; 0: it is not.
        chance: Since when a device may speak again, where what silenced it was over only then; 0: at any time.
        maintained: Somebody works on it.
        now: Milliseconds since 1970.

    """
    since = np.abs(seen)
    silent = _apart(roll, listening, since, now)
    allowed = silent
    if chance.any():
        allowed = _apart(roll, listening, np.maximum(since, chance), now)
    late, beyond = silent > roll.limit, allowed - roll.limit
    if gone.any():
        late |= gone > 0
        beyond = np.where(gone > 0, np.maximum(beyond, now - np.maximum(gone, chance)), beyond)
    late &= ~maintained
    ripe = late & (beyond > rules.settle_ms)
    pressing = late & (beyond > rules.settle_ms + rules.patience_ms)
    free = np.ones(len(seen), np.bool_)
    return View(now, np.maximum(seen, 0), gone, silent, late, ripe, pressing, free, maintained)


def _apart(roll: Roll, listening: Listening, since: Ints, now: int) -> Ints:
    """Milliseconds from each time until now, without the pauses."""
    apart = now - since
    for source, span in roll.spans.items():
        for begin, end in listening.pauses(source, now):
            apart[span] -= np.maximum(0, end - np.maximum(since[span], begin))
    return apart


def holds(group: Group, roll: Roll, rules: LivenessRules, seen: View, *, held: bool) -> bool | None:
    """Whether a group as such is silent, judged by its devices that nothing farther-reaching explains.

    Args:
        group: The group.
        roll: The devices.
        rules: Limits.
        seen: The moment.
        held: It was so before: an area is left at another share than it is entered at.

    Returns:
        None where that is still open: nobody has spoken since the silent ones should have, but too few had to.

    """
    members = judged(group.members[seen.free[group.members]], roll, seen)
    over = members[seen.overdue[members]]
    if group.level in AREAS:
        members = members[~seen.maintained[members]]
        if held:
            return bool(len(over) > rules.area_clear_share * len(members))
        if len(over) < rules.area_least or len(over) <= rules.area_share * len(members):
            return False
        return len(set(roll.spread[group.level][over].tolist())) > 1
    if not len(over):
        return False
    # By then each of them should have spoken; who spoke later shows that what they have in common works.
    spoken = over[(seen.heard[over] > 0) | (seen.gone[over] > 0)]
    due = int(
        np.where(seen.gone[spoken] > 0, seen.gone[spoken], seen.heard[spoken] + roll.interval[spoken]).max(initial=0)
    )
    rest = members[~seen.overdue[members]]
    if (seen.heard[rest] > due).any() or not roll.watched[rest].all():
        return False
    rest = rest[~seen.maintained[rest]]  # what they owe is explained
    owed = np.minimum(seen.silent[rest], seen.now - due) / roll.interval[rest]
    decided = len(over) >= rules.least and (not len(rest) or owed.sum() >= rules.missed)
    return True if decided else None


def judged(members: Ints, roll: Roll, seen: View) -> Ints:
    """Members of which it is known whether they are there.

    Those that speak regularly, those that are gone by another's word, and of the sources of these all: it would have
    been said of them too.
    """
    gone = seen.gone[members] > 0
    if not gone.any():
        return members[roll.watched[members]]
    sources = roll.source[members]
    return members[roll.watched[members] | np.isin(sources, sources[gone])]
