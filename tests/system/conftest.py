"""Workers that end with their test; and the start that several modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.product import Worker
from tests.system.running import Running, up


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole product, started once for all who use it."""
    with up(tmp_path_factory.mktemp("running")) as product:
        yield product


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Put started workers in: those that still run are killed."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.end()
