"""What a list of requests is asked for: parameters, read strictly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ioc.kinds import Kinds
from ioc.open311.faults import Fault, Open311Error

MAX_SPAN: Final = timedelta(days=90)
"""Days that may be asked for at once, and that are answered where none are named."""
MAX_PAGE: Final = 1_000
_PAGE: Final = 50
"""Requests of a page where a page is asked for without its size."""
_DEEPEST: Final = 100_000
"""Requests that pages may be behind: further back is found by dates."""
_IDS: Final = 100
_YEARS: Final = range(1900, 2200)
_TRUE: Final = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests.

    Attributes:
        ids: These, and nothing else matters; none: by what follows.
        services: Codes; none: any.
        start: Requested then or later.
        end: Requested before or then.
        updated_after: Changed then or later.
        updated_before: Changed before or then.
        closed: Whether they are; none: either.
        box: West, south, east, north in degrees; none: anywhere.
        offset: How many are on the pages before.
        limit: How many at most.
        extensions: Whether notes and further attributes are wanted.

    """

    ids: tuple[str, ...] | None = None
    services: frozenset[str] | None = None
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    closed: bool | None = None
    box: tuple[float, float, float, float] | None = None
    offset: int = 0
    limit: int = MAX_PAGE
    extensions: bool = False


def asked(query: Mapping[str, str], kinds: Kinds, now: datetime) -> Asked:
    """Read the parameters.

    Args:
        query: What was asked.
        kinds: Services.
        now: The clock, aware.

    Raises:
        Open311Error: a parameter cannot be used; all of them at once.

    """
    faults: list[Fault] = []
    start, end = _instant(query, "start_date", faults), _instant(query, "end_date", faults)
    after, before = _instant(query, "updated_after", faults), _instant(query, "updated_before", faults)
    if start is not None and end is not None and end - start > MAX_SPAN:
        faults.append(Fault(400, f"start_date and end_date may be {MAX_SPAN.days} days apart at most."))
    if start is None and end is not None:
        start = end - MAX_SPAN
    elif start is not None and end is None:
        end = start + MAX_SPAN
    elif start is None and after is None and before is None:
        start = now - MAX_SPAN
    page, size = _whole(query, "page", 1, faults), _whole(query, "page_size", _PAGE, faults)
    if size > MAX_PAGE:
        faults.append(Fault(400, f"page_size is at most {MAX_PAGE}."))
    if (page - 1) * size > _DEEPEST:
        faults.append(Fault(400, "The page is too far back: ask with start_date and end_date."))
    paged = "page" in query or "page_size" in query
    ids = _several(query, "service_request_id")
    if ids is not None and len(ids) > _IDS:
        faults.append(Fault(400, f"service_request_id has at most {_IDS} values."))
    found = Asked(
        ids=ids,
        services=_services(query, kinds, faults),
        start=start,
        end=end,
        updated_after=after,
        updated_before=before,
        closed=_closed(query, faults),
        box=_box(query, faults),
        offset=(page - 1) * size if paged else 0,
        limit=size if paged else MAX_PAGE,
        extensions=is_true(query.get("extensions", "")),
    )
    if faults:
        raise Open311Error(faults)
    return found


def is_true(text: str) -> bool:
    """Whether a flag of the address is set."""
    return text.strip().lower() in _TRUE


def _several(query: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    # A text with NUL is in no database, and some do not even let one ask.
    text = query.get(name, "").replace("\0", "\ufffd")
    values = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    return values or None


def _services(query: Mapping[str, str], kinds: Kinds, faults: list[Fault]) -> frozenset[str] | None:
    codes = _several(query, "service_code")
    if codes is None:
        return None
    if any(kinds.get(code) is None for code in codes):
        faults.append(Fault(404, "service_code is not known; GET services lists those that are."))
    return frozenset(codes)


def _closed(query: Mapping[str, str], faults: list[Fault]) -> bool | None:
    states = _several(query, "status")
    if states is None:
        return None
    if set(states) - {"open", "closed"}:
        faults.append(Fault(400, "status must be open or closed, or both with a comma between."))
    return None if len(states) > 1 else states[0] == "closed"


def _instant(query: Mapping[str, str], name: str, faults: list[Fault]) -> datetime | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        # A plus that was not encoded arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    # Years at the ends of the calendar have no other zone, and nothing ninety days away.
    if at is not None and at.tzinfo is not None and at.year in _YEARS:
        return at
    faults.append(Fault(400, f"{name} must be a time with its zone, like 2026-03-02T07:45:00+07:00."))
    return None


def _whole(query: Mapping[str, str], name: str, default: int, faults: list[Fault]) -> int:
    text = query.get(name, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0:
        return int(text)
    faults.append(Fault(400, f"{name} must be a whole number from 1."))
    return default


def _box(query: Mapping[str, str], faults: list[Fault]) -> tuple[float, float, float, float] | None:
    text = query.get("bbox", "").strip()
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = math.nan
        south = east = north = west
    if math.isfinite(west + south + east + north):
        return west, south, east, north
    faults.append(Fault(400, "bbox must be west,south,east,north in degrees."))
    return None
