"""Failing instruments are told of as such, and nothing is said about air and water."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scenario.conftest import Play, Played

# A minute of CPU in one go, of which a busy machine makes several.
pytestmark = pytest.mark.timeout(600)

FOUND = {"flat", "zeros", "sentinel", "out_of_range", "calibrating", "device_error"}
"""Faults that a station's own readings show: three cycles that mean nothing, or a day of the same."""


@pytest.fixture(scope="module")
def played(play: Play, long_run: bool) -> Played:
    """All stations, every thirteen minutes; in the long run every five, as they do."""
    return play("sensor-fault", scale=1.0, hours=30, rate=None if long_run else 1.0)


def test_nothing_is_said_about_the_environment(played: Played) -> None:
    said = Counter(signal["category"] for _, signal in played.written.signals)
    assert set(said) <= {"other"}


def test_every_broken_instrument_is_told_of_once(played: Played) -> None:
    told = Counter(
        signal["device"]
        for _, signal in played.written.signals
        if signal["subcategory"] == "device_fault" and not signal["clears"]
    )
    faults = [fault for fault in played.truth["faults"] if fault["fault"] in FOUND]
    assert faults
    assert [fault for fault in faults if told[fault["device"]] != 1] == []
    # What nobody claims to find is not found by mistake either.
    assert not [fault for fault in played.truth["faults"] if not fault["told"] and told[fault["device"]]]


def test_a_silent_collector_is_one_signal_and_its_stations_none(played: Played) -> None:
    devices = set(played.truth["collector"]["devices"])
    said = [signal for _, signal in played.written.signals if not signal["clears"]]
    assert not [signal for signal in said if signal["device"] in devices]
    collectors = [signal for signal in said if played.truth["collector"]["name"] in str(signal["evidence"])]
    assert len(collectors) == 1


def test_a_silent_station_is_told_of(played: Played) -> None:
    silent = {fault["device"] for fault in played.truth["faults"] if fault["fault"] == "silence"}
    told = {signal["device"] for _, signal in played.written.signals if not signal["clears"]}
    assert silent <= told
