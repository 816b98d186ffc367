"""``ioc watch``: alerts of the centres, live, as a table for people or as lines for scripts."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Final, Self

import orjson
import typer
from rich.console import Console
from rich.live import Live

from connectors.cli import config
from connectors.cli.board import Board, clean, plain_line
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE, CommandError
from connectors.cli.feed import Connected, Gap, Lost, Notice, Wanted, from_gateway
from connectors.cli.gateway_client import find_token, gateway_url
from ioc.vocabulary import SEVERITIES, Severity

app = typer.Typer(help="Alerts of the centres, live.", add_completion=False)
APPS: Final = {"watch": app}

_REDRAW_S: Final = 0.25
_TABLE_HISTORY: Final = 20
_TERMINATED: Final = 143
"""As shells count it: 128 + SIGTERM."""


@app.command()
def watch(
    *,
    centres: Annotated[list[str] | None, typer.Option("--centre", "-c", help="Code of a centre. Repeatable.")] = None,
    severities: Annotated[
        list[str] | None, typer.Option("--severity", "-s", help=f"{', '.join(SEVERITIES)}. Repeatable.")
    ] = None,
    history: Annotated[
        int | None, typer.Option(min=0, max=500, help=f"Past alerts first; {_TABLE_HISTORY} in the table, else 0.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")] = False,
    kafka: Annotated[bool, typer.Option("--kafka", help="From Kafka instead of the gateway.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many alerts.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else `ioc up`'s.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")] = None,
) -> None:
    """Alerts of the centres, live.

    Exit codes: 0 when --count was reached or the time was up without one; 1 when --count was not reached in time;
    69 when nothing could be read at all.
    """
    chosen = tuple(_severity(text) for text in severities or ())
    table = out.is_terminal and not as_json
    wanted = Wanted(tuple(centres or ()), chosen, history if history is not None else _TABLE_HISTORY if table else 0)
    settings = config.load().settings
    if kafka:
        from connectors.cli.feed_kafka import from_kafka  # noqa: PLC0415 - Kafka's client is half of the start-up time

        feed, place = from_kafka(settings, wanted), f"Kafka {settings.bootstrap}"
    else:
        place = gateway_url(settings, url)
        feed = from_gateway(place, find_token(settings, key), wanted)
    title = f"ioc watch · {', '.join(wanted.centres) or 'tất cả trung tâm'}"
    view: _View = _TableView(Board(title, place)) if table else _LineView(as_json=as_json)
    code = asyncio.run(_run(feed, view, count, timeout))
    if code:
        raise typer.Exit(code)


def _severity(text: str) -> Severity:
    for severity in SEVERITIES:
        if severity == text:
            return severity
    raise CommandError(f"no severity {text}: one of {', '.join(SEVERITIES)}", EXIT_USAGE)


class _View:
    """Where notices go; a context manager."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def take(self, notice: Notice) -> None:
        """Show it."""
        raise NotImplementedError

    def tick(self) -> None:
        """Time went by."""


class _LineView(_View):
    """Alerts on standard output, the state of the connection on standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._lost: Lost | None = None
        self._connected = False

    def take(self, notice: Notice) -> None:
        if isinstance(notice, dict):
            line(orjson.dumps(notice).decode() if self._as_json else plain_line(notice))
        elif isinstance(notice, Lost):
            self._lost = notice
            err.print(f"mất kết nối · connection lost: {clean(notice.why)}", markup=False)
        elif isinstance(notice, Gap):
            err.print(f"thiếu cảnh báo · alerts are missing: {notice.why}", markup=False)
        else:
            again = f" again, nothing heard since {self._lost.since:%H:%M:%S} UTC" if self._lost else ""
            if again or not self._connected:
                err.print(f"đã kết nối · connected{again}", markup=False)
            self._lost, self._connected = None, True


class _TableView(_View):
    """The table on the whole screen; what was there before comes back at the end."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def take(self, notice: Notice) -> None:
        board = self._board
        if isinstance(notice, dict):
            board.take(notice)
        elif isinstance(notice, Connected):
            board.lost, board.note = None, ""
        elif isinstance(notice, Lost):
            board.lost, board.note = notice, ""
        else:
            board.note = f"thiếu cảnh báo · {notice.why}"

    def tick(self) -> None:
        size = self._console.size
        self._live.update(self._board.render(datetime.now(UTC), size.width, size.height), refresh=True)


async def _run(feed: AsyncGenerator[Notice, None], view: _View, count: int | None, timeout: float | None) -> int:
    """Show notices until there are enough, the time is up, or somebody ends it; returns the exit code."""
    state = _State(count)
    follower = asyncio.create_task(_follow(feed, view, state))
    ticker = asyncio.create_task(_tick(view))
    loop = asyncio.get_running_loop()
    terminated = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, terminated.set)
    ending = asyncio.create_task(terminated.wait())
    tasks = [follower, ticker, ending]
    with view:
        try:
            await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            loop.remove_signal_handler(signal.SIGTERM)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if terminated.is_set():
        return _TERMINATED
    if not state.connected:
        return EXIT_UNAVAILABLE
    return EXIT_FAILED if count is not None and state.seen < count else EXIT_OK


class _State:
    def __init__(self, count: int | None) -> None:
        self.count = count
        self.seen = 0
        self.connected = False


async def _follow(feed: AsyncGenerator[Notice, None], view: _View, state: _State) -> None:
    async with aclosing(feed):
        async for notice in feed:
            view.take(notice)
            if isinstance(notice, dict):
                state.seen += 1
                state.connected = True
                if state.count is not None and state.seen >= state.count:
                    return
            elif isinstance(notice, Connected):
                state.connected = True


async def _tick(view: _View) -> None:
    while True:
        view.tick()
        await asyncio.sleep(_REDRAW_S)
