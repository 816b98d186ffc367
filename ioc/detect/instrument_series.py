"""What is remembered of one series to see that it stands still or is full of zeros, and how its trouble goes on."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from ioc.detect.instrument import GOOD, Check, Flag, InstrumentRules
from ioc.vocabulary import Severity

_new: Final = tuple.__new__
_shared: Final = lru_cache(maxsize=64)(int)
"""The same object for the same number: the window of now is one for all series."""


class Series(NamedTuple):
    """One metric of one device. Immutable, so that taking a change back is putting the old one back.

    Attributes:
        seen_s: Event time of its newest reading, good or not, Unix seconds.
        at_s: Event time of its newest measurement; 0 if there was none.
        value: Of that measurement.
        since_s: Since when it has this value.
        window: Number of the window that ``readings`` and ``zeros`` are of.
        readings: Measurements of this window; ``zeros`` of them are 0.
        zeros: See ``readings``.
        readings_before: The same of the window before.
        zeros_before: See ``readings_before``.

    """

    seen_s: float
    at_s: float = 0.0
    value: float = 0.0
    since_s: float = 0.0
    window: int = 0
    readings: int = 0
    zeros: int = 0
    readings_before: int = 0
    zeros_before: int = 0

    def zero_share(self, min_readings: int) -> float:
        """Share of zeros over this window and the one before; 0 while the one before is not full enough to judge.

        What is zero every night must not look like a fault in the morning, so a whole window comes first.
        """
        if self.readings_before < min_readings:
            return 0.0
        return (self.zeros + self.zeros_before) / (self.readings + self.readings_before)


def advanced(series: Series | None, at_s: float, value: float, rules: InstrumentRules) -> Series:
    """The series with a newer measurement."""
    window = int(at_s // rules.window_s)
    zero = value == 0
    if series is None:
        return Series(at_s, at_s, value, at_s, _shared(window), 1, int(zero))
    # For every reading there is: a plain tuple of the class takes a third of the time that its constructor takes.
    _, last_s, last, since_s, known, readings, zeros, readings_before, zeros_before = series
    if value != last or at_s - last_s > rules.gap_s:
        since_s = at_s
    if window == known:
        return _new(
            Series, (at_s, at_s, value, since_s, known, readings + 1, zeros + zero, readings_before, zeros_before)
        )
    if window == known + 1:
        return Series(at_s, at_s, value, since_s, _shared(window), 1, int(zero), readings, zeros)
    return Series(at_s, at_s, value, since_s, _shared(window), 1, int(zero))


def suspicion(series: Series, check: Check, min_readings: int) -> tuple[Flag | None, bool]:
    """What is wrong with the newest measurement of a series, and whether it is bad rather than suspicious."""
    flat_s = series.at_s - series.since_s
    if flat_s > check.flat_s[0]:
        return "flatline", flat_s > check.flat_s[1]
    share = series.zero_share(min_readings)
    if share > check.zeros[0]:
        return "zeros", share > check.zeros[1]
    return None, False


class Trouble(NamedTuple):
    """A series that is not well.

    Attributes:
        level: 0 not told yet, 1 suspicious, 2 bad.
        flag: What it was told for, or would be.
        streak: Readings in a row that were not good, up to what it takes.
        good: Good ones in a row, up to what it takes.
        last: Flag of its newest reading that is not late.
        zeros: Zeros were among those that were not good: they come and go, and it is over only after more good ones.

    """

    level: int
    flag: Flag
    streak: int = 0
    good: int = 0
    last: Flag = "ok"
    zeros: bool = False


def course(
    trouble: Trouble | None,
    flag: Flag,
    suspected: Flag | None,
    *,
    bad: bool,
    rules: InstrumentRules,
    zero: bool = False,
) -> Trouble | None:
    """How the trouble of a series goes on with its newest reading; ``None`` when there is none.

    Args:
        trouble: Before it.
        flag: The reading's.
        suspected: What :func:`suspicion` has against the series.
        bad: Whether that is bad rather than suspicious.
        rules: How many it takes.
        zero: The reading is no measurement because it is 0.

    """
    zeros = zero or (trouble is not None and trouble.zeros)
    level, named, streak, good = trouble[:4] if trouble else (0, flag, 0, 0)
    if flag not in GOOD:
        streak, good = min(streak + 1, rules.cycles), 0
        if level < 2:
            named = flag
            level = 2 if streak >= rules.cycles else level
    elif suspected is None:
        streak, good = 0, good + 1
        if trouble is None or level == 0 or good >= (rules.zero_good_cycles if zeros else rules.good_cycles):
            return None
    else:
        streak, good = 0, 0
    # What is judged over hours and days needs no repetition.
    if suspected is not None and level < 1 + bad:
        level, named = 1 + bad, suspected
    return Trouble(level, named, streak, good, flag, zeros)


def severity_of(level: int) -> Severity:
    """How grave: what is suspicious can wait, what is bad needs somebody."""
    return "low" if level == 1 else "normal"
