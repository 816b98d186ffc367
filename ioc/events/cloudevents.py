"""CloudEvents 1.0: JSON format, JSON batch format, Kafka and HTTP bindings, as far as events of ours need them.

Attribute prefixes differ: ``ce_`` on Kafka, ``ce-`` in HTTP. In both, ``datacontenttype`` is the header
``content-type``, without prefix. Only specversion 1.0 is read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import orjson

from ioc.events.fields import MAX_ID, MAX_SOURCE
from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.events.problems import unreadable
from ioc.events.sources import instant_text
from ioc.records import FieldError

SPECVERSION: Final = "1.0"
STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"
PREFIX: Final = b"application/cloudevents"

_LIMITS: Final = {"id": MAX_ID, "source": MAX_SOURCE, "type": 256}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes that we use.

    Attributes:
        id: Unique within ``source``.
        source: Who published, a URI reference.
        type: What ``data`` is.
        time: As sent; the event's own time is in the data.

    """

    id: str
    source: str
    type: str
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Structured:
    """A CloudEvent that was one JSON document.

    Attributes:
        envelope: Its attributes.
        data: Its data, JSON bytes.
        pointer: Where in the document the data was.
        encoded: Whether it was Base64, so that no pointer reaches into it.

    """

    envelope: Envelope
    data: bytes
    pointer: str
    encoded: bool


class EnvelopeError(ValueError):
    """Not a CloudEvent that can be read.

    Attributes:
        errors: What is wrong, at least one; pointers into the document, empty where it was a header.
        source: Publisher, as far as it could be read.
        id: Event id, as far as it could be read.

    """

    def __init__(self, errors: list[FieldError], source: str | None = None, id: str | None = None) -> None:  # noqa: A002 - the attribute's name
        super().__init__("; ".join(f"{error.pointer} {error.message}".strip() for error in errors))
        self.errors = errors
        self.source = source
        self.id = id


