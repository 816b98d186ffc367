"""``ioc audit``: who did what, and whether all of it is still there as it was written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from connectors.audit import AuditUnreadable, act, folder, follow
from connectors.audit.chains import anchors as kept_anchors
from connectors.cli import config
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError, Unavailable
from connectors.cli.kafka import away, client_options, quiet_clients
from connectors.cli.letters import since
from connectors.cli.trail import actor, forward, note
from ioc.audit import Anchor, Chain, Verifier, read_link
from ioc.settings import Settings
from ioc.topics import AUDIT, catalogue

app = typer.Typer(no_args_is_help=True, help="Who did what; whether it is all there.", add_completion=False)
APPS: Final = {"audit": app}

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
_ANCHOR: Final = TypeAdapter(Anchor)
_RETENTION: Final = timedelta(milliseconds=next(spec.retention_ms or 0 for spec in catalogue(()) if spec.name == AUDIT))
_WORDS: Final = {
    "missing": "is missing",
    "altered": "was altered",
    "reordered": "stands in another place than it was written",
    "repeated": "stands there twice",
    "truncated": "and what followed was cut off",
}


@app.command("list")
def list_records(
    *,
    who: Annotated[str | None, typer.Option("--actor", help="Only this one's; * at its end matches.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only this; * at its end matches.")] = None,
    begin: Annotated[str, typer.Option("--since", help="30m, 2h, 7d, or RFC 3339 with an offset.")] = "1d",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 200,
    as_json: AsJson = False,
) -> None:
    """What was written down, the oldest first. Reading it is written down too."""
    settings = config.load().settings
    moment = since(begin, datetime.now(UTC))
    note(settings, act(actor(), "audit.read", AUDIT, since=begin))
    found = asyncio.run(_records(settings, moment, who, action))[-limit:]
    if as_json:
        for each in found:
            line(orjson.dumps(each).decode())
        return
    if not found:
        err.print("Nothing is written down of that.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("at", "actor", "action", "object", "outcome"):
        table.add_column(title, no_wrap=title in {"at", "outcome"}, overflow="fold")
    for each in found:
        at = datetime.fromisoformat(each["at"]).astimezone()
        named = (str(each.get(name, "")) for name in ("actor", "action", "object", "outcome"))
        table.add_row(f"{at:%Y-%m-%d %H:%M:%S}", *named)
    out.print(table, soft_wrap=False)


@app.command()
def verify(
    *,
    files: Annotated[
        list[Path] | None, typer.Option("--anchors", help="Output of `ioc audit anchor` that was kept. Repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk all of the audit and tell, for each chain, whether it holds or where it first breaks (exit code 1).

    The heads that this machine keeps are compared too, and those of --anchors: they tell a tail that was cut off.
    """
    settings = config.load().settings
    known = [*kept_anchors(folder(settings.home)), *(anchor for path in files or () for anchor in _anchors(path))]
    found = asyncio.run(_verified(settings, known))
    broken = [each for each in found.chains if each.broken is not None]
    if as_json:
        for each in found.chains:
            line(orjson.dumps(_told(each)).decode())
    else:
        for each in found.chains:
            out.print(_sentence(each), style="bold red" if each.broken else "", markup=False)
        if found.strangers:
            out.print(f"{found.strangers} records are of no chain: of an older release, or of another program.")
        total = sum(each.records for each in found.chains)
        words = f"{len(broken)} of {len(found.chains)} chains are broken." if broken else "Every chain holds."
        style = "bold red" if broken else "bold green"
        out.print(f"{total} records in {len(found.chains)} chains. {words}", style=style)
    if broken:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def anchor() -> None:
    """Print the heads of this machine's chains, to be kept where neither Kafka's nor its administrators come.

    `ioc audit verify --anchors FILE` tells later whether the audit still reaches them.
    """
    settings = config.load().settings
    for each in kept_anchors(folder(settings.home)):
        line(_ANCHOR.dump_json(each).decode())


@dataclass(frozen=True, slots=True)
class _Found:
    chains: list[Chain]
    strangers: int


async def _verified(settings: Settings, known: Iterable[Anchor]) -> _Found:
    quiet_clients()
    await _forwarded(settings)
    verifier = Verifier(known)
    firsts: dict[int, int] = {}
    try:
        async with aclosing(follow(client_options(settings))) as batches:
            async for batch in batches:
                firsts[batch.partition] = batch.first_offset
                for record in batch.records:
                    verifier.take(batch.partition, record.offset, record.value)
    except AuditUnreadable as error:
        raise CommandError(str(error)) from None
    except KafkaError as error:
        raise away(settings, error) from None
    # What the contract says is kept, not what the topic is set to now: that is how a tail could be made to go.
    horizon = datetime.now(UTC) - _RETENTION
    return _Found(verifier.chains(lambda partition: firsts[partition] > 0, horizon), verifier.strangers)


async def _records(
    settings: Settings, begin: datetime | None, who: str | None, action: str | None
) -> list[dict[str, Any]]:
    quiet_clients()
    found: dict[str, dict[str, Any]] = {}
    try:
        async with aclosing(follow(client_options(settings), since=begin)) as batches:
            async for batch in batches:
                for record in batch.records:
                    link = read_link(record.value)
                    if link is None or not _is(link.actor, who) or not _is(str(link.content.get("action")), action):
                        continue
                    # What a crash had written down twice has one id.
                    found.setdefault(str(link.content.get("entry_id") or link.hash), dict(link.content))
    except AuditUnreadable as error:
        raise CommandError(str(error)) from None
    except KafkaError as error:
        raise away(settings, error) from None
    return sorted(found.values(), key=lambda each: datetime.fromisoformat(each["at"]))


async def _forwarded(settings: Settings) -> None:
    try:
        await forward(settings)
    except Unavailable:
        raise
    except CommandError as error:
        err.print(str(error), markup=False)


def _is(text: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted


def _anchors(path: Path) -> list[Anchor]:
    try:
        return [_ANCHOR.validate_json(text) for text in path.read_bytes().splitlines() if text.strip()]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}", EXIT_USAGE) from None
    except ValidationError:
        raise CommandError(f"{path} holds something else than what `ioc audit anchor` prints", EXIT_USAGE) from None


def _told(chain: Chain) -> dict[str, Any]:
    broken = chain.broken
    return {
        "chain": chain.chain,
        "actor": chain.actor,
        "first": chain.first,
        "last": chain.last.seq if chain.last else 0,
        "hash": chain.last.hash if chain.last else None,
        "records": chain.records,
        "broken": None
        if broken is None
        else {
            "kind": broken.kind,
            "seq": broken.seq,
            "partition": broken.place[0] if broken.place else None,
            "offset": broken.place[1] if broken.place else None,
        },
    }


def _sentence(chain: Chain) -> str:
    named = f"{chain.actor} · {chain.chain}"
    if chain.broken is not None:
        seen = f" (partition {chain.broken.place[0]}, offset {chain.broken.place[1]})" if chain.broken.place else ""
        return f"✗ {named}: record {chain.broken.seq} {_WORDS[chain.broken.kind]}{seen}"
    if chain.last is None:
        return f"✓ {named}: gone with its retention"
    begins = f", begins at {chain.first} since retention took what was before" if chain.first > 1 else ""
    return f"✓ {named}: {chain.records} records to {chain.last.seq}{begins}"
