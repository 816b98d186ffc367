"""A report taken apart: what stays names nobody, and both parts together are the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.classify.redact import redact
from ioc.events import Report, Reporter, validate_one
from ioc.events.fields import MAX_TEXT
from ioc.privacy import joined, parted
from ioc.privacy.personal import contact_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def words(text: str) -> str:
    return redact(text).text


def report(text: str = "Cây đổ", **fields: Any) -> Report:
    return Report(id="r-1", occurred_at=NOW, text=text, **fields)


def read(value: bytes) -> Report:
    found = validate_one("reports", value, now=NOW, max_future=timedelta(minutes=5))
    assert isinstance(found, Report), found
    return found


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(
    lambda text: text.strip() == text
)
optional = st.none() | texts


@given(texts, optional, st.none() | st.builds(Reporter, id=optional, name=optional, phone=optional, email=optional))
def test_both_parts_together_are_the_report(text: str, address: str | None, reporter: Reporter | None) -> None:
    whole = report(text, address=address, reporter=reporter, lat=20.9, lon=107.1, channel="app")
    value, personal = parted(whole, words)
    stays = read(value)
    assert (joined(stays, personal) if personal else stays) == whole


def test_what_stays_names_nobody_and_says_what_happened() -> None:
    whole = report(
        "Tôi là Nguyễn Thị Hoa, số 0912.345.678: cây đổ ở Bãi Cháy",
        address="số 12 ngõ 3",
        reporter=Reporter("u-1", "Nguyễn Thị Hoa", "0912345678", "hoa@example.vn"),
        photos=["p-1"],
    )
    stays = parted(whole, words).value.decode()
    assert not [each for each in ("Hoa", "345", "u-1", "hoa@", "số 12") if each in stays]
    assert "cây đổ ở Bãi Cháy" in stays
    assert "p-1" in stays


def test_nothing_is_personal_in_a_report_of_nobody_about_nobody() -> None:
    assert parted(report(), words).personal == b""


def test_a_redacted_text_that_has_grown_is_still_a_report() -> None:
    whole = report("0912345678 " * (MAX_TEXT // 11))
    assert len(words(whole.text)) > MAX_TEXT
    value, personal = parted(whole, words)
    assert joined(read(value), personal) == whole


@pytest.mark.parametrize(
    ("reporter", "name", "found_by"),
    [
        (Reporter(id="U-1", phone="+84 912 345 678", email="A@b.vn"), "U-1", ("u-1", "0912345678", "a@b.vn")),
        (Reporter(phone="+84 912 345 678"), "0912345678", ("0912345678",)),
        (Reporter(email="A@b.vn"), "A@b.vn", ("a@b.vn",)),
    ],
)
def test_a_person_is_known_as_intake_knows_them_and_found_by_every_identifier(
    reporter: Reporter, name: str, found_by: tuple[str, ...]
) -> None:
    contact = contact_of("app", report(reporter=reporter))
    assert (contact.signed, contact.name, contact.words) == (True, name, found_by)


@pytest.mark.parametrize("reporter", [None, Reporter(name="Nguyễn Thị Hoa")])
def test_a_report_that_nobody_signed_stands_for_itself(reporter: Reporter | None) -> None:
    contact = contact_of("app", report(reporter=reporter))
    assert (contact.signed, contact.name, contact.words) == (False, "r-1", ("r-1",))
