"""What a detector says and what it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct, error
from typing import Any, Final, NamedTuple

from ioc.vocabulary import Category, Severity

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Obligation(NamedTuple):
    """Something that has to be done by a time, such as a report to an authority.

    Attributes:
        name: Code of what has to be done.
        due_at: By when.
        source: The act that says so.
        title: What has to be done, for people, Vietnamese.

    """

    name: str
    due_at: datetime
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Finding:
    """News in what a machine sends: what becomes a signal once it has a place.

    Attributes:
        kind: Names the condition; with ``device`` it is what a later finding worsens or ends.
        category: What it is about; ``subcategory`` within it.
        subcategory: See ``category``.
        severity: How grave; of a clearing finding always ``low``.
        confidence: 0 to 1.
        title: One line, Vietnamese.
        text: Sentences for the operator, Vietnamese; names the limit's source.
        evidence: Figures that led here, JSON values.
        rule_id: Which rule of which limit set.
        clears: The condition ended.
        device: Who measured.
        resolves: Whether the end of the condition ends the incident; none: as is usual for the source.
        deadlines: Duties that begin with it.
        eases: The condition goes on, but less grave than before: news for the incident, no alarm.
        place: Latitude and longitude, degrees, where the event does not say: what is known of the device.

    """

    kind: str
    category: Category
    subcategory: str
    severity: Severity
    confidence: float
    title: str
    text: str
    evidence: dict[str, Any]
    rule_id: str
    clears: bool
    device: str
    resolves: bool | None = None
    deadlines: tuple[Obligation, ...] = ()
    eases: bool = False
    place: tuple[float, float] | None = None


NEVER: Final = -(2**63)
"""Event time before all others."""


class State(NamedTuple):
    """What a detector remembers of one condition; immutable, so that taking a change back is putting the old one back.

    Attributes:
        level: 0 normal, else the rung that was reached; what the rungs are is each detector's business.
        changed_at: Event time of the last change of level, microseconds since 1970; what is older changes nothing.
        streak: Samples in a row that point to another level.
        streak_at: Event time of the newest sample that a timer below or the streak counted, microseconds since 1970.
        runs: One per rung beyond ``level``, the nearest first: samples in a row that were beyond it (less than 0: of
            the ladder downwards), and the event time of the first of them. Each is part of the one before it.
        back_at: Event time since when samples are behind ``level``; :data:`NEVER` if the last one was not.
        back_level: The gravest level that they had since.

    """

    level: int
    changed_at: int
    streak: int = 0
    streak_at: int = 0
    runs: tuple[tuple[int, int], ...] = ()
    back_at: int = NEVER
    back_level: int = 0


NORMAL: Final = State(0, NEVER, 0, NEVER)
"""Of a condition of which nothing is remembered."""

Evaluation = tuple[Finding | None, State | None]
"""News, if any, and the state to keep, if it changed."""

QUIET: Final[Evaluation] = (None, None)

_LAYOUT: Final = Struct("<BhqHq")
_TIMERS: Final = Struct("<qh")
_RUN: Final = Struct("<hq")
_PLAIN: Final = 1
_TIMED: Final = 2
"""Version 1 and timers behind it: what waits is rare, most states stay as short as they were."""


def encode_state(state: State) -> bytes:
    """Pack a state: 21 bytes, and 10 more and 10 per run where a timer is on."""
    if not state.runs and state.back_at == NEVER:
        return _LAYOUT.pack(_PLAIN, *state[:4])
    runs = b"".join(_RUN.pack(*run) for run in state.runs)
    return _LAYOUT.pack(_TIMED, *state[:4]) + _TIMERS.pack(state.back_at, state.back_level) + runs


def decode_state(raw: bytes) -> State:
    """Unpack :func:`encode_state`, of this release or of one before it.

    Raises:
        ValueError: these are not the bytes of a state.

    """
    try:
        version, *plain = _LAYOUT.unpack_from(raw)
        if version == _PLAIN and len(raw) == _LAYOUT.size:
            return State(*plain)
        if version == _TIMED:
            back_at, back_level = _TIMERS.unpack_from(raw, _LAYOUT.size)
            runs = tuple((count, since) for count, since in _RUN.iter_unpack(raw[_LAYOUT.size + _TIMERS.size :]))
            return State(*plain)._replace(runs=runs, back_at=back_at, back_level=back_level)
    except error as problem:
        raise ValueError(f"{len(raw)} bytes are no detector's state") from problem
    raise ValueError(f"{len(raw)} bytes are no detector's state of version {_PLAIN} or {_TIMED}")


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant, exact."""
    return (at - _EPOCH) // _MICROSECOND


def shown(value: float) -> str:
    """Write a number as Vietnamese readers do: decimal comma, no needless digits."""
    return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
