"""High tide and heavy rain at one time, whatever the order in which their gauges say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.area import AreaWriter
from ioc.area.tide_rain import TIDE_RAIN_FILE, TideRain, load_tide_rain
from ioc.catalog import common_data
from ioc.derived import Where, derived
from ioc.records import Signal
from ioc.synthetic import is_synthetic
from ioc.tomlfile import ConfigError
from ioc.vocabulary import SEVERITY_RANK, Severity
from tests.unit.intake.store import Changelog

RAW = (common_data() / TIDE_RAIN_FILE).read_bytes()
RULES = load_tide_rain(RAW)
START = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
HON_GAI = (20.95, 107.07)
FAR = (21.5, 107.9)
"""About 105 km away."""


def said(
    metric: str,
    device: str,
    minute: float,
    severity: Severity = "normal",
    *,
    clears: bool = False,
    place: tuple[float, float] | None = HON_GAI,
    centre: str = "ha-long",
    made: bool = False,
) -> Signal:
    """What a gauge says of its limit."""
    lat, lon = place or (None, None)
    return derived(
        source="sensors", publisher="p", event_id=f"{device}/{metric}/{minute}", kind=f"limit:{metric}", device=device,
        category="disaster", subcategory="flood", severity=severity, at=START + timedelta(minutes=minute),
        title=f"{metric} cao", text="", evidence={"metric": metric}, rule_id="r", versions={},
        where=Where("06652", centre, lat, lon), clears=clears, made=made,
    )  # fmt: skip


class Owner:
    """The owner's partition, committed signal by signal."""

    def __init__(self) -> None:
        self.changelog = Changelog()
        self.restart()

    def restart(self) -> None:
        self.state = self.changelog.recover()
        self.watch = TideRain(RULES)
        for key, value in self.state.items():
            self.watch.load(key, value)

    def take(self, signal: Signal, *, commit: bool = True) -> list[Signal]:
        writer = AreaWriter(self.state)
        assert self.watch.signal(signal, signal.at, writer) is signal
        return self._end(writer, commit=commit)

    def tick(self, minute: float) -> list[Signal]:
        writer = AreaWriter(self.state)
        self.watch.tick(START + timedelta(minutes=minute), writer)
        return self._end(writer, commit=True)

    def _end(self, writer: AreaWriter, *, commit: bool) -> list[Signal]:
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        return writer.signals


@pytest.mark.parametrize("tide_first", [True, False])
def test_the_two_together_are_a_step_graver_and_end_with_either(tide_first: bool) -> None:
    tide, rain = said("tide_level", "hon-gai", 0), said("rain_24h", "mua-1", 5, "high")
    first, second = (tide, rain) if tide_first else (rain, replace(tide, at=rain.at + timedelta(minutes=1)))
    owner = Owner()
    assert owner.take(first) == []
    (both,) = owner.take(second)
    assert (both.kind, both.device, both.category, both.severity) == (
        "tide_rain", "tide-rain/hon-gai", "disaster", "critical",
    )  # fmt: skip
    assert (both.centre, both.lat, both.at) == ("ha-long", 20.95, second.at)
    assert (both.evidence["rain"], both.evidence["tide_severity"]) == (["mua-1"], "normal")
    (over,) = owner.take(said("tide_level", "hon-gai", 90, clears=True))
    assert (over.kind, over.device, over.clears, over.severity) == ("tide_rain", "tide-rain/hon-gai", True, "low")
    assert owner.take(said("rain_24h", "mua-1", 95, clears=True)) == []
    assert owner.changelog.records == {}


def test_more_rain_is_said_again_only_where_it_is_graver() -> None:
    owner = Owner()
    owner.take(said("tide_level", "hon-gai", 0))
    (begun,) = owner.take(said("rain_12h", "mua-1", 1))
    assert begun.severity == "high"
    assert owner.take(said("rain_24h", "mua-2", 2)) == []
    (worse,) = owner.take(said("rain_24h", "mua-1", 3, "high"))
    assert (worse.severity, worse.evidence["rain"]) == ("critical", ["mua-1", "mua-2"])
    assert owner.take(said("rain_24h", "mua-1", 4)) == []  # it eases
    assert owner.take(said("rain_24h", "mua-1", 5, clears=True)) == []
    assert owner.take(said("rain_12h", "mua-1", 6, clears=True)) == []
    (over,) = owner.take(said("rain_24h", "mua-2", 7, clears=True))
    assert over.clears


