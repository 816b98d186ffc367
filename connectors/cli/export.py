"""``ioc export``: what other systems take from here, into files, or to a context broker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Literal
from urllib.parse import quote, urlsplit

import orjson
import typer

from connectors.cli import config
from connectors.cli.console import err
from connectors.cli.datasets import Datasets, Part
from connectors.cli.errors import EXIT_USAGE, CommandError, Misconfigured, Unavailable
from connectors.cli.feeds import EVERYTHING, Feeds
from connectors.cli.province import load_province
from connectors.cli.store_reader import StoreAwayError, StoreReader
from connectors.opendata.broker import BrokerError, push
from connectors.opendata.feeds import PAGE, Feed, read
from connectors.store.exports import alerts_since
from ioc.exports import cap
from ioc.exports.opendata import DATASETS
from ioc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What other systems take from here, as files.", add_completion=False)
APPS: Final = {"export": app}

_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Entities = Literal["alerts", "air-quality", "devices"]
Out = Annotated[Path | None, typer.Option("--out", help="File to write; standard output unless given.")]
Since = Annotated[
    str | None, typer.Option(help="What has changed then or later: a time like 2026-11-01T00:00:00+07:00, or a day.")
]
Base = Annotated[str, typer.Option(help="Address of the gateway that links lead to.")]


@app.callback()
def export() -> None:
    """What other systems take from here, as files. Everything is read from the store, bit by bit."""


@app.command()
def incidents(*, out: Out = None, since: Since = None) -> None:
    """Incidents as GeoJSON."""
    _feed("incidents.geojson", out, since)


@app.command()
def requests(*, out: Out = None, since: Since = None) -> None:
    """Citizens' reports as GeoReport Bulk CSV: no texts, positions to about 100 m."""
    _feed("requests.csv", out, since)


@app.command(name="cap")
def cap_messages(
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder that gets a file for each message.")],
    since: Since = None,
) -> None:
    """Alerts as CAP 1.2 messages, a file each."""
    feeds = _feeds(config.load().settings)
    begin = _instant(feeds, since)
    count = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        for message in _messages(feeds, begin):
            (out / f"{quote(cap.identifier(message.alert), safe='')}.xml").write_bytes(feeds.xml(message))
            count += 1
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from None
    err.print(f"{count} messages in {out}")


@app.command()
def ngsi(
    what: Annotated[Entities, typer.Argument(help="alerts, air-quality or devices.")],
    *,
    out: Out = None,
    since: Since = None,
    short: Annotated[bool, typer.Option("--key-values", help="Values without their types.")] = False,
    to: Annotated[
        str | None, typer.Option("--push", help="Address of a context broker that gets them instead of a file.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="NGSILD-Tenant of the broker.")] = None,
) -> None:
    """Entities of NGSI-LD: Alert, AirQualityObserved or Device."""
    if to is None:
        _feed(f"{what}.jsonld", out, since, short=short)
        return
    settings = config.load().settings
    token = settings.exports.broker_token.get_secret_value() if settings.exports.broker_token is not None else None
    _check_address(to, secret=token is not None)
    feeds = _feeds(settings)
    feed = feeds.feed(f"{what}.jsonld", "", EVERYTHING, _instant(feeds, since), short=False)
    try:
        with _reading():
            done = push(to, _entities(feed), tenant=tenant, token=token)
    except BrokerError as error:
        raise Unavailable(str(error)) from None
    err.print(f"{done.taken} entities taken, {len(done.refused)} refused")
    for name, reason in list(done.refused.items())[:20]:
        err.print(f"  {name}: {reason}")
    if done.refused:
        raise CommandError("the context broker has refused entities")


@app.command()
def alarms(*, out: Out = None, since: Since = None) -> None:
    """Incidents of base stations as alarms of TMF642."""
    feeds = _feeds(config.load().settings)
    wanted = {"changed": _instant(feeds, since)}

    def content() -> Iterator[bytes]:
        yield b"["
        place = 0
        while found := feeds.alarms(EVERYTHING, wanted, place, PAGE):
            for each in found:
                yield (b",\n" if place else b"") + orjson.dumps(each)
                place += 1
        yield b"]\n"

    _write(out, content)


@app.command()
def data(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(DATASETS)}.")],
    *,
    form: Annotated[Literal["csv", "parquet"], typer.Option("--format", help="csv or parquet.")] = "csv",
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    since: Annotated[str | None, typer.Option(help="First day, like 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Day before which it ends.")] = None,
) -> None:
    """An open data set, or the part of it between two days."""
    if name not in DATASETS:
        raise CommandError(f"there is no data set {name}: {', '.join(DATASETS)}", EXIT_USAGE)
    settings = config.load().settings
    datasets = Datasets(settings, _feeds(settings))
    try:
        with _reading():
            datasets.write(name, form, Part(_day(since), _day(until)), out)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from None


@app.command()
def catalogue(*, out: Out = None, base: Base = "http://127.0.0.1:8080") -> None:
    """The catalogue of open data as DCAT in JSON-LD."""
    settings = config.load().settings
    datasets = Datasets(settings, _feeds(settings))
    address = (settings.exports.url or base).rstrip("/")
    _write(out, lambda: iter([orjson.dumps(datasets.catalogue(address), option=orjson.OPT_INDENT_2)]))


def _feeds(settings: Settings) -> Feeds:
    return Feeds(settings, load_province(settings), StoreReader(settings, threads=1, sparing=True))


def _feed(name: str, out: Path | None, since: str | None, *, short: bool = False) -> None:
    feeds = _feeds(config.load().settings)
    begin = _instant(feeds, since)
    _write(out, lambda: read(feeds.feed(name, "", EVERYTHING, begin, short=short)))


def _messages(feeds: Feeds, since: datetime | None) -> Iterator[cap.Message]:
    after: tuple[datetime, str] | None = None
    with _reading():
        while rows := feeds.ask(lambda c, after=after: alerts_since(c, since=since, after=after, limit=PAGE)):  # type: ignore[misc]
            yield from feeds.messages(rows)
            after = rows[-1]["at"], rows[-1]["alert_id"]


def _entities(feed: Feed) -> Iterator[Mapping[str, Any]]:
    after: str | None = None
    while True:
        content, after = feed.page(after, PAGE)
        # Behind the first page elements begin with what parts them from those before.
        yield from orjson.loads(b"[" + content.lstrip(b",\n") + b"]")
        if after is None:
            return


def _write(out: Path | None, content: Callable[[], Iterator[bytes]]) -> None:
    """Write what comes, into a draft that takes the file's place when it is whole."""
    try:
        with _reading(), _opened(out) as file:
            for part in content():
                file.write(part)
    except OSError as error:
        raise CommandError(f"{out or 'standard output'} cannot be written: {error.strerror}") from None


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        return
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(out)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except StoreAwayError as error:
        raise Misconfigured(
            f"{str(error).rstrip('.')}; the store is filled by `ioc up`, or by `ioc store run`"
        ) from None


def _instant(feeds: Feeds, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("--since is a time like 2026-11-01T00:00:00+07:00, or a day", EXIT_USAGE) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=feeds.zone)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError("--since and --until are days like 2026-11-01", EXIT_USAGE) from None


def _check_address(url: str, *, secret: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise CommandError("--push is an address like https://broker.example.vn, without a user", EXIT_USAGE)
    if secret and parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise CommandError("a token goes over https only, or to this machine", EXIT_USAGE)
