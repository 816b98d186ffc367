"""What is remembered of one site, operator and technology, and how it becomes bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args

import orjson

from ioc.detect.bts.rules import Cause, Condition

LONG_AGO: Final = -(2**62)
"""Earlier than every event, microseconds since 1970."""

GOOD: Final = 0
WEAK: Final = 1
"""The radio figures are bad, the site itself does not complain."""
DEGRADED: Final = 2
OUT: Final = 3

LEVELS: Final[Mapping[Condition, int]] = {"in_service": GOOD, "degraded": DEGRADED, "out_of_service": OUT}

Shown = Literal["in_service", "degraded", "out_of_service", "maintenance", "unknown"]
SHOWN: Final[tuple[Shown, ...]] = get_args(Shown)

MAX_ALARMS: Final = 64
"""Of one site; what is over is forgotten first, then the mildest."""


class Alarm(NamedTuple):
    """One alarm of a site.

    Attributes:
        level: What it makes of the site; ``GOOD`` once it is over, kept so that its raising cannot come late.
        at: Event time of the last word about it, microseconds since 1970.
        began: Event time at which it began.
        cause: What its words hint at.
        muted: It was raised during maintenance.

    """

    level: int
    at: int
    began: int
    cause: Cause
    muted: bool = False


_new: Final = tuple.__new__
_NO_ALARMS: Final[Mapping[str, Alarm]] = MappingProxyType({})


class SiteState(NamedTuple):
    """What is known beyond the last sample; immutable, so that taking a change back is putting the old one back.

    All times are event times in microseconds since 1970.

    Attributes:
        told: Level that operators know of.
        since: When it began.
        word: What the site last said of itself that was not ``in_service``.
        word_at: When it said so.
        fine_at: When it last said ``in_service``; older words are of the past.
        ended_at: When it last said so as a change; older alarms are over.
        alarms: By id; the empty id speaks for the site.
        weak: The figures are bad.
        streak: Periods in a row in which they were the other way round.
        streak_at: The newest of them.
        streak_from: The first of them, kept once they have turned.
        silent_at: The last sample before its silence; ``LONG_AGO`` while it speaks.
        better_at: Since when it has been at ``better`` and so better than told; ``LONG_AGO`` where it is not.
        better: See ``better_at``.

    """

    told: int = GOOD
    since: int = LONG_AGO
    word: Condition = "in_service"
    word_at: int = LONG_AGO
    fine_at: int = LONG_AGO
    ended_at: int = LONG_AGO
    alarms: Mapping[str, Alarm] = _NO_ALARMS
    weak: bool = False
    streak: int = 0
    streak_at: int = LONG_AGO
    streak_from: int = LONG_AGO
    silent_at: int = LONG_AGO
    better_at: int = LONG_AGO
    better: int = GOOD

    @property
    def muted(self) -> bool:
        """Whether it is under maintenance."""
        return self.word == "muted"

    @property
    def silent(self) -> bool:
        """Whether nothing is heard of it."""
        return self.silent_at != LONG_AGO

    @property
    def level(self) -> int:
        """The worst of what is known now; maintenance hides nothing of it."""
        if self.silent_at != LONG_AGO:
            return OUT
        level = LEVELS.get(self.word, GOOD)
        if self.weak and level < WEAK:
            level = WEAK
        for alarm in self.alarms.values():
            if alarm.level > level:  # noqa: PLR1730  # with every alarm of every site: a call of max costs thrice as much
                level = alarm.level
        return level

    def fine_since(self, fine_at: int, ended_at: int) -> SiteState:
        """The same, with the times of newer words ``in_service``."""
        return self._replace(fine_at=max(fine_at, self.fine_at), ended_at=max(ended_at, self.ended_at))

    @property
    def is_clean(self) -> bool:
        """Whether nothing has to be remembered of it but when it was last in service."""
        return not self.alarms and not self.weak and self.better_at == LONG_AGO and self.calm

    @property
    def calm(self) -> bool:
        """Whether a sample that complains of nothing changes nothing."""
        return self.told == GOOD and self.streak == 0 and self.word == "in_service" and self.level == GOOD

    @property
    def shown(self) -> Shown:
        """The state of the site as operators count them."""
        return self.shown_at(self.level)

    def shown_at(self, level: int) -> Shown:
        """The same for whoever knows the level already."""
        if self.word == "muted":
            return "maintenance"
        level = max(level, self.told)
        if level == OUT:
            return "out_of_service"
        if level == GOOD:
            return "unknown" if self.word == "unknown" else "in_service"
        return "degraded"

    # A storm brings thousands of changes of these two a second, and ``_replace`` takes thrice as long.

    def with_alarms(self, alarms: Mapping[str, Alarm]) -> SiteState:
        """The same with other alarms."""
        return _new(SiteState, (*self[:_ALARMS], alarms, *self[_ALARMS + 1 :]))

    def with_better(self, better_at: int, better: int) -> SiteState:
        """The same with another beginning of what is better than told."""
        return _new(SiteState, (*self[:_BETTER_AT], better_at, better))

    def standing(self) -> Iterator[tuple[str, Alarm]]:
        """Alarms that are not over, the gravest first, of those the newest."""
        alarms = ((name, alarm) for name, alarm in self.alarms.items() if alarm.level > GOOD)
        return iter(sorted(alarms, key=lambda each: (-each[1].level, -each[1].at, each[0])))


_ALARMS: Final = SiteState._fields.index("alarms")
_BETTER_AT: Final = SiteState._fields.index("better_at")
"""``better`` follows it, the last one."""

CLEAN: Final = SiteState()
"""Of a site that is in service and has never been anything else."""

_VERSION: Final = 1


def encode_site(state: SiteState) -> bytes:
    """All of it, as JSON, in the order of its fields."""
    alarms = [(name, *alarm) for name, alarm in state.alarms.items()]
    return orjson.dumps((_VERSION, *state[:_ALARMS], alarms, *state[_ALARMS + 1 :]))


def decode_site(raw: bytes) -> SiteState:
    """Read :func:`encode_site`.

    Raises:
        ValueError: these are not the bytes of a site's state.

    """
    values: Any = orjson.loads(raw)
    if not isinstance(values, list) or not values or values[0] != _VERSION:
        raise ValueError(f"a site's state of this version is not known, only {_VERSION}")
    told, since, word, word_at, fine_at, ended_at, alarms, *rest = values[1:]
    known = {name: Alarm(*each) for name, *each in alarms}
    return SiteState(told, since, word, word_at, fine_at, ended_at, known, *rest)
