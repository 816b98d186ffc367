"""What the tests share: a real broker, started once, and topics of their own.

``IOC_REQUIRE_BROKER`` or ``CI`` turns "no broker (or no PostgreSQL) to be had here" from a skip into a failure.
``IOC_LONG`` (set by ``make system``) asks for the large sizes.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from deploy.local.kafka import Broker, BrokerError
from tests.postgres import Postgres, find_postgres
from tests.postgres import running as postgres_running

# How long an example takes says something of the machine's load, nothing of the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def _started(broker: Broker) -> Broker:
    try:
        return broker.start()
    except BrokerError as error:
        if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
            pytest.fail(f"the tests need a broker: {error}", pytrace=False)
        pytest.skip(f"no broker to be had here: {error}")


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether the large sizes are asked for; the small ones keep ``make test`` short."""
    return bool(os.environ.get("IOC_LONG"))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The broker of this session. Tests share it: they use topics of their own and never stop it."""
    broker = _started(Broker(tmp_path_factory.mktemp("kafka")))
    yield broker
    broker.stop()


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    """Its address."""
    return broker.bootstrap


@pytest.fixture
def fresh_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for one test that kills, freezes or restarts it; costs about five seconds."""
    broker = _started(Broker(tmp_path_factory.mktemp("fresh-kafka")))
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


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a start, and begin with what takes longest, so that both processes end together.

    All tests of the running product are one group: it is started once, whatever files they stand in.
    """
    items.sort(key=_turn)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("running" if _shares(item) else item.location[0]))


def _shares(item: pytest.Item) -> bool:
    return "running" in getattr(item, "fixturenames", ())


def _turn(item: pytest.Item) -> int:
    """The running product first: its group is the longest; then what plays hours, then processes, pure tests last."""
    if _shares(item):
        return 0
    folders = ("tests/scenario", "tests/chaos", "tests/system", "tests/kafka")
    return next(
        (turn for turn, folder in enumerate(folders, 1) if item.location[0].startswith(folder)), len(folders) + 1
    )
