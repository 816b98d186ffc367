"""Scenarios over the shipped province, played to the worker's agents on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.cli.province import load_province
from connectors.cli.simulate import load_limits
from connectors.simulator.event import Feed
from connectors.simulator.province import PROVINCE, build_province
from connectors.simulator.register import register
from connectors.simulator.scenarios import SCENARIOS, Wish
from ioc.settings import Settings
from tests.scenario.clockwork import Clockwork, Written

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
SEED = 1


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that is over: what was injected, what the agents wrote, and what they counted."""

    truth: Mapping[str, Any]
    written: Written
    totals: Mapping[str, Mapping[str, int]]
    feed: Feed


Play = Callable[..., Played]


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Play a scenario by name over a part of the province, whose register the agents have."""
    with pytest.MonkeyPatch.context() as monkeypatch:

        def played(name: str, scale: float, hours: float, rate: float | None = None) -> Played:
            settings = Settings()
            catalogue = load_province(settings)
            rules = load_limits(settings, ZoneInfo(catalogue.timezone))
            province = build_province(list(catalogue.communes.values()), rules, SEED, PROVINCE.scaled(scale))
            feed, intervals = SCENARIOS[name].make(Wish(province, rules, SEED, START, rate))
            home = tmp_path_factory.mktemp(name)
            devices: Path = home / "devices.csv"
            devices.write_text(register(province, intervals), encoding="utf-8")
            clockwork = Clockwork(monkeypatch, START, home, devices)
            clockwork.play(feed, START, hours * 3600)
            return Played(feed.truth(), clockwork.written, clockwork.totals(), feed)

        yield played