@pytest.mark.parametrize(
    "rain",
    [
        said("rain_24h", "mua-1", 1, "low"),
        said("rain_24h", "mua-1", 1, "high", place=FAR),
        said("rain_24h", "mua-1", 1, "high", place=None, centre="mong-cai"),
        said("rain_24h", "mua-1", 1, "high", made=True),
        said("water_level", "song-1", 1, "high"),
        said("rain_24h", "mua-1", 1, "high", clears=True),
    ],
)
def test_light_far_or_made_rain_and_rivers_are_no_part_of_it(rain: Signal) -> None:
    owner = Owner()
    owner.take(said("tide_level", "hon-gai", 0))
    assert owner.take(rain) == []


def test_without_positions_the_centre_decides_and_what_is_made_is_marked() -> None:
    owner = Owner()
    owner.take(said("tide_level", "hon-gai", 0, place=None, made=True))
    (both,) = owner.take(said("rain_24h", "mua-1", 1, place=FAR, made=True))
    assert is_synthetic(both)
    (over,) = owner.take(said("tide_level", "hon-gai", 2, place=None, made=True, clears=True))
    assert is_synthetic(over)


def test_old_news_and_gauges_that_fell_silent_do_not_count() -> None:
    owner = Owner()
    owner.take(said("tide_level", "hon-gai", 10))
    owner.take(said("tide_level", "hon-gai", 20, clears=True))
    owner.take(said("rain_24h", "mua-1", 21))
    assert owner.take(said("tide_level", "hon-gai", 30)) != []
    assert owner.take(said("tide_level", "hon-gai", 25, clears=True)) == []  # overtaken
    (over,) = owner.tick(30 + 48 * 60 + 1)
    assert over.clears
    assert owner.changelog.records == {}


gauges = st.tuples(
    st.sampled_from(["tide_level", "rain_12h", "rain_24h"]), st.sampled_from("ab"),
    st.sampled_from(list(SEVERITY_RANK)), st.booleans(), st.sampled_from(["commit", "again", "restart"]),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(gauges, max_size=25))
def test_it_is_told_while_both_go_on_and_never_otherwise(
    plan: list[tuple[str, str, Severity, bool, str]],
) -> None:
    owner = Owner()
    passed: dict[tuple[str, str], Severity] = {}
    told: dict[str, Severity] = {}
    for minute, (metric, device, severity, clears, ending) in enumerate(plan):
        signal = said(metric, f"{metric[:4]}-{device}", minute, severity, clears=clears)
        if clears or (metric != "tide_level" and severity == "low"):
            passed.pop((metric, device), None)
        else:
            passed[metric, device] = severity
        if ending == "again":
            owner.take(signal, commit=False)
        for each in owner.take(signal):
            name = (each.device or "")[-1]
            assert each.clears == (name in told and each.severity == "low")
            if each.clears:
                del told[name]
            else:
                assert name not in told or SEVERITY_RANK[each.severity] < SEVERITY_RANK[told[name]]
                told[name] = each.severity
        if ending == "restart":
            owner.restart()
        tides = {name for of, name in passed if of == "tide_level"}
        rains = {of for of, _ in passed if of != "tide_level"}
        assert set(told) == (tides if rains else set())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (b"reach_km = 20", b"reach_km = 0", "together.reach_km"),
        (b'least_rain = "normal"', b'least_rain = "heavy"', "together.least_rain"),
        (b"forget_h = 48", b"forget = 48", "together.forget_h"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(old: bytes, new: bytes, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_tide_rain(RAW.replace(old, new, 1))
    assert caught.value.key == key
