"""Gate events through intake: what receipts and signals say of a vehicle, and alerts that no event brought."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ioc.intake import IntakeParts
from ioc.topics import RECEIPTS, SIGNALS
from streams.transport import Outbox
from tests.unit.intake.test_intake import NOW_MS, Stage


def event(second: int, **fields: Any) -> dict[str, Any]:
    known = {"gate_id": "bac-luan-2", "direction": "out", "kind": "queue", "source": "urn:gate"}
    return known | {"observed_at": f"2026-11-22T07:59:{second:02}Z"} | fields


@pytest.mark.parametrize("plate", ["14C-123.45", "桂A·12345", "SIM 99|x", "QN-R%1"])
def test_a_receipt_names_a_vehicle_by_pseudonym(parts: IntakeParts, plate: str) -> None:
    stage = Stage(parts, "gate")
    passage = event(1, kind="passage", vehicle_ref=plate, state="yard_waiting", goods="fruit")
    assert stage.take(passage)[RECEIPTS] == []
    (receipt,) = stage.take(passage)[RECEIPTS]
    assert receipt["result"] == "duplicate_of"
    words = receipt["id"].split("|")
    assert words[:4] == ["bac-luan-2", "out", "passage", "fruit"]
    assert words[5:] == ["yard_waiting", "2026-11-22T07:59:01+00:00"]
    assert plate not in json.dumps(receipt, ensure_ascii=False)
    assert words[4] == parts._vehicles.of(plate)


def test_a_signal_names_a_vehicle_by_pseudonym(parts: IntakeParts) -> None:
    stage = Stage(parts, "gate")
    (signal,) = stage.take(event(1, vehicle_ref="桂A12345", state="called", vehicles_waiting=640))[SIGNALS]
    assert "桂A12345" not in json.dumps(signal, ensure_ascii=False)
    assert parts._vehicles.of("桂A12345") in signal["event_id"]


def test_time_alone_brings_an_alert_to_the_centre_where_the_gate_is(parts: IntakeParts) -> None:
    stage = Stage(parts, "gate")
    assert stage.take(event(0, vehicles_waiting=10, yard_fill_ratio=0.97, lat=21.5353, lon=107.9703))[SIGNALS] == []
    out = Outbox("intake")
    assert not stage.intake.tick(out, NOW_MS)
    assert stage.intake.tick(out, NOW_MS + 5 * 60_000)
    (signal,) = [json.loads(output.value or b"") for output in out.outputs if output.topic == SIGNALS]
    assert (signal["severity"], signal["centre"], signal["device"]) == ("high", "mong-cai", "bac-luan-2")
    assert (signal["category"], signal["subcategory"], signal["kind"]) == ("traffic", "border_queue", "queue:out")
    assert signal["evidence"]["yard_fill_ratio"] == {"out": 0.97}
    gauges = stage.intake.gauges(NOW_MS + 5 * 60_000)
    assert gauges["ioc_gate_yard_fill_ratio", "bac-luan-2", "out"] == 0.97
    assert gauges["ioc_gate_queue_vehicles", "bac-luan-2", "out"] == 10


def test_a_restart_takes_up_where_it_was(parts: IntakeParts) -> None:
    stage = Stage(parts, "gate")
    stage.take(event(0, vehicles_waiting=640))
    stage.take(event(1, kind="passage", vehicle_ref="14C-123.45", state="yard_waiting"))
    stage.restart()
    assert stage.take(event(2, vehicles_waiting=650))[SIGNALS] == []  # it is known
    assert stage.take(event(3, vehicles_waiting=1_100))[SIGNALS][0]["severity"] == "critical"
