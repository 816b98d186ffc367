"""CloudEvents 1.0: JSON format, JSON batch format, Kafka and HTTP bindings, as far as events of ours need them.

Attribute prefixes differ: ``ce_`` on Kafka, ``ce-`` in HTTP. In both, ``datacontenttype`` is the header
``content-type``, without prefix. Only specversion 1.0 is read.

No error repeats what was sent, and the name of an extension attribute is part of that: errors name the attributes of
the specification, and say of all others what holds for each of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
_REQUIRED: Final = frozenset({"specversion", *_LIMITS})
_OPTIONAL: Final = frozenset({"dataschema", "subject", "time"})
_MEDIA_TYPE: Final = "datacontenttype"
_DATA: Final = frozenset({"data", "data_base64"})
"""Members of the JSON format that are no attributes."""

FORWARDED: Final = (
    "causationid", "correlationid", "dataschema", "sampledrate", "sequence", "traceparent", "tracestate",
)  # fmt: skip
"""Optional and extension attributes that go with an event to its topic: what traces it, never what may name anybody."""
_MAX_FORWARDED: Final = 512

_NAME: Final = re.compile(r"[a-z0-9]+")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_INTEGERS: Final = range(-(2**31), 2**31)
"""The specification's integers."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes that we use.

    Attributes:
        id: Unique within ``source``.
        source: Who published, a URI reference.
        type: What ``data`` is.
        time: As sent; the event's own time is in the data.
        forwarded: Those of :data:`FORWARDED` that it has, as text.

    """

    id: str
    source: str
    type: str
    time: str | None = None
    forwarded: Mapping[str, str] = field(default_factory=dict)


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
    *,
    forwarded: Mapping[str, str] | None = None,
) -> list[tuple[str, bytes]]:
    """Kafka headers of an event in binary mode.

    Args:
        id: Unique within ``source``.
        source: Who publishes, a URI reference.
        type: One of ``TYPES``, for events of ours.
        time: Event time, aware.
        content_type: Of the record's value.
        forwarded: Further attributes.

    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type.encode()),
    ]
    if time is not None:
        headers.append(("ce_time", instant_text(time).encode()))
    if forwarded:
        headers += [(f"ce_{name}", value.encode()) for name, value in forwarded.items()]
    headers.append(("content-type", content_type.encode()))
    return headers


def to_structured(envelope: Envelope, data: object) -> bytes:
    """JSON of an event in structured mode; ``data`` is anything that orjson writes."""
    document: dict[str, object] = {
        "specversion": SPECVERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        **envelope.forwarded,
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
    errors = _attribute_errors({name: document[name] for name in document.keys() - _DATA}, "/{}", "")
    content_type = document.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and is_json_type(content_type)):
        errors.append(FieldError("/datacontenttype", "content_type", "must declare JSON"))
    data = b""
    encoded = document.get("data_base64") is not None
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
    return Structured(_envelope(document), data, "/data_base64" if encoded else "/data", encoded)


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
            attribute = lowered[3:]
            if attribute in attributes:
                known = attribute in _REQUIRED | _OPTIONAL | {_MEDIA_TYPE}
                which = f"header {lowered}: must come" if known else "headers of attributes must come"
                errors.append(FieldError("", "not_allowed", f"{which} once"))
            try:
                attributes[attribute] = decode_header(value)
            except ValueError:
                if attribute in _REQUIRED:
                    errors.append(FieldError("", "encoding", f"header {lowered}: must be percent-encoded UTF-8"))
                attributes[attribute] = ""
    if not attributes:
        return None
    errors = errors or _attribute_errors(attributes, "", "header ce-{}: ")
    if errors:
        raise EnvelopeError(errors, _known(attributes, "source"), _known(attributes, "id"))
    return _envelope(attributes)


def to_http_headers(envelope: Envelope, content_type: str = "application/json") -> list[tuple[str, str]]:
    """Headers of an HTTP request in binary mode, its body being the data."""
    attributes = {"specversion": SPECVERSION, "id": envelope.id, "source": envelope.source, "type": envelope.type}
    if envelope.time is not None:
        attributes["time"] = envelope.time
    named = [(f"ce-{name}", encode_header(value)) for name, value in {**attributes, **envelope.forwarded}.items()]
    return [*named, ("content-type", content_type)]


def _envelope(attributes: Mapping[str, Any]) -> Envelope:
    """The envelope of attributes that have no fault."""
    forwarded = {}
    for name in FORWARDED:
        value = attributes.get(name)
        text = str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
        if text and identifier(text, _MAX_FORWARDED) is None:
            forwarded[name] = text
    return Envelope(attributes["id"], attributes["source"], attributes["type"], attributes.get("time"), forwarded)


def _attribute_errors(attributes: Mapping[str, Any], pointer: str, prefix: str) -> list[FieldError]:
    """Faults of the attributes; ``{}`` in pointer and prefix stands for the attribute."""
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
    for name in sorted(_OPTIONAL & attributes.keys()):
        for code, message in _optional_faults(name, attributes[name]):
            errors.append(FieldError(pointer.format(name), code, prefix.format(name) + message))
    others = attributes.keys() - _REQUIRED - _OPTIONAL - {_MEDIA_TYPE}
    if not all(_NAME.fullmatch(name) for name in others):
        message = "names of attributes must have lower-case letters a to z and digits only"
        errors.append(FieldError("", "characters", message))
    if not all(_is_extension(attributes[name]) for name in others):
        message = "extension attributes must be strings, true, false or whole numbers of 32 bits"
        errors.append(FieldError("", "type", message))
    return errors


def _optional_faults(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Code and message of what is wrong with an optional attribute; one that is null is not there."""
    if value is None:
        return
    if not isinstance(value, str):
        yield "type", "must be a string"
    elif not value:
        yield "blank", "must not be empty"
    elif name == "time" and not is_timestamp(value):
        yield "time", "must be an RFC 3339 time such as 2026-01-31T08:00:00+07:00"
    elif name == "dataschema" and not _URI.fullmatch(value):
        yield "invalid", "must be an absolute URI"


def _is_extension(value: object) -> bool:
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and value in _INTEGERS)


def is_timestamp(text: str) -> bool:
    """Whether a text is a timestamp of RFC 3339, leap seconds included."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return False
    day, minute, second, offset = found.groups()
    try:
        datetime.fromisoformat(f"{day}T{minute}:{'59' if second == '60' else second}{offset.upper()}")
    except ValueError:
        return False
    return True


def _known(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name)
    return value if identifier(value, _LIMITS[name]) is None else None
