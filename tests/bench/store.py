"""The store without Kafka: what a page of incidents costs among many, and how many records a second are written.

``python -m tests.bench --section store``; PostgreSQL where its programs are found, else SQLite alone.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from connectors.store.database import migrate, open_reader, open_writer, url_of
from connectors.store.positions import Partition, Place, find_places
from connectors.store.queries import Box, IncidentFilter, find_incidents
from connectors.store.records import Record
from connectors.store.telemetry import HourReader
from connectors.store.writer import Batch, Writer
from ioc import topics
from ioc.records import Evidence, Incident, Signal, encode
from ioc.settings import Settings
from ioc.vocabulary import CATEGORIES, SEVERITIES, STATUSES
from tests.postgres import find_postgres, running

INCIDENTS = 100_000
READINGS = 50_000
QUERIES = 150
BATCH = 5_000
SENSORS = topics.RAW["sensors"]
START = datetime(2026, 1, 1, tzinfo=UTC)
CENTRES = ("province", "ha-long", "cam-pha", "mong-cai", "uong-bi", "van-don", "quang-yen")
SHARES = (20, 30, 20, 10, 10, 2, 8)
STATUS_SHARES = (1, 2, 5, 5, 7, 10, 62, 2, 2, 2, 2)
COMMUNES = tuple(f"{6600 + number:05d}" for number in range(54))
UNITS = tuple(f"unit-{number}" for number in range(40))
WORDS = (
    "cây đổ chắn ngang đường", "ngập nước sâu", "đèn đường không sáng", "rác thải chất đống", "ổ gà lớn",
    "mất điện cả khu", "kẹt xe kéo dài", "khói bụi từ công trường", "loa kẹo kéo gây ồn", "nắp cống bị vỡ",
    "dây điện võng xuống", "chó thả rông",
)  # fmt: skip
PLACES = ("chợ Hạ Long", "cầu Bãi Cháy", "cảng Cái Rồng", "cửa khẩu Móng Cái", "ngã tư Loong Toòng", "bến xe Uông Bí")
HISTORY = 6


def measure(console: Console, count: int = INCIDENTS) -> dict[str, object]:
    """Run it, print it, return it; ``count`` is how many incidents there are."""
    found: dict[str, object] = {"incidents": count, "queries_each": QUERIES}
    with databases() as urls:
        for name, url in urls.items():
            found[name] = _measured(url, count)
    _show(console, found)
    return found


@contextmanager
def databases() -> Iterator[dict[str, URL]]:
    """Addresses of empty databases by kind."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="ioc-bench-store-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        urls = {"sqlite": f"sqlite:///{folder / 'store.db'}"}
        if programs := find_postgres():
            urls["postgresql"] = stack.enter_context(running(programs)).database()
        yield {name: url_of(Settings.model_validate({"store": {"url": url}})) for name, url in urls.items()}


def _measured(url: URL, count: int) -> dict[str, object]:
    engine = open_writer(url)
    migrate(engine)
    rates = {
        "signals_per_s": _written(engine, topics.SIGNALS, signals(count)),
        "incidents_per_s": _written(engine, topics.INCIDENTS, incidents(count)),
        "readings_per_s": _written(engine, SENSORS, readings()),
    }
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would have done by now
    engine.dispose()
    reader = open_reader(url)
    pages = {name: _pages(reader, make) for name, make in QUESTIONS.items()}
    reader.dispose()
    every = [each for times in pages.values() for each in times]
    return {
        **rates,
        "p50_ms": _quantile(every, 0.5),
        "p99_ms": _quantile(every, 0.99),
        "pages": {
            name: {"p50_ms": _quantile(each, 0.5), "p99_ms": _quantile(each, 0.99)} for name, each in pages.items()
        },
    }


def _written(engine: Engine, topic: str, values: Iterator[tuple[str, bytes, datetime]]) -> int:
    """Write records in batches as the store's process does; records per second."""
    writer = Writer(engine, HourReader(lambda _: True, timedelta(minutes=5), timedelta(hours=72)))
    partition: Partition = (topic, 0)
    with engine.begin() as connection:
        places, _ = find_places(connection, {partition: 0}, {partition: 1 << 40}, {}, datetime.now(UTC))
    place, count, spent = places[partition], 0, 0.0
    records: list[Record] = []

    def flush() -> None:
        nonlocal place, spent
        after = Place(place.generation, place.next_offset + len(records), place.topic_id)
        began = time.perf_counter()
        writer.write(Batch(records, {partition: (place, after)}))
        spent += time.perf_counter() - began
        place = after

    for key, value, at in values:
        records.append(Record(topic, 0, count, int(at.timestamp() * 1000), key.encode(), value))
        count += 1
        if len(records) == BATCH:
            flush()
            records = []
    if records:
        flush()
    return round(count / spent)


def _said(dice: random.Random) -> str:
    return f"{dice.choice(WORDS)} ở {dice.choice(PLACES)}"


def _name(number: int) -> str:
    return f"qn-{COMMUNES[number % len(COMMUNES)]}-20260101-{number:06d}"


def signals(count: int) -> Iterator[tuple[str, bytes, datetime]]:
    dice = random.Random(1)
    for number in range(count):
        at = START + timedelta(minutes=3 * number)
        words = _said(dice)
        signal = Signal(
            f"s-{number}", "reports", f"r-{number}", "report", dice.choice(CATEGORIES), "tree", "normal", 0.9, at,
            COMMUNES[number % len(COMMUNES)], "ha-long", 20.9, 107.0, "polygon", 1.0, words, f"{words}. " * 3, {}, "c",
            {}, at, "app",
        )  # fmt: skip
        yield "qn", encode(signal), at


