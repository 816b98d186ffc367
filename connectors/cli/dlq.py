"""``ioc dlq``: look at dead letters and put them back. Values are masked unless asked for: they are personal."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
import typer
from rich.table import Table

from connectors.audit import act
from connectors.cli import config
from connectors.cli.console import age, err, line, out
from connectors.cli.dlq_replay import Plan, Summary, letters, replay
from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.kafka import open_consumer
from connectors.cli.letters import Filter, Letter, letter_names, masked, shown_header, since
from connectors.cli.trail import actor, note
from ioc.settings import Settings
from ioc.vocabulary import SOURCES

app = typer.Typer(no_args_is_help=True, help="List, show or replay dead letters.", add_completion=False)
APPS: Final = {"dlq": app}

Names = Annotated[list[str] | None, typer.Argument(metavar="[PARTITION-OFFSET]…", help="Single letters.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help=f"One of {', '.join(SOURCES)}. Repeatable.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="Reason; * and ? match. Repeatable.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Topic of origin; * and ? match. Repeatable.")]
Since = Annotated[str | None, typer.Option("--since", help="30m, 2h, 7d, or RFC 3339 with an offset.")]
Match = Annotated[list[str] | None, typer.Option("--match", help="Header: name, or name=value; * and ? match.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def _filter(  # noqa: PLR0917 - the options of every command, in their order
    names: list[str] | None,
    sources: list[str] | None,
    reasons: list[str] | None,
    topics: list[str] | None,
    begin: str | None,
    headers: list[str] | None,
) -> Filter:
    for source in sources or ():
        if source not in SOURCES:
            raise CommandError(f"no source {source}: one of {', '.join(SOURCES)}", EXIT_USAGE)
    return Filter(
        letter_names(names or ()),
        frozenset(sources or ()),
        tuple(reasons or ()),
        tuple(topics or ()),
        since(begin, datetime.now(UTC)),
        tuple(headers or ()),
    )


@app.command("list")
def list_letters(
    *,
    sources: Sources = None,
    reasons: Reasons = None,
    topics: Topics = None,
    begin: Since = None,
    match: Match = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """The newest dead letters: where from, why. No values."""
    wanted = _filter(None, sources, reasons, topics, begin, match)
    found, total = asyncio.run(_newest(config.load().settings, wanted, limit))
    if as_json:
        for one in found:
            line(orjson.dumps(_summary(one)).decode())
        return
    if not found:
        err.print("No dead letters." if not wanted else "No dead letter is like that.")
        return
    out.print(_table(found), soft_wrap=False)
    if total > len(found):
        err.print(f"{total} in all; the newest {len(found)} are shown (--limit).")


@app.command()
def show(
    *,
    names: Names = None,
    sources: Sources = None,
    reasons: Reasons = None,
    topics: Topics = None,
    begin: Since = None,
    match: Match = None,
    limit: Limit = 1,
    raw: Annotated[bool, typer.Option("--raw", help="Values as they are: personal data; it is written down.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")] = None,
    as_json: AsJson = False,
) -> None:
    """Whole letters, the newest unless named; texts are masked unless --raw."""
    wanted = _filter(names, sources, reasons, topics, begin, match)
    found, _ = asyncio.run(_newest(config.load().settings, wanted, max(limit, len(wanted.names))))
    if not found:
        raise CommandError("no such dead letter")
    if raw:
        shown = [act(actor(by), "dlq.show", one.identity, topic=one.topic, letter=one.name) for one in found]
        note(config.load().settings, *shown)
    for one in found:
        if as_json:
            line(orjson.dumps(_whole(one, raw=raw)).decode())
        else:
            _print(one, raw=raw)


@app.command("replay")
def replay_letters(
    *,
    names: Names = None,
    sources: Sources = None,
    reasons: Reasons = None,
    topics: Topics = None,
    begin: Since = None,
    match: Match = None,
    every: Annotated[bool, typer.Option("--all", help="No filter: all of them.")] = False,
    limit: Limit = 1000,
    max_replays: Annotated[int, typer.Option(min=1, help="Refuse what was replayed so often already.")] = 3,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, write nothing.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write letters back to where they came from, each once: key, value and headers unchanged.

    Two headers are added: ioc.dlq.replayed counts, ioc.dlq.origin says where the event first stood. That a letter was
    replayed is written to ioc.audit in the same transaction, so the command may be interrupted and run again.
    """
    wanted = _filter(names, sources, reasons, topics, begin, match)
    if not wanted and not every:
        raise CommandError("say which: a letter, a filter, or --all", EXIT_USAGE)
    plan = Plan(wanted, limit, max_replays, dry_run, actor(by), datetime.now(UTC))
    summary = asyncio.run(replay(config.load().settings, plan))
    if as_json:
        line(orjson.dumps({"dry_run": dry_run, **_counts(summary)}).decode())
    else:
        _report(summary, plan)
    if summary.refused or summary.lost:
        raise typer.Exit(1)


