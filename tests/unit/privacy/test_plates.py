"""Plates as hashes: comparable for a period, and gone from everything else that an event says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ioc.classify.redact import redact
from ioc.events import SPECS, encode_event
from ioc.events.camera import Camera
from ioc.events.identifiers import HASHED_PLATE, has_plate
from ioc.privacy import PlateGuard, Plates
from ioc.privacy.plates import NO_PLATES

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
PLATES = Plates(b"sixteen bytes or more", DAY)
GUARD = PlateGuard(PLATES, lambda text: redact(text).text)


def event(plate: str | None = "14A-123.45", **fields: str) -> Camera:
    return Camera(
        id=fields.pop("id", "c-1"), camera_id=fields.pop("camera_id", "cam-1"), kind="wrong_way", observed_at=NOON,
        confidence=0.9, plate=plate, **fields,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize("spelling", ["14A-123.45", "14a 12345", " 14A12345 ", "14a-12 345"])
def test_a_plate_has_one_hash_in_every_spelling_for_a_period(spelling: str) -> None:
    assert PLATES.of(spelling, NOON) == PLATES.of("14A-123.45", NOON.replace(hour=0))
    assert HASHED_PLATE.fullmatch(PLATES.of(spelling, NOON))


def test_another_period_another_key_and_another_plate_make_another_hash() -> None:
    hashes = {
        PLATES.of("14A-123.45", NOON), PLATES.of("14A-123.45", NOON + DAY), PLATES.of("14A-123.46", NOON),
        Plates(b"another key of this size", DAY).of("14A-123.45", NOON),
    }  # fmt: skip
    assert len({each.rpartition("-")[2] for each in hashes}) == 4


def test_plates_of_provinces_that_are_written_in_other_scripts_are_told_apart() -> None:
    assert PLATES.of("粤B12345", NOON) != PLATES.of("京B12345", NOON)


def test_a_short_key_or_period_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Plates(b"short", DAY)
    with pytest.raises(ValueError, match="period"):
        Plates(b"sixteen bytes or more", timedelta())


def test_no_field_of_a_cleaned_event_has_the_plate() -> None:
    dirty = event(label="xe 14A-123.45", zone="lane 14a12345", snapshot="https://nvr/14A12345.jpg")
    clean = GUARD.clean(dirty)
    assert clean.plate == PLATES.of("14A-123.45", NOON)
    assert not has_plate(encode_event(clean).decode(), "14A-123.45")
    assert GUARD.clean(clean) is clean


def test_a_plate_in_other_words_alone_is_redacted() -> None:
    clean = GUARD.clean(event(None, label="xe 14A-123.45 đi ngược chiều"))
    assert clean.label == "xe [biển số] đi ngược chiều"


def test_an_event_without_a_plate_is_left_as_it_is() -> None:
    plain = event(None, label="car", zone="lane 1")
    assert GUARD.clean(plain) is plain


def test_without_a_key_a_plate_is_dropped() -> None:
    assert NO_PLATES.clean(event()).plate is None


@pytest.mark.parametrize("field", ["id", "camera_id"])
def test_an_identifier_that_holds_the_event_s_plate_is_refused_and_not_repeated(field: str) -> None:
    read = SPECS["cameras"].validate(encode_event(event(**{field: "lpr/14a12345/7"})))
    (fault,) = read.settle(NOON)
    assert (fault.pointer, fault.code) == (f"/{field}", "personal_data_in_id")
    assert "14" not in fault.message
    hashed = event(PLATES.of("14A-123.45", NOON), **{field: "lpr/14a12345/7"})
    assert not hashed.settle(NOON)
