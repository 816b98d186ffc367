"""``ioc privacy``: who is in the vault, erasing a reporter, and the keys behind pseudonyms and vault."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from aiokafka.errors import KafkaError

from connectors.audit import act
from connectors.cli import config
from connectors.cli.console import err, line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError, Misconfigured, Unavailable
from connectors.cli.kafka import away, open_admin, open_consumer
from connectors.cli.privacy_copies import Copies, copies
from connectors.cli.privacy_person import Person
from connectors.cli.province import load_province
from connectors.cli.trail import actor, note, open_trail
from connectors.cli.vaults import make_first, open_vault
from connectors.vault import Entry as Known
from connectors.vault import Registry
from connectors.vault.vault import vault_path
from ioc.audit import Entry
from ioc.classify.pseudonym import Pseudonyms
from ioc.privacy import VaultError
from ioc.settings import Settings
from ioc.topics import AUDIT
from streams.secrets import SecretsError, pseudonyms
from streams.secrets import rotate as rotate_keys

app = typer.Typer(no_args_is_help=True, help="Reporters and the keys that protect them.", add_completion=False)
APPS: Final = {"privacy": app}

Reporter = Annotated[
    str,
    typer.Argument(
        help="Id, phone or e-mail as the back end sends it, or a pseudonym; - reads it from standard input."
    ),
]
By = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit.")]
Source = Annotated[str | None, typer.Option("--source", help="Publisher whose reporter it is; all unless given.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]

_NO_VAULT: Final = "no vault is configured (IOC_PRIVACY__VAULT_KEY), so nobody has a key to erase"


@app.command()
def init() -> None:
    """Make an empty vault under IOC_PRIVACY__VAULT_KEY; `ioc up` does it by itself."""
    settings = config.load().settings
    path = vault_path(settings.home, settings.privacy.vault_path)
    if settings.privacy.vault_key is None:
        raise Misconfigured("set IOC_PRIVACY__VAULT_KEY first: at least 32 random bytes in Base64")
    if not make_first(settings):
        raise CommandError(f"there is a vault at {path} already")
    err.print(f"Made the vault {path}. Keep copies of it and of its master key apart from each other.")


@app.command()
def show(reporter: Reporter, *, source: Source = None, by: By = None, as_json: AsJson = False) -> None:
    """Whether a reporter has a key, since when, and the pseudonyms under each key. No personal data.

    That somebody looked is written down: whoever knows the phone number learns the pseudonym.

    Exit code 1 where nobody is known by this.
    """
    settings = config.load().settings
    person = _person(settings, reporter, source)
    registry = _registry(settings)
    with _vault_errors():
        entries = person.entries(registry) if registry else []
    found = [act(actor(by), "privacy.show", _named(person, entry), source=entry.source) for entry in entries]
    note(settings, *(found or [act(actor(by), "privacy.show", "reporter", outcome="unknown")]))
    words = person.pseudonyms.under_each(source, person.word) if source and not person.is_pseudonym else []
    if as_json:
        shown = [_shown(person, entry) for entry in entries]
        line(orjson.dumps({"vault": registry is not None, "found": shown, "pseudonyms": words}).decode())
    elif entries:
        for entry in entries:
            _print_entry(person, entry)
    else:
        out.print(_NO_VAULT.partition(",")[0] if registry is None else _nobody(person))
        _print_words(words)
    if not entries:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def erase(
    reporter: Reporter,
    *,
    source: Source = None,
    every: Annotated[bool, typer.Option("--all", help="All whom this means, if they are several.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Erase a reporter's key and contact data for good, and say what remains and until when.

    What was sealed with the key cannot be read by anybody from then on. It is written to ioc.audit. Exit code 0 also
    where it was done before, 1 where nobody is known by this or several are.
    """
    settings = config.load().settings
    person = _person(settings, reporter, source)
    zone = ZoneInfo(load_province(settings).timezone)
    done = asyncio.run(_erase(settings, person, actor(by), zone, every=every))
    if as_json:
        line(orjson.dumps(_report(person, done, zone)).decode())
    else:
        _print_erased(person, done, zone)
    if done.outcome not in {"erased", "already_erased"}:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def rotate() -> None:
    """Put a new pseudonym key in use. People are recognised across it; the key before stays for that."""
    settings = config.load().settings
    try:
        names = rotate_keys(settings)
    except SecretsError as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be written: {error.strerror}") from None
    note(settings, act(actor(), "privacy.rotate", names.ids[-1]))
    err.print(f"Pseudonyms begin with {names.ids[-1]} once the workers are restarted, the owner of incidents first.")


