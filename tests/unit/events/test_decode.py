from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import orjson
import pytest

from ioc.events import DecodedBatch, Reject, decode_batch, to_binary_headers, to_structured
from ioc.events.cloudevents import Envelope
from ioc.events.decode import Headers
from ioc.vocabulary import SOURCES, Source
from tests.unit.events.examples import ABSENT, MAX_FUTURE, NOW, TIME_FIELD, raw, vary

STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


def decode(source: Source, values: Sequence[bytes | None], headers: Sequence[Headers] | None = None) -> DecodedBatch:
    return decode_batch(
        source,
        f"ioc.raw.{source}",
        values,
        [[]] * len(values) if headers is None else headers,
        now=NOW,
        max_future=MAX_FUTURE,
    )


def only_reject(batch: DecodedBatch) -> Reject:
    assert len(batch) == 0
    (reject,) = batch.rejects
    return reject


def structured(source: Source, data: Any, /, **changes: Any) -> bytes:
    document = {
        "specversion": "1.0",
        "type": f"vn.ioc.{source}",
        "source": "urn:envelope",
        "id": "e-1",
        "data": data,
    } | changes
    return orjson.dumps({name: value for name, value in document.items() if value is not ABSENT})


@pytest.mark.parametrize("source", SOURCES)
def test_plain_json_takes_its_identity_from_the_body(source: Source) -> None:
    batch = decode(source, [raw(source)])
    assert batch.identity(0) == (vary(source)["source"], vary(source)["id"])
    assert batch.indexes == [0]
    assert batch.times == [batch.events[0].at.timestamp()]
    assert batch.rejects == []


def test_without_any_name_topic_series_and_time_are_the_identity() -> None:
    batch = decode("sensors", [raw("sensors", id=ABSENT, source=ABSENT)])
    assert batch.own_ids == [""]
    assert batch.identity(0) == ("urn:ioc:ioc.raw.sensors", "air-0007|pm2_5|2026-10-01T01:15:00Z")


@pytest.mark.parametrize("source", SOURCES)
def test_binary_mode_and_its_envelope_wins(source: Source) -> None:
    headers = to_binary_headers("e-1", "urn:envelope", "vn.ioc.any.v1", NOW)
    batch = decode(source, [raw(source)], [headers])
    assert batch.identity(0) == ("urn:envelope", "e-1")
    assert batch.events[0].id == "e-1"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "content_type", [b"application/cloudevents+json", b"Application/CloudEvents+JSON;charset=utf-8"]
)
def test_structured_mode_and_its_envelope_wins(source: Source, content_type: bytes) -> None:
    batch = decode(source, [structured(source, vary(source))], [[("content-type", content_type)]])
    assert batch.identity(0) == ("urn:envelope", "e-1")
    assert batch.events[0].id == "e-1"


@pytest.mark.parametrize("source", SOURCES)
def test_the_envelopes_id_may_stand_for_the_bodys(source: Source) -> None:
    body = b" \n" + raw(source, id=ABSENT)
    binary = decode(source, [body], [[("ce_id", b'\xc4\x91"1')]])
    assert [event.id for event in binary.events] == ['đ"1']
    envelope = Envelope("e-1", "urn:envelope", "t", "2026-10-01T01:15:00Z")
    packed = decode(source, [to_structured(envelope, vary(source, id=ABSENT))], [STRUCTURED])
    assert [event.id for event in packed.events] == ["e-1"]


def test_single_headers_are_enough() -> None:
    batch = decode("sensors", [raw("sensors")] * 2, [[("ce_source", b"urn:a")], [("ce_id", b"e-9")]])
    assert [batch.identity(0), batch.identity(1)] == [("urn:a", "s-1"), ("urn:stations", "e-9")]


def test_headers_of_others_are_no_matter() -> None:
    headers: Headers = [("traceparent", b"\xff"), ("x", None), ("ce_ext", b"\xff")]
    assert decode("sensors", [raw("sensors")], [headers]).identity(0) == ("urn:stations", "s-1")


def test_base64_data_is_read() -> None:
    data = base64.b64encode(raw("cameras")).decode()
    batch = decode("cameras", [structured("cameras", ABSENT, data_base64=data)], [STRUCTURED])
    assert batch.events[0].camera_id == "cam-12"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("ce_specversion", b"0.3")], "specversion"),
        ([("ce_specversion", b"\xff")], "specversion"),
        ([("ce_id", b"")], "blank"),
        ([("ce_id", b" ")], "blank"),
        ([("ce_id", b"\xff")], "encoding"),
        ([("ce_id", b"a\nb")], "characters"),
        ([("ce_id", b"x" * 257)], "too_long"),
        ([("ce_source", b"")], "blank"),
        ([("ce_source", b"\xc3\x28")], "encoding"),
        ([("ce_source", b"x" * 513)], "too_long"),
        ([("content-type", b"application/cloudevents-batch+json")], "content_type"),
        ([("content-type", b"application/cloudevents+avro")], "content_type"),
    ],
)
def test_bad_headers(headers: Headers, reason: str) -> None:
    reject = only_reject(decode("sensors", [raw("sensors")], [headers]))
    assert reject.reason == reason
    assert reject.errors[0].pointer == ""
    assert reject.errors[0].message.startswith("header c")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"specversion": "0.3"}, "/specversion", "specversion"),
        ({"specversion": 1.0}, "/specversion", "specversion"),
        ({"specversion": ABSENT}, "/specversion", "missing"),
        ({"id": ABSENT}, "/id", "missing"),
        ({"id": 17}, "/id", "type"),
        ({"source": " "}, "/source", "blank"),
        ({"type": None}, "/type", "missing"),
        ({"data": ABSENT}, "/data", "missing"),
        ({"data": None}, "/data", "type"),
        ({"data": "{}"}, "/data", "type"),
        ({"data": []}, "/data", "type"),
        ({"data": {**vary("sensors"), "value": "37"}}, "/data/value", "type"),
        ({"data_base64": "e30="}, "/data_base64", "not_allowed"),
        ({"data": ABSENT, "data_base64": "?"}, "/data_base64", "encoding"),
        ({"data": ABSENT, "data_base64": ["e30="]}, "/data_base64", "encoding"),
        ({"data": ABSENT, "data_base64": "ew=="}, "/data_base64", "json"),
        ({"data": ABSENT, "data_base64": "e30="}, "/data_base64", "missing"),
        ({"datacontenttype": "application/xml"}, "/datacontenttype", "content_type"),
        ({"datacontenttype": 1}, "/datacontenttype", "content_type"),
    ],
)
def test_bad_structured_events(changes: dict[str, Any], pointer: str, code: str) -> None:
    reject = only_reject(decode("sensors", [structured("sensors", vary("sensors"), **changes)], [STRUCTURED]))
    assert (reject.errors[0].pointer, reject.errors[0].code) == (pointer, code)
    assert reject.publisher == ("urn:ioc:ioc.raw.sensors" if "source" in changes else "urn:envelope")
    assert reject.id == ("" if "id" in changes else "e-1")


