"""Feeds: exports of any length, written page by page, so that none is ever in memory as a whole."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

from ioc.exports.sheets import Row, lines

_YEARS: Final = range(1900, 2200)
PAGE: Final = 500
"""Rows of a page where nobody says how many."""

Place = tuple[Any, ...]
"""Where a page ended: a time, then what tells rows of that time apart."""


class Feed(Protocol):
    """One export. All calls block: they ask a database."""

    media: str
    name: str
    """Of its file."""

    def tag(self) -> str:
        """Changes with the content."""

    def head(self) -> bytes:
        """What stands before the rows."""

    def page(self, after: str | None, limit: int) -> tuple[bytes, str | None]:
        """Some rows behind a place, and the place behind them; none: these are the last.

        Raises:
            CursorError: the place is none.

        """

    def tail(self, following: str | None) -> bytes:
        """What stands behind them; ``following`` is where the next page begins, of a part of it."""


class Form(Protocol):
    """How rows are written; one of its own for each time that a feed is read."""

    media: str

    def head(self) -> bytes:
        """What stands before them."""

    def rows(self, rows: Sequence[Mapping[Any, Any]]) -> bytes:
        """Some of them."""

    def tail(self, following: str | None) -> bytes:
        """What stands behind them."""


class CursorError(ValueError):
    """A place that no page has ended at."""


class QueryFeed:
    """A feed of a question that is asked again behind the last row.

    Args:
        name: Of its file.
        form: How it is written.
        ask: From a place and a number of rows to these rows.
        place: Of a row.
        parts: How many a place has; that of another feed may have more or fewer.
        tag: See :meth:`Feed.tag`.

    """

    def __init__(
        self,
        name: str,
        form: Form,
        *,
        ask: Callable[[Place | None, int], Sequence[Mapping[Any, Any]]],
        place: Callable[[Mapping[Any, Any]], Place],
        parts: int,
        tag: Callable[[], str],
    ) -> None:
        self.name = name
        self.media = form.media
        self._form = form
        self._ask = ask
        self._place = place
        self._parts = parts
        self.tag = tag

    def head(self) -> bytes:
        """See :class:`Feed`, as for the rest."""
        return self._form.head()

    def page(self, after: str | None, limit: int) -> tuple[bytes, str | None]:
        place = parsed(after)
        if place is not None and len(place) != self._parts:
            raise CursorError
        rows = self._ask(place, limit)
        following = cursor(self._place(rows[-1])) if len(rows) >= limit else None
        return self._form.rows(rows), following

    def tail(self, following: str | None) -> bytes:
        return self._form.tail(following)


class Table:
    """CSV with a heading."""

    media = "text/csv; charset=utf-8"

    def __init__(self, columns: Sequence[str], row: Callable[[Mapping[Any, Any]], Row]) -> None:
        self._columns = columns
        self._row = row

    def head(self) -> bytes:
        """The heading."""
        return lines([self._columns])

    def rows(self, rows: Sequence[Mapping[Any, Any]]) -> bytes:
        """A line each."""
        return lines(map(self._row, rows))

    def tail(self, _following: str | None) -> bytes:
        """Nothing."""
        return b""


class Array:
    """A JSON array of what rows become, of which some may become nothing."""

    def __init__(self, media: str, made: Callable[[Sequence[Mapping[Any, Any]]], Iterable[Mapping[Any, Any]]]) -> None:
        self.media = media
        self._made = made
        self._first = True

    def head(self) -> bytes:
        """It opens."""
        return b"["

    def rows(self, rows: Sequence[Mapping[Any, Any]]) -> bytes:
        """Elements, and what parts them from those before."""
        return b"".join(self._parted(orjson.dumps(each)) for each in self._made(rows))

    def tail(self, _following: str | None) -> bytes:
        """It closes."""
        return b"]\n"

    def _parted(self, element: bytes) -> bytes:
        comma = b"" if self._first else b",\n"
        self._first = False
        return comma + element


def read(feed: Feed, after: str | None = None, *, page: int = PAGE) -> Iterator[bytes]:
    """A feed as a whole, from a place on."""
    yield feed.head()
    while True:
        content, after = feed.page(after, page)
        yield content
        if after is None:
            break
    yield feed.tail(None)


def cursor(place: Place) -> str:
    """A place as text."""
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in place]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def parsed(text: str | None) -> Place | None:
    """A place from its text.

    Raises:
        CursorError: it is none.

    """
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        first, *rest = orjson.loads(raw)
        at = datetime.fromisoformat(first)
    except (ValueError, TypeError, binascii.Error):
        raise CursorError from None
    whole = at.tzinfo is not None and at.year in _YEARS
    if not whole or not rest or not all(isinstance(part, str) and "\0" not in part for part in rest):
        raise CursorError
    return at, *rest
