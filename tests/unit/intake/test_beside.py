"""Cameras, faults and failures on a partition: what time does to them, over restarts and failed rounds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ioc.events.identifiers import HASHED_PLATE
from ioc.intake import IntakeParts
from ioc.privacy import Plates
from ioc.topics import SIGNALS
from streams.transport import Outbox
from tests.unit.intake.test_intake import NOW, NOW_MS, Stage

MINUTE = 60_000


def later(minutes: float) -> int:
    return int(NOW_MS + minutes * MINUTE)


def at(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


def ticks(stage: Stage, minutes: float, *, commit: bool = True) -> list[dict[str, Any]]:
    """Signals of a tick."""
    out = Outbox("intake")
    stage.intake.tick(out, later(minutes))
    if commit:
        stage.changelog.commit(stage.state)
    else:
        stage.state.rollback()
    return [json.loads(each.value or b"") for each in out.outputs if each.topic == SIGNALS]


def begin(stage: Stage) -> Stage:
    """Recover what was committed, and have a first tick, as a worker does at once."""
    stage.restart()
    assert ticks(stage, 0) == []
    return stage


def camera(name: str, minutes: float = 0, *, kind: str = "stopped_vehicle", **fields: Any) -> dict[str, Any]:
    return {
        "id": name, "camera_id": "cam-1", "kind": kind, "observed_at": at(minutes), "confidence": 0.9,
        "lat": 20.95, "lon": 107.08,
    } | fields  # fmt: skip


@pytest.fixture
def cameras(parts: IntakeParts) -> Stage:
    return begin(Stage(replace(parts, plates=Plates(b"sixteen bytes or more", timedelta(days=1))), "cameras"))


def test_a_detection_is_a_signal_and_its_end_another_that_ends_the_incident(cameras: Stage) -> None:
    (begun,) = cameras.take(camera("1", -20))[SIGNALS]
    assert (begun["kind"], begun["clears"], begun["resolves"]) == ("camera:stopped_vehicle", False, True)
    assert cameras.take(camera("1/end", -20, ended_at=at(-1)))[SIGNALS] == []
    (over,) = ticks(cameras, 2)
    assert (over["kind"], over["device"], over["clears"]) == (begun["kind"], "cam-1", True)
    assert over["at"] >= begun["at"]
    assert ticks(cameras, 60) == []


def test_timers_go_on_after_a_restart(cameras: Stage) -> None:
    cameras.take(camera("1", -1))
    begin(cameras)
    assert ticks(cameras, 13) == []
    begin(cameras)
    (over,) = ticks(cameras, 14)
    assert over["evidence"]["ended"] == "timeout"
    begin(cameras)
    assert ticks(cameras, 20) == []
    assert cameras.take(camera("late", -1.5), at_ms=later(20))[SIGNALS] == []


def test_a_round_that_fails_is_done_again(cameras: Stage) -> None:
    assert len(cameras.take(camera("1", -1), commit=False)[SIGNALS]) == 1
    assert ticks(cameras, 30) == []
    assert len(cameras.take(camera("1", -1))[SIGNALS]) == 1
    first = ticks(cameras, 31, commit=False)
    assert [one["signal_id"] for one in ticks(cameras, 31)] == [one["signal_id"] for one in first] != []


def test_nothing_is_over_while_the_partition_is_still_being_read(cameras: Stage) -> None:
    cameras.intake.tick(Outbox("intake"), later(60))
    cameras.take(camera("1", -60), at_ms=later(-60))
    out = Outbox("intake")
    cameras.intake.tick(out, later(60) + 1000)
    assert [each for each in out.outputs if each.topic == SIGNALS] == []
    cameras.take(camera("2", -50), camera("3", -45), at_ms=later(-45))
    assert len(ticks(cameras, 62)) == 1


def test_doubtful_detections_are_one_signal_to_sort_and_quiet_beside_a_sure_one(cameras: Stage) -> None:
    doubtful = [camera(f"d{n}", n * 0.01 - 2, kind="fire", confidence=0.5, zone=f"z{n}") for n in range(50)]
    (review,) = cameras.take(*doubtful)[SIGNALS]
    assert (review["category"], review["severity"], review["kind"]) == ("other", "low", "camera-review:fire")
    assert review["evidence"]["review"] is True
    assert len(cameras.take(camera("sure", -1, kind="fire", zone="z1"))[SIGNALS]) == 1
    assert cameras.take(camera("d99", 0, kind="fire", confidence=0.5, zone="z1"))[SIGNALS] == []


def test_where_many_cameras_doubt_one_signal_stands_for_all(cameras: Stage) -> None:
    fog = [camera(f"f{n}", -70, kind="smoke", confidence=0.55, camera_id=f"fog-{n}") for n in range(100)]
    sent = cameras.take(*fog)[SIGNALS]
    assert [one["kind"] for one in sent] == ["camera-review:smoke"] * 20 + ["camera-review-many:smoke"]
    assert {(one["category"], one["severity"]) for one in sent} == {("other", "low")}
    assert sent[-1]["device"] == "camera-review/smoke"
    begin(cameras)
    assert cameras.take(camera("f200", -69, kind="smoke", confidence=0.55, camera_id="fog-200"))[SIGNALS] == []
    assert len(cameras.take(camera("sure", -1, kind="smoke", camera_id="fog-7"))[SIGNALS]) == 1
    # Another kind asks for itself, and an hour later so does this one.
    assert len(cameras.take(camera("d", -1, kind="fire", confidence=0.5, camera_id="fog-9"))[SIGNALS]) == 1
    assert len(cameras.take(camera("f300", -5, kind="smoke", confidence=0.55, camera_id="fog-300"))[SIGNALS]) == 1


def test_no_output_has_a_plate_and_the_same_plate_is_the_same_word(cameras: Stage) -> None:
    sent = cameras.take(
        camera("1", kind="wrong_way", plate="14A-123.45", label="xe 14A-123.45", zone="a"),
        camera("2", kind="wrong_way", plate="14a 12345", zone="b"),
    )
    one, other = (signal["evidence"]["plate"] for signal in sent[SIGNALS])
    assert one == other
    assert HASHED_PLATE.fullmatch(one)
    assert "12345" not in json.dumps([rows for topic, rows in sent.items() if topic != "ioc.dlq"]).replace(".", "")


def test_a_frozen_camera_is_a_fault_of_the_device_when_it_lasts(cameras: Stage) -> None:
    assert cameras.take(camera("1", -2, kind="frozen"))[SIGNALS] == []
    (fault,) = ticks(cameras, 1)
    assert (fault["category"], fault["subcategory"], fault["device"]) == ("other", "device_fault", "cam-1")
    assert (fault["lat"], fault["lon"], fault["centre"]) == (20.95, 107.08, "ha-long")
    begin(cameras)
    assert cameras.take(camera("2", 1, kind="healthy"))[SIGNALS] == []
    (over,) = ticks(cameras, 5)
    assert (over["kind"], over["clears"], over["resolves"]) == (fault["kind"], True, True)


def test_a_last_will_is_a_fault_of_the_device_when_it_lasts(parts: IntakeParts) -> None:
    stage = begin(Stage(parts, "sensors"))

    def will(value: float, minutes: float) -> dict[str, Any]:
        return {
            "device_id": "gw-1", "metric": "connected", "value": value, "unit": "1", "observed_at": at(minutes)
        }  # fmt: skip

    assert stage.take(will(0, -1))[SIGNALS] == []
    assert ticks(stage, 3.9) == []
    (lost,) = ticks(stage, 4)
    assert (lost["kind"], lost["device"], lost["severity"]) == ("fault:link", "gw-1", "low")
    stage.take(will(1, 5))
    assert [one["clears"] for one in ticks(stage, 10)] == [True]


def failure(name: int, minutes: float) -> dict[str, Any]:
    return {
        "id": f"f-{name}", "asset_id": "vpn-1", "kind": "auth_failure", "severity": "low", "observed_at": at(minutes)
    }  # fmt: skip


def test_failures_are_counted_over_batches_restarts_and_failed_rounds(parts: IntakeParts) -> None:
    stage = begin(Stage(parts, "security"))
    stage.take(*(failure(n, -4 + n * 0.1) for n in range(5)))
    stage.take(*(failure(n, -3 + n * 0.1) for n in range(5, 10)), commit=False)
    begin(stage)
    assert stage.take(*(failure(n, -3 + n * 0.1) for n in range(5, 9)))[SIGNALS] == []
    (signal,) = stage.take(failure(9, -2))[SIGNALS]
    assert (signal["kind"], signal["severity"]) == ("cyber-repeats:auth_failure", "high")


def test_one_event_may_count_by_itself_and_by_its_number(parts: IntakeParts) -> None:
    stage = begin(Stage(parts, "security"))
    event = failure(1, -1) | {"severity": "critical", "count": 500}
    one, other = stage.take(event)[SIGNALS]
    assert {one["kind"], other["kind"]} == {"cyber:auth_failure", "cyber-repeats:auth_failure"}
    assert [each["name"] for each in one["deadlines"]] == ["first_notice", "report"]
    assert stage.outcomes == {"signal": 1}


def test_what_is_too_old_to_matter_leaves_the_state(parts: IntakeParts, cameras: Stage) -> None:
    cameras.take(camera("1", -1), camera("2", -1, kind="frozen"), camera("3", -0.5, kind="healthy"))
    ticks(cameras, 30)
    ticks(cameras, 60 * 24 * 4)
    assert not [key for key in cameras.changelog.records if key.startswith((b"camera/", b"fault/"))]
    stage = begin(Stage(parts, "security"))
    stage.take(failure(1, -1))
    assert [key for key in stage.changelog.records if key.startswith(b"failures/")]
    ticks(stage, 60)
    assert not [key for key in stage.changelog.records if key.startswith(b"failures/")]
