"""``ioc shift``: a centre's log, and what one shift hands over to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
import typer
from rich.text import Text

from connectors.cli import config
from connectors.cli.board import clean
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.gateway_client import Answer, Gateway

app = typer.Typer(no_args_is_help=True, help="A centre's shift log and handover.", add_completion=False)
APPS: Final = {"shift": app}

_AGO: Final = re.compile(r"(\d{1,4})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_GROUPS_VI: Final = {
    "open": "đang mở", "overdue": "quá hạn", "silenced": "đang tắt báo động", "unanswered": "chưa ai trả lời",
}  # fmt: skip
_SHOWN: Final = 10
"""Incidents of a group that a terminal names."""

Centre = Annotated[str, typer.Argument(metavar="CENTRE", help="Code of the centre.")]
Key = Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else the one that `ioc up` left.")]
Url = Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, as the gateway has it.")]
By = Annotated[str | None, typer.Option("--by", help="Who writes, where the key belongs to a whole desk.")]


@app.callback()
def shift() -> None:
    """A centre's shift log and handover."""


@app.command()
def log(
    centre: Centre,
    *,
    since: Annotated[str, typer.Option(help="From when: 8h, 30m, 2d ago, or a time with its offset.")] = "24h",
    as_json: AsJson = False,
    key: Key = None,
    url: Url = None,
) -> None:
    """Read what was written down, the earliest first."""
    begin = _instant(since).isoformat()
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        chosen = {"since": begin}
        while True:
            page = _said(gateway.shift(centre, "log", chosen=chosen))
            for entry in page["entries"]:
                _show(entry, as_json=as_json)
            if page["next"] is None:
                return
            chosen["after"] = page["next"]


@app.command()
def note(
    centre: Centre,
    text: Annotated[str, typer.Argument(help="What the next shift should know.")],
    *,
    incidents: Annotated[
        list[str] | None, typer.Option("--incident", "-i", help="Id of an incident that it is about. Repeatable.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
    key: Key = None,
    url: Url = None,
) -> None:
    """Write a note into the log. Personal data is taken out of it."""
    wanted: dict[str, Any] = {"text": text, "incidents": incidents or []}
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        _show(_said(gateway.shift(centre, "log", wanted=wanted | _given(by=by))), as_json=as_json)


@app.command()
def handover(
    centre: Centre,
    *,
    text: Annotated[
        str | None, typer.Option("--text", "-t", help="Hand over, and say this; nothing is handed over without it.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Who takes over.")] = None,
    by: By = None,
    as_json: AsJson = False,
    key: Key = None,
    url: Url = None,
) -> None:
    """Hand over (--text), or show what was handed over last and how things stand now."""
    if text is None and (to or by):
        raise CommandError("say what is handed over: --text", EXIT_USAGE)
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        if text is not None:
            wanted = {"text": text} | _given(to=to, by=by)
            _show(_said(gateway.shift(centre, "handover", wanted=wanted)), as_json=as_json)
            return
        found = _said(gateway.shift(centre, "handover"))
    if as_json:
        line(orjson.dumps(found).decode())
        return
    if found["handover"] is None:
        err.print("Nothing was handed over yet.")
    else:
        _show(found["handover"], as_json=False)
    out.print(Text("Hiện nay", style="bold"))
    _show_groups(found["draft"]["snapshot"])
    for entry in found["draft"]["notes"]:
        _show(entry, as_json=False)


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _said(answer: Answer) -> dict[str, Any]:
    """The answer's body.

    Raises:
        CommandError: it was refused.

    """
    if answer.status >= 400:
        raise CommandError(answer.sentence())
    return answer.body


def _instant(text: str) -> datetime:
    """A time, or how long ago it was.

    Raises:
        CommandError: it is neither.

    """
    if found := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"no time: {text}; write it as 8h, or as 2026-12-01T18:00+07:00", EXIT_USAGE) from None
    return at if at.tzinfo else at.astimezone()


def _show(entry: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        line(orjson.dumps(entry).decode())
        return
    at = datetime.fromisoformat(entry["at"]).astimezone()
    whom = f" → {clean(entry['to'])}" if entry["to"] else ""
    kind = ("bàn giao  ", "bold") if entry["kind"] == "handover" else ""
    out.print(
        Text.assemble(
            (f"{at:%d/%m %H:%M}  ", "dim"), kind, (f"{clean(entry['by'])}{whom}: ", "cyan"), clean(entry["text"])
        )
    )
    if entry["incidents"]:
        out.print(Text("             " + ", ".join(entry["incidents"]), style="dim"))
    _show_groups(entry["snapshot"])


def _show_groups(groups: Mapping[str, Any]) -> None:
    for name, label in _GROUPS_VI.items():
        if name not in groups:
            continue
        group = groups[name]
        named = ", ".join(group["incidents"][:_SHOWN]) + (" …" if group["count"] > _SHOWN else "")
        out.print(Text.assemble(f"  {label:<18}", (f"{group['count']:>5}  ", "bold"), (named, "dim")))
