"""The storm is the one that it says it is: its numbers, its two signatures, its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import correlation
from typing import Any

import orjson
import pytest

from connectors.simulator.event import Event
from connectors.simulator.province import SyntheticProvince
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, shipped_lexicon, shipped_model
from tests.unit.simulator.conftest import Make, whole

Told = tuple[list[Event], Mapping[str, Any], SyntheticProvince]


@pytest.fixture(scope="module")
def storm(make: Make) -> Told:
    """All sites, few samples of each."""
    feed, province = make("storm-yagi", scale=1.0, rate=1.0)
    return whole(feed), feed.truth(), province


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_more_than_1200_of_2649_sites_are_lost_and_come_back(storm: Told) -> None:
    _, truth, _ = storm
    lost = truth["lost_sites"]
    assert truth["sites"] == 2_649
    assert 1_200 < len(lost) < 1_350
    assert len({each["site"] for each in lost}) == len(lost)
    assert all(at(each["at"]) < at(each["back"]) for each in lost)
    causes = Counter(each["cause"] for each in lost)
    assert causes["power"] > 2 * causes["fibre"] > 200
    assert Counter(each["said"] for each in lost)[False] > 200


def test_fibre_takes_one_operator_at_once_and_power_everybody_as_batteries_end(storm: Told) -> None:
    _, truth, province = storm
    lost = {each["site"]: each for each in truth["lost_sites"]}
    batteries = {site.device.id: site.battery_s for site in province.sites}
    widest = timedelta()
    for outage in truth["outages"]:
        members = [lost[site] for site in outage["sites"]]
        times = [at(each["at"]) for each in members if each["cause"] == outage["cause"]]
        operators = {each["operator"] for each in members}
        if outage["cause"] == "fibre":
            assert len(operators) == 1
            assert {each["upstream"] for each in members} == {outage["where"]}
            assert max(times) - min(times) < timedelta(seconds=20)
            continue
        assert {each["commune"] for each in members} == {outage["where"]}
        widest = max(widest, max(times) - min(times))
        if len(members) > 10:
            assert len(operators) > 1
            seconds = [moment.timestamp() for moment in times]
            assert correlation([batteries[each["site"]] for each in members], seconds) > 0.99
    assert widest > timedelta(hours=2)


def test_nothing_is_heard_of_a_lost_site_until_it_is_back(storm: Told) -> None:
    events, truth, _ = storm
    down = {each["site"]: (at(each["at"]), at(each["back"])) for each in truth["lost_sites"]}
    late = truth["late_prefix"].encode()
    for event in events:
        if event.source != "bts" or event.id.startswith(late):
            continue
        body = orjson.loads(event.body)
        if body["site_id"] in down and body["state" if "state" in body else "alarm"] == "in_service":
            lost, back = down[body["site_id"]]
            assert not lost < at(body["observed_at"]) < back


def test_what_was_kept_comes_after_the_site_is_back_oldest_first(storm: Told) -> None:
    events, truth, _ = storm
    late = truth["late_prefix"].encode()
    samples = [orjson.loads(event.body) for event in events if event.id.startswith(late) and event.source == "bts"]
    assert len(samples) == truth["late_samples"] > 4_000
    down = {each["site"]: at(each["back"]) for each in truth["lost_sites"]}
    assert all(at(body["observed_at"]) <= down[body["site_id"]] for body in samples)
    by_site: dict[str, list[str]] = {}
    for body in samples:
        by_site.setdefault(body["site_id"], []).append(body["observed_at"])
    assert all(times == sorted(times) for times in by_site.values())
    assert truth["late_readings"] > 0


def test_hundreds_report_in_spots_and_twenty_are_in_danger(storm: Told) -> None:
    events, truth, _ = storm
    reports = {event.id.decode(): orjson.loads(event.body) for event in events if event.source == "reports"}
    assert len(reports) == truth["reports"] > 400
    assert len(truth["spots"]) == 60
    assert all(4 <= len(spot["reports"]) <= 14 and set(spot["reports"]) <= reports.keys() for spot in truth["spots"])
    critical = truth["critical_reports"]
    assert len(critical) == len({each["commune"] for each in critical}) == 20
    assert all(reports[each["id"]]["occurred_at"] == each["at"] for each in critical)
    first, end = map(at, truth["first_hour"])
    assert sum(first <= at(each["at"]) < end for each in critical) == 12
    assert first == min(at(each["at"]) for each in truth["lost_sites"])


def test_words_say_who_is_in_danger_and_who_is_not(storm: Told) -> None:
    """The bars count critical reports: none may be critical by accident, none of the planted may be missed."""
    events, truth, _ = storm
    catalogue = load_catalogue(load_folder(common_data()) | load_folder(shipped_province()))
    classifier = Classifier(shipped_lexicon(), catalogue.place_names, shipped_model())
    planted = {each["id"] for each in truth["critical_reports"]}
    said = {
        event.id.decode(): classifier.classify(orjson.loads(event.body)["text"]).severity
        for event in events
        if event.source == "reports"
    }
    assert {name for name in planted if said[name] != "critical"} == set()
    assert {name for name in said.keys() - planted if said[name] == "critical"} == set()


def test_rain_wind_and_water_rise_with_the_storm(storm: Told) -> None:
    events, truth, _ = storm
    most: dict[str, float] = {}
    for event in events:
        if event.source == "sensors":
            body = orjson.loads(event.body)
            most[body["metric"]] = max(most.get(body["metric"], 0.0), body["value"])
    assert 200 < most["rain_24h"] < 400
    assert most["rain_12h"] <= most["rain_24h"]
    assert 32.7 < most["wind_speed"] < 46.2  # Beaufort 12 to 14
    assert most["water_level"] > 2.5
    assert truth["late_readings"] > 0
