"""What is shown and asked, against the specification's samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from ioc.kinds import shipped_kinds
from ioc.open311 import (
    MAX_SPAN,
    Note,
    Open311Error,
    ServiceRequest,
    asked,
    definition,
    discovery,
    record,
    services,
    snapped,
    written,
)
from ioc.open311.shown import rounded

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KINDS = shipped_kinds()

REQUEST = ServiceRequest(
    id="abcd", status="duplicate", note="Trùng <phản ánh> & khác", service="traffic", service_name="Giao thông",
    subcategory="jam", description=None, agency="Sở Xây dựng", requested_at=NOW, updated_at=NOW + timedelta(hours=1),
    expected_at=NOW + timedelta(days=1), commune="06652", address="Phường Hà Tu", lat=20.950_49, lon=107.080_51,
    incident="22-06652-20261120-abcdef", merged=3,
)  # fmt: skip


def test_a_request_has_the_fields_of_the_specification_in_its_order() -> None:
    shown = record(REQUEST, ZONE)
    assert list(shown) == [
        "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
        "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
        "address", "address_id", "zipcode", "lat", "long", "media_url",
    ]  # fmt: skip
    assert (shown["status"], shown["requested_datetime"]) == ("closed", "2026-11-20T08:00:00+07:00")
    assert (shown["lat"], shown["long"]) == (20.95, 107.081)


def test_extensions_are_notes_and_attributes() -> None:
    noted = record(
        ServiceRequest(**{name: getattr(REQUEST, name) for name in REQUEST.__slots__ if name != "notes"},
                       notes=[Note(NOW, "Đã tiếp nhận", "received")]), ZONE,
    )  # fmt: skip
    assert noted["notes"] == [
        {"datetime": "2026-11-20T08:00:00+07:00", "description": "Đã tiếp nhận", "type": "received"}
    ]
    assert noted["extended_attributes"]["detailed_status"] == "duplicate"


def test_xml_has_the_structure_of_the_specification() -> None:
    root = fromstring(written("service_requests", [record(REQUEST, ZONE)], "xml"))
    assert (root.tag, [child.tag for child in root]) == ("service_requests", ["request"])
    assert root.findtext("request/status_notes") == "Trùng <phản ánh> & khác"
    assert root.findtext("request/description") == ""
    assert root.findtext("request/lat") == "20.95"
    errors = written("errors", [{"code": 403, "description": "Invalid api_key received"}], "xml")
    assert errors == (
        b'<?xml version="1.0" encoding="utf-8"?><errors><error><code>403</code>'
        b"<description>Invalid api_key received</description></error></errors>"
    )


def test_json_is_a_bare_array() -> None:
    errors = [{"code": 403, "description": "Invalid api_key received"}]
    assert written("errors", errors, "json") == b'[{"code":403,"description":"Invalid api_key received"}]'
    codes = [each["service_code"] for each in orjson.loads(written("services", services(KINDS, "vi"), "json"))]
    assert all(isinstance(code, str) for code in codes)


def test_a_definition_has_what_clients_make_forms_of() -> None:
    kind = KINDS.get("urban_infrastructure")
    assert kind is not None
    root = fromstring(written("service_definition", definition(kind, "vi"), "xml"))
    assert root.findtext("service_code") == "urban_infrastructure"
    found = {each.findtext("code"): each for each in root.findall("attributes/attribute")}
    assert found["KIND"].findtext("datatype") == "singlevaluelist"
    assert found["ADVICE"].findtext("variable") == "false"
    assert [each.findtext("order") for each in root.findall("attributes/attribute")] == ["1", "2", "3", "4"]
    values = {each.findtext("key"): each.findtext("name") for each in found["KIND"].findall("values/value")}
    assert values["road_surface"] == "Mặt đường hư hỏng, ổ gà"
    assert all(
        {"variable", "code", "datatype", "required", "datatype_description", "order", "description"}
        <= {part.tag for part in each}
        for each in found.values()
    )


def test_discovery_says_where_and_in_which_formats() -> None:
    content = discovery(url="https://x/open311/v2", changeset="2026-11-27T00:00:00+07:00", contact="", key_service="",
                        production=False)  # fmt: skip
    root = fromstring(written("discovery", content, "xml"))
    assert root.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert root.findtext("endpoints/endpoint/type") == "test"
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


@given(st.text())
def test_any_text_is_wellformed_xml(text: str) -> None:
    fromstring(written("errors", [{"code": 400, "description": text.encode(errors="ignore").decode()}], "xml"))


def test_without_dates_ninety_days_are_asked_for_and_a_thousand_requests() -> None:
    wanted = asked({}, KINDS, NOW)
    assert (wanted.start, wanted.end, wanted.limit, wanted.offset) == (NOW - MAX_SPAN, None, 1000, 0)
    assert asked({"start_date": "2026-01-01T00:00:00Z"}, KINDS, NOW).end == datetime(2026, 4, 1, tzinfo=UTC)
    assert asked({"updated_after": "2026-01-01T00:00:00Z"}, KINDS, NOW).start is None


def test_parameters_are_read() -> None:
    wanted = asked(
        {"service_code": "traffic,telecom", "status": "closed", "page": "3", "page_size": "20", "extensions": "true",
         "bbox": "107,20.9,107.2,21", "updated_before": "2026-11-20T08:00:00 07:00", "service_request_id": "a, b"},
        KINDS, NOW,
    )  # fmt: skip
    assert (wanted.services, wanted.closed, wanted.offset, wanted.limit) == ({"traffic", "telecom"}, True, 40, 20)
    assert (wanted.box, wanted.updated_before, wanted.ids) == ((107.0, 20.9, 107.2, 21.0), NOW, ("a", "b"))
    assert wanted.extensions
    assert asked({"status": "open,closed"}, KINDS, NOW).closed is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"start_date": "2026-01-01T00:00:00"}, 400),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, 400),
        ({"status": "pending"}, 400),
        ({"service_code": "006"}, 404),
        ({"page": "0"}, 400),
        ({"page_size": "1001"}, 400),
        ({"page": "1000000", "page_size": "1000"}, 400),
        ({"bbox": "1,2,3"}, 400),
        ({"bbox": "1,2,nan,4"}, 400),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, 400),
        ({"service_request_id": ",".join(map(str, range(101)))}, 400),
    ],
)
def test_what_cannot_be_asked_is_refused(query: dict[str, str], code: int) -> None:
    with pytest.raises(Open311Error) as refused:
        asked(query, KINDS, NOW)
    assert [fault.code for fault in refused.value.faults] == [code]


degrees = st.floats(-80, 80)


@given(degrees, degrees, degrees)
def test_a_rectangle_tells_no_more_than_what_is_shown(value: float, low: float, high: float) -> None:
    west, south, east, north = snapped((low, low, high, high))
    shown = rounded(value)
    assert shown is not None
    edge = min(abs(value * 1000 % 1 - 0.5), abs(shown - low), abs(shown - high))
    if edge > 1e-6:
        assert (south <= value <= north) is (low <= shown <= high)
        assert (west <= value <= east) is (low <= shown <= high)