@app.command()
def rewrap() -> None:
    """Wrap every key of the vault with IOC_PRIVACY__VAULT_KEY; the master keys before it are not needed after that."""
    settings = config.load().settings
    registry = _registry(settings)
    if registry is None:
        raise Misconfigured(_NO_VAULT.partition(",")[0])
    with _vault_errors():
        count = registry.rewrap()
    note(settings, act(actor(), "privacy.rewrap", "vault", keys=count))
    err.print(f"Wrapped {count} keys anew. Remove IOC_PRIVACY__PREVIOUS_VAULT_KEYS and destroy what it held.")


@dataclass(slots=True)
class _Done:
    """What an erasure did.

    Attributes:
        outcome: ``erased``, ``already_erased``, ``unknown``, ``no_vault``.
        entries: Whom it was about, as they were before.
        scrubbed: Whether every trace is off the vault's log.
        copies: What the restricted topics hold.

    """

    outcome: str
    entries: list[Known]
    scrubbed: bool = True
    copies: list[Copies] = field(default_factory=list)

    def until(self) -> datetime | None:
        """When the last raw copy is gone, whoever can read it."""
        return max((end for each in self.copies if (end := each.until("sealed", "clear"))), default=None)


async def _erase(settings: Settings, person: Person, who: str, zone: ZoneInfo, *, every: bool) -> _Done:
    registry = _registry(settings)
    async with AsyncExitStack() as stack:
        # Connected first: what cannot be written down is not done.
        trail = await stack.enter_async_context(open_trail(settings))
        admin = await stack.enter_async_context(open_admin(settings))
        consumer = await stack.enter_async_context(open_consumer(settings))
        done = _erase_key(registry, person, every=every)
        try:
            done.copies = await copies(admin, consumer, {entry.ref for entry in done.entries}, person.means)
            if done.entries:
                await trail.write([_entry(who, person, done, zone)])
        except KafkaError as error:
            raise _half_done(done, away(settings, error)) from None
        except Unavailable as error:
            raise _half_done(done, error) from None
    return done


def _erase_key(registry: Registry | None, person: Person, *, every: bool) -> _Done:
    if registry is None:
        return _Done("no_vault", [])
    with _vault_errors():
        entries = person.entries(registry)
        living = [entry for entry in entries if entry.erased_at is None]
        if not living:
            return _Done("already_erased" if entries else "unknown", entries)
        if len(living) > 1 and not every:
            raise CommandError(_several(person, living))
        return _Done("erased", living, scrubbed=registry.erase(living))


def _half_done(done: _Done, error: Unavailable) -> Unavailable:
    if done.outcome != "erased":
        return error
    return Unavailable(f"the key is erased, but that is not in {AUDIT} yet: run the same again. {error}")


def _several(person: Person, living: Sequence[Known]) -> str:
    named = ", ".join(f"{(person.words(entry) or ['a report'])[-1]} of {entry.source}" for entry in living[:5])
    more = f" and {len(living) - 5} more" if len(living) > 5 else ""
    return f"{len(living)} are known by this: {named}{more}. Name one by its pseudonym or --source, or erase --all"


def _entry(who: str, person: Person, done: _Done, zone: ZoneInfo) -> Entry:
    return act(
        who, "privacy.erase", ", ".join(_named(person, entry) for entry in done.entries), outcome=done.outcome,
        keys=[entry.ref.hex() for entry in done.entries],
        sources=sorted({entry.source for entry in done.entries}),
        last_day=last.isoformat() if (last := _day(done.until(), zone)) else None,
    )  # fmt: skip


def _named(person: Person, entry: Known) -> str:
    """The pseudonym in use, or the name of the key where only that would tell it."""
    return (person.words(entry) or [entry.ref.hex()])[-1]