def to_binary_headers(
    id: str,  # noqa: A002 - the attribute's name
    source: str,
    type: str,  # noqa: A002 - the attribute's name
    time: datetime | None = None,
    content_type: str = "application/json",
) -> list[tuple[str, bytes]]:
    """Kafka headers of an event in binary mode.

    Args:
        id: Unique within ``source``.
        source: Who publishes, a URI reference.
        type: One of ``TYPES``, for events of ours.
        time: Event time, aware.
        content_type: Of the record's value.

    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type.encode()),
    ]
    if time is not None:
        headers.append(("ce_time", instant_text(time).encode()))
    headers.append(("content-type", content_type.encode()))
    return headers


def to_structured(envelope: Envelope, data: object) -> bytes:
    """JSON of an event in structured mode; ``data`` is anything that orjson writes."""
    document: dict[str, object] = {
        "specversion": SPECVERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "datacontenttype": "application/json",
        "data": data,
    }
    if envelope.time is not None:
        document["time"] = envelope.time
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def identifier(text: object, limit: int) -> FieldError | None:
    """What is wrong with an attribute that names something; pointer empty."""
    if text is None:
        return FieldError("", "missing", "required")
    if not isinstance(text, str):
        return FieldError("", "type", "must be a string")
    if not text.strip():
        return FieldError("", "blank", "must not be empty")
    if len(text) > limit:
        return FieldError("", "too_long", f"must have at most {limit} characters")
    if not text.isprintable():
        return FieldError("", "characters", "must have printable characters only")
    if is_personal(text):
        return FieldError("", PERSONAL, PERSONAL_MESSAGE)
    return None


def is_json_type(content_type: str) -> bool:
    """Whether a media type declares JSON: ``*/json`` or ``*/*+json``, parameters aside."""
    subtype = content_type.partition(";")[0].strip().lower().partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def parse_structured(raw: bytes) -> Structured:
    """Read one event in JSON format (``application/cloudevents+json``).

    Raises:
        EnvelopeError: with every fault of the envelope.

    """
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise EnvelopeError([unreadable(raw)]) from None
    return _from_document(document)


def parse_batch(raw: bytes) -> list[Structured | EnvelopeError]:
    """Read a batch (``application/cloudevents-batch+json``); bad members stand in their places as errors.

    Raises:
        EnvelopeError: it is not a JSON array.

    """
    try:
        documents = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise EnvelopeError([unreadable(raw)]) from None
    if not isinstance(documents, list):
        raise EnvelopeError([FieldError("", "type", "must be a JSON array")])
    return [_or_error(document) for document in documents]


def _or_error(document: object) -> Structured | EnvelopeError:
    try:
        return _from_document(document)
    except EnvelopeError as error:
        return error


def _from_document(document: object) -> Structured:
    if not isinstance(document, dict):
        raise EnvelopeError([FieldError("", "type", "must be a JSON object")])
    errors = _attribute_errors(document, "/{}", "")
    content_type = document.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and is_json_type(content_type)):
        errors.append(FieldError("/datacontenttype", "content_type", "must declare JSON"))
    data = b""
    encoded = "data_base64" in document
    if encoded and "data" in document:
        errors.append(FieldError("/data_base64", "not_allowed", "must not stand beside data"))
    elif encoded:
        try:
            data = base64.b64decode(document["data_base64"], validate=True)
        except (TypeError, ValueError, binascii.Error):
            errors.append(FieldError("/data_base64", "encoding", "must be a Base64 string"))
    elif "data" not in document:
        errors.append(FieldError("/data", "missing", "required"))
    else:
        try:
            data = orjson.dumps(document["data"])
        except orjson.JSONEncodeError:  # what orjson reads it may refuse to write: 254 levels are its limit
            errors.append(FieldError("/data", "json", "must not be nested that deep"))
    if errors:
        raise EnvelopeError(errors, _known(document, "source"), _known(document, "id"))
    time = document.get("time")
    envelope = Envelope(document["id"], document["source"], document["type"], time if isinstance(time, str) else None)
    return Structured(envelope, data, "/data_base64" if encoded else "/data", encoded)


_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


def decode_header(value: str) -> str:
    """Read the value of an HTTP ``ce-`` header: quoted strings first, then one round of percent-decoding.

    Raises:
        ValueError: the bytes that it encodes are not UTF-8.

    """
    plain = _QUOTED.sub(lambda match: re.sub(r"\\(.)", r"\1", match[1]), value.strip())
    return unquote_to_bytes(plain).decode()


def encode_header(value: str) -> str:
    """Write the value of an HTTP ``ce-`` header: all but printable ASCII, blank, quote and percent is encoded."""
    return "".join(
        char if "!" <= char <= "~" and char not in '"%' else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in value
    )


def from_http_headers(headers: Iterable[tuple[str, str]]) -> Envelope | None:
    """Read the attributes of an HTTP request in binary mode; ``None`` if it has no ``ce-`` header.

    Raises:
        EnvelopeError: a required attribute is absent or bad; pointers are empty, messages name the header.

    """
    attributes: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered.startswith("ce-"):
            try:
                attributes[lowered[3:]] = decode_header(value)
            except ValueError:
                if lowered[3:] in ("specversion", *_LIMITS):
                    errors.append(FieldError("", "encoding", f"header {lowered}: must be percent-encoded UTF-8"))
                attributes[lowered[3:]] = ""
    if not attributes:
        return None
    errors = errors or _attribute_errors(attributes, "", "header ce-{}: ")
    if errors:
        raise EnvelopeError(errors, _known(attributes, "source"), _known(attributes, "id"))
    return Envelope(attributes["id"], attributes["source"], attributes["type"], attributes.get("time"))


def _attribute_errors(attributes: Mapping[str, Any], pointer: str, prefix: str) -> list[FieldError]:
    """Faults of the required attributes; ``{}`` in pointer and prefix stands for the attribute."""
    errors: list[FieldError] = []
    version = attributes.get("specversion")
    if version is None:
        errors.append(FieldError(pointer.format("specversion"), "missing", prefix.format("specversion") + "required"))
    elif version != SPECVERSION:
        errors.append(
            FieldError(pointer.format("specversion"), "specversion", prefix.format("specversion") + "must be 1.0")
        )
    for name, limit in _LIMITS.items():
        fault = identifier(attributes.get(name), limit)
        if fault is not None:
            errors.append(FieldError(pointer.format(name), fault.code, prefix.format(name) + fault.message))
    return errors


def _known(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name)
    return value if identifier(value, _LIMITS[name]) is None else None
