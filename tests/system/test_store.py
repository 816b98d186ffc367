"""``ioc store`` on a real broker, over both databases: nothing lost and nothing twice, whatever dies."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.structs import TopicPartition
from sqlalchemy import Engine, create_engine, func, make_url, select

from connectors.store import schema
from deploy.local.kafka import Broker
from deploy.local.ports import free_port
from deploy.local.topics import create_topics
from ioc import topics
from ioc.records import encode
from tests.postgres import Postgres, find_postgres
from tests.system.product import asked
from tests.system.stored import alert, decision, evidence, feedback, incident, receipt, step
from tests.system.stored import signal as signal_of

SENSORS = topics.RAW["sensors"]
CENTRES = ["province", "ha-long"]
_READINGS_FROM = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=20)
Item = tuple[str, str, bytes | None]


class Store:
    """An ``ioc store run`` process."""

    def __init__(self, home: Path, bootstrap: str, url: str, **settings: object) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = url
        values = {"metrics_port": self.port, "telemetry_s": 0.2, "batch_records": 500, "migrate": True, **settings}
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("IOC_")},
            "IOC_HOME": str(home),
            "IOC_KAFKA_BOOTSTRAP": bootstrap,
            "IOC_DATABASE_URL": url,
            **{f"IOC_STORE__{key.upper()}": str(value) for key, value in values.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Store:
        with (self.home / "store.log").open("ab") as log:
            self.process = subprocess.Popen(self._command("run"), env=self._environment, stdout=log, stderr=log)
        return self

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "connectors.cli.main", "store", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments), env=self._environment, capture_output=True, text=True, timeout=90, check=False
        )

    def until(self, what: Callable[[], bool], timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not what():
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def until_ready(self, status: int = 200) -> Store:
        self.until(lambda: asked(self.port, "/readyz")[0] == status)
        return self

    def metric(self, series: str) -> float:
        for line in asked(self.port, "/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        return -1.0

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> float:
        """SIGTERM; seconds that it took. The exit code has to be 0."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0, self.log()
        return time.monotonic() - began

    def log(self) -> str:
        return (self.home / "store.log").read_text()[-4000:]


@pytest.fixture
def cluster(empty_broker: Broker) -> str:
    """A broker whose topics are this test's own."""
    asyncio.run(create_topics(empty_broker.bootstrap, topics.catalogue(CENTRES), partitions=2))
    return empty_broker.bootstrap


@pytest.fixture
def stores() -> Iterator[list[Store]]:
    """Put stores in: those that still run are killed."""
    started: list[Store] = []
    yield started
    for store in started:
        if store.process is not None and store.process.poll() is None:
            store.kill()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """For the test's own looks."""
    url = make_url(database_url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if url.get_backend_name() != "sqlite" else url)
    yield engine
    engine.dispose()


def put(bootstrap: str, items: Sequence[Item], *, transactional: str | None = None) -> None:
    async def send() -> None:
        options: dict[str, Any] = {"transactional_id": transactional} if transactional else {}
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, **options) as producer:
            for begin in range(0, len(items), 200):
                if transactional:
                    await producer.begin_transaction()
                part = items[begin : begin + 200]
                sent = [await producer.send(topic, value, key=key.encode()) for topic, key, value in part]
                await asyncio.gather(*sent)
                if transactional:
                    await producer.commit_transaction()

    asyncio.run(send())


def administer(bootstrap: str, work: Callable[[AIOKafkaAdminClient], Any]) -> None:
    async def do() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            await work(admin)
        finally:
            await admin.close()

    asyncio.run(do())


def history(versions: int) -> list[Any]:
    return [step(0, "open"), *(step(number, "comment", reason=f"n {number}") for number in range(1, versions))]


