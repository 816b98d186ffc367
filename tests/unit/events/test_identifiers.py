"""Identifiers that are somebody's phone number, address or paper are refused in every source, and never repeated."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from ioc.events import decode_batch, validate_one
from ioc.events.identifiers import is_personal
from ioc.identity import lettered
from ioc.vocabulary import SOURCES, Source
from tests.unit.events.examples import FULL, NOW

PERSONAL = (
    "0912345678", "0912 345 678", "091-234-5678", "+84912345678", "(+84) 912.345.678", "84912345678", "tel:0912345678",
    "0203 3846 219", "+447911123456", "user-0912345678", "zalo/0912345678/7", "https://zalo.me/0912345678",
    "tel:%2B84912345678", "lan@example.vn", "mailto:lan.nguyen88@gmail.com", "desk/lan@example.vn", "022190001234",
    "022 190 001 234", "cccd:022190001234",
)  # fmt: skip
FINE = (
    "r-1", "aqi-07", "r-2026-000123", "20261127-000123", "1790000000000", "000000004711", "0000000001", "1234567890",
    "84-12", "99912345678901", "3f2504e0-4f89-11d3-9a0c-022190001234", "urn:uuid:3f2504e0-4f89-11d3-9a0c-091234567800",
    "urn:ioc:ioc.raw.reports", "https://stations.example.vn/north", "cam@north", "2026-11-27T08:00:00+07:00",
    "10912345678", "abc0912345678def", "0112345678", "trạm số 5", "10.0.12.7", "a@b",
)  # fmt: skip
ID_FIELDS: dict[Source, tuple[str, ...]] = {
    "reports": ("id", "source"),
    "sensors": ("device_id", "id", "source"),
    "cameras": ("id", "camera_id", "source"),
    "bts": ("site_id", "id", "source"),
    "gate": ("gate_id", "id", "source"),
    "security": ("id", "asset_id", "source"),
}


def with_field(source: Source, field: str, value: str) -> bytes:
    return orjson.dumps({**FULL[source], field: value})


@pytest.mark.parametrize("text", PERSONAL)
def test_personal_data_is_known_in_every_spelling(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", FINE)
def test_sequence_numbers_times_addresses_of_machines_and_uuids_are_none(text: str) -> None:
    assert not is_personal(text)


@pytest.mark.parametrize("figures", ["0912345678", "022190001234"])
def test_what_is_drawn_by_lot_is_nobodys_number_in_letters(figures: str) -> None:
    """Hexadecimal figures are such a number once in some thousands of draws."""
    assert is_personal(f"cli-{figures}")
    assert not is_personal(f"cli-{lettered(bytes.fromhex(figures))}")


@pytest.mark.parametrize(("source", "field"), [(source, field) for source in SOURCES for field in ID_FIELDS[source]])
def test_every_source_refuses_it_naming_the_field_alone(source: Source, field: str) -> None:
    raw = with_field(source, field, "0912345678")
    errors = validate_one(source, raw, now=NOW, max_future=timedelta(minutes=5))
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(f"/{field}", "personal_data_in_id")]
    batch = decode_batch(source, "t", [raw], [()], now=NOW, max_future=timedelta(minutes=5))
    (reject,) = batch.rejects
    assert reject.reason == "personal_data_in_id"
    assert "0912345678" not in f"{reject.id} {reject.publisher} {reject.errors}"


@pytest.mark.parametrize("header", ["ce_id", "ce_source"])
def test_headers_are_looked_at_too(header: str) -> None:
    headers = [("ce_id", b"r-1"), ("ce_source", b"app"), (header, b"lan@example.vn")]
    batch = decode_batch(
        "reports", "t", [orjson.dumps(FULL["reports"])], [headers], now=NOW, max_future=timedelta(minutes=5)
    )
    (reject,) = batch.rejects
    assert reject.errors[0].message.startswith(f"header {header}: must not be a phone number")
    assert "lan@" not in f"{reject.id} {reject.publisher} {reject.errors}"