@pytest.mark.parametrize("value", [b"[]", b"1", b"{", b"\xff", b'{"data":' + b"[" * 500 + b"]" * 500 + b"}"])
def test_structured_values_that_are_no_event(value: bytes) -> None:
    assert only_reject(decode("sensors", [value], [STRUCTURED])).errors


def test_values_that_are_not_json_because_they_never_claimed_to_be() -> None:
    headers: Headers = [("ce_id", b"e-1"), ("content-type", b"application/avro")]
    reject = only_reject(decode("sensors", [b"\x00\x02\xff"], [headers]))
    assert (reject.reason, reject.id) == ("content_type", "e-1")
    assert len(decode("sensors", [raw("sensors")], [headers])) == 1


@pytest.mark.parametrize("source", SOURCES)
def test_tombstones_and_giants_are_rejected_unread(source: Source) -> None:
    headers = [*to_binary_headers("e-1", "urn:envelope", "t")]
    giant = raw(source) + b" " * 262_144
    batch = decode(source, [None, b"", giant, None, b"  "], [headers, headers, headers, [], []])
    assert [reject.reason for reject in batch.rejects] == ["empty", "empty", "too_large", "empty", "empty"]
    assert [(reject.publisher, reject.id) for reject in batch.rejects] == [
        *[("urn:envelope", "e-1")] * 3,
        *[(f"urn:ioc:ioc.raw.{source}", "")] * 2,
    ]
    assert len(decode(source, [raw(source).ljust(262_144)])) == 1


@pytest.mark.parametrize("source", SOURCES)
def test_rejects_keep_the_identity_of_a_body_that_is_bad_elsewhere(source: Source) -> None:
    batch = decode(
        source,
        [raw(source, **{TIME_FIELD[source]: "2026-10-01T08:15:00"}), raw(source, source=7, id=[])],
    )
    assert [(reject.publisher, reject.id, reject.reason) for reject in batch.rejects] == [
        (vary(source)["source"], vary(source)["id"], "naive_time"),
        (f"urn:ioc:ioc.raw.{source}", "", "type"),
    ]


@pytest.mark.parametrize("source", SOURCES)
def test_time_may_be_ahead_by_what_is_tolerated(source: Source) -> None:
    latest = NOW + MAX_FUTURE
    field = TIME_FIELD[source]
    batch = decode(
        source,
        [
            raw(source, **{field: latest.isoformat()}),
            raw(source, **{field: (latest + timedelta(microseconds=1)).isoformat()}),
        ],
    )
    assert batch.indexes == [0]
    assert [(error.pointer, error.code) for error in batch.rejects[0].errors] == [(f"/{field}", "future")]


GOOD = raw("sensors")
OBJECT = b'{"a":1}'
ADVERSARIES = [
    b'{"x":"',
    b'"}',
    b'{"a":[{}',
    b"{}]}",
    b"{},{}",
    GOOD + b"," + GOOD,
    b"]",
    b"[",
    b"1},{",
    GOOD[:-1],
    b"," + GOOD,
    GOOD + b",",
    b"\\",
    b"{}\n{}",
    GOOD + b"\n" + GOOD,
    b"//",
    b"/*",
    b"\x00",
]


def test_no_record_reaches_into_another() -> None:
    for first, second in permutations(ADVERSARIES, 2):
        values = [GOOD, first, raw("sensors", value=1.0), second, raw("sensors", value=2.0), first, second]
        batch = decode("sensors", values)
        assert [(n, event.value) for n, event in zip(batch.indexes, batch.events, strict=True)] == [
            (0, 37.5),
            (2, 1.0),
            (4, 2.0),
        ], (first, second)
        assert [reject.index for reject in batch.rejects] == [1, 3, 5, 6], (first, second)


def test_lists_run_in_parallel() -> None:
    values = [GOOD, b"x", raw("sensors", source="urn:b"), None, raw("sensors", id=ABSENT)]
    batch = decode("sensors", values)
    assert batch.indexes == [0, 2, 4]
    assert batch.publishers == ["urn:stations", "urn:b", "urn:stations"]
    assert batch.own_ids == ["s-1", "s-1", ""]
    assert len(batch.events) == len(batch.times) == len(batch) == 3
    assert [reject.index for reject in batch.rejects] == [1, 3]


def test_values_and_headers_belong_together() -> None:
    with pytest.raises(ValueError, match="shorter"):
        decode("sensors", [GOOD, GOOD], [[]])
