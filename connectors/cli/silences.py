"""What `ioc silence` and `ioc emergency` share: times, what they ask of the gateway, what they show."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
import typer
from rich.table import Table
from rich.text import Text

from connectors.cli.board import clean
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError
from connectors.cli.gateway_client import Answer, Gateway

_DURATION: Final = re.compile(r"(\d{1,4})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_WAIT_S: Final = 10.0
_POLL_S: Final = 0.1

Owner = Annotated[str, typer.Option("--owner", "-o", help="Who answers for it.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why.")]
Centres = Annotated[
    list[str] | None,
    typer.Option("--centre", "-c", help="Code of a centre; all of the key's unless given. Repeatable."),
]
Lasts = Annotated[str | None, typer.Option("--for", help="How long, as 30m, 4h or 2d.")]
Until = Annotated[str | None, typer.Option("--until", help="Until when, as 2026-12-01T18:00+07:00.")]
Key = Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else the one that `ioc up` left.")]
Url = Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]
Over = Annotated[bool, typer.Option("--over", help="Those too that have ended.")]


def instant(text: str) -> datetime:
    """A time on the command line; without an offset it is this machine's.

    Raises:
        CommandError: it is none.

    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"no time: {text}; write it as 2026-12-01T18:00+07:00", EXIT_USAGE) from None
    return at if at.tzinfo else at.astimezone()


def ending(lasts: str | None, until: str | None, begin: datetime | None = None) -> datetime:
    """When something ends that lasts so long, or until then.

    Raises:
        CommandError: both or none are given, or it is no time.

    """
    if (lasts is None) is (until is None):
        raise CommandError("give --for or --until", EXIT_USAGE)
    if until is not None:
        return instant(until)
    found = _DURATION.fullmatch(lasts or "")
    if found is None:
        raise CommandError(f"no length of time: {lasts}; write it as 30m, 4h or 2d", EXIT_USAGE)
    return (begin or datetime.now(UTC)) + timedelta(**{_UNITS[found[2]]: int(found[1])})


def ask(gateway: Gateway, wanted: dict[str, Any], *, as_json: bool) -> None:
    """Ask for something, and wait until it is in force.

    Raises:
        CommandError: it was refused, or was not seen in force within ten seconds.

    """
    answer = _accepted(gateway.silence(wanted))
    shown = _wait(gateway, answer["silence_id"])
    if shown is None:
        raise CommandError(
            f"{answer['silence_id']} is not in force yet: is a worker running? The receipt of command "
            f"{answer['command_id']} on ioc.receipts says what became of it",
            EXIT_FAILED,
        )
    if as_json:
        line(orjson.dumps(shown).decode())
        return
    err.print(f"In force until {_local(shown['ends_at'])}.")
    line(str(shown["silence_id"]))


def end(gateway: Gateway, name: str, reason: str) -> None:
    """End one, and wait until it has ended.

    Raises:
        CommandError: it was refused, or was not seen to end within ten seconds.

    """
    _accepted(gateway.end_silence(name, reason))
    if _wait(gateway, name, over=True) is None:
        raise CommandError(f"{name} was asked to end, but goes on: is a worker running?", EXIT_FAILED)
    err.print(f"{name} has ended.", markup=False)


def show(rows: Iterable[dict[str, Any]], *, as_json: bool, nothing: str) -> None:
    """List silences or modes."""
    rows = list(rows)
    if as_json:
        for row in rows:
            line(orjson.dumps(row).decode())
        return
    if not rows:
        err.print(nothing)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "until", "hidden"):
        table.add_column(name, no_wrap=True)
    table.add_column("what, who and why", overflow="fold", ratio=1)
    for row in rows:
        what = "; ".join(row["matchers"]) or ", ".join(row["communes"] or row["centres"])
        until = f"{_local(row['ended_at'])} over" if row["ended_at"] else _local(row["ends_at"])
        words = Text(f"{clean(what)}\n{clean(row['owner'])}: {clean(row['reason'])}")
        hidden = str(sum(row["hidden"].values()) or "")
        table.add_row(row["silence_id"], until, hidden, words, style="dim" if row["ended_at"] else "")
    out.print(table, soft_wrap=False)


def listed(gateway: Gateway, kinds: tuple[str, ...], *, over: bool) -> list[dict[str, Any]]:
    """Those of these kinds that the key sees."""
    chosen = {"over": "true"} if over else {}
    rows = _accepted(gateway.silences(**chosen))["silences"]
    return [row for row in rows if row["kind"] in kinds]


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.status not in {200, 202}:
        raise CommandError(answer.sentence())
    return answer.body


def _wait(gateway: Gateway, name: str, *, over: bool = False) -> dict[str, Any] | None:
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        answer = gateway.one_silence(name)
        if answer.status == 200 and (not over or answer.body["ended_at"] is not None):
            return answer.body
        time.sleep(_POLL_S)
    return None


def _local(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
