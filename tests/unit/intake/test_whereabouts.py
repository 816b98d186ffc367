"""Position, address and text of a report: which decides, and that what the others say is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.catalog import Catalogue, load_catalogue, load_folder, shipped_province
from ioc.events import Report
from ioc.intake.whereabouts import Whereabouts, whereabouts
from ioc.text.normalise import normalise

BAI_CHAY, HA_TU, MONG_CAI_1, CAM_PHA = "06673", "06652", "06712", "06793"
AT_BAI_CHAY = {"lat": 20.96438, "lon": 107.04804}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(load_folder(shipped_province()))


def located(catalogue: Catalogue, text: str, **fields: Any) -> Whereabouts:
    report = Report(id="r", occurred_at=datetime(2026, 11, 22, tzinfo=UTC), text=text, **fields)
    return whereabouts(catalogue, report, normalise(text))


def test_a_position_wins_and_what_text_and_address_say_is_kept(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "ngập ở chợ Hà Tu", address="phường Móng Cái 1", **AT_BAI_CHAY)
    assert (place.commune, place.by, place.text_commune, address) == (BAI_CHAY, "nearest", HA_TU, MONG_CAI_1)


def test_without_a_position_the_address_decides_and_the_text_is_kept(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "xe đâm ở chợ Hà Tu", address="tổ 3, phường Bãi Cháy")
    assert (place.commune, place.by, place.text_commune, address) == (BAI_CHAY, "text", HA_TU, BAI_CHAY)
    assert place.place is not None
    assert place.place.name == "Phường Bãi Cháy"


def test_the_address_serves_where_the_text_names_nothing(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "đèn hỏng", address="phường Bãi Cháy")
    assert (place.commune, place.text_commune, address) == (BAI_CHAY, None, BAI_CHAY)


def test_an_address_that_names_nothing_leaves_the_text(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "đèn hỏng ở chợ Hà Tu", address="số 3, tổ 5")
    assert (place.commune, address) == (HA_TU, None)


def test_an_address_of_several_places_and_a_text_narrow_each_other(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "Đèn hỏng, khu trung tâm Móng Cái", address="12 đường Trần Phú")
    assert (place.commune, place.by, address) == (MONG_CAI_1, "text", None)
    alone, _ = located(catalogue, "Đèn hỏng", address="12 đường Trần Phú")
    assert (alone.commune, alone.by) == ("00000", "none")
    assert alone.place is not None
    assert len(alone.candidates) > 1


def test_an_address_beats_a_rough_position_and_an_exact_one_beats_it(catalogue: Catalogue) -> None:
    rough, said = located(catalogue, "đèn hỏng", address="phường Móng Cái 1", accuracy_m=4000.0, **AT_BAI_CHAY)
    assert (rough.commune, rough.by, said) == (MONG_CAI_1, "text", MONG_CAI_1)
    exact, said = located(catalogue, "đèn hỏng", address="phường Móng Cái 1", accuracy_m=20.0, **AT_BAI_CHAY)
    assert (exact.commune, exact.by, said) == (BAI_CHAY, "nearest", MONG_CAI_1)


def test_a_rough_position_serves_where_nothing_else_is_said(catalogue: Catalogue) -> None:
    place, address = located(catalogue, "đèn hỏng", address="tổ 5", accuracy_m=4000.0, **AT_BAI_CHAY)
    assert (place.commune, place.by, address) == (BAI_CHAY, "nearest", None)
    assert place.confidence < 0.5
