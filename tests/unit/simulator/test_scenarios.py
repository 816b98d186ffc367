"""What every scenario keeps: the same bytes for the same seed, the contract, and a clock that no event is ahead of."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulator.event import PUBLISHER
from connectors.simulator.province import PROVINCE, Size, build_province
from connectors.simulator.register import register
from connectors.simulator.scenarios import LATEST, SCENARIOS, start_of
from ioc.catalog import load_catalogue
from ioc.detect import Rules
from ioc.events import decode_batch
from ioc.topics import RAW
from ioc.vocabulary import SOURCES
from tests.unit.simulator.conftest import CATALOGUE, FILES, MOST, START, Make, whole

HOURS_S = 4 * 3600.0
BY_CLOCK = [name for name, scenario in SCENARIOS.items() if scenario.length_s is not None]
STEADY = {"normal": 1.0, "bad-data": 1.0}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_seed_gives_the_same_bytes_however_they_are_taken(name: str, make: Make) -> None:
    until_s = HOURS_S / 4
    once, _ = make(name, rate=STEADY.get(name))
    again, _ = make(name, rate=STEADY.get(name))
    events = whole(once, until_s)
    pieces = [event for second in range(0, int(until_s), 60) for event in again.due(second + 60.0, MOST)]
    assert len(events) > 100
    assert pieces == events
    assert once.truth() == again.truth()
    assert sum(once.tally.events.values()) == len(events)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "bad-data"])
def test_another_seed_gives_others(name: str, make: Make) -> None:
    one, other = (make(name, seed=seed, rate=STEADY.get(name))[0] for seed in (1, 2))
    assert whole(one, 600) != whole(other, 600)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "bad-data"])
def test_every_event_keeps_the_contract_and_says_that_it_is_made(name: str, make: Make) -> None:
    feed, _ = make(name, rate=STEADY.get(name))
    found: Counter[str] = Counter()
    for second in range(0, int(HOURS_S), 600):
        events = feed.due(second + 600.0, MOST)
        now = START + timedelta(seconds=second + 600)
        for source in SOURCES:
            bodies = [event.body for event in events if event.source == source]
            if not bodies:
                continue
            batch = decode_batch(source, RAW[source], bodies, [()] * len(bodies), now=now, max_future=timedelta(0))
            assert batch.rejects == []
            assert all(event.synthetic is True for event in batch.events)
            assert all(now.timestamp() - at < 72 * 3600 for at in batch.times)
            found[source] += len(batch)
    assert found == {source: number for source, number in feed.tally.events.items() if number}


@pytest.mark.parametrize("name", BY_CLOCK)
def test_ids_are_unique(name: str, make: Make) -> None:
    feed, _ = make(name)
    ids = [event.id for event in whole(feed, HOURS_S)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", BY_CLOCK)
def test_a_hurried_scenario_ends_about_now_and_is_never_ahead_of_the_clock(name: str) -> None:
    now, scenario = datetime(2026, 11, 22, 8, tzinfo=UTC), SCENARIOS[name]
    assert scenario.length_s is not None
    for speed in (1.0, 2.0, 600.0):
        start = start_of(scenario, now, speed, None)
        for share in (0.0, 0.5, 1.0):
            at = start + timedelta(seconds=share * scenario.length_s)
            clock = now + timedelta(seconds=share * scenario.length_s / speed)
            assert at <= clock + timedelta(microseconds=10)
            assert clock - at <= LATEST
        assert abs(at - clock) < timedelta(microseconds=10)


def test_what_has_no_end_is_hurried_for_so_many_seconds_only() -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    with pytest.raises(ValueError, match="for how many seconds"):
        start_of(SCENARIOS["normal"], now, 60, None)
    with pytest.raises(ValueError, match="100 hours ago"):
        start_of(SCENARIOS["normal"], now, 3601, 100)
    assert start_of(SCENARIOS["normal"], now, 60, 60) == now - timedelta(seconds=59 * 60)
    assert start_of(SCENARIOS["normal"], now, 1, None) == now


def test_the_province_has_the_published_numbers_of_devices(rules: Rules) -> None:
    province = build_province(list(CATALOGUE.communes.values()), rules, 1)
    assert (len(province.stations), len(province.cameras), len(province.sites)) == (163, 2_038, 2_649)
    with_4g = sum(site.technology == "4G" for site in province.sites) / 2_649
    assert 0.82 < with_4g < 0.88
    assert sum(site.technology == "5G" for site in province.sites) == 2
    operators = {site.upstream: site.operator for site in province.sites}
    assert all(operators[site.upstream] == site.operator for site in province.sites)
    masts = Counter(site.mast for site in province.sites)
    assert sum(number for number in masts.values() if number > 1) > 500
    assert PROVINCE.scaled(0.1) == Size(16, 204, 265, 3, 40)


@pytest.mark.parametrize("name", ["normal", "storm-yagi", "sensor-fault"])
def test_the_register_is_one_that_the_catalogue_takes(name: str, rules: Rules, make: Make) -> None:
    feed, province = make(name, rate=50)
    del feed
    text = register(province, {"bts": 300.0, "sensors": 300.0, "cameras": None})
    devices = load_catalogue({**FILES, "devices.csv": text.encode()}).devices
    assert len(devices) == sum(map(len, (province.stations, province.cameras, province.sites, province.gates)))
    assert all(device.synthetic for device in devices.values())
    site = province.sites[0]
    held = devices[site.device.id]
    assert (held.source, held.operator, held.technologies) == ("bts", site.operator, (site.technology,))
    assert (held.upstream, held.site, held.interval_s) == (site.upstream, site.mast, 300.0)
    assert devices[province.cameras[0].id].interval_s is None
    assert devices[province.cameras[0].id].tags == ("school",)
    assert {device.collector for device in devices.values() if device.source == "sensors"} >= {"sim-collector-0"}
    assert rules.version


def test_what_is_written_to_kafka_names_the_simulator() -> None:
    assert PUBLISHER == "urn:ioc:simulator"
