"""One vehicle's way through a gate, whatever the order in which it is told.

States have ranks, and a trip is as far as the furthest one that was heard: what comes late, twice or out of order
changes nothing that is settled, so any order of the same events gives the same trip. What cannot be (a vehicle that
crossed is called again) is not believed; a vehicle that comes again begins another trip.
"""

from __future__ import annotations

from collections.abc import Mapping
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
DIGITS: Final[Mapping[str | None, int]] = {word or None: digit for digit, word in enumerate(INSPECTIONS)}
"""The other way round; nothing was said: ``None``."""

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


NOT_INSPECTED: Final = (0, 0, 0)
_new: Final = tuple.__new__
"""Of tuples with names: their own one takes twice as long."""


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
    inspections: tuple[int, int, int] = NOT_INSPECTED


class News(NamedTuple):
    """What one event says of a vehicle."""

    state: str
    at: float
    yard: str = ""
    goods: str = ""
    perishable: bool = False
    inspections: tuple[int, int, int] = NOT_INSPECTED


def first_step(news: News, floor: float = 0.0) -> Trip:
    """Trip of which this is the first event heard."""
    state, at, yard, goods, perishable, inspections = news
    since = at if state in AT_GATE or state == CROSSED else 0.0
    ended = at if state in OVER else 0.0
    return Trip(state, at, since, ended, floor, yard, goods, perishable, inspections)


def next_step(trip: Trip, news: News, *, apart_s: float, again_s: float) -> Trip:
    """Trip after an event; the same object if the event changes nothing.

    Args:
        trip: What is known.
        news: The event.
        apart_s: Clocks of two authorities differ by less: what is told so soon after the end belongs to that trip.
        again_s: A vehicle that was not heard of for so long and is declared anew makes another trip, its end unheard.

    """
    state, at, yard, goods, perishable, inspections = news
    was, heard, since, ended, floor, known_yard, known_goods, known_perishable, known_inspections = trip
    if at <= floor:
        return trip
    if state in _BEGINS and _is_another(trip, state, at, apart_s, again_s):
        return first_step(news, floor=ended or heard)
    over = state in OVER
    if over and not ended and since - at > apart_s:
        return trip._replace(floor=at)  # the end of the trip before, heard after this one began
    if ended and not over and at > ended:
        return trip
    rank, before = _RANK[state], _RANK[was]
    # Of two ways to leave, the earlier one; of the same moment, either, but always the same one.
    furthest = state if rank > before else was if rank < before else _either(was, state, ended, at)
    if not since or at < since:
        since = at if state in AT_GATE or state == CROSSED else since
    if over and (rank > before or (rank == before and at < ended)):
        ended = at
    if at >= heard:
        heard = at
        yard, goods = yard or known_yard, goods or known_goods
        if inspections != known_inspections:
            inspections = _inspected(known_inspections, inspections)
    else:
        yard, goods = known_yard or yard, known_goods or goods
        perishable, inspections = known_perishable, known_inspections
    later = _new(Trip, (furthest, heard, since, ended, floor, yard, goods, perishable, inspections))
    return trip if later == trip else later


def _is_another(trip: Trip, state: str, at: float, apart_s: float, again_s: float) -> bool:
    if trip.ended:
        return at - trip.ended > apart_s
    return state == "declared" and at - trip.heard > again_s


def _either(was: str, state: str, ended: float, at: float) -> str:
    if state == was or at > ended:
        return was
    return state if at < ended else min(state, was)


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
