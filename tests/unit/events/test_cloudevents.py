"""Vectors of the CloudEvents 1.0 specification: Kafka and HTTP protocol bindings, JSON format."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.events import (
    SOURCE_OF_TYPE,
    TYPES,
    Envelope,
    EnvelopeError,
    Structured,
    encode_header,
    from_http_headers,
    parse_batch,
    parse_structured,
    to_binary_headers,
    to_structured,
)
from ioc.events.cloudevents import decode_header, is_json_type
from ioc.vocabulary import SOURCES

SPEC_ENVELOPE = Envelope("1234-1234-1234", "/mycontext/subcontext", "com.example.someevent", "2018-04-05T03:56:24Z")


def test_kafka_binary_headers_of_the_specification() -> None:
    time = datetime(2018, 4, 5, 10, 56, 24, tzinfo=timezone(timedelta(hours=7)))
    headers = to_binary_headers(
        SPEC_ENVELOPE.id, SPEC_ENVELOPE.source, SPEC_ENVELOPE.type, time, content_type="application/avro"
    )
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"com.example.someevent",
        "ce_source": b"/mycontext/subcontext",
        "ce_id": b"1234-1234-1234",
        "ce_time": b"2018-04-05T03:56:24Z",
        "content-type": b"application/avro",
    }
    assert "ce_time" not in dict(to_binary_headers("1", "/s", "t"))
    assert "ce_datacontenttype" not in dict(headers)


HTTP_SPEC_HEADERS = [
    ("ce-specversion", "1.0"),
    ("ce-type", "com.example.someevent"),
    ("ce-time", "2018-04-05T03:56:24Z"),
    ("ce-id", "1234-1234-1234"),
    ("ce-source", "/mycontext/subcontext"),
    ("Content-Type", "application/json; charset=utf-8"),
]


def test_http_binary_headers_of_the_specification() -> None:
    assert from_http_headers(HTTP_SPEC_HEADERS) == SPEC_ENVELOPE
    assert from_http_headers((name.upper(), value) for name, value in HTTP_SPEC_HEADERS) == SPEC_ENVELOPE


def test_a_request_without_ce_headers_has_no_envelope() -> None:
    assert from_http_headers([("Content-Type", "application/json"), ("ce_id", "1")]) is None


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("Euro%20%e2%82%ac", "Euro €"),
        ("%41%42", "AB"),
        ("%2541", "%41"),
        ('"a \\"quoted\\" \\\\ text"', 'a "quoted" \\ text'),
        ('"%E2%82%AC"', "€"),
        ("plain", "plain"),
        ("100%", "100%"),
    ],
)
def test_http_header_values_are_unquoted_then_decoded_once(sent: str, value: str) -> None:
    assert decode_header(sent) == value


def test_http_header_values_are_encoded_as_the_specification_does() -> None:
    assert encode_header("Euro € 😀") == "Euro%20%E2%82%AC%20%F0%9F%98%80"


@given(st.text())
def test_http_header_values_survive(value: str) -> None:
    if value.isascii() or all(not 0xD800 <= ord(char) <= 0xDFFF for char in value):
        encoded = encode_header(value)
        assert encoded.isascii()
        assert encoded.isprintable()
        assert decode_header(encoded) == value


@pytest.mark.parametrize("overlong", ["%C0%A0", "%FF", "%ED%A0%80"])
def test_percent_encoded_bytes_that_are_not_utf_8_are_refused(overlong: str) -> None:
    with pytest.raises(ValueError, match="utf-8"):
        decode_header(overlong)
    with pytest.raises(EnvelopeError) as raised:
        from_http_headers([*HTTP_SPEC_HEADERS[:3], ("ce-id", overlong), ("ce-source", "/s")])
    assert [(error.pointer, error.code) for error in raised.value.errors] == [("", "encoding")]
    assert from_http_headers([*HTTP_SPEC_HEADERS, ("ce-extension", overlong)]) == SPEC_ENVELOPE


@pytest.mark.parametrize("absent", ["ce-specversion", "ce-id", "ce-source", "ce-type"])
def test_http_binary_mode_needs_the_required_attributes(absent: str) -> None:
    with pytest.raises(EnvelopeError) as raised:
        from_http_headers([header for header in HTTP_SPEC_HEADERS if header[0] != absent])
    assert [(error.code, error.message) for error in raised.value.errors] == [("missing", f"header {absent}: required")]
    assert raised.value.id == (None if absent == "ce-id" else SPEC_ENVELOPE.id)


def test_other_versions_are_refused() -> None:
    with pytest.raises(EnvelopeError) as raised:
        from_http_headers([*HTTP_SPEC_HEADERS[1:], ("ce-specversion", "0.3")])
    assert [error.code for error in raised.value.errors] == ["specversion"]


SPEC_OBJECT = """{
    "specversion" : "1.0",
    "type" : "com.example.someevent",
    "source" : "/mycontext",
    "subject": null,
    "id" : "C234-1234-1234",
    "time" : "2018-04-05T17:31:00Z",
    "comexampleextension1" : "value",
    "comexampleothervalue" : 5,
    "datacontenttype" : "application/json",
    "data" : {"appinfoA" : "abc", "appinfoB" : 123, "appinfoC" : true}
}"""
SPEC_STRING = """{
    "specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext", "id" : "D234-1234-1234",
    "data" : "I'm just a string"
}"""
SPEC_XML = """{
    "specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext", "id" : "B234-1234-1234",
    "datacontenttype" : "application/xml", "data" : "<much wow=\\"xml\\"/>"
}"""


def test_structured_json_of_the_specification() -> None:
    event = parse_structured(SPEC_OBJECT.encode())
    assert event.envelope == Envelope("C234-1234-1234", "/mycontext", "com.example.someevent", "2018-04-05T17:31:00Z")
    assert orjson.loads(event.data) == {"appinfoA": "abc", "appinfoB": 123, "appinfoC": True}
    assert (event.pointer, event.encoded) == ("/data", False)


def test_a_string_as_data_is_a_json_string_not_a_document() -> None:
    assert parse_structured(SPEC_STRING.encode()).data == b'"I\'m just a string"'


def test_binary_data_is_base64() -> None:
    document = orjson.loads(SPEC_STRING)
    del document["data"]
    document["data_base64"] = base64.b64encode(b'{"a":1}').decode()
    event = parse_structured(orjson.dumps(document))
    assert (event.data, event.pointer, event.encoded) == (b'{"a":1}', "/data_base64", True)


def test_data_that_is_not_json_is_refused() -> None:
    with pytest.raises(EnvelopeError) as raised:
        parse_structured(SPEC_XML.encode())
    assert [(error.pointer, error.code) for error in raised.value.errors] == [("/datacontenttype", "content_type")]


def test_batches_keep_order_and_bad_members_their_places() -> None:
    batch = parse_batch(f"[{SPEC_OBJECT},{SPEC_XML},7,{SPEC_STRING}]".encode())
    assert [type(member) for member in batch] == [Structured, EnvelopeError, EnvelopeError, Structured]
    assert isinstance(batch[1], EnvelopeError)
    assert (batch[1].source, batch[1].id) == ("/mycontext", "B234-1234-1234")
    assert parse_batch(b"[]") == []


@pytest.mark.parametrize("document", [b"{}", b"", b"[", b"\xff", b"1"])
def test_a_batch_is_an_array(document: bytes) -> None:
    with pytest.raises(EnvelopeError):
        parse_batch(document)


def test_what_is_written_structured_is_read_again() -> None:
    event = parse_structured(to_structured(SPEC_ENVELOPE, {"at": datetime(2026, 1, 1, tzinfo=UTC), "n": [1]}))
    assert event.envelope == SPEC_ENVELOPE
    assert orjson.loads(event.data) == {"at": "2026-01-01T00:00:00Z", "n": [1]}


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("text/JSON", True),
        ("application/vnd.ioc.report+json", True),
        ("application/cloudevents+json ;x=y", True),
        ("application/xml", False),
        ("application/jsonl", False),
        ("json", False),
        ("", False),
    ],
)
def test_which_media_types_are_json(content_type: str, json: bool) -> None:
    assert is_json_type(content_type) is json


def test_each_source_has_its_type() -> None:
    assert set(TYPES) == set(SOURCES)
    assert {SOURCE_OF_TYPE[type_] for type_ in TYPES.values()} == set(SOURCES)
    assert TYPES["reports"] == "vn.ioc.report.v1"
