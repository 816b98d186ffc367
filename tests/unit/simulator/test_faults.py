"""Failing stations fail as they say, and nothing in air or water is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import pytest

from connectors.simulator.faults import FAULTS
from ioc.detect import Rules, SensorDetector, State
from ioc.events import decode_batch
from tests.unit.simulator.conftest import START, Make, whole


@pytest.fixture(scope="module")
def faulty(make: Make) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    feed, _ = make("sensor-fault", scale=1.0, rate=0.5)
    return [orjson.loads(event.body) for event in whole(feed)], feed.truth()


def test_every_fault_is_there_twice_at_stations_of_their_own(
    faulty: tuple[list[dict[str, Any]], Mapping[str, Any]],
) -> None:
    _, truth = faulty
    assert sorted(fault["fault"] for fault in truth["faults"]) == sorted([*FAULTS, *FAULTS])
    assert len({fault["device"] for fault in truth["faults"]}) == 2 * len(FAULTS)
    assert not {fault["device"] for fault in truth["faults"]} & set(truth["collector"]["devices"])


def test_readings_are_spoiled_as_the_truth_says(faulty: tuple[list[dict[str, Any]], Mapping[str, Any]]) -> None:
    readings, truth = faulty
    for fault in truth["faults"]:
        begin, end = datetime.fromisoformat(fault["from"]), datetime.fromisoformat(fault["until"])
        hit = [
            body
            for body in readings
            if body["device_id"] == fault["device"]
            and fault["metric"] in {None, body["metric"]}
            and begin <= datetime.fromisoformat(body["observed_at"]) < end
        ]
        assert len(hit) == fault["readings"], fault
        values = [body["value"] for body in hit]
        match fault["fault"]:
            case "silence":
                assert not hit
            case "flat":
                assert len(set(values)) == 1
                assert (end - begin).total_seconds() > 24 * 3600
            case "zeros":
                assert 0.2 < values.count(0.0) / len(values) < 0.6
            case "sentinel":
                assert set(values) <= {-9999, -999, 9999}
            case "out_of_range":
                assert max(values) < 0
            case "calibrating" | "device_error":
                assert {body["status"] for body in hit} == {"01" if fault["fault"] == "calibrating" else "02"}
            case "drift":
                third = len(values) // 3
                assert min(values[-third:]) > sum(values[:third]) / third


def test_a_collector_falls_silent_with_all_its_stations(
    faulty: tuple[list[dict[str, Any]], Mapping[str, Any]],
) -> None:
    readings, truth = faulty
    collector = truth["collector"]
    begin, end = datetime.fromisoformat(collector["from"]), datetime.fromisoformat(collector["until"])
    silent = set(collector["devices"])
    assert len(silent) == 40
    times = [(body["device_id"], datetime.fromisoformat(body["observed_at"])) for body in readings]
    assert not [device for device, at in times if device in silent and begin <= at < end]
    assert {device for device, at in times if at < begin} >= silent
    assert {device for device, at in times if at >= end} >= silent


def test_limits_see_nothing_wrong_with_stations_that_are_well(
    faulty: tuple[list[dict[str, Any]], Mapping[str, Any]], rules: Rules
) -> None:
    readings, truth = faulty
    broken = {fault["device"] for fault in truth["faults"]}
    bodies = [orjson.dumps(body) for body in readings if body["device_id"] not in broken]
    batch = decode_batch(
        "sensors", "x", bodies, [()] * len(bodies), now=START.replace(year=2027), max_future=START - START
    )
    detector, states, found = SensorDetector(rules.sensors), dict[str, State](), 0
    for event in batch.events:
        finding, state = detector.evaluate(event, states.get(key := detector.key(event)))
        if state is not None:
            states[key] = state
        found += finding is not None
    assert len(batch) == len(bodies) > 10_000
    assert found == 0
