"""``ioc watch``: alerts of the centres, live, as a table for people or as lines for scripts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from connectors.cli import config
from connectors.cli.board import Board
from connectors.cli.bookmark import Bookmark, places
from connectors.cli.console import out
from connectors.cli.deeds import Deeds
from connectors.cli.errors import EXIT_FAILED, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE, CommandError
from connectors.cli.feed import Connected, Here, News, Notice, Wanted, from_gateway
from connectors.cli.gateway_client import find_token, gateway_url
from connectors.cli.watching import LineView, TableView, View
from ioc.vocabulary import ALERT_REASONS, CATEGORIES, SEVERITIES

app = typer.Typer(help="Alerts of the centres, live.", add_completion=False)
APPS: Final = {"watch": app}

_T = TypeVar("_T", bound=str)

_REDRAW_S: Final = 0.25
_TABLE_HISTORY: Final = 20
_TERMINATED: Final = 143
"""As shells count it: 128 + SIGTERM."""
_CLOSED: Final = 141
"""As shells count it: 128 + SIGPIPE. Who read the lines has gone."""


@app.command()
def watch(
    *,
    centres: Annotated[list[str] | None, typer.Option("--centre", "-c", help="Code of a centre. Repeatable.")] = None,
    severities: Annotated[
        list[str] | None, typer.Option("--severity", "-s", help=f"{', '.join(SEVERITIES)}. Repeatable.")
    ] = None,
    categories: Annotated[
        list[str] | None, typer.Option("--category", help="Category of the incident. Repeatable.")
    ] = None,
    reasons: Annotated[
        list[str] | None, typer.Option("--reason", "-r", help=f"{', '.join(ALERT_REASONS)}. Repeatable.")
    ] = None,
    communes: Annotated[list[str] | None, typer.Option("--commune", help="Code of a commune. Repeatable.")] = None,
    units: Annotated[list[str] | None, typer.Option("--unit", "-u", help="Code of a unit. Repeatable.")] = None,
    history: Annotated[
        int | None, typer.Option(min=0, max=500, help=f"Past alerts first; {_TABLE_HISTORY} in the table, else 0.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on where the last one with this file ended; --history for the first only.")
    ] = None,
    follow: Annotated[bool, typer.Option(help="Wait for more when all that is there was told.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="From Kafka instead of the gateway.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many alerts.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else `ioc up`'s.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")] = None,
) -> None:
    """Alerts of the centres, live.

    In a terminal it is a table: arrows select an incident, `a` acknowledges it, `?` shows all keys.

    Exit codes: 0 when --count was reached, all was told (--no-follow), the time was up without --count, or by `q`;
    1 when --count was not reached, or the gateway refuses the question; 2 for a wrong option; 69 when nothing could be
    read at all; 77 when the key does not allow it; 78 for a wrong configuration; 130 by Ctrl-C; 141 when who read the
    lines has gone; 143 by SIGTERM.
    """
    table = out.is_terminal and not as_json
    wanted = Wanted(
        centres=tuple(centres or ()),
        severities=_known("severity", severities, SEVERITIES),
        categories=_known("category", categories, CATEGORIES),
        reasons=_known("reason", reasons, ALERT_REASONS),
        communes=tuple(communes or ()),
        units=tuple(units or ()),
        history=history if history is not None else _TABLE_HISTORY if table else 0,
    )
    settings = config.load().settings
    bookmark = Bookmark(resume) if resume is not None else None
    place = bookmark.read() if bookmark is not None else None
    deeds: Deeds | None = None
    if kafka:
        from connectors.cli.feed_kafka import from_kafka  # noqa: PLC0415 - Kafka's client is half of the start-up time

        begin = places(place, resume) if place is not None and resume is not None else None
        feed, where = from_kafka(settings, wanted, begin), f"Kafka {settings.bootstrap}"
    else:
        where, token = gateway_url(settings, url), find_token(settings, key)
        feed = from_gateway(where, token, wanted, place)
        deeds = Deeds(where, token) if table else None
    watching = _Watching(feed, bookmark, count, follow=follow)
    asked = " ".join(value for values in wanted.filters.values() for value in values)
    board = Board(f"ioc watch · {asked or 'tất cả trung tâm'}", where)
    view: View = TableView(board, deeds, watching.leave) if table else LineView(as_json=as_json)
    code = asyncio.run(_run(watching, view, deeds, timeout))
    if code:
        raise typer.Exit(code)


def _known(name: str, texts: Sequence[str] | None, among: tuple[_T, ...]) -> tuple[_T, ...]:
    if wrong := [text for text in texts or () if text not in among]:
        raise CommandError(f"no {name} {wrong[0]}: one of {', '.join(among)}", EXIT_USAGE)
    return tuple(each for each in among if each in (texts or ()))


async def _run(watching: _Watching, view: View, deeds: Deeds | None, timeout: float | None) -> int:
    """Show notices until there are enough, the time is up, or somebody ends it; returns the exit code."""
    loop = asyncio.get_running_loop()
    terminated = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, terminated.set)
    try:
        with view:
            works = (watching.follow(view), _tick(view), terminated.wait(), watching.left.wait())
            tasks = [asyncio.ensure_future(work) for work in works]
            try:
                await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                loop.remove_signal_handler(signal.SIGTERM)
                if deeds is not None:
                    await deeds.close()
    except BrokenPipeError:
        results = [BrokenPipeError()]
    for result in results:
        if isinstance(result, BrokenPipeError):
            # What is still buffered has nowhere to go: the interpreter would complain of it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _CLOSED
        if isinstance(result, Exception):
            raise result
    if terminated.is_set():
        return _TERMINATED
    return watching.exit_code


async def _tick(view: View) -> None:
    while True:
        view.tick()
        await asyncio.sleep(_REDRAW_S)


class _Watching:
    """Follows a feed and knows when it is over.

    Args:
        feed: Of notices.
        bookmark: Kept up to date with what was told.
        count: How many alerts are enough.
        follow: Whether to go on when all that is there was told.

    """

    def __init__(
        self, feed: AsyncGenerator[Notice, None], bookmark: Bookmark | None, count: int | None, *, follow: bool
    ) -> None:
        self._feed = feed
        self._bookmark = bookmark
        self._count = count
        self._follow = follow
        self._seen = 0
        self._connected = False
        self.left = asyncio.Event()
        """Somebody wants to quit."""

    def leave(self) -> None:
        """End it: nothing is wrong."""
        self.left.set()

    @property
    def exit_code(self) -> int:
        """How it went."""
        if self.left.is_set():
            return EXIT_OK
        if not self._connected:
            return EXIT_UNAVAILABLE
        return EXIT_FAILED if self._count is not None and self._seen < self._count else EXIT_OK

    async def follow(self, view: View) -> None:
        """Show what comes, until it is enough."""
        async with aclosing(self._feed) as feed:
            async for notice in feed:
                view.take(notice)
                if isinstance(notice, Connected):
                    self._connected = True
                elif isinstance(notice, News | Here):
                    if self._bookmark is not None:
                        self._bookmark.move(notice.place)
                    if self._enough(notice):
                        return

    def _enough(self, notice: News | Here) -> bool:
        if isinstance(notice, Here):
            return not self._follow
        self._seen, self._connected = self._seen + 1, True
        return self._count is not None and self._seen >= self._count
