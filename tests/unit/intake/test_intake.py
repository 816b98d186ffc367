"""What becomes of each record of each source: outcome, signal, receipt, dead letter, answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc import metrics
from ioc.events.photos import ATTACHMENT
from ioc.intake import IntakeParts
from ioc.intake.publishers import REJECTS_TO_ALERT
from ioc.intake.quality import QualityMeter
from ioc.quality import Sums
from ioc.records import Health, decode
from ioc.tally import RoundNote
from ioc.topics import DECISIONS, DLQ, FEEDBACK, HEALTH, RAW, RECEIPTS, SIGNALS
from ioc.vocabulary import SOURCES, Source
from streams.transport import Outbox, PartitionState, RecordBatch
from tests.unit.intake.store import Changelog
from tests.unit.quality.test_figures import device

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


class Stage:
    """One source's intake on one partition, committed batch by batch."""

    def __init__(self, parts: IntakeParts, source: Source) -> None:
        self.parts, self.source = parts, source
        self.changelog = Changelog()
        self.restart()

    def restart(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.intake = self.parts.intake(self.source, self.state)
        self.state.release()  # as the engine does, of an agent that holds its state

    def take(self, *values: bytes | dict[str, Any], at_ms: int = NOW_MS, commit: bool = True) -> dict[str, list[Any]]:
        """Outputs by topic."""
        raw = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
        batch = RecordBatch.of(RAW[self.source], 0, raw, timestamps_ms=[at_ms] * len(raw))
        out = Outbox("intake")
        out.bind(batch)
        self.intake.take(batch, out, NOW)
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        sent: dict[str, list[Any]] = {SIGNALS: [], RECEIPTS: [], FEEDBACK: [], DECISIONS: [], DLQ: []}
        for output in out.outputs:
            sent[output.topic].append(output if output.topic == DLQ else json.loads(output.value or b""))
        return sent

    @property
    def air(self) -> dict[str, float]:
        """Air quality index by station, however old."""
        figures = self.intake.gauges(0).items()
        return {key[1]: value for key, value in figures if key[0] == metrics.AIR_QUALITY_INDEX.name}

    @property
    def outcomes(self) -> Counter[str]:
        counts = self.intake.tally.counts
        return Counter({key[2]: total for key, total in counts.items() if key[0] == metrics.EVENTS.name})


def outputs(stage: Stage, now_ms: int) -> list[dict[str, Any]]:
    """Health summaries that a tick writes."""
    out = Outbox("intake")
    stage.intake.tick(out, now_ms)
    assert {output.topic for output in out.outputs} <= {HEALTH}
    return [json.loads(output.value or b"") for output in out.outputs]


def heard(stage: Stage, now_ms: int) -> list[dict[str, Any]]:
    """Of them, those that tell of devices."""
    return [told for told in outputs(stage, now_ms) if told["heard"]]


def report(report_id: str = "r1", text: str = "Đèn đường hỏng ở phường Bãi Cháy", **fields: Any) -> dict[str, Any]:
    return {"id": report_id, "occurred_at": "2026-11-22T07:59:00Z", "text": text, "source": "urn:app"} | fields


def reading(value: float, minute: int, **fields: Any) -> dict[str, Any]:
    return {
        "device_id": "d1", "metric": "so2", "value": value, "unit": "µg/m³",
        "observed_at": f"2026-11-22T07:{minute:02}:00Z",
    } | fields  # fmt: skip


def test_a_report_becomes_a_signal_a_receipt_and_an_answer(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    sent = stage.take(report())
    (signal,), (receipt,), (answer,) = sent[SIGNALS], sent[RECEIPTS], sent[FEEDBACK]
    assert (signal["category"], signal["subcategory"]) == ("urban_infrastructure", "street_light")
    assert (signal["commune"], signal["centre"], signal["located_by"]) == ("06673", "ha-long", "text")
    assert signal["accepted_at"] == "2026-11-22T08:00:00Z"
    assert (receipt["source"], receipt["id"], receipt["result"]) == ("urn:app", "r1", "accepted")
    assert (answer["status"], answer["commune"]) == ("received", "Phường Bãi Cháy")
    (decision,) = sent[DECISIONS]
    assert (decision["kind"], decision["event_id"], decision["outcome"]) == (
        "classify", "r1", "urban_infrastructure/street_light",
    )  # fmt: skip
    assert decision["inputs"]["signal_id"] == signal["signal_id"]
    assert {"catalogue", "lexicon"} <= {*decision["versions"]}
    assert stage.outcomes == {"signal": 1}


def test_a_report_keeps_all_communes_that_it_may_mean_and_the_place_it_names(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    split, both, road, addressed = stage.take(
        report("r1", "Đèn đường hỏng ở phường Hà Khẩu"),
        report("r2", "Đèn đường hỏng ở chợ Hà Tu", lat=20.96438, lon=107.04804),
        report("r3", "Đèn hỏng trên đường Trần Phú", address="số 3"),
        report("r4", "Đèn hỏng trên đường Trần Phú", address="phường Móng Cái 1"),
    )[SIGNALS]
    assert split["evidence"]["candidates"] == ["06661", "06706"]
    assert sum(split["evidence"]["candidate_confidences"]) <= 1
    assert (both["commune"], both["evidence"]["text_commune"], both["evidence"]["place"]) == (
        "06673",
        "06652",
        "Chợ Hà Tu",
    )
    assert (road["commune"], road["located_by"], road["evidence"]["place"]) == ("00000", "none", "Đường Trần Phú")
    assert (addressed["commune"], addressed["located_by"]) == ("06712", "text")


def test_uploaded_pictures_are_named_to_operators_and_links_are_only_counted(parts: IntakeParts) -> None:
    upload = ATTACHMENT + "a" * 40
    shown = report(photos=["https://photos.example.vn/nha-toi.jpg", upload])
    with_photos, without = Stage(parts, "reports").take(shown, report("r2"))[SIGNALS]
    assert (with_photos["evidence"]["photos"], with_photos["evidence"]["attachments"]) == (2, [upload])
    assert (without["evidence"]["photos"], without["evidence"]["attachments"]) == (0, [])


def test_a_hint_that_contradicts_the_text_is_kept_and_changes_nothing(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    plain, hinted = stage.take(report("r1"), report("r2", category_hint="disaster"))[SIGNALS]
    assert hinted["evidence"]["category_hint"] == "disaster"
    assert plain["evidence"]["category_hint"] is None
    same = ("category", "subcategory", "severity", "confidence", "rule_id")
    assert [hinted[name] for name in same] == [plain[name] for name in same]
    assert hinted["category"] == "urban_infrastructure"


def test_a_hint_stands_in_where_the_text_says_nothing_and_a_person_still_sorts(parts: IntakeParts) -> None:
    sent = Stage(parts, "reports").take(report(text="Xem giúp chỗ kia với", category_hint="power_water"))
    (signal,), (answer,) = sent[SIGNALS], sent[FEEDBACK]
    assert (signal["category"], signal["rule_id"]) == ("power_water", "report-to-sort")
    assert signal["evidence"]["abstained"]
    assert answer["category"] == "power_water"


@pytest.mark.parametrize("hint", ["electricity", "0912345678", ""])
def test_a_hint_that_is_no_category_of_ours_goes_no_further(parts: IntakeParts, hint: str) -> None:
    (signal,) = Stage(parts, "reports").take(report(text="Xem giúp chỗ kia với", category_hint=hint or None))[SIGNALS]
    assert signal["category"] == "other"
    assert signal["evidence"]["category_hint"] is None
    assert not hint or hint not in json.dumps(signal)


def test_what_is_written_is_a_cloud_event(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    out = Outbox("intake")
    raw = [json.dumps(report()).encode()]
    stage.intake.take(RecordBatch.of(RAW["reports"], 0, raw, timestamps_ms=[NOW_MS]), out, NOW)
    (signal,) = [output for output in out.outputs if output.topic == SIGNALS]
    assert dict(signal.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": json.loads(signal.value or b"")["signal_id"].encode(),
        "ce_source": b"urn:ioc:22",
        "ce_type": b"vn.ioc.signal.v1",
        "content-type": b"application/json",
    }


def test_no_personal_data_leaves_intake(parts: IntakeParts) -> None:
    secrets = ["0912345678", "0912.345.678", "Nguyễn Thị Hoa", "hoa@example.vn", "14A-123.45", "citizen-77"]
    text = "Tôi tên là Nguyễn Thị Hoa, số 0912.345.678, email hoa@example.vn. Xe 14A-123.45 đổ rác trộm ở phường Hà Tu."
    reporter = {"id": "citizen-77", "name": "Nguyễn Thị Hoa", "phone": "0912345678", "email": "hoa@example.vn"}
    sent = Stage(parts, "reports").take(report(text=text, reporter=reporter))
    written = json.dumps([sent[SIGNALS], sent[RECEIPTS], sent[FEEDBACK]], ensure_ascii=False)
    assert [secret for secret in secrets if secret in written] == []
    assert sent[SIGNALS][0]["reporter"]


def test_the_same_person_is_the_same_pseudonym_and_another_is_not(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    names = [
        stage.take(report(f"r{n}", reporter={"phone": phone}))[SIGNALS][0]["reporter"]
        for n, phone in enumerate(["0912345678", "+84 912 345 678", "0987654321"])
    ]
    assert names[0] == names[1] != names[2]


def test_a_report_that_says_nothing_is_sorted_by_a_person_not_dropped(parts: IntakeParts) -> None:
    sent = Stage(parts, "reports").take(report(text="Xem giúp chỗ kia với"))
    (signal,) = sent[SIGNALS]
    assert signal["evidence"]["abstained"]
    assert (signal["commune"], signal["centre"], signal["rule_id"]) == ("00000", "province", "report-to-sort")


def test_the_same_report_again_changes_nothing_even_with_other_words(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    stage.take(report())
    stage.restart()
    sent = stage.take(report(text="Cháy nhà!"), at_ms=NOW_MS + 3_600_000)
    assert sent[SIGNALS] == sent[FEEDBACK] == []
    assert [(receipt["result"], receipt["duplicate_of"]) for receipt in sent[RECEIPTS]] == [("duplicate_of", "r1")]
    assert stage.outcomes == {"signal": 1, "duplicate": 1}


def test_the_same_id_of_another_publisher_is_another_report(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    stage.take(report(), report(source="urn:other-app"))
    assert stage.outcomes == {"signal": 2}


def test_telemetry_without_news_writes_nothing(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    sent = stage.take(reading(20.0, 1), reading(21.0, 2))
    assert sent == {SIGNALS: [], RECEIPTS: [], FEEDBACK: [], DECISIONS: [], DLQ: []}
    assert stage.outcomes == {"quiet": 2}


def test_a_limit_makes_a_signal_once_and_its_end_another(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    signals = [
        signal
        for minute, value in enumerate([20.0, 500.0, 510.0, 505.0, 20.0, 20.0])
        for signal in stage.take(reading(value, minute, lat=20.9617, lon=107.029))[SIGNALS]
    ]
    assert [(signal["clears"], signal["severity"]) for signal in signals] == [(False, "normal"), (True, "low")]
    assert {signal["commune"] for signal in signals} == {"06673"}
    assert stage.outcomes == {"quiet": 4, "signal": 2}


def test_what_a_failed_round_saw_is_seen_again(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    failed = stage.take(reading(500.0, 1), commit=False)
    assert stage.outcomes == {}
    assert stage.take(reading(500.0, 1))[SIGNALS] == failed[SIGNALS]
    assert stage.outcomes == {"signal": 1}


def test_a_restart_remembers_that_the_limit_was_passed(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    assert len(stage.take(reading(500.0, 1))[SIGNALS]) == 1
    stage.restart()
    assert stage.take(reading(505.0, 2))[SIGNALS] == []


def test_readings_from_long_ago_say_nothing_about_now(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    old = (NOW - timedelta(hours=73)).isoformat()
    assert stage.take(reading(5000.0, 1, observed_at=old))[SIGNALS] == []
    assert stage.outcomes == {"quiet": 1}


def test_a_plate_seen_by_a_camera_stays_behind(parts: IntakeParts) -> None:
    event = {
        "id": "e1", "camera_id": "c1", "kind": "accident", "observed_at": "2026-11-22T07:59:00Z", "confidence": 0.99,
        "plate": "14A12345", "label": "xe 14A-123.45",
    }  # fmt: skip
    sent = Stage(parts, "cameras").take(event)
    written = json.dumps(sent[SIGNALS] + sent[RECEIPTS])
    assert "14A" not in written
    assert len(sent[SIGNALS]) == 1


@pytest.mark.parametrize("source", SOURCES)
def test_bad_records_are_rejected_with_pointer_and_reason_and_kept_whole(parts: IntakeParts, source: Source) -> None:
    stage = Stage(parts, source)
    sent = stage.take(b'{"id": 5, "source": "urn:app"', b"\xff\xfe", b"", b"[]")
    assert [letter.value for letter in sent[DLQ]] == [b'{"id": 5, "source": "urn:app"', b"\xff\xfe", b"", b"[]"]
    assert [receipt["result"] for receipt in sent[RECEIPTS]] == ["rejected"] * 4
    assert all(receipt["errors"][0]["code"] for receipt in sent[RECEIPTS])
    assert stage.outcomes == {"rejected": 4}


def test_an_event_from_the_future_is_rejected(parts: IntakeParts) -> None:
    sent = Stage(parts, "reports").take(report(occurred_at="2026-11-22T08:06:00Z"))
    (error,) = sent[RECEIPTS][0]["errors"]
    assert (error["pointer"], error["code"]) == ("/occurred_at", "future")


def test_a_publisher_of_bad_records_is_told_of_once_an_hour(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    bad = b'{"source": "urn:faulty"}'
    first = stage.take(*[bad] * (REJECTS_TO_ALERT - 1))
    failed = stage.take(bad, bad, commit=False)
    second = stage.take(bad, bad, bad)
    assert (first[SIGNALS], len(failed[SIGNALS]), len(second[SIGNALS])) == ([], 1, 1)
    assert second[SIGNALS] == failed[SIGNALS]
    assert second[SIGNALS][0]["evidence"]["publisher"] == "urn:faulty"
    assert len(stage.take(*[bad] * 100, at_ms=NOW_MS + 3_600_000)[SIGNALS]) == 1


def test_every_record_has_exactly_one_outcome(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    values = [reading(500.0 if n % 3 else 10.0, n % 20) for n in range(50)] + [b"?"] * 7
    stage.take(*values)
    assert sum(stage.outcomes.values()) == 57
    counts = stage.intake.tally.counts
    assert sum(total for key, total in counts.items() if key[0] == metrics.PUBLISHER_EVENTS.name) == 57


def dust(value: float, hour: int, minute: int = 0, **fields: Any) -> dict[str, Any]:
    """A reading of 21 November between 20:00 and 08:00 of the next day, hours counted from 20:00."""
    at = datetime(2026, 11, 21, 20, 0, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    return {
        "device_id": "air-1", "metric": "pm2_5", "value": value, "unit": "µg/m³", "observed_at": at.isoformat()
    } | fields  # fmt: skip


def ended(hour: int) -> int:
    return int(datetime(2026, 11, 21, 20, 0, tzinfo=UTC).timestamp()) + hour * 3600


def test_a_station_has_the_air_quality_index_of_its_newest_hour_that_is_over(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2))
    assert stage.air == {}  # one hour is over, and two of three are needed
    stage.take(dust(900, 2, 5, metric="pm10"), dust(20, 2, 5))
    assert stage.air == {"air-1": 40}  # PM2.5: 20 → 40; the hour of the PM10 is not over
    stage.take(dust(30, 1, -5))  # late: the hour before has 25 now, so w = 0.8
    assert stage.air == {"air-1": 44}  # (20 + 0.8 * 25) / 1.8 = 22.2


def test_only_measurements_count_and_each_once(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2), dust(20, 2, 5))
    before = stage.air
    assert before == {"air-1": 40}
    stage.take(
        dust(300, 2, -5, status="01"), dust(300, 2, -6, status="02"), dust(9999, 2, -7), dust(501, 2, -8),
        dust(-3, 2, -9), dust(300, 2, -10, unit="ppm"), dust(20, 2), dust(20, 1),
    )  # fmt: skip
    assert stage.air == before


def test_the_index_survives_a_restart_and_a_round_that_fails(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2), dust(20, 2, 5))
    before = stage.air
    stage.take(dust(200, 3), dust(200, 3, 5), dust(200, 1, -5), dust(20, 1, device_id="air-2"), commit=False)
    assert stage.air == before
    stage.restart()
    assert stage.air == before
    stage.take(dust(200, 3), dust(20, 3, 5))
    known = stage.air
    again = Stage(parts, "sensors")
    again.take(dust(20, 1), dust(20, 2), dust(20, 2, 5), dust(200, 3), dust(20, 3, 5))
    assert known == again.air


def test_between_checkpoints_a_crash_costs_an_hour_only_what_came_since(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2))
    stage.take(dust(20, 2, 5), at_ms=NOW_MS + 1)
    assert stage.air
    stage.restart()
    assert stage.air == {}
    stage.take(dust(20, 2, 10), at_ms=NOW_MS + 2)
    assert stage.air == {"air-1": 40}


def test_a_station_that_is_silent_for_days_is_forgotten(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2), dust(20, 2, 5))
    assert any(key.startswith(b"air/") for key in stage.changelog.records)
    later = int(timedelta(days=4).total_seconds() * 1000)
    other = dust(20, 2, device_id="air-2", observed_at="2026-11-22T08:00:00Z")
    stage.take(other, at_ms=NOW_MS + later - 3_600_000 * 24, commit=False)
    assert stage.air  # three days: kept
    stage.take(other, at_ms=NOW_MS + later)
    assert stage.air == {}
    assert [key for key in stage.changelog.records if key.startswith(b"air/air-1")] == []


def test_devices_that_spoke_are_told_once_and_again_while_they_go_on(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1), dust(20, 2), dust(20, 2, device_id="air-2"))
    (told,) = heard(stage, NOW_MS)
    assert decode(Health, json.dumps(told).encode()).heard[0].publisher == "urn:ioc:ioc.raw.sensors"
    assert (told["source"], [row["device"] for row in told["heard"]]) == ("sensors", ["air-1", "air-2"])
    assert heard(stage, NOW_MS + 1_000) == []
    stage.take(dust(21, 1, 59), at_ms=NOW_MS + 29_999)  # late: it does not say that the device still speaks
    assert heard(stage, NOW_MS + 29_999) == []
    stage.take(dust(21, 2, 10), at_ms=NOW_MS + 30_000)
    (again,) = heard(stage, NOW_MS + 30_000)
    assert [row["device"] for row in again["heard"]] == ["air-1"]


def test_a_summary_of_a_round_that_fails_is_told_again(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(dust(20, 1))
    first = heard(stage, NOW_MS)
    stage.state.rollback()
    assert heard(stage, NOW_MS) == first
    assert len(first) == 1


def test_reports_are_no_devices(parts: IntakeParts) -> None:
    stage = Stage(parts, "reports")
    stage.take(report())
    assert heard(stage, NOW_MS) == []


def quality(stage: Stage, now_ms: int) -> dict[tuple[int, str], Sums]:
    """Counts that a tick tells, by window (0: the hour before ``NOW``) and class."""
    found: dict[tuple[int, str], Sums] = {}
    for told in outputs(stage, now_ms):
        for row in told["quality"]:
            key = row["window"] - NOW_MS // 3_600_000 + 1, row["kind"]
            found[key] = found.get(key, Sums()).plus(Sums(*row["sums"]))
    return found


def test_quality_counts_what_was_received_and_what_of_it_is_good(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    good = {"device_id": "d-1", "metric": "pm2_5", "value": 20.0, "unit": "µg/m³"}
    stage.take(
        *({**good, "observed_at": f"2026-11-22T07:5{n}:00Z"} for n in range(4)),
        {**good, "observed_at": "2026-11-22T07:53:00Z"},  # repeated
        {**good, "observed_at": "2026-11-22T07:53:00Z", "value": 12.5},  # repeated with something else in it
        {**good, "observed_at": "2026-11-22T07:51:00Z"},  # repeated, though newer ones came since
        {**good, "observed_at": "2026-11-22T07:54:00Z", "value": 9999.0},  # a sentinel
        {**good, "observed_at": "2026-11-22T07:20:00Z"},  # later than the allowance
        {**good, "observed_at": "2026-11-22T06:59:00Z"},  # of the hour before
        b"{",
    )  # fmt: skip
    assert quality(stage, NOW_MS) == {
        (0, ""): Sums(received=9, correct=8, repeated=3, readable=9, in_time=8, conflicting=1),
        (-1, ""): Sums(received=1, correct=1, readable=1),
        (1, ""): Sums(received=1),
    }


def test_a_device_counts_as_often_as_it_owes_and_a_failed_round_not_at_all(parts: IntakeParts) -> None:
    devices = {"d-1": replace(device("d-1"), interval_s=1200.0)}
    meter = QualityMeter("sensors", parts.quality, devices, state := PartitionState(0), RoundNote(state))
    start_s = NOW_MS / 1000 - 3600

    def batch(*minutes: float) -> None:
        meter.begin()
        for minute in minutes:
            meter.take("d-1", start_s + 60 * minute, NOW_MS, correct=True, new=True)
        meter.flush()

    batch(1, 2)
    state.rollback()
    batch(1, 2)
    state.commit()
    batch(3, 4, 5)
    (row,) = meter.rows(NOW_MS)
    assert Sums(*row.sums) == Sums(received=5, correct=5, readable=5, in_time=0, complete=3)
    assert meter.rows(NOW_MS + 20_000) == []
    state.rollback()
    (row,) = meter.rows(NOW_MS)
    assert Sums(*row.sums).complete == 2


def test_a_base_station_falls_silent_and_its_place_is_known(parts: IntakeParts) -> None:
    stage = Stage(parts, "bts")
    sample = {
        "site_id": "QN-1", "operator": "operator-a", "technology": "4G", "observed_at": NOW.isoformat(),
        "rsrp_dbm": -90, "interval_s": 60, "lat": 20.9517, "lon": 107.0807,
    }  # fmt: skip
    stage.take(sample)
    *quiet, last = [_said(stage, NOW_MS + second * 1000) for second in range(1, 182, 20)]
    assert not any(quiet)
    (signal,) = last
    assert (signal["rule_id"], signal["device"], signal["kind"]) == ("bts/silent", "QN-1", "site:operator-a:4G")
    assert (signal["centre"], signal["lat"]) == ("ha-long", 20.9517)
    assert stage.intake.gauges(NOW_MS)["ioc_bts_sites", "4G", "out_of_service"] == 1


def test_an_alarm_without_a_position_is_where_the_site_was_measured(parts: IntakeParts) -> None:
    stage = Stage(parts, "bts")
    site = {"site_id": "QN-1", "operator": "operator-a", "technology": "4G"}
    stage.take(site | {"observed_at": NOW.isoformat(), "rsrp_dbm": -90, "lat": 20.9517, "lon": 107.0807})
    alarm = {"severity": "critical", "problem": "Mains power lost"}
    (signal,) = stage.take(site | {"observed_at": (NOW + timedelta(seconds=9)).isoformat(), "alarm": alarm})[SIGNALS]
    assert (signal["centre"], signal["rule_id"], signal["evidence"]["cause"]) == ("ha-long", "bts/level-3", "power")


def _said(stage: Stage, now_ms: int) -> list[dict[str, Any]]:
    """Signals of a tick."""
    out = Outbox("intake")
    stage.intake.tick(out, now_ms)
    stage.changelog.commit(stage.state)
    return [json.loads(output.value or b"") for output in out.outputs if output.topic == SIGNALS]


def test_bad_readings_make_no_signal_and_each_is_counted_with_its_reason(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    sent = stage.take(
        reading(5000.0, 1, status="01"), reading(5000.0, 2, status="02"), reading(9999, 3), reading(50_000.0, 4),
        reading(500.0, 6), reading(400.0, 5), reading(400.0, 30, observed_at="2026-11-21T22:00:00Z", metric="no2"),
    )  # fmt: skip
    assert [signal["kind"] for signal in sent[SIGNALS]] == ["limit:so2"]  # what is ten hours old alarms nobody
    counts = {key[1]: total for key, total in stage.intake.tally.counts.items() if key[0] == metrics.READINGS.name}
    assert counts == {"calibrating": 1, "device_error": 1, "sentinel": 1, "out_of_range": 1, "ok": 1, "late": 2}
    stage.take(reading(9999, 7), commit=False)
    stage.restart()
    stage.take(reading(9999, 8))
    assert stage.intake.tally.counts[metrics.READINGS.name, "sentinel"] == 2


def test_a_device_that_sends_no_measurement_is_a_fault_of_the_device(parts: IntakeParts) -> None:
    stage = Stage(parts, "sensors")
    stage.take(*[reading(9999, minute, lat=20.9617, lon=107.029) for minute in (50, 55, 58)])
    out = Outbox("intake")
    stage.intake.tick(out, NOW_MS)
    stage.intake.tick(out, NOW_MS + 61_000)
    (signal,) = [json.loads(output.value or b"") for output in out.outputs if output.topic == SIGNALS]
    assert (signal["category"], signal["subcategory"], signal["severity"]) == ("other", "device_fault", "normal")
    assert (signal["kind"], signal["device"], signal["centre"]) == ("fault:so2:sentinel", "d1", "ha-long")
    assert stage.intake.tally.counts[metrics.SIGNALS.name, "sensors", "other", "normal"] == 1
