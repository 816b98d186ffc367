"""How a condition begins, worsens, eases and ends: limits, repetition, duration and quiet, all in event time.

Nothing here looks at a clock. A timer is the event time at which something began, kept in the condition's state, and
what ends it is a later sample: after a restart the same samples have the same consequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

from ioc.detect.ladder import Ladder
from ioc.detect.model import NEVER, State
from ioc.tomlfile import Table

_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    """What it takes besides a value beyond a limit.

    Attributes:
        samples: Samples in a row beyond a rung.
        hold_us: Microseconds that they must span, from the first of them to the newest.
        quiet_us: Microseconds that samples must be back before a condition ends or eases.
        gap_us: Samples further apart than this say nothing of the time between them: what was counted begins again.
        eases: Whether a condition that is back behind its rung, but not behind the first, becomes a lesser one.

    """

    samples: int = 1
    hold_us: int = 0
    quiet_us: int = 0
    gap_us: float = inf
    eases: bool = False


AT_ONCE: Final = Timing()


def read_timing(entry: Table) -> Timing:
    """Read ``samples``, ``hold_s``, ``quiet_s``, ``gap_s`` and ``eases``; what is absent asks for nothing.

    Raises:
        ConfigError: a number that has no meaning, or no effect.

    """
    samples = entry.number("samples", 1.0, low=1.0)
    if samples != int(samples) or samples > 1000:
        raise entry.error("must be a whole number up to 1000", "samples")
    hold, quiet = entry.number("hold_s", 0.0, low=0.0), entry.number("quiet_s", 0.0, low=0.0)
    gap = inf
    if "gap_s" in entry:
        gap = entry.number("gap_s", low=1.0)
        if samples == 1 and not hold and not quiet:
            raise entry.error("has no effect without `samples`, `hold_s` or `quiet_s`", "gap_s")
    return Timing(
        samples=int(samples),
        hold_us=int(hold * _SECOND),
        quiet_us=int(quiet * _SECOND),
        gap_us=gap * _SECOND,
        eases=entry.flag("eases", default=False),
    )


def follow(state: State, value: float, at: int, above: Ladder | None, below: Ladder | None, *, timing: Timing) -> State:
    """State after one more sample; the same object where it changes nothing.

    Level n is the n-th limit upwards, level −n the n-th downwards.

    Args:
        state: Before the sample.
        value: Of the sample.
        at: Its event time, microseconds since 1970.
        above: Limits upwards.
        below: Limits downwards.
        timing: What else it takes.

    """
    if at <= state.changed_at or at <= state.streak_at:
        return state
    reached = above.reached(value) if above else 0
    if not reached and below:
        reached = -below.reached(value)
    fresh = at - state.streak_at <= timing.gap_us
    level = state.level
    worse = _worse(level, reached)
    runs = _longer(state.runs if fresh else (), worse, at, timing.samples)
    passed = _passed(runs, at, timing)
    if passed:
        base = abs(level) if level and (level > 0) == (reached > 0) else 0
        now = base + passed if reached > 0 else -base - passed
        return State(now, at, 0, at, runs[passed:])
    held = _held(level, reached, value, above if level > 0 else below, eases=timing.eases)
    if held == abs(level):
        if runs:
            return State(level, state.changed_at, 0, at, runs)
        return state if not state.runs and state.back_at == NEVER and not state.streak else _rested(state, at)
    running = fresh and state.back_at != NEVER
    back_at = state.back_at if running else at
    back_level = max(state.back_level, held) if running else held
    if at - back_at < timing.quiet_us:
        return State(level, state.changed_at, 0, at, runs, back_at, back_level)
    now = back_level if level > 0 else -back_level
    if held < back_level:
        return State(now, at, 0, at, runs, at, held)
    return State(now, at, 0, at, runs) if runs else State(now, at)


def _rested(state: State, at: int) -> State:
    """Without timers, and deaf to what is older than the sample that stopped them."""
    return State(state.level, state.changed_at, 0, at)


def _worse(level: int, reached: int) -> int:
    """How many rungs beyond its level the sample is; of the other side all that it reaches. Less than 0: downwards."""
    if level == 0 or (level > 0) != (reached > 0):
        return reached
    further = max(0, abs(reached) - abs(level))
    return further if level > 0 else -further


def _longer(runs: tuple[tuple[int, int], ...], worse: int, at: int, most: int) -> tuple[tuple[int, int], ...]:
    """Runs with one more sample that is ``worse`` rungs beyond the level; those that it breaks end."""
    if not worse:
        return ()
    sign = 1 if worse > 0 else -1
    if runs and (runs[0][0] > 0) != (worse > 0):
        runs = ()
    kept = tuple((sign * min(abs(count) + 1, most), since) for count, since in runs[: abs(worse)])
    return kept + ((sign, at),) * (abs(worse) - len(kept))


def _passed(runs: tuple[tuple[int, int], ...], at: int, timing: Timing) -> int:
    """How many rungs have been passed for often and long enough."""
    for count in range(len(runs), 0, -1):
        samples, since = runs[count - 1]
        if abs(samples) >= timing.samples and at - since >= timing.hold_us:
            return count
    return 0


def _held(level: int, reached: int, value: float, ladder: Ladder | None, *, eases: bool) -> int:
    """How many rungs of the level's own ladder still hold."""
    if level == 0 or ladder is None or reached * level < 0:
        return 0
    if not eases:
        return 0 if ladder.cleared(value) else abs(level)
    return min(abs(level), ladder.held(value))
