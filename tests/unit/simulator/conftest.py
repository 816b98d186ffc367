"""What the simulator's tests share: the shipped province with its limits, and whole runs of a feed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from zoneinfo import ZoneInfo

import pytest

from connectors.simulator.event import Event, Feed
from connectors.simulator.province import PROVINCE, SyntheticProvince, build_province
from connectors.simulator.scenarios import SCENARIOS, Wish
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.detect import Rules, load_rules

FILES = load_folder(common_data()) | load_folder(shipped_province())
CATALOGUE = load_catalogue(FILES)
START = datetime(2026, 11, 22, 1, 2, 3, 250_000, tzinfo=UTC)
MOST = 10_000_000

Make = Callable[..., tuple[Feed, SyntheticProvince]]


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules(FILES["thresholds.toml"], ZoneInfo(CATALOGUE.timezone))


@pytest.fixture(scope="session")
def make(rules: Rules) -> Make:
    """A scenario by name, over a part of the province."""

    def made(
        name: str, scale: float = 0.05, seed: int = 7, rate: float | None = None
    ) -> tuple[Feed, SyntheticProvince]:
        province = build_province(list(CATALOGUE.communes.values()), rules, seed, PROVINCE.scaled(scale))
        return SCENARIOS[name].make(Wish(province, rules, seed, START, rate))[0], province

    return made


def whole(feed: Feed, until_s: float = inf) -> list[Event]:
    """All events up to a second of the scenario."""
    return list(feed.due(until_s, MOST))
