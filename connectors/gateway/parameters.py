"""Query parameters: read strictly, every complaint names the parameter and what was expected."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from connectors.gateway.library import Place
from connectors.gateway.problems import BAD_REQUEST, Problem
from ioc.records import FieldError


def cursor(place: tuple[datetime, str]) -> str:
    """What `after` of the next page is."""
    at, name = place
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


def after(text: str | None) -> Place | None:
    """Where an earlier page ended."""
    if text is None:
        return None
    try:
        at, _, name = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        return Place(datetime.fromisoformat(at), name)
    except (ValueError, binascii.Error):
        raise bad("after", "must be `next` of an earlier page") from None


def values(text: str | None) -> frozenset[str] | None:
    """Several values, separated by commas."""
    return None if text is None else frozenset(part.strip() for part in text.split(","))


def choice(name: str, text: str | None, known: tuple[str, ...]) -> frozenset[str] | None:
    """Several values of a known set, separated by commas."""
    if text is None:
        return None
    wanted = frozenset(part.strip() for part in text.split(","))
    if wanted - set(known):
        raise bad(name, f"must be one or more of: {', '.join(known)}")
    return wanted


def instant(name: str, text: str | None) -> datetime | None:
    """A time with its offset."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise bad(name, "must be an RFC 3339 time with offset, its + sent as %2B")
    return at


def bbox(text: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east, north."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise bad("bbox", "must be west,south,east,north in degrees") from None
    return west, south, east, north


def bad(name: str, message: str) -> Problem:
    """The complaint about a parameter."""
    return Problem(BAD_REQUEST, f"The query parameter {name} cannot be used.", [FieldError("", "parameter", message)])
