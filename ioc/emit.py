"""Writing records as CloudEvents 1.0 in Kafka's binary mode: the JSON as value, the envelope as headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ioc.ports import Output
from ioc.records import Alert, Command, Decision, Feedback, Health, Incident, Receipt, Signal, Silence, encode
from ioc.shifts import ShiftEntry

Headers = tuple[tuple[str, bytes], ...]

_TYPES: Final[dict[type, tuple[bytes, Callable[[Any], str]]]] = {
    Signal: (b"vn.ioc.signal.v1", lambda signal: signal.signal_id),
    Incident: (b"vn.ioc.incident.v1", lambda incident: f"{incident.incident_id}/{incident.version}"),
    Alert: (b"vn.ioc.alert.v1", lambda alert: alert.alert_id),
    Silence: (b"vn.ioc.silence.v1", lambda silence: f"{silence.silence_id}/{silence.version}"),
    Receipt: (
        b"vn.ioc.receipt.v1",
        # One id may be refused several times, and what could not be read has none.
        lambda receipt: f"{receipt.source}/{receipt.id}/{receipt.result}/{receipt.at.isoformat()}",
    ),
    Feedback: (
        b"vn.ioc.feedback.v1",
        lambda feedback: f"{feedback.source}/{feedback.report_id}/{feedback.status}/{feedback.at.isoformat()}",
    ),
    Health: (
        b"vn.ioc.health.v1",
        lambda health: f"{health.source}/{health.partition}/{health.at.isoformat()}/{health.part}",
    ),
    Decision: (b"vn.ioc.decision.v1", lambda decision: decision.decision_id),
    Command: (b"vn.ioc.command.v1", lambda command: command.command_id),
    ShiftEntry: (b"vn.ioc.shift.v1", lambda entry: entry.entry_id),
}
"""CloudEvents type, and what identifies a record within it, by class."""


def type_of(cls: type) -> str:
    """CloudEvents type of a class of records."""
    return _TYPES[cls][0].decode()


def headers_of(record: object, province: str) -> Headers:
    """The envelope of a record of a province; its source is ``urn:ioc:<province code>``."""
    return _headers(record, f"urn:ioc:{province}".encode())


def _headers(record: object, source: bytes) -> Headers:
    kind, identify = _TYPES[type(record)]
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", identify(record).encode()),
        ("ce_source", source),
        ("ce_type", kind),
        ("content-type", b"application/json"),
    )


class Emitter:
    """Sends records of one province."""

    def __init__(self, province: str) -> None:
        self._source = f"urn:ioc:{province}".encode()

    def send(self, out: Output, topic: str, key: str, record: object) -> None:
        """Put a record into the round's outputs."""
        out.send(topic, key.encode(), encode(record), _headers(record, self._source))