async def _newest(settings: Settings, wanted: Filter, limit: int) -> tuple[list[Letter], int]:
    """The newest letters, oldest of them first, and how many there are in all."""
    newest: list[tuple[datetime, str, Letter]] = []
    total = 0
    async with open_consumer(settings) as consumer:
        async for one in letters(consumer, wanted):
            total += 1
            entry = (one.at, one.name, one)
            if len(newest) < limit:
                heapq.heappush(newest, entry)
            else:
                heapq.heappushpop(newest, entry)
    return [one for _, _, one in sorted(newest, key=lambda entry: entry[:2])], total


def _table(found: list[Letter]) -> Table:
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("letter", no_wrap=True, style="cyan")
    table.add_column("age", justify="right", no_wrap=True)
    table.add_column("from", no_wrap=True, max_width=20, overflow="ellipsis")
    table.add_column("reason", style="red", no_wrap=True)
    table.add_column("field")
    table.add_column("why", ratio=1)
    table.add_column("replays", justify="right")
    for one in found:
        replays = str(one.replays) if one.replays else ""
        where = one.source or one.topic
        table.add_row(one.name, age(one.at, now), where, one.reason, one.pointer, one.message, replays)
    return table


def _summary(one: Letter) -> dict[str, Any]:
    return {
        "letter": one.name,
        "at": one.at,
        "topic": one.topic,
        "partition": one.origin_partition,
        "offset": one.origin_offset,
        "source": one.source or None,
        "reason": one.reason,
        "pointer": one.pointer,
        "message": one.message,
        "replays": one.replays,
    }


def _whole(one: Letter, *, raw: bool) -> dict[str, Any]:
    value = one.value.decode(errors="replace") if raw and one.value is not None else masked(one.value)
    return {
        **_summary(one),
        "key": one.key.decode(errors="replace") if one.key is not None else None,
        "headers": {header[0]: shown_header(header, raw=raw) for header in one.headers},
        "context": one.context,
        "value": value,
    }


def _print(one: Letter, *, raw: bool) -> None:
    whole = _whole(one, raw=raw)
    out.rule(f"{one.name} · {one.source or one.topic} · {one.reason}", align="left")
    for label in ("at", "topic", "partition", "offset", "pointer", "message", "replays", "key"):
        out.print(f"[dim]{label:>10}[/] ", end="")
        out.print(str(whole[label]), markup=False)
    for name, text in whole["headers"].items():
        out.print("    [dim]header[/] ", end="")
        out.print(f"{name}: {text}", markup=False)
    out.print(whole["value"], markup=False)


def _counts(summary: Summary) -> dict[str, Any]:
    return {
        "replayed": summary.replayed,
        "already": summary.already,
        "refused": summary.refused,
        "lost": summary.lost,
    }


def _report(summary: Summary, plan: Plan) -> None:
    verb = "would be written back" if plan.dry_run else "written back"
    for topic, count in sorted(summary.replayed.items()):
        out.print(f"{count:>6} {verb} to {topic}")
    if not summary.replayed:
        out.print(f"     0 {verb}")
    if summary.already:
        out.print(f"{summary.already:>6} left out: replayed by an earlier run")
    if summary.refused:
        out.print(f"{summary.refused:>6} refused: failed again after {plan.max_replays} replays")
    if summary.lost:
        out.print(f"{summary.lost:>6} cannot be written back: the original is gone, or its topic is")
    if summary.total >= plan.limit:
        out.print(f"Stopped at {plan.limit} (--limit): run it again for more.")
