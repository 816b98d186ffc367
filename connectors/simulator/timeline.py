"""A scenario as a timeline: many streams of events, each in order, merged by the moment at which they are sent.

When an event is sent and when it happened are two things: what a device has buffered comes late. Times are seconds
since the scenario's start; nothing here knows the wall clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from connectors.simulator.event import Event, Tally, instant, prefix_of
from ioc.vocabulary import SOURCES, Source

_TIME: Final[Mapping[Source, str]] = {"reports": "occurred_at"}
_TIME_OF_OTHERS: Final = "observed_at"
_NAMED: Final[frozenset[Source]] = frozenset({"reports", "cameras", "security"})
"""Sources whose events need an id of their own."""


class Due(NamedTuple):
    """An event of a timeline.

    Attributes:
        due_s: When it is sent.
        at_s: When it happened, never later.
        source: Which source.
        key: Record key.
        fields: Its body, but for id and time.
        name: Its id within the run; a number where it is empty.
        planted: Meant to alert.

    """

    due_s: float
    at_s: float
    source: Source
    key: str
    fields: Mapping[str, Any]
    name: str = ""
    planted: bool = False


class Timeline:
    """A :class:`~connectors.simulator.event.Feed` of merged streams. The same streams give the same bytes.

    Args:
        streams: Each in order of ``due_s``; of events due together those of earlier streams come first.
        start: When the scenario begins, aware.
        truth: What was injected; asked at the end.
        sources: Only events of these.

    """

    def __init__(
        self,
        streams: Iterable[Iterator[Due]],
        *,
        start: datetime,
        truth: Callable[[], Mapping[str, Any]],
        sources: Collection[Source] = SOURCES,
    ) -> None:
        self.tally = Tally()
        self.truth = truth
        self._merged = (due for due in heapq.merge(*streams, key=_due) if due.source in sources)
        self._next = next(self._merged, None)
        self._start = start
        self._prefix = prefix_of(start)
        self._number = 0

    @property
    def next_s(self) -> float | None:
        """When the next event is sent; none after the last."""
        return None if self._next is None else self._next.due_s

    def due(self, until_s: float, most: int) -> Sequence[Event]:
        """What is sent before a second of the scenario, at most so many."""
        found: list[Event] = []
        while self._next is not None and self._next.due_s < until_s and len(found) < most:
            found.append(self._event(self._next))
            self._next = next(self._merged, None)
        return found

    def _event(self, due: Due) -> Event:
        own_id = self._prefix + (due.name or f"{self._number:x}")
        self._number += 1
        body = {**due.fields, _TIME.get(due.source, _TIME_OF_OTHERS): instant(self._start, due.at_s), "synthetic": True}
        if due.source in _NAMED:
            body["id"] = own_id
        self.tally.events[due.source] += 1
        self.tally.planted[due.source] += due.planted
        return Event(due.source, due.key.encode(), own_id.encode(), orjson.dumps(body))


def _due(due: Due) -> float:
    return due.due_s


def rounds(count: int, interval_s: float, length_s: float) -> Iterator[tuple[float, int]]:
    """When each of ``count`` devices speaks, evenly spread over the interval: (second, device)."""
    if count == 0:
        return
    number = 0
    while (at_s := number * interval_s / count) < length_s:
        yield at_s, number % count
        number += 1