def load(first: int, last: int, versions: int = 4) -> list[Item]:
    """Records of some incidents from their first signal on, as the worker's rounds mix them."""
    items: list[Item] = []
    for number in range(first, last):
        items.append((topics.SIGNALS, "qn", encode(signal_of(number))))
        items.append((topics.FEEDBACK, f"r-{number}", encode(feedback(number, number))))
        items.append((topics.RECEIPTS, f"r-{number}", encode(receipt(number))))
        name = incident(number).incident_id
        for version in range(1, versions + 1):
            state = incident(number, version, history=history(version), evidence=[evidence(number)])
            items.append((topics.INCIDENTS, name, encode(state)))
        items.append((topics.alert_topic(CENTRES[number % 2]), name, encode(alert(number))))
        items.append((topics.DECISIONS, name, encode(decision(number))))
        when = _READINGS_FROM + timedelta(seconds=10 * number)
        items.append((SENSORS, f"d-{number % 3}", reading(f"d-{number % 3}", when, float(number))))
    return items


def reading(device: str, when: Any, value: float) -> bytes:
    body = {"device_id": device, "metric": "pm2_5", "value": value, "unit": "µg/m3", "observed_at": when.isoformat()}
    return orjson.dumps(body)


COUNTED = ("incidents", "incident_documents", "evidence", "transitions", "signals", "alerts", "reports", "answers",
           "decisions", "receipts")  # fmt: skip


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        tables = schema.metadata.tables
        found = {name: connection.scalar(select(func.count()).select_from(tables[name])) or 0 for name in COUNTED}
        return found | {"readings": int(connection.scalar(select(func.sum(schema.telemetry_hours.c.count))) or 0)}


def wanted(last: int, versions: int = 4) -> dict[str, int]:
    """What a load from 0 comes to."""
    return {**dict.fromkeys(COUNTED, last), "transitions": last * versions, "readings": last}


def has(engine: Engine, expected: dict[str, int]) -> Callable[[], bool]:
    def look() -> bool:
        try:
            return counts(engine) == expected
        except Exception:  # no tables yet, or no database
            return False

    return look


def test_rows_are_the_topics_content_whatever_dies(
    cluster: str, stores: list[Store], tmp_path: Path, engine: Engine, long_run: bool
) -> None:
    total, kills = (4_000, 25) if long_run else (300, 3)
    url = engine.url.render_as_string(hide_password=False)
    store = Store(tmp_path / "store", cluster, url, batch_records=40)
    stores.append(store)
    dice = random.Random(7)
    written = 0
    for _ in range(kills):
        after = written + total // kills
        store.start().until_ready()
        put(cluster, load(written, after), transactional="worker")
        written = after
        time.sleep(dice.uniform(0, 0.3))
        store.kill()
    store.start().until(has(engine, wanted(written)), 120)
    with engine.connect() as connection:
        versions = Counter(connection.scalars(select(schema.incidents.c.version)))
        documents = list(connection.scalars(select(schema.incident_documents.c.document)))
        steps = list(connection.execute(select(schema.transitions.c.incident_id, schema.transitions.c.at)))
    assert versions == {4: written}
    assert {json.loads(document)["version"] for document in documents} == {4}
    assert len(set(map(tuple, steps))) == len(steps)

    # Read again beside the running store, over what is there and into empty tables: the same rows.
    for options in ((), ("--empty",)):
        done = store.run("rebuild", *options)
        assert done.returncode == 0, done.stderr
        store.until(has(engine, wanted(written)))
    assert store.stop() < 10
    status = json.loads(store.run("status", "--json").stdout)
    assert status["current"] is True
    assert status["rows"]["incidents"] == written
    assert sum(status["lag"].values()) == 0
    assert status["gaps"] == []


def test_topics_that_come_late_are_read_and_those_made_anew_too(
    empty_broker: Broker, stores: list[Store], tmp_path: Path
) -> None:
    bootstrap = empty_broker.bootstrap
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(url)
    store = Store(tmp_path / "store", bootstrap, url)
    stores.append(store.start().until_ready())
    asyncio.run(create_topics(bootstrap, topics.catalogue(CENTRES), partitions=2))
    put(bootstrap, load(0, 20))
    store.until(has(engine, wanted(20)))

    # The same name, with fewer records and with more than were read of the former one.
    for count in (5, 30):
        before = counts(engine)["receipts"]
        administer(bootstrap, lambda admin: admin.delete_topics([topics.RECEIPTS]))
        time.sleep(1)
        administer(bootstrap, lambda admin: admin.create_topics([NewTopic(topics.RECEIPTS, 2, 1)]))
        put(bootstrap, [(topics.RECEIPTS, f"r-{n}", encode(receipt(1000 + n + 100 * count))) for n in range(count)])
        store.until(lambda: counts(engine)["receipts"] == before + count)  # noqa: B023 - used at once
    assert store.metric('ioc_store_gaps_total{kind="recreated"}') >= 2
    assert counts(engine) | {"receipts": 20} == wanted(20)
    engine.dispose()


