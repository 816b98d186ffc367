"""Workers that end with their test; and the start that several modules share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.conftest import shares_product
from tests.system.product import Worker
from tests.system.running import Running, up

_STARTED: Final = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Running]:
    """The whole product, started once for all who use it; it ends after the last of them."""
    with ExitStack() as stack:
        pytestconfig.stash[_STARTED] = stack
        yield stack.enter_context(up(tmp_path_factory.mktemp("running")))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the product when the next file does without: idle, it takes a tenth of a core from all that follow.

    Files that share it come one after the other, so nobody asks for it again.
    """
    stack = item.config.stash.get(_STARTED, None)
    if stack is not None and not (nextitem is not None and shares_product(nextitem.location[0])):
        stack.close()


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Put started workers in: those that still run are killed."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.end()
