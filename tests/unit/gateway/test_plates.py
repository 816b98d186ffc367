"""No camera event passes the gateway with a number plate in clear, whichever way it came."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.gateway.items import Checker, Outcome, Plain, receipt
from connectors.gateway.keys import Key
from ioc.classify.redact import redact
from ioc.events import parse_structured
from ioc.events.identifiers import HASHED_PLATE, has_plate
from ioc.privacy import PlateGuard, Plates

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
PLATE = "14A-123.45"
PLATES = Plates(b"sixteen bytes or more", timedelta(days=1))
BODY = {
    "id": "c-1", "camera_id": "cam-1", "kind": "wrong_way", "observed_at": "2026-11-27T07:59:00Z", "confidence": 0.9,
    "plate": PLATE, "label": "xe 14a12345", "lpr": {"text": PLATE},
}  # fmt: skip


def checked(body: dict[str, Any], *, envelope: bool = False, **attributes: str) -> Outcome:
    guard = PlateGuard(PLATES, lambda text: redact(text).text)
    checker = Checker(Key("0" * 12, "", "nvr", ("admin",), (), NOW), NOW, timedelta(minutes=5), guard)
    if not envelope:
        return checker.check(Plain("cameras", json.dumps(body).encode()))
    event = {"specversion": "1.0", "id": "c-2", "source": "nvr", "type": "vn.ioc.camera.v1", "data": body, **attributes}
    return checker.check(parse_structured(json.dumps(event).encode()))


@pytest.mark.parametrize("envelope", [False, True])
def test_a_plate_is_hashed_and_fields_that_are_not_ours_are_not_written(envelope: bool) -> None:
    record = checked(BODY, envelope=envelope).record
    assert record is not None
    value = json.loads(record.value)
    assert value["plate"] == PLATES.of(PLATE, NOW)
    assert HASHED_PLATE.fullmatch(value["plate"])
    assert "lpr" not in value
    assert not has_plate(f"{record.key!r}{record.value!r}{record.headers!r}", PLATE)


def test_a_hash_of_before_stays_as_it_is() -> None:
    record = checked({**BODY, "plate": PLATES.of(PLATE, NOW), "label": "car"}).record
    assert record is not None
    assert json.loads(record.value)["plate"] == PLATES.of(PLATE, NOW)


@pytest.mark.parametrize(
    "outcome",
    [
        checked({**BODY, "id": "lpr-14a12345-7"}),
        checked({**BODY, "id": "lpr-14a12345-7", "confidence": 7}),
        checked({**BODY, "camera_id": "lane 14A 123.45"}),
        checked(BODY, envelope=True, id="lpr-14a12345-7"),
        checked({**BODY, "confidence": 7}, envelope=True, id="lpr-14a12345-7"),
    ],
)
def test_an_identifier_with_the_plate_is_refused_and_in_no_receipt(outcome: Outcome) -> None:
    assert not outcome.accepted
    told = receipt(outcome, NOW, "22")
    assert not has_plate(f"{told.key!r}{told.value!r}", PLATE)
