"""``ioc coverage``: where there is a mobile signal, from what the workers have counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from aiokafka.errors import KafkaError

from connectors.cli import config
from connectors.cli.console import line
from connectors.cli.errors import CommandError, Misconfigured
from connectors.cli.kafka import away, open_consumer, partitions_of, read_to_end
from connectors.cli.province import load_province, province_files
from ioc.catalog import Catalogue
from ioc.detect import load_rules
from ioc.detect.bts.coverage import CLASSES
from ioc.intake.coverage_book import ROW_PREFIX, CoverageBook, CoverageRow, summary
from ioc.settings import Settings
from ioc.tomlfile import ConfigError
from ioc.topics import changelog_topic, intake_agent

app = typer.Typer(help="Where there is a mobile signal.", add_completion=False)
APPS: Final = {"coverage": app}

_TOPIC: Final = changelog_topic(intake_agent("bts"))


@app.command()
def coverage(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON per cell, operator and technology.")
    ] = False,
    only: Annotated[str | None, typer.Option("--class", help=f"Only cells of a class: {', '.join(CLASSES)}.")] = None,
    commune: Annotated[str | None, typer.Option(help="Only cells of a commune, by its code.")] = None,
) -> None:
    """Count cells by class per commune, operator and technology, or list them.

    ``no_data`` are cells with too few samples: neither a gap nor coverage. Figures are up to five minutes old.
    """
    if only is not None and only not in CLASSES:
        raise CommandError(f"--class is one of {', '.join(CLASSES)}")
    settings = config.load().settings
    rows = (
        row
        for row in coverage_rows(settings, load_province(settings))
        if (only is None or row.coverage == only) and (commune is None or row.commune == commune)
    )
    if as_json:
        for row in rows:
            line(_json(row))
        return
    for (name, operator, technology), counts in summary(rows).items():
        line(f"{name}\t{operator}\t{technology}\t" + " ".join(f"{each}={counts[each]}" for each in CLASSES))


def coverage_rows(settings: Settings, catalogue: Catalogue) -> Iterator[CoverageRow]:
    """What the workers have written down, as of now; not to be called where an event loop runs.

    Raises:
        CommandError: Kafka cannot be read, or the rules of coverage not be used.

    """
    try:
        rules = load_rules(province_files(settings)["thresholds.toml"], ZoneInfo(catalogue.timezone))
    except ConfigError as error:
        raise Misconfigured(str(error)) from None
    book = CoverageBook(rules.bts.coverage, catalogue)
    asyncio.run(_read(settings, book))
    return book.rows(round(datetime.now(UTC).timestamp() * 1000))


def _json(row: CoverageRow) -> str:
    fields = {**row._asdict(), **row.samples._asdict(), "class": row.coverage}
    del fields["samples"], fields["coverage"]
    return orjson.dumps(fields).decode()


async def _read(settings: Settings, book: CoverageBook) -> None:
    """Take in the rows of all partitions: of each the newest record."""
    newest: dict[tuple[int, bytes], bytes | None] = {}
    try:
        async with open_consumer(settings) as consumer:
            if _TOPIC not in await consumer.topics():
                raise CommandError(f"there is no topic {_TOPIC}: run `ioc topics create`")
            async for records in read_to_end(consumer, await partitions_of(consumer, [_TOPIC])):
                for one in records:
                    if one.key and one.key.startswith(ROW_PREFIX):
                        newest[one.partition, one.key] = one.value
    except (KafkaError, TimeoutError) as error:
        raise away(settings, error) from None
    for (_, name), value in newest.items():
        if value is not None:
            book.add(name, value)