def test_what_kafka_deleted_before_it_was_read_is_said(cluster: str, stores: list[Store], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(url)
    store = Store(tmp_path / "store", cluster, url)
    stores.append(store.start())
    put(cluster, [(topics.DECISIONS, "same", encode(decision(number))) for number in range(10)])
    store.until(has(engine, {**dict.fromkeys(COUNTED, 0), "readings": 0, "decisions": 10}))
    store.stop()
    put(cluster, [(topics.DECISIONS, "same", encode(decision(number))) for number in range(10, 30)])

    places = schema.positions
    with engine.connect() as connection:
        held = select(places.c.partition).where(places.c.topic == topics.DECISIONS, places.c.next_offset > 0)
        partition = TopicPartition(topics.DECISIONS, connection.scalars(held).one())

    async def cut(admin: AIOKafkaAdminClient) -> None:
        await admin.delete_records({partition: RecordsToDelete(before_offset=25)})

    administer(cluster, cut)
    put(cluster, [(topics.DECISIONS, "same", encode(decision(40)))])
    store.start()
    store.until(lambda: counts(engine)["decisions"] == 16)
    store.until(lambda: store.metric('ioc_store_gaps_total{kind="retention"}') == 1)
    status = json.loads(store.run("status", "--json").stdout)
    (gap,) = status["gaps"]
    assert (gap["topic"], gap["kind"], gap["from_offset"], gap["to_offset"]) == (
        topics.DECISIONS, "retention", 10, 25,
    )  # fmt: skip
    engine.dispose()


def test_kafka_away_is_said_and_waited_for(fresh_broker: Broker, stores: list[Store], tmp_path: Path) -> None:
    bootstrap = fresh_broker.bootstrap
    asyncio.run(create_topics(bootstrap, topics.catalogue(CENTRES), partitions=2))
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(url)
    fresh_broker.stop()
    store = Store(tmp_path / "store", bootstrap, url)
    stores.append(store.start().until_ready(503))
    store.until(lambda: "Kafka does not answer" in asked(store.port, "/readyz")[1])
    assert store.metric("ioc_broker_up") == 0
    assert store.metric("ioc_store_up") == 1
    assert store.stop() < 10
    store.start()
    fresh_broker.start()
    put(bootstrap, load(0, 10))
    store.until(has(engine, wanted(10)))
    store.until_ready()
    fresh_broker.stop()
    store.until_ready(503)
    fresh_broker.start()
    put(bootstrap, load(10, 20))
    store.until(has(engine, wanted(20)))
    assert store.until_ready().metric("ioc_broker_up") == 1
    engine.dispose()


@pytest.fixture
def own_postgres(postgres: Postgres) -> Iterator[Postgres]:
    """A server that the test may stop."""
    programs = find_postgres()
    assert programs is not None
    server = Postgres(programs).make().start()
    yield server
    server.kill()


def test_a_database_away_is_said_and_waited_for(
    cluster: str, stores: list[Store], tmp_path: Path, own_postgres: Postgres
) -> None:
    url = own_postgres.database()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    store = Store(tmp_path / "store", cluster, url, migrate=False)
    stores.append(store.start().until_ready(503))
    store.until(lambda: "ioc store migrate" in asked(store.port, "/readyz")[1])
    assert store.run("migrate").returncode == 0
    put(cluster, load(0, 10))
    store.until(has(engine, wanted(10)))
    store.until_ready()

    own_postgres.stop()
    put(cluster, load(10, 20))
    store.until_ready(503)
    assert "database does not answer" in asked(store.port, "/readyz")[1]
    assert store.metric("ioc_store_up") == 0
    own_postgres.start()
    store.until(has(engine, wanted(20)))
    store.until_ready()
    engine.dispose()

    assert own_postgres.process is not None
    own_postgres.stop()
    assert store.stop() < 10
