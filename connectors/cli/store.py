"""``ioc store``: the topics in SQL, joined with settings and the province; run, rebuilt, migrated, looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from connectors.cli import config
from connectors.cli.console import line, out
from connectors.cli.errors import EXIT_FAILED, EXIT_OK, CommandError, Misconfigured, Unavailable
from connectors.cli.kafka import client_options, quiet_clients
from connectors.cli.province import load_province, province_files
from connectors.store.database import StoreError, migrate, open_writer, url_of
from connectors.store.run import kept_topics, rebuild, run
from connectors.store.status import Status, lag_of, status_of
from connectors.store.telemetry import Judge
from ioc.detect import load_rules
from ioc.events import Sensor
from ioc.settings import Settings
from ioc.topics import RAW

app = typer.Typer(no_args_is_help=True, help="What the topics say, in SQL.", add_completion=False)
APPS: Final = {"store": app}

_KAFKA_S: Final = timedelta(seconds=5)


@app.command("run")
def run_store() -> None:
    """Store until told to stop. Exit codes: 0 clean, 69 a port is taken, 78 misconfigured."""
    settings, client, centres, judge = _parts()
    if code := run(settings, client, centres, judge, zone=ZoneInfo(load_province(settings).timezone)):
        raise typer.Exit(code)


@app.command("rebuild")
def rebuild_store(
    empty: Annotated[
        bool, typer.Option("--empty", help="Delete all rows first; what Kafka no longer has is lost then.")
    ] = False,
) -> None:
    """Read all topics again from their first records, up to where they end now, and write what they say."""
    settings, client, centres, judge = _parts()
    quiet_clients()
    try:
        rows = rebuild(settings, client, centres, judge, empty=empty)
    except (StoreError, SQLAlchemyError) as error:
        raise _refused(error) from None
    for name, count in sorted(rows.items()):
        line(f"{name}\t{count}")


@app.command("migrate")
def migrate_store() -> None:
    """Bring the database's tables to those of this release."""
    settings = config.load().settings
    try:
        url = url_of(settings)
        engine = open_writer(url)
        before = migrate(engine)
        engine.dispose()
    except (StoreError, SQLAlchemyError) as error:
        raise _refused(error) from None
    line(f"{before.found or 'no tables'} → {before.wanted}")


@app.command("status")
def show_status(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Which database, what it can do, how many rows, how far behind, and what is missing.

    Exit codes: 0, 1 the tables are not those of this release, 69 the database does not answer.
    """
    settings = config.load().settings
    try:
        status = status_of(settings)
    except (StoreError, SQLAlchemyError) as error:
        raise _refused(error) from None
    topics = [*kept_topics(load_province(settings).centres), RAW["sensors"]]
    quiet_clients()
    lag = asyncio.run(lag_of(client_options(settings), topics, status.places, _KAFKA_S.total_seconds()))
    if as_json:
        line(orjson.dumps(status.as_json(lag)).decode())
    else:
        _show(status, lag)
    raise typer.Exit(EXIT_OK if status.current else EXIT_FAILED)


def _show(status: Status, lag: Mapping[str, int] | None) -> None:
    line(f"database\t{status.database}")
    line(f"tables\t{status.revision}")
    line(f"positions\t{status.geometry}")
    line(f"words\t{status.words}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", no_wrap=True)
    table.add_column("rows", justify="right")
    for name, count in status.rows.items():
        table.add_row(name, f"{count:,}")
    out.print(table)
    if lag is None:
        line("Kafka does not answer: how far behind the store is cannot be said.")
    else:
        line(f"behind\t{sum(lag.values()):,} records")
        for topic, count in lag.items():
            if count:
                line(f"  {topic}\t{count:,}")
    for gap, at in status.gaps:
        where = f"{gap.topic}/{gap.partition}"
        line(f"missing\t{where}\t{gap.from_offset}…{gap.to_offset}\t{gap.kind}\t{at.isoformat()}")


def _parts() -> tuple[Settings, Mapping[str, Any], list[str], Judge]:
    settings = config.load().settings
    catalogue = load_province(settings)
    try:
        limits = province_files(settings)["thresholds.toml"]
        rules = load_rules(limits, ZoneInfo(catalogue.timezone), devices=catalogue.devices).instruments
    except ValueError as error:
        raise Misconfigured(f"the province's limits cannot be used: {error}") from None

    def judge(reading: Sensor) -> bool:
        return rules.flag(reading) == "ok"

    return settings, client_options(settings), list(catalogue.centres), judge


def _refused(error: Exception) -> CommandError:
    if isinstance(error, StoreError):
        return Misconfigured(str(error))
    reason = type(getattr(error, "orig", None) or error).__name__
    return Unavailable(f"the database of the store does not answer ({reason})")
