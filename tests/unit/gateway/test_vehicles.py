"""No event of a border gate passes the gateway with a vehicle in clear, and intake knows it as the same vehicle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.gateway.items import Checker, Outcome, Plain, receipt
from connectors.gateway.keys import Key
from ioc.classify.pseudonym import Pseudonyms, is_pseudonym
from ioc.classify.redact import redact
from ioc.events import parse_structured
from ioc.events.identifiers import has_plate
from ioc.privacy import PlateGuard, Vehicles
from ioc.privacy.plates import NO_PLATES

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
PLATE = "14C-123.45"
KEYS = [b"a key of sixteen bytes or more", b"another key of sixteen bytes"]
VEHICLES = Vehicles(Pseudonyms(KEYS[:1]))
GUARD = PlateGuard(None, lambda text: redact(text).text, VEHICLES)
BODY = {
    "gate_id": "gate-1", "direction": "out", "kind": "passage", "observed_at": "2026-11-27T07:59:00Z",
    "vehicle_ref": PLATE, "state": "yard_waiting", "goods": "durian", "yard": "yard-1", "driver": {"plate": PLATE},
}  # fmt: skip


def checked(body: dict[str, Any], *, envelope: str | None = None, guard: PlateGuard = GUARD) -> Outcome:
    checker = Checker(Key("0" * 12, "", "zone", ("admin",), (), NOW), NOW, timedelta(minutes=5), guard)
    if envelope is None:
        return checker.check(Plain("gate", json.dumps(body).encode()))
    event = {"specversion": "1.0", "id": envelope, "source": "zone", "type": "vn.ioc.gate.v1", "data": body}
    return checker.check(parse_structured(json.dumps(event).encode()))


@pytest.mark.parametrize("envelope", [None, "e-1"])
def test_a_vehicle_is_a_pseudonym_before_kafka_in_name_key_headers_and_body(envelope: str | None) -> None:
    outcome = checked(BODY, envelope=envelope)
    record = outcome.record
    assert record is not None
    value = json.loads(record.value)
    assert value["vehicle_ref"] == VEHICLES.of("14c 12345")
    assert is_pseudonym(value["vehicle_ref"])
    assert (value["goods"], value["yard"], value["state"]) == ("durian", "yard-1", "yard_waiting")
    assert not has_plate(f"{outcome.id}{record.key!r}{record.value!r}{record.headers!r}", PLATE)
    assert not has_plate(repr(receipt(outcome, NOW, "22")), PLATE)


def test_words_that_spell_the_plate_or_a_phone_lose_it() -> None:
    record = checked({**BODY, "goods": "hàng xe 14c12345", "yard": "bãi 0912345678"}).record
    assert record is not None
    value = json.loads(record.value)
    assert not has_plate(value["goods"], PLATE)
    assert "0912345678" not in value["yard"]


def test_a_pseudonym_stays_itself_and_follows_a_new_key() -> None:
    before = VEHICLES.of(PLATE)
    renewed = Vehicles(Pseudonyms(KEYS))
    assert VEHICLES.of(before) == before
    assert renewed.of(before) == renewed.of(PLATE) == renewed.renewed(before) != before


def test_without_a_key_the_vehicle_is_dropped() -> None:
    record = checked(BODY, guard=NO_PLATES).record
    assert record is not None
    assert "vehicle_ref" not in json.loads(record.value) or json.loads(record.value)["vehicle_ref"] is None


def test_a_count_passes_as_it_is() -> None:
    record = checked({**BODY, "vehicle_ref": None, "state": None, "kind": "queue", "vehicles_waiting": 12}).record
    assert record is not None
    assert json.loads(record.value)["vehicles_waiting"] == 12


@pytest.mark.parametrize(
    "outcome",
    [
        checked({**BODY, "id": "pass/14c12345/7"}),
        checked({**BODY, "id": "pass/14c12345/7", "state": "flying"}),
        checked(BODY, envelope="pass/14c12345/7"),
        checked({**BODY, "source": "elsewhere"}),
    ],
)
def test_what_is_refused_names_no_plate(outcome: Outcome) -> None:
    assert not outcome.accepted
    told = receipt(outcome, NOW, "22")
    assert not has_plate(f"{told.key!r}{told.value!r}", PLATE)


def test_a_number_of_ones_own_may_be_part_of_the_id() -> None:
    assert checked({**BODY, "vehicle_ref": "V-000123", "id": "V-000123/yard"}).accepted
