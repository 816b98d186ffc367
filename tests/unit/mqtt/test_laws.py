"""Laws of decoding: whatever comes, nothing raises, nothing is lost unsaid, nothing is quoted, the same is the same."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.events import CODES, decode_batch
from ioc.mqtt import Message
from ioc.mqtt.letters import dead_letter, receipt
from ioc.vocabulary import Source
from tests.unit.mqtt.support import NOW, decoder
from tests.unit.mqtt.test_flat import BARE, HOME, LORA, UP, WILL, uplink
from tests.unit.mqtt.test_frigate import FRIGATE, review, tracked
from tests.unit.mqtt.test_json import AT, MAPPED, PLAIN
from tests.unit.mqtt.test_senml import SENML, T0

MAPPING = PLAIN + MAPPED + SENML + FRIGATE + LORA + HOME + BARE + WILL
DECODER = decoder(MAPPING)
SECRET = "bí mật 0912345678"

EXAMPLES: list[tuple[str, Any]] = [
    ("stations/air-7/pm10", {"value": 3, "unit": "µg/m³", "observed_at": AT}),
    ("hill/data", {"readings": [{"name": "rain_1h", "data": {"v": 4}, "ts": int(NOW.timestamp() * 1000)}]}),
    ("senml/a", [{"bn": "d:", "bt": T0, "n": "temp", "u": "Cel", "v": 1}, {"n": "open", "u": "1", "vb": True}]),
    ("frigate/reviews", review(zones=["school_yard"])),
    ("frigate/events", tracked()),
    (UP, uplink()),
    ("zigbee2mqtt/kitchen", {"temperature": 21.5, "contact": False}),
]
TOPICS = [topic for topic, _ in EXAMPLES] + [
    "ha/sensor/n-1/state", "devices/g/status", "frigate/available", "frigate/a/status/detect", "nowhere",
]  # fmt: skip

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def paths(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(found for key, value in inner for found in paths(value, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = changed(document[path[0]], path[1:], value)
    return copy


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Bytes of any kind, and real messages of which one part is something else."""
    topic = draw(st.sampled_from(TOPICS))
    retained = draw(st.booleans())
    if draw(st.booleans()):
        return Message(topic, draw(st.binary(max_size=60) | _json.map(lambda one: json.dumps(one).encode())), retained)
    topic, document = draw(st.sampled_from(EXAMPLES))
    path = draw(st.sampled_from(paths(document)))
    return Message(topic, json.dumps(changed(document, path, draw(_json))).encode(), retained)


@settings(max_examples=300)
@given(message=messages())
def test_whatever_comes_has_an_outcome_with_known_codes(message: Message) -> None:
    decoded = DECODER.decode(message, NOW)
    assert bool(decoded.records or decoded.rejects) != bool(decoded.passed)
    codes = {error.code for reject in decoded.rejects for error in reject.errors}
    assert codes <= {*CODES, "source_mismatch"}
    assert all(reject.errors for reject in decoded.rejects)


@settings(max_examples=300)
@given(message=messages())
def test_intake_takes_every_record_and_knows_it_by_its_name(message: Message) -> None:
    for record in DECODER.decode(message, NOW).records:
        source: Source = record.source
        batch = decode_batch(
            source, record.topic, [record.value], [record.headers], now=NOW, max_future=timedelta(minutes=5)
        )
        assert batch.rejects == []
        headers = dict(record.headers)
        assert batch.identity(0) == (headers["ce_source"].decode(), headers["ce_id"].decode())


@settings(max_examples=200)
@given(message=messages())
def test_the_same_message_again_is_the_same_records(message: Message) -> None:
    assert DECODER.decode(message, NOW) == DECODER.decode(message, NOW)


@pytest.mark.parametrize(("topic", "document"), EXAMPLES)
def test_no_error_quotes_what_was_sent(topic: str, document: Any) -> None:
    for path in paths(document):
        message = Message(topic, json.dumps(changed(document, path, SECRET)).encode())
        for reject in DECODER.decode(message, NOW).rejects:
            told = receipt(reject, NOW)[2] + b"".join(error.message.encode() for error in reject.errors)
            assert SECRET.encode() not in told.replace(json.dumps(reject.id, ensure_ascii=False).encode(), b"")
            headers = dead_letter(message, [reject])[3]
            assert SECRET.encode() not in b"".join(value for _, value in headers)


def test_a_dead_letter_keeps_the_bytes_or_says_how_many_they_were() -> None:
    message = Message("stations/a/pm10", b"\xff" * 10)
    rejects = DECODER.decode(message, NOW).rejects
    topic, key, value, headers = dead_letter(message, rejects)
    assert (topic, key, value) == ("ioc.dlq", b"stations/a/pm10", message.payload)
    assert dict(headers)["ioc.error.reason"] == b"encoding"
    large = Message("stations/a/pm10", b" " * 1_200_000)
    _, _, value, headers = dead_letter(large, DECODER.decode(large, NOW).rejects)
    assert (value, dict(headers)["ioc.error.truncated"]) == (b"", b"1200000")
