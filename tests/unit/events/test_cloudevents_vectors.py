"""Conformance with CloudEvents 1.0 by vectors written from its text: the JSON format and the Kafka binding.

The HTTP binding's are in ``tests/unit/gateway/test_cloudevents_vectors.py``: they go through the gateway.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from ioc.events import EnvelopeError, decode_batch, parse_batch, parse_structured, to_binary_headers, to_structured
from ioc.topics import RAW

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "cloudevents" / "vectors.json").read_text())
NOW = datetime(2100, 1, 1, tzinfo=UTC)


def each(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", VECTORS[kind], ids=lambda vector: vector["name"])


@each("format")
def test_json_format(vector: dict[str, Any]) -> None:
    document = vector["document"]
    raw = orjson.dumps(document)
    (in_batch,) = parse_batch(b"[" + raw + b"]")
    if "errors" in vector:
        with pytest.raises(EnvelopeError) as raised:
            parse_structured(raw)
        found = [[error.pointer, error.code] for error in raised.value.errors]
        assert found == vector["errors"]
        assert isinstance(in_batch, EnvelopeError)
        assert in_batch.errors == raised.value.errors
        return
    event = parse_structured(raw)
    assert in_batch == event
    envelope = event.envelope
    assert (envelope.id, envelope.source, envelope.type) == (document["id"], document["source"], document["type"])
    assert envelope.time == vector.get("time")
    assert dict(envelope.forwarded) == vector.get("forwarded", {})
    assert orjson.loads(event.data) == vector["data"]
    assert event.encoded is vector.get("encoded", False)


@each("format")
def test_what_is_read_is_written_so_that_it_is_read_the_same(vector: dict[str, Any]) -> None:
    if "errors" in vector:
        return
    event = parse_structured(orjson.dumps(vector["document"]))
    again = parse_structured(to_structured(event.envelope, orjson.loads(event.data)))
    assert again.envelope == event.envelope
    assert orjson.loads(again.data) == orjson.loads(event.data)


@each("kafka")
def test_kafka_binding(vector: dict[str, Any]) -> None:
    value = vector["value"]
    headers = [(name, text.encode()) for name, text in vector["headers"].items()]
    batch = decode_batch(
        "sensors", RAW["sensors"], [None if value is None else value.encode()], [headers],
        now=NOW, max_future=timedelta(),
    )  # fmt: skip
    if "errors" in vector:
        (reject,) = batch.rejects
        assert [[error.pointer, error.code] for error in reject.errors] == vector["errors"]
        return
    assert batch.rejects == []
    assert list(batch.identity(0)) == vector["identity"]


def test_kafka_headers_of_the_specification_are_those_that_are_written() -> None:
    time = datetime(2018, 4, 5, 3, 56, 24, tzinfo=UTC)
    further = {"traceparent": "00-a-b-01", "dataschema": "https://example.vn/s"}
    made = to_binary_headers(
        "1234-1234-1234", "/mycontext/subcontext", "com.example.someevent", time, "application/avro", forwarded=further
    )
    headers = dict(made)
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_type": b"com.example.someevent",
        "ce_source": b"/mycontext/subcontext",
        "ce_id": b"1234-1234-1234",
        "ce_time": b"2018-04-05T03:56:24Z",
        "ce_traceparent": b"00-a-b-01",
        "ce_dataschema": b"https://example.vn/s",
        "content-type": b"application/avro",
    }
