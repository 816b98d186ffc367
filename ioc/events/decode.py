"""Raw Kafka records to events and rejects, a batch at a time.

Every value is validated on its own. Joining a batch into one JSON array and validating that was measured to be no
faster (``tests/bench/decode.py``), and the brackets of one record could then reach into the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from ioc.events.cloudevents import PREFIX, STRUCTURED, EnvelopeError, identifier, is_json_type, parse_structured
from ioc.events.fields import MAX_ID, MAX_SOURCE
from ioc.events.identifiers import is_personal, is_personal_id, unbetraying
from ioc.events.problems import under, within
from ioc.events.sources import SPECS, event_id, read_event
from ioc.records import FieldError
from ioc.vocabulary import Source

MAX_VALUE_BYTES: Final = 262_144
"""Larger values are rejected unread."""

_JSON: Final = b"application/json"
_STRUCTURED: Final = STRUCTURED.encode()

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(slots=True)
class Reject:
    """A record that breaks the contract.

    Attributes:
        index: Its place in the batch.
        publisher: Source of its identity; that of the topic if none could be read.
        id: Its id, empty if none could be read.
        errors: What is wrong, at least one.

    """

    index: int
    publisher: str
    id: str
    errors: list[FieldError]

    @property
    def reason(self) -> str:
        """Main code, a label of metrics."""
        return self.errors[0].code


@dataclass(slots=True)
class DecodedBatch:
    """What a batch of records holds. All lists but ``rejects`` run in parallel, in the records' order.

    Attributes:
        events: Instances of the source's model.
        indexes: Place of each event in the batch of records.
        publishers: Source (URI) of each event's identity.
        own_ids: Id that each event came with; empty where series and time are its identity.
        times: Event time of each, Unix seconds.
        rejects: What breaks the contract.

    """

    events: list[Any] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    publishers: list[str] = field(default_factory=list)
    own_ids: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.events)

    def identity(self, n: int) -> tuple[str, str]:
        """Publisher and id of the n-th event; the natural key is composed on demand."""
        return self.publishers[n], self.own_ids[n] or event_id(self.events[n])


class _Record(NamedTuple):
    """What a record says of its identity, and its body; ``pointer`` tells where in the value the body was."""

    publisher: str | None
    own_id: str | None
    body: bytes
    pointer: str = ""
    encoded: bool = False


def decode_batch(
    source: Source,
    topic: str,
    values: Sequence[bytes | None],
    headers: Sequence[Headers],
    *,
    now: datetime,
    max_future: timedelta,
) -> DecodedBatch:
    """Read a batch of records: plain JSON, CloudEvents in binary and in structured mode.

    Identity is (publisher, id). Publisher: ``ce_source`` or the structured event's ``source``, else the body's
    ``source``, else ``urn:ioc:<topic>``. Id: the envelope's, else the body's, else the natural key. Where both say
    something the envelope wins: it is what gateways on the way have seen and checked.

    Args:
        source: Which model.
        topic: Where the records were, for publishers without a name.
        values: The records' values.
        headers: The records' headers.
        now: The clock, aware.
        max_future: How far ahead of it an event time may be.

    """
    spec = SPECS[source]
    latest = now + max_future
    default = f"urn:ioc:{topic}"
    batch = DecodedBatch()
    add_event, add_index, add_publisher = batch.events.append, batch.indexes.append, batch.publishers.append
    add_own_id, add_time = batch.own_ids.append, batch.times.append
    sources: dict[bytes, str] = {}
    for index, (value, fields) in enumerate(zip(values, headers, strict=True)):
        if not value or len(value) > MAX_VALUE_BYTES:
            batch.rejects.append(_unread(index, value, fields, default))
            continue
        if fields:
            try:
                publisher, own_id, body, pointer, encoded = _with_headers(value, fields, sources)
            except EnvelopeError as error:
                batch.rejects.append(Reject(index, error.source or default, error.id or "", error.errors))
                continue
        else:
            publisher, own_id, body, pointer, encoded = None, None, value, "", False
        event = read_event(spec, body, latest, own_id)
        if isinstance(event, list):
            record = _Record(publisher, own_id, body, pointer, encoded)
            batch.rejects.append(_rejected(index, record, event, fields, default))
            continue
        add_event(event)
        add_index(index)
        add_publisher(publisher or event.source or default)
        add_own_id(event.own_id)
        add_time(event.at.timestamp())
    return batch


def _with_headers(
    value: bytes, headers: Headers, sources: dict[bytes, str]
) -> tuple[str | None, str | None, bytes, str, bool]:
    """Read a record that has headers into the fields of :class:`_Record`; a plain tuple, because it is quicker."""
    attributes = dict(headers)
    content_type = attributes.get("content-type")
    if content_type and content_type != _JSON and content_type[: len(PREFIX)].lower() == PREFIX:
        if content_type.partition(b";")[0].strip().lower() != _STRUCTURED:
            raise EnvelopeError([FieldError("", "content_type", f"header content-type: must be {STRUCTURED}")])
        event = parse_structured(value)
        return event.envelope.source, event.envelope.id, event.data, event.pointer, event.encoded
    raw_source, raw_id = attributes.get("ce_source"), attributes.get("ce_id")
    errors: list[FieldError] = []
    publisher = own_id = None
    if raw_source is not None:
        publisher = sources.get(raw_source)
        if publisher is None:
            publisher = _attribute("ce_source", raw_source, MAX_SOURCE, errors)
            if publisher is not None:
                sources[raw_source] = publisher
    if raw_id is not None:
        own_id = _attribute("ce_id", raw_id, MAX_ID, errors)
    version = attributes.get("ce_specversion")
    if version is not None and version != b"1.0":
        errors.append(FieldError("", "specversion", "header ce_specversion: must be 1.0"))
    if errors:
        raise EnvelopeError(errors, publisher, own_id)
    return publisher, own_id, value, "", False


def _attribute(name: str, raw: bytes, limit: int, errors: list[FieldError]) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        errors.append(FieldError("", "encoding", f"header {name}: must be UTF-8"))
        return None
    personal = is_personal_id if name == "ce_id" else is_personal
    if len(text) <= limit and text.isprintable() and text.strip() and not personal(text):
        return text
    fault = identifier(text, limit)
    if fault is not None:
        errors.append(FieldError("", fault.code, f"header {name}: {fault.message}"))
    return None


def _unread(index: int, value: bytes | None, headers: Headers, default: str) -> Reject:
    """Reject a record whose value is not looked at."""
    if value:
        error = FieldError("", "too_large", f"must have at most {MAX_VALUE_BYTES} bytes")
    else:
        error = FieldError("", "empty", "must be a JSON object, has no content")
    attributes = dict(headers)
    unused: list[FieldError] = []
    publisher = _attribute("ce_source", attributes.get("ce_source") or b"", MAX_SOURCE, unused)
    own_id = _attribute("ce_id", attributes.get("ce_id") or b"", MAX_ID, unused)
    return Reject(index, publisher or default, own_id or "", [error])


def _rejected(index: int, record: _Record, errors: list[FieldError], headers: Headers, default: str) -> Reject:
    publisher, own_id = _names_in(record)
    if errors[0].code in {"json", "encoding"} and not errors[0].pointer and not record.pointer:
        content_type = dict(headers).get("content-type")
        if content_type and not is_json_type(content_type.decode(errors="replace")):
            errors = [FieldError("", "content_type", "header content-type: must declare JSON")]
    errors = within(record.pointer, errors) if record.encoded else under(record.pointer, errors)
    return Reject(index, publisher or default, own_id or "", errors)


def _names_in(record: _Record) -> tuple[str | None, str | None]:
    """``source`` and ``id`` of a record whose body breaks the contract: its headers', else its body's."""
    try:
        content = orjson.loads(record.body)
    except orjson.JSONDecodeError:
        content = None
    fields = content if isinstance(content, dict) else {}
    publisher = record.publisher or _name(fields.get("source"), MAX_SOURCE)
    return unbetraying(fields, publisher), unbetraying(fields, record.own_id or _name(fields.get("id"), MAX_ID))


def _name(value: object, limit: int) -> str | None:
    return value.strip() if isinstance(value, str) and identifier(value.strip(), limit) is None else None
