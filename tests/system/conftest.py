"""The start that several modules share; it comes last, so that nothing else runs beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.running import Running, up


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole product, started once for all who use it."""
    with up(tmp_path_factory.mktemp("running")) as product:
        yield product


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that share the start behind all others."""
    items.sort(key=lambda item: "running" in getattr(item, "fixturenames", ()))
