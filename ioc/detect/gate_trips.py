"""One vehicle's way through a gate, whatever the order in which it is told.

States have ranks, and a trip is as far as the furthest one that was heard: what comes late, twice or out of order
changes nothing that is settled, so any order of the same events gives the same trip. What cannot be (a vehicle that
crossed is called again) is not believed; a vehicle that comes again begins another trip.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

AT_GATE: Final = frozenset({"yard_waiting", "called", "inspecting", "cleared"})
"""States in which a vehicle waits: all from the yard to the barrier."""
OVER: Final = frozenset({"crossed", "rejected", "returned", "cancelled", "expired"})
CROSSED: Final = "crossed"
EN_ROUTE: Final = "en_route"
AUTHORITIES: Final = ("customs", "quarantine", "border_guard")
"""Order of :attr:`Trip.inspections`."""
INSPECTIONS: Final = ("", "pending", "passed", "failed")
"""What the digits of :attr:`Trip.inspections` mean."""

_RANK: Final = {
    state: rank
    for rank, states in enumerate(
        (
            ("declared",), ("approved",), ("en_route",), ("yard_waiting",), ("called",), ("inspecting",), ("cleared",),
            ("cancelled", "expired", "rejected", "returned"), (CROSSED,),
        )
    )
    for state in states
}  # fmt: skip
_BEGINS: Final = frozenset({"declared", "approved", "en_route", "yard_waiting"})
"""States that a new trip can begin with."""


class Trip(NamedTuple):
    """What is remembered of one vehicle; times are Unix seconds of the events, 0 for never.

    Attributes:
        state: The furthest state heard.
        heard: Newest event.
        since: When it came to the gate.
        ended: When it crossed or left otherwise.
        floor: When its trip before this one ended: what is not newer belongs to that one.
        yard: Where it waits; empty where nobody said it.
        goods: Class of its load; empty likewise.
        perishable: Whether the load spoils.
        inspections: One index into :data:`INSPECTIONS` per authority.

    """

    state: str
    heard: float
    since: float = 0.0
    ended: float = 0.0
    floor: float = 0.0
    yard: str = ""
    goods: str = ""
    perishable: bool = False
    inspections: tuple[int, int, int] = (0, 0, 0)


class News(NamedTuple):
    """What one event says of a vehicle."""

    state: str
    at: float
    yard: str = ""
    goods: str = ""
    perishable: bool = False
    inspections: tuple[int, int, int] = (0, 0, 0)


def first_step(news: News, floor: float = 0.0) -> Trip:
    """Trip of which this is the first event heard."""
    state, at = news.state, news.at
    return Trip(
        state,
        at,
        at if state in AT_GATE or state == CROSSED else 0.0,
        at if state in OVER else 0.0,
        floor,
        news.yard,
        news.goods,
        news.perishable,
        news.inspections,
    )


def next_step(trip: Trip, news: News, *, apart_s: float, again_s: float) -> Trip:
    """Trip after an event; the same object if the event changes nothing.

    Args:
        trip: What is known.
        news: The event.
        apart_s: Clocks of two authorities differ by less: what is told so soon after the end belongs to that trip.
        again_s: A vehicle that was not heard of for so long and is declared anew makes another trip, its end unheard.

    """
    state, at = news.state, news.at
    if at <= trip.floor:
        return trip
    if _is_another(trip, news, apart_s, again_s):
        return first_step(news, floor=trip.ended or trip.heard)
    if state in OVER and trip.since - at > apart_s and not trip.ended:
        return trip._replace(floor=at)  # the end of the trip before, heard after this one began
    rank, before = _RANK[state], _RANK[trip.state]
    if trip.ended and state not in OVER and at > trip.ended:
        return trip
    since = trip.since
    if (state in AT_GATE or state == CROSSED) and (not since or at < since):
        since = at
    newer = at >= trip.heard
    ended = trip.ended
    if state in OVER and (rank > before or (rank == before and at < ended)):
        ended = at
    later = Trip(
        # Of two ways to leave, the earlier one; of the same moment, either, but always the same one.
        _further(trip, state, rank, before, at),
        max(at, trip.heard),
        since,
        ended,
        trip.floor,
        news.yard if news.yard and (newer or not trip.yard) else trip.yard,
        news.goods if news.goods and (newer or not trip.goods) else trip.goods,
        news.perishable if newer else trip.perishable,
        _inspected(trip.inspections, news.inspections) if newer else trip.inspections,
    )
    return trip if later == trip else later


def _is_another(trip: Trip, news: News, apart_s: float, again_s: float) -> bool:
    if news.state not in _BEGINS:
        return False
    if trip.ended:
        return news.at - trip.ended > apart_s
    return news.state == "declared" and news.at - trip.heard > again_s


def _further(trip: Trip, state: str, rank: int, before: int, at: float) -> str:
    if rank != before:
        return state if rank > before else trip.state
    if state == trip.state or at > trip.ended:
        return trip.state
    return state if at < trip.ended else min(state, trip.state)


def _inspected(before: tuple[int, int, int], now: tuple[int, int, int]) -> tuple[int, int, int]:
    return now[0] or before[0], now[1] or before[1], now[2] or before[2]


def encode_trip(trip: Trip) -> bytes:
    """Write a trip down; no part of it tells whose vehicle it is."""
    return orjson.dumps(tuple(trip))


def decode_trip(raw: bytes) -> Trip:
    """Read :func:`encode_trip`."""
    fields: list[Any] = orjson.loads(raw)
    *plain, inspections = fields
    return Trip(*plain)._replace(inspections=tuple(inspections))