def _person(settings: Settings, reporter: str, source: str | None) -> Person:
    word = (sys.stdin.readline() if reporter == "-" else reporter).strip()
    if not word:
        raise CommandError("say who: an id, phone, e-mail or pseudonym", EXIT_USAGE)
    return Person(word, source, _pseudonyms(settings))


def _pseudonyms(settings: Settings) -> Pseudonyms:
    try:
        return pseudonyms(settings)
    except SecretsError as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be used: {error.strerror}") from None


def _registry(settings: Settings) -> Registry | None:
    vault = open_vault(settings, writes=True)
    return Registry(vault) if vault is not None else None


@contextmanager
def _vault_errors() -> Iterator[None]:
    try:
        yield
    except VaultError as error:
        raise Unavailable(str(error)) from None


def _day(end: datetime | None, zone: ZoneInfo) -> date | None:
    if end is None:
        return None
    return date.max if end.year == date.max.year else end.astimezone(zone).date()


def _nobody(person: Person) -> str:
    if person.is_pseudonym:  # only a key tells whose pseudonym it is
        return "Nobody with a key has this pseudonym: unknown, or erased before."
    return "Nobody is known by this."


def _shown(person: Person, entry: Known) -> dict[str, Any]:
    return {
        "key": entry.ref.hex(),
        "source": entry.source,
        "kind": "reporter" if entry.signed else "report",
        "since": entry.created_at,
        "erased_at": entry.erased_at,
        "pseudonyms": person.words(entry),
    }


def _report(person: Person, done: _Done, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "outcome": done.outcome,
        "erased": [_shown(person, entry) for entry in done.entries],
        "scrubbed": done.scrubbed,
        "copies": [
            {
                "topic": each.topic,
                "kind": kind,
                "count": found.number,
                "newest": found.newest,
                "last_day": _day(each.until(kind), zone),
            }
            for each in done.copies
            for kind, found in each.found.items()
        ],
        "last_day": _day(done.until(), zone),
    }


def _print_entry(person: Person, entry: Known) -> None:
    kind = "reporter" if entry.signed else "report that nobody signed"
    since = f"{entry.created_at.astimezone():%Y-%m-%d %H:%M}"
    if entry.erased_at is None:
        out.print(f"{kind} of {entry.source}: has a key since {since}")
    else:
        out.print(f"{kind} of {entry.source}: key of {since} erased {entry.erased_at.astimezone():%Y-%m-%d %H:%M}")
    _print_words(person.words(entry))


def _print_words(words: Sequence[str]) -> None:
    for n, word in enumerate(words, 1):
        out.print(f"  {word}{'  (in use)' if n == len(words) else ''}", markup=False)


def _print_erased(person: Person, done: _Done, zone: ZoneInfo) -> None:
    match done.outcome:
        case "erased":
            out.print("Erased; what was sealed with it cannot be read any more:")
        case "already_erased":
            out.print("Erased before; there is no key:")
        case "no_vault":
            out.print(f"{_NO_VAULT[0].upper()}{_NO_VAULT[1:]}.")
        case _:
            out.print(f"{_nobody(person)} Nothing was erased.")
    for entry in done.entries:
        _print_entry(person, entry)
    if not done.scrubbed:
        out.print("The vault's log is in use and may hold the old page for a while: run this again later.")
    out.print("\nWhat remains:")
    for each in done.copies:
        for kind, found in each.found.items():
            text = {
                "sealed": "sealed, which nothing opens any more" if done.entries else "sealed",
                "clear": "in clear: not from the gateway, or from before the vault",
                "unread": "that are no JSON and may be anybody's",
            }[kind]
            out.print(f"  {each.topic}: {found.number} {text}; until {_until(_day(each.until(kind), zone))}")
    out.print(
        "  incidents, signals and decisions: redacted words and the pseudonym, which the vault no longer leads from"
    )
    if (last := _day(done.until(), zone)) is None:
        out.print("There are no raw copies.")
    else:
        out.print(f"The last day on which raw copies exist: {_until(last)}")


def _until(day: date | None) -> str:
    return "for ever: the topic has no retention" if day == date.max else f"{day}"
