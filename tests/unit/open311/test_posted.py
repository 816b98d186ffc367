"""What is posted, against the specification's own example and its traps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.kinds import shipped_kinds
from ioc.open311 import IDENTITY, Open311Error, Posted, fields_of_form, fields_of_json, identity_of, posted, told
from ioc.records import FieldError

NOW = datetime(2026, 3, 2, 0, 45, tzinfo=UTC)
EXAMPLE = (
    b"api_key=xyz&jurisdiction_id=city.gov&service_code=urban_infrastructure&lat=37.76524078&long=-122.4212043"
    b"&address_string=1234+5th+street&email=smit333%40sfgov.edu&device_id=tt222111&account_id=123456&first_name=john"
    b"&last_name=smith&phone=111111111&description=A+large+sinkhole+is+destroying+the+street"
    b"&media_url=https%3A%2F%2Ffarm3.static.flickr.com%2F2002%2F2212426634_5ed477a060.jpg&attribute[KIND]=road_surface"
)
"""The specification's example of a post, its service and attribute ours."""


def take(fields: dict[str, list[str]]) -> Posted:
    return posted(fields, shipped_kinds(), now=NOW, language="vi", commune={"06652": "Phường Hà Tu"}.get)


def faults(body: bytes) -> list[tuple[int, str]]:
    with pytest.raises(Open311Error) as refused:
        take(fields_of_form(body))
    return [(fault.code, fault.description) for fault in refused.value.faults]


def test_the_example_of_the_specification_becomes_a_report() -> None:
    found = take(fields_of_form(EXAMPLE))
    assert dict(found.report) == {
        "occurred_at": "2026-03-02T00:45:00+00:00",
        "lat": 37.76524078,
        "lon": -122.4212043,
        "address": "1234 5th street",
        "text": "A large sinkhole is destroying the street\nMặt đường hư hỏng, ổ gà",
        "category_hint": "urban_infrastructure",
        "photos": ["https://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg"],
        "reporter": {"id": "123456", "name": "smith john", "phone": "111111111", "email": "smit333@sfgov.edu"},
    }


def test_json_says_the_same_as_the_form() -> None:
    as_json = {
        "service_code": "traffic", "lat": 20.95, "long": "107.08", "attribute": {"KIND": ["jam"]}, "email": None,
        "description": "Kẹt xe",
    }  # fmt: skip
    form = b"service_code=traffic&lat=20.95&long=107.08&attribute[KIND][]=jam&description=K%E1%BA%B9t+xe"
    one, other = take(fields_of_json(orjson.dumps(as_json))), take(fields_of_form(form))
    assert one == other
    assert one.report["text"] == "Kẹt xe\nÙn tắc giao thông"


def test_without_a_description_the_services_name_is_the_text() -> None:
    found = take(fields_of_form(b"service_code=traffic&address_id=06652"))
    assert (found.report["text"], found.report["address"]) == ("Giao thông", "Phường Hà Tu")


def test_the_time_may_be_said_though_its_plus_was_not_encoded() -> None:
    body = b"service_code=traffic&address_id=06652&attribute[OCCURRED_AT]=2026-03-02T07:00:00+07:00"
    assert take(fields_of_form(body)).report["occurred_at"] == "2026-03-02T07:00:00+07:00"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"lat=1&long=2", [(400, "service_code is needed.")]),
        (b"service_code=006&lat=1&long=2", [(404, "service_code is not known; GET services lists those that are.")]),
        (b"service_code=traffic", [(400, "A location is needed: lat and long, or address_string, or address_id.")]),
        (b"service_code=traffic&lat=1", [(400, "lat and long come together.")]),
        (b"service_code=traffic&lat=nan&long=2", [(400, "lat must be a number of degrees (WGS 84).")]),
        (b"service_code=traffic&address_id=99999", [(404, "address_id is not known; it is the code of a commune.")]),
        (
            b"service_code=traffic&address_id=06652&attribute[KIND]=pothole",
            [(400, "attribute[KIND] must be a key of the service's definition.")],
        ),
        (
            b"service_code=security&address_id=06652&attribute[KIND]=cyber",
            [(400, "attribute[KIND] must be a key of the service's definition.")],
        ),
        (
            b"service_code=traffic&address_id=06652&attribute[WHISPAWN]=123456",
            [(400, "An attribute is not known for this service; GET its definition lists those.")],
        ),
        (
            b"service_code=traffic&address_id=06652&description=" + b"a" * 4001,
            [(400, "description must have at most 4000 characters.")],
        ),
        (b"service_code=traffic&lat=1&lat=2&long=1", [(400, "lat must be given once.")]),
    ],
)
def test_what_is_wrong_is_said_with_the_standards_code(body: bytes, found: list[tuple[int, str]]) -> None:
    assert faults(body) == found


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert [code for code, _ in faults(b"service_code=9&lat=x&long=y")] == [404, 400, 400]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"lat": {"a": 1}}', b'{"lat": true}', b"\xff"])
def test_what_is_no_flat_object_is_refused(body: bytes) -> None:
    with pytest.raises(Open311Error) as refused:
        fields_of_json(body)
    assert refused.value.faults[0].code == 400


@pytest.mark.parametrize("body", [b"a=%ff", b"&".join(b"a%d=1" % n for n in range(201))])
def test_a_form_has_bounds(body: bytes) -> None:
    with pytest.raises(Open311Error):
        fields_of_form(body)


def test_faults_of_the_event_are_told_by_the_names_that_were_sent() -> None:
    errors = [FieldError("/photos/0", "not_allowed", "must be https"), FieldError("/lat", "out_of_range", "no such")]
    assert [fault.description for fault in told(errors)] == ["media_url: must be https.", "lat: no such."]


def test_the_same_content_has_the_same_id_and_nothing_else_has() -> None:
    content = [("phone", "0912345678"), ("description", "a")]
    name = identity_of(b"k", "app", content)
    assert IDENTITY.fullmatch(name)
    assert identity_of(b"k", "app", content[::-1]) == name
    others = {
        identity_of(b"other", "app", content),
        identity_of(b"k", "app2", content),
        identity_of(b"k", "app", content, 1),
        identity_of(b"k", "app", [("phone", "0912345679"), ("description", "a")]),
        identity_of(b"k", "app", [("phone", "0912345678a"), ("description", "")]),
    }
    assert len(others | {name}) == 6


@given(st.dictionaries(st.text(max_size=20), st.one_of(st.text(max_size=30), st.floats(), st.none()), max_size=8))
def test_whatever_is_posted_is_a_report_or_is_refused(content: dict[str, Any]) -> None:
    try:
        said = [take(fields_of_json(orjson.dumps(content))).report["text"]]
    except Open311Error as error:
        said = [fault.description for fault in error.faults if fault.code in {400, 404}]
    assert all(said)
    assert said
