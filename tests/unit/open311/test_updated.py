"""What an agency's system says of a request, against vectors of the extension for updates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import unescape

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.incidents.lifecycle import TRANSITIONS
from ioc.open311 import STEPS, Open311Error, Update, fields_of_form, fields_of_json, update_faults, update_of, written
from ioc.records import FieldError

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
FORM = (
    b"api_key=xyz&jurisdiction_id=city.gov&service_request_id=638344&update_id=8&status=CLOSED"
    b"&updated_datetime=2026-03-02T09%3A10%3A00%2B07%3A00&description=%C4%90%C3%A3+v%C3%A1+%E1%BB%95+g%C3%A0"
    b"&email=a%40b.vn&first_name=An&last_name=Le"
)
"""An update as FixMyStreet sends one; who wrote it there is not taken over."""
GIVEN = {"service_request_id": "r", "update_id": "u", "updated_datetime": "2026-03-02T02:10:00Z", "status": "closed"}


def take(**changes: str) -> Update:
    fields = {name: [value] for name, value in (GIVEN | changes).items() if value}
    return update_of(fields, NOW, AHEAD)


def faults(**changes: str) -> list[str]:
    with pytest.raises(Open311Error) as refused:
        take(**changes)
    assert {fault.code for fault in refused.value.faults} == {400}
    return [fault.description for fault in refused.value.faults]


def test_a_form_and_json_say_the_same() -> None:
    found = update_of(fields_of_form(FORM), NOW, AHEAD)
    at = datetime(2026, 3, 2, 2, 10, tzinfo=UTC)
    assert found == Update("638344", "8", at, "resolve", "Đã vá ổ gà")
    as_json = {
        "service_request_id": 638344, "update_id": 8, "status": "closed", "description": "Đã vá ổ gà",
        "updated_datetime": "2026-03-02T09:10:00+07:00", "media_url": None,
    }  # fmt: skip
    assert update_of(fields_of_json(orjson.dumps(as_json)), NOW, AHEAD) == found


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("OPEN", "comment"), ("CLOSED", "resolve"), ("accepted", "accept"), ("IN_PROGRESS", "start"),
        ("in progress", "start"), ("returned", "return"), ("resolved", "resolve"), ("FIXED", "resolve"),
        ("INVESTIGATING", "start"), ("ACTION_SCHEDULED", "accept"), ("NOT_COUNCILS_RESPONSIBILITY", "return"),
    ],
)  # fmt: skip
def test_a_status_asks_for_a_step(status: str, step: str) -> None:
    assert take(status=status, description="vì sao").step == step


def test_every_step_is_one_of_the_incidents_table() -> None:
    assert set(STEPS.values()) <= {action for _, action in TRANSITIONS}


@pytest.mark.parametrize("status", ["OPEN", "returned"])
def test_what_an_incident_wants_a_reason_for_has_one(status: str) -> None:
    assert faults(status=status) == ["description is needed."]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"service_request_id": ""}, "service_request_id"),
        ({"service_request_id": "x" * 201}, "service_request_id"),
        ({"update_id": ""}, "update_id"),
        ({"update_id": "x" * 201}, "update_id"),
        ({"updated_datetime": ""}, "updated_datetime"),
        ({"updated_datetime": "2026-03-02T09:10:00"}, "updated_datetime"),
        ({"updated_datetime": "2026-03-02T02:21:00Z"}, "updated_datetime"),
        ({"updated_datetime": "0001-01-01T00:00:00+14:00x"}, "updated_datetime"),
        ({"status": ""}, "status"),
        ({"status": "duplicate"}, "status"),
        ({"status": "rejected"}, "status"),
        ({"description": "x" * 2001}, "description"),
        ({"status": "accepted", "media_url": "https://x.vn/a.jpg"}, "media_url"),
    ],
)
def test_what_is_missing_or_not_known_is_named(changes: dict[str, str], name: str) -> None:
    (fault,) = faults(**changes)
    assert fault.startswith(name)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert len(faults(update_id="", status="nothing", updated_datetime="yesterday")) == 3
    with pytest.raises(Open311Error, match="given once"):
        update_of({name: [value] for name, value in GIVEN.items()} | {"status": ["open", "closed"]}, NOW, AHEAD)


def test_a_plus_that_was_not_encoded_is_one() -> None:
    assert take(updated_datetime="2026-03-02T09:10:00 07:00").at == datetime(2026, 3, 2, 2, 10, tzinfo=UTC)


def test_a_picture_of_what_was_done_goes_along() -> None:
    assert take(media_url="https://x.vn/a.jpg").links == ("https://x.vn/a.jpg",)


def test_the_incidents_answer_is_told_by_the_names_of_the_form() -> None:
    errors = [FieldError("/action", "not_allowed", "closed; allowed: comment, reopen"),
              FieldError("/arguments/evidence/0", "not_known", "must be there")]  # fmt: skip
    found = [fault.description for fault in update_faults(errors)]
    assert found == ["status: closed; allowed: comment, reopen.", "media_url: must be there."]


def test_the_answer_in_xml_is_that_of_the_extension() -> None:
    raw = written("service_request_updates", [{"update_id": "8", "service_request_id": "a&b"}], "xml").decode()
    head, _, rest = raw.partition("?>")
    assert head.startswith("<?xml")
    assert unescape(rest) == (
        "<service_request_updates><request_update><update_id>8</update_id>"
        "<service_request_id>a&b</service_request_id></request_update></service_request_updates>"
    )


@given(st.dictionaries(st.sampled_from([*GIVEN, "description", "media_url"]), st.lists(st.text(), max_size=2)))
def test_any_fields_are_an_update_or_faults(fields: dict[str, list[str]]) -> None:
    codes: set[int] = set()
    try:
        update_of(fields, NOW, AHEAD)
    except Open311Error as error:
        codes = {fault.code for fault in error.faults}
    assert codes <= {400}