def incidents(count: int) -> Iterator[tuple[str, bytes, datetime]]:
    dice = random.Random(2)
    for number in range(count):
        opened = START + timedelta(minutes=3 * number)
        # Changes come hours to weeks after the opening, so that neither order is the other.
        updated = opened + timedelta(minutes=dice.expovariate(1 / 3000))
        evidence = [Evidence(f"s-{number}", "reports", f"r-{number}", opened, "open", 1.0, "app")]
        step = {"at": opened, "by": "system", "action": "open", "from": None, "to": "routed", "rule_id": "r"}
        incident = Incident(
            _name(number), "qn", COMMUNES[number % len(COMMUNES)], dice.choices(CENTRES, SHARES)[0],
            dice.choice(CENTRES) if dice.random() < 0.02 else None, dice.choice(UNITS), dice.choice(CATEGORIES), [],
            "tree", dice.choices(SEVERITIES, (2, 10, 60, 28))[0], dice.choices(STATUSES, STATUS_SHARES)[0],
            _said(dice).capitalize(), opened, updated, None, None, opened + timedelta(days=2), dice.random() < 0.05,
            dice.uniform(20.7, 21.6), dice.uniform(106.4, 108.1), evidence, 1, 1, None, 0, None, HISTORY,
            [{**step, "reason": str(each)} for each in range(HISTORY)],
        )  # fmt: skip
        yield _name(number), encode(incident), updated


def readings() -> Iterator[tuple[str, bytes, datetime]]:
    """A thousand devices, every ten seconds, some of them minutes late."""
    dice = random.Random(3)
    for number in range(READINGS):
        at = START + timedelta(seconds=10 * (number // 1000))
        device = f"device-{number % 1000}"
        value = {"device_id": device, "metric": "pm2_5", "value": dice.uniform(5, 60), "unit": "µg/m3"}
        yield device, orjson.dumps({**value, "observed_at": at}), at + timedelta(seconds=dice.choice((1, 1, 1, 600)))


Question = Callable[[random.Random], IncidentFilter]


def _box(dice: random.Random, size: float) -> Box:
    west, south = dice.uniform(106.4, 108.1 - size), dice.uniform(20.7, 21.6 - size)
    return Box(west, south, west + size, south + size)


QUESTIONS: dict[str, Question] = {
    "newest": lambda _: IncidentFilter(),
    "one centre": lambda dice: IncidentFilter(visible={dice.choice(CENTRES)}),
    "centre and open": lambda dice: IncidentFilter(
        visible={dice.choice(CENTRES)}, statuses={"routed", "accepted", "in_progress", "received"}
    ),
    "overdue of a unit": lambda dice: IncidentFilter(units={dice.choice(UNITS)}, overdue=True),
    "category and severity": lambda dice: IncidentFilter(
        categories={dice.choice(CATEGORIES)}, severities={"critical", "high"}
    ),
    "commune": lambda dice: IncidentFilter(communes={dice.choice(COMMUNES)}),
    "box": lambda dice: IncidentFilter(box=_box(dice, dice.choice((0.02, 0.2)))),
    "opened in a week": lambda dice: IncidentFilter(
        opened_from=(begin := START + timedelta(days=dice.randrange(200))), opened_before=begin + timedelta(days=7)
    ),
    "words": lambda dice: IncidentFilter(text=dice.choice(WORDS)),
    "words and place": lambda dice: IncidentFilter(text=_said(dice), centres={dice.choice(CENTRES)}),
    "nothing": lambda dice: IncidentFilter(units={dice.choice(UNITS)}, categories={"none"}),
}


def _pages(reader: Engine, make: Question) -> list[float]:
    """Milliseconds of pages of 50, with their documents; each third one is the second page of its question."""
    dice = random.Random(4)
    times = []
    for number in range(QUERIES + 5):
        wanted = make(dice)
        with reader.connect() as connection, connection.begin():
            after = None
            if number % 3 == 0:
                after = find_incidents(connection, wanted, limit=50).after
            began = time.perf_counter()
            find_incidents(connection, wanted, after=after, limit=50)
            times.append((time.perf_counter() - began) * 1000)
    return times[5:]


def _quantile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def _show(console: Console, found: dict[str, Any]) -> None:
    kinds = [name for name in ("sqlite", "postgresql") if name in found]
    table = Table(title=f"The store: pages of 50 among {found['incidents']:,} incidents, ms", title_justify="left")
    table.add_column("question")
    for kind in kinds:
        table.add_column(f"{kind} p50", justify="right")
        table.add_column("p99", justify="right")
    for name in QUESTIONS:
        pages = [found[kind]["pages"][name] for kind in kinds]
        table.add_row(name, *(f"{page[key]:.1f}" for page in pages for key in ("p50_ms", "p99_ms")))
    table.add_row("all", *(f"{found[kind][key]:.1f}" for kind in kinds for key in ("p50_ms", "p99_ms")))
    console.print(table)
    for kind in kinds:
        rates = ", ".join(
            f"{name.removesuffix('_per_s')} {found[kind][name]:,}/s" for name in found[kind] if "per_s" in name
        )
        console.print(f"{kind}: written {rates}")
