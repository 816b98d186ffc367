"""What came in: six models, the CloudEvents envelope, and the reading of raw records. See ``README.md``."""

from __future__ import annotations

from ioc.events.bts import Alarm, Bts
from ioc.events.camera import Camera
from ioc.events.cloudevents import (
    BATCHED,
    STRUCTURED,
    Envelope,
    EnvelopeError,
    Structured,
    encode_header,
    from_http_headers,
    parse_batch,
    parse_structured,
    to_binary_headers,
    to_http_headers,
    to_structured,
)
from ioc.events.decode import MAX_VALUE_BYTES, DecodedBatch, Reject, decode_batch
from ioc.events.gate import Gate
from ioc.events.problems import CODES
from ioc.events.report import Report, Reporter
from ioc.events.security import Security
from ioc.events.sensor import Sensor
from ioc.events.sources import SOURCE_OF_TYPE, SPECS, TYPES, Event, encode_event, event_id, instant_text
from ioc.events.validate import validate_many, validate_one

__all__ = [
    "BATCHED",
    "CODES",
    "MAX_VALUE_BYTES",
    "SOURCE_OF_TYPE",
    "SPECS",
    "STRUCTURED",
    "TYPES",
    "Alarm",
    "Bts",
    "Camera",
    "DecodedBatch",
    "Envelope",
    "EnvelopeError",
    "Event",
    "Gate",
    "Reject",
    "Report",
    "Reporter",
    "Security",
    "Sensor",
    "Structured",
    "decode_batch",
    "encode_event",
    "encode_header",
    "event_id",
    "from_http_headers",
    "instant_text",
    "parse_batch",
    "parse_structured",
    "to_binary_headers",
    "to_http_headers",
    "to_structured",
    "validate_many",
    "validate_one",
]
