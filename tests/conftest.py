"""What the tests share: a real broker, started once, and topics of their own.

``IOC_REQUIRE_BROKER`` or ``CI`` turns "no broker (or no PostgreSQL) to be had here" from a skip into a failure.
``IOC_LONG`` (set by ``make system``) asks for the large sizes.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.local.kafka import Broker, BrokerError
from tests.postgres import Postgres, find_postgres
from tests.postgres import running as postgres_running

# Some hundred processes are started, and each would compile all sources anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A test's broker lives for seconds: what Java's second compiler takes then is never won back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# What collecting makes stays: looking through it again and again finds nothing.
gc.disable()

# How long an example takes says something of the machine's load, nothing of the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


_FORMATTED = ("meta.properties", "bootstrap.checkpoint")
"""What a broker's folder holds before its first start."""


_SHARED = {
    "broker.heartbeat.interval.ms": "5000",
    "broker.session.timeout.ms": "45000",
    # Else an idle controller writes and syncs a record of nothing twice a second.
    "metadata.max.idle.interval.ms": "10000",
}
"""Properties of a broker that nobody kills: no successor waits for its session to be over, so it may be a quiet one."""


def _started(broker: Broker, formatted: Path) -> Broker:
    """Start a broker in a new folder; only the first of a process spends a second of Java on preparing that."""
    data = broker.home / "data"
    if formatted.exists():
        shutil.copytree(formatted, data)
    try:
        broker.start()
    except BrokerError as error:
        if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
            pytest.fail(f"the tests need a broker: {error}", pytrace=False)
        pytest.skip(f"no broker to be had here: {error}")
    if not formatted.exists():
        formatted.mkdir()
        for name in _FORMATTED:
            shutil.copy(data / name, formatted)
    return broker


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether the large sizes are asked for; the small ones keep ``make test`` short."""
    return bool(os.environ.get("IOC_LONG"))


@pytest.fixture(scope="session")
def formatted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a formatted folder of a broker's data is kept; the first broker makes it."""
    return tmp_path_factory.mktemp("formatted") / "data"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, formatted: Path) -> Iterator[Broker]:
    """The broker of this session. Tests share it: they use topics of their own and never stop it."""
    broker = _started(Broker(tmp_path_factory.mktemp("kafka"), overrides=_SHARED), formatted)
    yield broker
    broker.stop()


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    """Its address."""
    return broker.bootstrap


@pytest.fixture
def empty_broker(broker: Broker) -> Iterator[Broker]:
    """The session's broker without any topic of the product: what others left is gone, as this one's is after it."""
    asyncio.run(_remove_topics(broker.bootstrap))
    yield broker
    asyncio.run(_remove_topics(broker.bootstrap))


@pytest.fixture(scope="module")
def emptied_broker(broker: Broker) -> Broker:
    """The same for a file whose tests tell their own records apart, but not from any that others have left there."""
    asyncio.run(_remove_topics(broker.bootstrap))
    return broker


async def _remove_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        while topics := [name for name in await admin.list_topics() if name.startswith("ioc.")]:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


@pytest.fixture
def fresh_broker(tmp_path_factory: pytest.TempPathFactory, formatted: Path) -> Iterator[Broker]:
    """A broker for one test that kills, freezes or restarts it; costs two seconds of CPU."""
    broker = _started(Broker(tmp_path_factory.mktemp("fresh-kafka")), formatted)
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory, formatted: Path) -> Iterator[Broker]:
    """A broker for one file whose tests count or list what is in topics of the product: nothing there is others'."""
    broker = _started(Broker(tmp_path_factory.mktemp("own-kafka"), overrides=_SHARED), formatted)
    yield broker
    broker.stop()


@pytest.fixture
def topic_name(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Names that no other test has: ``topic_name("in")`` gives ``<test>-in-<n>-<random>``."""
    test = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in request.node.name)[:80]
    numbers = itertools.count()

    def name(label: str = "topic") -> str:
        return f"{test}-{label}-{next(numbers)}-{secrets.token_hex(3)}"

    return name


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this session. Tests share it: they use databases of their own and never stop it."""
    programs = find_postgres()
    if programs is None:
        if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
            pytest.fail("the tests need PostgreSQL, and there is no initdb here", pytrace=False)
        pytest.skip("no PostgreSQL to be had here")
    with postgres_running(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


_CONSOLE = "tests/system/console/"


class _ByStart(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A file stays together; all files that use the running product do, so that it is started twice at most."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not shares_product(file):
            return file
        # What the console's tests do is seen by whoever lists incidents: they have a product of their own.
        return "console" if file.startswith(_CONSOLE) else "running"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal the files out to the processes."""
    return _ByStart(config, log)


def shares_product(file: str) -> bool:
    """Whether a file, named as in test ids, uses the running product."""
    return file in _sharing()


@cache
def _sharing() -> frozenset[str]:
    """Files of which a test asks for the running product, or for what a conftest makes of it."""
    root = Path(__file__).parents[1]
    asks = re.compile(r'\brunning: Running\b|usefixtures\("running"\)')
    files = (root / "tests" / "system").rglob("test_*.py")
    return frozenset(str(path.relative_to(root)) for path in files if asks.search(path.read_text(encoding="utf-8")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that all processes end together."""
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """Spare the collector of cycles the thousands of tests that it would walk again and again."""
    gc.freeze()
    gc.enable()


def _turn(item: pytest.Item) -> int:
    """The running product first: its files are the longest. Pure tests last, but the longest before the others.

    What plays hours needs a core for that and comes early, beside what waits for brokers; faults of the engine, which
    wait for minutes, have the pure tests beside them.
    """
    file = item.location[0]
    if shares_product(file):
        return int(not file.startswith(_CONSOLE))
    folders = (
        "tests/scenario", "tests/chaos", "tests/system", "tests/kafka", "tests/unit/transport", "tests/unit/area",
    )  # fmt: skip
    return next((turn for turn, folder in enumerate(folders, 2) if file.startswith(folder)), len(folders) + 2)
