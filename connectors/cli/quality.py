"""``ioc quality``: how good the data of the last days was, per source and class of device."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from aiokafka.errors import KafkaError

from connectors.cli import config
from connectors.cli.console import line
from connectors.cli.errors import CommandError, Misconfigured
from connectors.cli.kafka import away, open_consumer, partitions_of, read_to_end
from connectors.cli.province import load_province, province_files
from ioc.quality import load_quality
from ioc.quality.books import SUMS, QualityBooks, decode_cell
from ioc.quality.report import quality_report
from ioc.settings import Settings
from ioc.tomlfile import ConfigError
from ioc.topics import INCIDENTS_AGENT, changelog_topic

app = typer.Typer(help="How good the data was.", add_completion=False)
APPS: Final = {"quality": app}

_TOPIC: Final = changelog_topic(INCIDENTS_AGENT)


@app.command()
def quality(
    *,
    days: Annotated[int, typer.Option(min=1, max=7, help="How many days back.")] = 7,
    hours: Annotated[int | None, typer.Option(min=1, max=168, help="Or how many hours back.")] = None,
) -> None:
    """Correct, complete, clean, live ("đúng, đủ, sạch, sống"): the last week per source and class of device.

    The figures are those that the province's owner keeps; complete needs a register of devices.
    """
    settings = config.load().settings
    catalogue = load_province(settings)
    try:
        rules = load_quality(province_files(settings)["quality.toml"])
    except ConfigError as error:
        raise Misconfigured(str(error)) from None
    books = QualityBooks(catalogue.devices, rules.window_s)
    asyncio.run(_read(settings, books))
    last = datetime.now(ZoneInfo(catalogue.timezone))
    for text in quality_report(books, rules, last - timedelta(hours=hours or 24 * days), last):
        line(text)


async def _read(settings: Settings, books: QualityBooks) -> None:
    """Take in the owner's counts: of each entry the newest record."""
    newest: dict[bytes, bytes | None] = {}
    try:
        async with open_consumer(settings) as consumer:
            if _TOPIC not in await consumer.topics():
                raise CommandError(f"there is no topic {_TOPIC}: run `ioc topics create`")
            async for records in read_to_end(consumer, await partitions_of(consumer, [_TOPIC])):
                newest |= {one.key: one.value for one in records if one.key and one.key.startswith(SUMS)}
    except (KafkaError, TimeoutError) as error:
        raise away(settings, error) from None
    for key, value in newest.items():
        if value is not None:
            books.add(*decode_cell(key, value))
