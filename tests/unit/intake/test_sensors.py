"""Readings over time on one partition: rain summed up, metrics that stay away, what a newer reading has overtaken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.catalog import DEVICES_FILE, common_data, load_catalogue, load_folder, shipped_province
from ioc.catalog.devices import COLUMNS
from ioc.intake import IntakeParts
from ioc.topics import RAW, SIGNALS
from streams.transport import Outbox, PartitionState, RecordBatch
from tests.unit.intake.store import Changelog

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
INTERVAL_MIN = 10


@pytest.fixture
def registered(parts: IntakeParts) -> IntakeParts:
    """A register of one gauge that sends something every ten minutes."""
    row = {"id": "tram-1", "source": "sensors", "class": "station", "commune": "06673", "interval_s": "600"}
    text = ",".join(COLUMNS) + "\n" + ",".join(row.get(column, "") for column in COLUMNS)
    tables = load_folder(common_data()) | load_folder(shipped_province())
    return replace(parts, catalogue=load_catalogue(tables | {DEVICES_FILE: text.encode()}))


class Partition:
    """Intake of sensors on one partition; readings arrive as they are made unless a test says otherwise."""

    def __init__(self, parts: IntakeParts) -> None:
        self.parts = parts
        self.changelog = Changelog()
        self.restart()

    def restart(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.intake = self.parts.intake("sensors", self.state)

    def take(self, *readings: dict[str, Any], at: float | None = None, commit: bool = True) -> list[dict[str, Any]]:
        """Signals of a batch; ``at``: minutes at which Kafka had it."""
        minutes = readings[-1]["_minutes"] if at is None else at
        now = START + timedelta(minutes=minutes)
        raw = [json.dumps({key: value for key, value in one.items() if key[0] != "_"}).encode() for one in readings]
        batch = RecordBatch.of(RAW["sensors"], 0, raw, timestamps_ms=[int(now.timestamp() * 1000)] * len(raw))
        out = Outbox("intake")
        out.bind(batch)
        self.intake.take(batch, out, now)
        self._end(commit=commit)
        return signals(out)

    def tick(self, minutes: float, *, commit: bool = True) -> list[dict[str, Any]]:
        out = Outbox("intake")
        self.intake.tick(out, int((START + timedelta(minutes=minutes)).timestamp() * 1000))
        self._end(commit=commit)
        return signals(out)

    def _end(self, *, commit: bool) -> None:
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()


def signals(out: Outbox) -> list[dict[str, Any]]:
    return [json.loads(output.value or b"") for output in out.outputs if output.topic == SIGNALS]


def reading(  # noqa: PLR0917  # what a test is about, the most usual first
    metric: str, value: float, minutes: float, unit: str = "mm", device: str = "tram-1", status: str = "00"
) -> dict[str, Any]:
    at = (START + timedelta(minutes=minutes)).isoformat()
    return {
        "device_id": device, "metric": metric, "value": value, "unit": unit, "observed_at": at, "status": status,
        "_minutes": minutes,
    }  # fmt: skip


def rain(value: float, minutes: float, **fields: Any) -> dict[str, Any]:
    return reading("rainfall", value, minutes, **fields)


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, bool, bool]]:
    return [(each["kind"], each["severity"], each["eases"], each["clears"]) for each in found]


class TestRain:
    def test_what_falls_in_a_day_is_compared_and_no_single_reading(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        found = [signal for n in range(25) for signal in partition.take(rain(2.2, n * INTERVAL_MIN))]
        # 23 x 2.2 = 50.6: the first sum above 50. It is one of 12 hours as well as of 24: one after the other.
        assert told(found) == [
            ("limit:rain_12h", "normal", False, False),
            ("limit:rain_24h", "low", False, False),
        ]
        assert found[0]["evidence"]["value"] == pytest.approx(50.6)
        assert found[0]["at"] == "2026-11-22T03:40:00Z"
        assert "không phải cấp độ rủi ro thiên tai" in found[0]["text"]

    def test_a_downpour_of_one_reading_is_a_sum_too(self, parts: IntakeParts) -> None:
        found = Partition(parts).take(rain(120, 0), rain(0, 10))
        assert told(found) == [("limit:rain_12h", "high", False, False), ("limit:rain_24h", "normal", False, False)]

    def test_it_eases_and_ends_as_the_rain_moves_out_of_the_hours(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(rain(60, 0), rain(60, 60), rain(0, 70))
        found = [signal for hours in range(2, 27) for signal in partition.take(rain(0, hours * 60))]
        assert told(found) == [
            ("limit:rain_12h", "normal", True, False),
            ("limit:rain_12h", "low", False, True),
            ("limit:rain_24h", "low", True, False),
            ("limit:rain_24h", "low", False, True),
        ]

    def test_the_sum_survives_a_restart_at_any_time(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        found = []
        for n in range(30):
            found += partition.take(rain(2.2, n * INTERVAL_MIN))
            partition.restart()
        assert [kind for kind, *_ in told(found)] == ["limit:rain_12h", "limit:rain_24h"]

    def test_a_round_that_fails_adds_nothing(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(rain(30, 0))
        first = partition.take(rain(30, 10), commit=False)
        assert told(first) == told(partition.take(rain(30, 10)))
        assert partition.take(rain(0, 20))[0]["evidence"]["value"] == 60

    def test_late_amounts_count_where_they_fell_and_bring_no_news_of_their_own(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(rain(0, 0), rain(0, 600))
        assert partition.take(*(rain(12, 60 + n * 10) for n in range(5)), at=601) == []
        assert told(partition.take(rain(0, 610))) == [("limit:rain_12h", "normal", False, False)]

    def test_a_gauge_that_sends_sums_is_taken_at_its_word(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(reading("rain_12h", 0, 0), reading("rain_24h", 0, 0))
        partition.restart()
        assert partition.take(rain(200, 10), rain(200, 20)) == []
        assert told(partition.take(reading("rain_24h", 410, 30))) == [("limit:rain_24h", "critical", False, False)]

    @pytest.mark.parametrize(
        "fields",
        [{"value": -5}, {"value": 501}, {"value": 9999}, {"value": 60, "status": "01"}, {"value": 60, "unit": "%"}],
    )
    def test_what_is_no_measurement_is_no_rain(self, parts: IntakeParts, fields: dict[str, Any]) -> None:
        partition = Partition(parts)
        partition.take(rain(40, 0))
        assert partition.take(rain(0, 10) | fields, rain(0, 20)) == []

    def test_a_running_total_counts_by_what_it_grew(self, parts: IntakeParts) -> None:
        counting = replace(parts.rules, rain=replace(parts.rules.rain, counters=frozenset({"tram-1"})))
        partition = Partition(replace(parts, rules=counting))
        assert partition.take(rain(480, 0), rain(480, 10), rain(500, 20), rain(495, 15)) == []
        partition.restart()
        # Set to 0 in between: 20 + 12 + 19 = 51.
        assert partition.take(rain(12, 30), rain(30, 40)) == []
        found = partition.take(rain(31, 50))
        assert told(found) == [("limit:rain_12h", "normal", False, False)]
        assert found[0]["evidence"]["value"] == pytest.approx(20 + 31)
        # A jump of 669 mm is no rain; what comes after it counts from there.
        assert partition.take(rain(700, 60)) == []
        assert partition.take(rain(701, 70))[0]["evidence"]["value"] == pytest.approx(52)

    def test_a_gauge_that_is_silent_for_days_is_forgotten(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(rain(5, 0))
        assert any(key.startswith(b"rain/gauge/tram-1") for key in partition.changelog.records)
        partition.take(rain(1, 3 * 24 * 60, device="tram-2"))
        kept = [key for key in partition.changelog.records if key.startswith(b"rain/gauge/")]
        assert kept == [b"rain/gauge/tram-2"]


class TestMissing:
    def speak(self, partition: Partition, since: int, until: int, *metrics: str) -> list[dict[str, Any]]:
        return [
            signal
            for minutes in range(since, until, INTERVAL_MIN)
            for signal in [
                *partition.take(*(reading(metric, 20 + minutes % 7, minutes, "°C") for metric in metrics)),
                *partition.tick(minutes + 1),
            ]
        ]

    def test_a_metric_that_stays_away_while_the_device_speaks_is_told_once(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        assert self.speak(partition, 0, 200, "temperature", "water_temperature") == []
        found = self.speak(partition, 200, 600, "temperature")
        assert told(found) == [("missing:water_temperature", "low", False, False)]
        # The last one at 190 min, six intervals of ten minutes: 250.
        assert (found[0]["at"], found[0]["commune"]) == ("2026-11-22T04:10:00Z", "06673")
        assert (found[0]["category"], found[0]["subcategory"]) == ("other", "device_fault")
        assert "vẫn gửi các thông số khác" in found[0]["text"]

    def test_it_ends_when_the_metric_is_back(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        self.speak(partition, 200, 300, "temperature")
        partition.restart()
        found = self.speak(partition, 300, 400, "temperature", "water_temperature")
        assert told(found) == [("missing:water_temperature", "low", False, True)]

    def test_a_device_that_is_silent_as_a_whole_misses_no_metric(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        assert partition.tick(10_000) == []

    def test_what_was_never_usual_is_not_missed(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 50, "temperature", "water_temperature")
        assert self.speak(partition, 50, 600, "temperature") == []

    def test_a_metric_that_comes_hourly_is_missed_after_hours(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        found = []
        for minutes in range(0, 24 * 60, INTERVAL_MIN):
            metrics = ["temperature", *(["noise"] if minutes % 60 == 0 else [])]
            found += partition.take(
                *(reading(each, 20 + minutes % 7, minutes, "dBA" if each == "noise" else "°C") for each in metrics)
            )
            found += partition.tick(minutes + 1)
        assert found == []
        found = self.speak(partition, 24 * 60, 31 * 60, "temperature")
        assert [kind for kind, *_ in told(found)] == ["missing:noise"]

    def test_a_backlog_that_is_sent_metric_by_metric_misses_nothing(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        backlog = range(200, 600, INTERVAL_MIN)
        assert partition.take(*(reading("temperature", 20, minutes, "°C") for minutes in backlog), at=600) == []
        assert partition.tick(600.5) == []
        assert partition.take(*(reading("water_temperature", 20, minutes, "°C") for minutes in backlog), at=601) == []
        assert partition.tick(601.5) == []

    def test_a_device_that_is_not_in_the_register_is_not_judged(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        assert self.speak(partition, 200, 600, "temperature") == []

    def test_a_round_that_fails_tells_it_again(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        for minutes in range(200, 260, INTERVAL_MIN):
            partition.take(reading("temperature", 20, minutes, "°C"))
        first = partition.tick(261, commit=False)
        again = partition.tick(262)
        assert [each["signal_id"] for each in first] == [each["signal_id"] for each in again]
        assert len(first) == 1

    def test_the_silence_counts_over_a_restart(self, registered: IntakeParts) -> None:
        partition = Partition(registered)
        self.speak(partition, 0, 200, "temperature", "water_temperature")
        found = []
        for minutes in range(200, 400, INTERVAL_MIN):
            partition.restart()
            found += self.speak(partition, minutes, minutes + 1, "temperature")
        assert [kind for kind, *_ in told(found)] == ["missing:water_temperature"]


class TestOvertaken:
    def so2(self, value: float, minutes: float) -> dict[str, Any]:
        return reading("so2", value, minutes, "µg/m³")

    def test_a_late_reading_opens_nothing_that_is_over(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        assert partition.take(self.so2(20, 0), self.so2(20, 20), self.so2(900, 10), at=20) == []
        assert told(partition.take(self.so2(900, 30))) == [("limit:so2", "high", False, False)]

    def test_a_late_reading_ends_nothing_that_goes_on(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        partition.take(self.so2(900, 0))
        assert partition.take(self.so2(900, 20), self.so2(20, 10), self.so2(900, 30)) == []

    def test_an_hour_that_was_kept_back_brings_its_news_once(self, parts: IntakeParts) -> None:
        partition = Partition(parts)
        values = [20, 400, 900, 900, 20, 20]
        kept = [self.so2(value, n * 5) for n, value in enumerate(values)]
        found = partition.take(*kept, at=90)
        assert told(found) == [
            ("limit:so2", "normal", False, False),
            ("limit:so2", "high", False, False),
            ("limit:so2", "low", False, True),
        ]
        assert partition.take(*kept, at=91) == []
        partition.take(self.so2(20, 95))
        assert partition.take(*(self.so2(value, n * 5 + 1) for n, value in enumerate(values)), at=96) == []
