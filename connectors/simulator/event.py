"""One event on its way, what was made in all, and what every source of events of a scenario can do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from ioc.vocabulary import Source

PUBLISHER: Final = "urn:ioc:simulator"
"""Source of everything that the simulator writes to Kafka."""


class Event(NamedTuple):
    """One event to send.

    Attributes:
        source: Which source.
        key: Record key.
        id: Id within the simulator.
        body: JSON.
        bare: Goes out as it is, without the headers of a CloudEvent; ``headers`` then are all that it has.
        headers: See ``bare``.

    """

    source: Source
    key: bytes
    id: bytes
    body: bytes
    bare: bool = False
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class Tally:
    """What was made.

    Attributes:
        events: By source.
        planted: Of them, what is meant to alert.

    """

    events: Counter[Source] = field(default_factory=Counter)
    planted: Counter[Source] = field(default_factory=Counter)


class Feed(Protocol):
    """Events in the order in which they are due, by the scenario's own clock: seconds since its start."""

    tally: Tally

    @property
    def next_s(self) -> float | None:
        """When the next event is due; none after the last."""

    def due(self, until_s: float, most: int) -> Sequence[Event]:
        """The next events that are due before ``until_s``, at most so many."""

    def truth(self) -> Mapping[str, Any]:
        """What was injected, as far as it has been made: JSON values."""


def prefix_of(start: datetime) -> str:
    """Beginning of all ids of a run: a second run is not taken for a repetition of the first."""
    return f"sim-{int(start.timestamp()):x}-"


def instant(start: datetime, offset_s: float) -> str:
    """RFC 3339 of a moment of the scenario, milliseconds, UTC."""
    return f"{(start + timedelta(seconds=offset_s)).astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
