"""What stands on which topic, for other programs: one entry per kind of record, whoever writes it.

Topics that are the worker's own (changelogs, attempts) are no contract and are not here. ``ioc.dlq`` is not either: its
values are the bytes of origin, unchanged, whatever they are; what is said of them stands in headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from ioc import topics
from ioc.audit import AuditRecord
from ioc.emit import type_of
from ioc.events import SPECS
from ioc.events.raw import RECORD_KEY
from ioc.records import Alert, Command, Decision, Feedback, Health, Incident, Receipt, Signal, Silence
from ioc.shifts import ShiftEntry
from ioc.vocabulary import SOURCES

Direction = Literal["in", "out"]
"""``in``: others write it and the product reads it; ``out``: the product writes it and others read it."""

ID_PREFIX: Final = "urn:ioc:schema:"
CENTRE: Final = "{centre}"
"""Stands in a topic's name for the code of a centre."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One kind of record.

    Attributes:
        name: Its schema is called so.
        direction: Who writes it.
        topic: Where it stands; alerts have a topic per centre.
        key: What the record's key is, in words.
        event_type: CloudEvents ``type``; empty where records are plain JSON without an envelope.
        model: Class that reads or writes it.
        adapter: Of that class.

    """

    name: str
    direction: Direction
    topic: str
    key: str
    event_type: str
    model: type
    adapter: TypeAdapter[Any]

    @property
    def schema_id(self) -> str:
        """``$id`` of its schema; the number is that of the CloudEvents type."""
        return f"{ID_PREFIX}{self.name}.v1"


def _events() -> list[Contract]:
    return [
        Contract(
            spec.type.split(".")[-2], "in", topics.RAW[source], f"`{RECORD_KEY[source]}` of the value", spec.type,
            spec.model, spec.adapter,
        )
        for source, spec in ((source, SPECS[source]) for source in SOURCES)
    ]  # fmt: skip


def _record(name: str, topic: str, key: str, model: type, direction: Direction = "out") -> Contract:
    return Contract(name, direction, topic, key, type_of(model), model, TypeAdapter(model))


CONTRACTS: Final[tuple[Contract, ...]] = (
    *_events(),
    _record("command", topics.COMMANDS, "code of the province", Command, "in"),
    _record("signal", topics.SIGNALS, "code of the province", Signal),
    _record("health", topics.HEALTH, "code of the province", Health),
    _record("incident", topics.INCIDENTS, "`incident_id` of the value", Incident),
    _record("alert", topics.alert_topic(CENTRE), "`incident_id` of the value", Alert),
    _record("feedback", topics.FEEDBACK, "`report_id` of the value", Feedback),
    _record("receipt", topics.RECEIPTS, "`id` of the value", Receipt),
    _record("decision", topics.DECISIONS, "`incident_id` of the value, else what was decided on", Decision),
    _record("silence", topics.SILENCES, "`silence_id` of the value", Silence),
    _record("shift", topics.SHIFTS, "`centre` of the value", ShiftEntry),
    Contract("audit", "out", topics.AUDIT, "`actor` of the value", "", AuditRecord, TypeAdapter(AuditRecord)),
)

BY_NAME: Final[Mapping[str, Contract]] = {contract.name: contract for contract in CONTRACTS}


def contract_of(topic: str) -> Contract | None:
    """What stands on a topic; ``None`` where it is none of the public ones."""
    if topic.startswith(topics.ALERT_PREFIX):
        return BY_NAME["alert"]
    return next((contract for contract in CONTRACTS if contract.topic == topic), None)
