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


class State(NamedTuple):
    """What a detector remembers of one condition; immutable, so that taking a change back is putting the old one back.

    Attributes:
        level: 0 normal, else the rung that was reached; what the rungs are is each detector's business.
        changed_at: Event time of the last change of level, microseconds since 1970; what is older changes nothing.
        streak: Samples in a row that point to another level.
        streak_at: Event time of the newest of them, microseconds since 1970.

    """

    level: int
    changed_at: int
    streak: int = 0
    streak_at: int = 0


Evaluation = tuple[Finding | None, State | None]
"""News, if any, and the state to keep, if it changed."""

QUIET: Final[Evaluation] = (None, None)

_LAYOUT: Final = Struct("<BhqHq")
_VERSION: Final = 1


def encode_state(state: State) -> bytes:
    """Pack a state into 21 bytes."""
    return _LAYOUT.pack(_VERSION, *state)


def decode_state(raw: bytes) -> State:
    """Unpack :func:`encode_state`.

    Raises:
        ValueError: these are not the bytes of a state.

    """
    try:
        version, level, changed_at, streak, streak_at = _LAYOUT.unpack(raw)
    except error as problem:
        raise ValueError(f"a detector's state has {_LAYOUT.size} bytes, not {len(raw)}") from problem
    if version != _VERSION:
        raise ValueError(f"a detector's state of version {version} is not known, only {_VERSION}")
    return State(level, changed_at, streak, streak_at)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant, exact."""
    return (at - _EPOCH) // _MICROSECOND


def shown(value: float) -> str:
    """Write a number as Vietnamese readers do: decimal comma, no needless digits."""
    return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
