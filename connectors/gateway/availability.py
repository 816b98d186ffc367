"""What may not be there: views that still read, a store that is away; and how answers are written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.responses import Response

from connectors.gateway.library import Library, LibraryAwayError
from connectors.gateway.problems import CATCHING_UP, STORE_AWAY, Problem
from connectors.gateway.services import Services
from connectors.gateway.view import CompactedView

_T = TypeVar("_T")


def answer(body: bytes) -> Response:
    """An answer of JSON."""
    return Response(body, media_type="application/json")


def ready(view: CompactedView[_T]) -> CompactedView[_T]:
    """The view, once it has read what was there at the start.

    Raises:
        Problem: it has not (503).

    """
    if not view.ready:
        raise Problem(CATCHING_UP, "Ask again in a few seconds.", headers={"Retry-After": "2"})
    return view


@asynccontextmanager
async def reading(services: Services) -> AsyncIterator[Library]:
    """The store for the length of a block.

    Raises:
        Problem: there is none, or it does not answer (503).

    """
    if services.library is None:
        raise Problem(STORE_AWAY, "This gateway has no store: it is turned off.")
    try:
        yield services.library
    except LibraryAwayError as error:
        raise Problem(STORE_AWAY, str(error), headers={"Retry-After": "2"}) from None
