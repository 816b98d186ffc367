"""Events straight to Kafka as CloudEvents (binary mode), and the answers that the worker writes about reports."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.kafka import away, open_consumer, open_producer, partitions_of
from ioc.events import TYPES
from ioc.settings import Settings
from ioc.topics import FEEDBACK, RAW, RECEIPTS
from ioc.vocabulary import Source

CLI_SOURCE: Final = "urn:ioc:cli"
"""``ce_source`` of what the command line sends."""
KEY_FIELD: Final[dict[Source, str]] = {
    "reports": "id",
    "sensors": "device_id",
    "cameras": "camera_id",
    "bts": "site_id",
    "gate": "gate_id",
    "security": "asset_id",
}
"""Field whose value is the record key: what must stay in order."""
_POLL_MS: Final = 200


@dataclass(slots=True)
class Followed:
    """What came back.

    Attributes:
        written: ``topic-partition-offset`` of each event, in order.
        receipts: Receipts of the reports.
        feedback: Answers to their citizens.
        missing: Ids of reports that nothing was heard of.

    """

    written: list[str] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def send_and_follow(settings: Settings, source: Source, events: Sequence[Any], wait_s: float) -> Followed:
    """Write events to their raw topic; of reports, wait up to ``wait_s`` for receipt and feedback.

    Telemetry gets no answer when it is accepted, so nothing is waited for.

    Raises:
        CommandError: an event is no JSON object.
        Unavailable: Kafka does not answer.

    """
    for number, event in enumerate(events, start=1):
        if not isinstance(event, dict):
            raise CommandError(f"event {number} is no JSON object", EXIT_USAGE)
    return asyncio.run(_send(settings, source, events, wait_s if source == "reports" else 0.0))


async def _send(settings: Settings, source: Source, events: Sequence[dict[str, Any]], wait_s: float) -> Followed:
    followed = Followed()
    async with open_consumer(settings) as consumer, open_producer(settings, enable_idempotence=True) as producer:
        try:
            await _stand_at_end(consumer)
            followed.written = await _write(producer, source, events)
            if wait_s:
                wanted = {str(event["id"]) for event in events if "id" in event}
                await _listen(consumer, wanted, wait_s, followed)
        except KafkaError as error:
            raise away(settings, error) from None
    return followed


async def _stand_at_end(consumer: AIOKafkaConsumer) -> None:
    partitions = await partitions_of(consumer, [RECEIPTS, FEEDBACK])
    if not partitions:
        raise CommandError(f"topics {RECEIPTS} and {FEEDBACK} are missing: run `ioc topics create`")
    consumer.assign(partitions)
    for partition, end in (await consumer.end_offsets(partitions)).items():
        consumer.seek(partition, end)


async def _write(producer: AIOKafkaProducer, source: Source, events: Sequence[dict[str, Any]]) -> list[str]:
    sent = []
    for event in events:
        key = event.get(KEY_FIELD[source])
        sent.append(
            await producer.send(
                RAW[source],
                orjson.dumps(event),
                key=str(key).encode() if key is not None else None,
                headers=_headers(source, event),
            )
        )
    return [f"{done.topic}-{done.partition}-{done.offset}" for done in [await future for future in sent]]


def _headers(source: Source, event: dict[str, Any]) -> list[tuple[str, bytes]]:
    """CloudEvents attributes; the id only where the event has one: telemetry's identity is its natural key."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_source", str(event.get("source") or CLI_SOURCE).encode()),
        ("ce_type", TYPES[source].encode()),
        ("content-type", b"application/json"),
    ]
    if "id" in event:
        headers.insert(1, ("ce_id", str(event["id"]).encode()))
    return headers


async def _listen(consumer: AIOKafkaConsumer, wanted: set[str], wait_s: float, followed: Followed) -> None:
    receipts, feedback = set(wanted), set(wanted)
    answers: dict[str, dict[str, Any]] = {}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while (receipts or feedback) and loop.time() < deadline:
        for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
            for record in records:
                answer = orjson.loads(record.value) if record.value else {}
                if record.topic == RECEIPTS and answer.get("id") in receipts:
                    receipts.discard(answer["id"])
                    followed.receipts.append(answer)
                    if answer["result"] != "accepted":
                        feedback.discard(answer["id"])
                elif record.topic == FEEDBACK and answer.get("report_id") in feedback:
                    said = {name: value for name, value in answer.items() if value is not None}
                    answers[answer["report_id"]] = answers.get(answer["report_id"], {}) | said
                    if answer.get("incident_id"):
                        feedback.discard(answer["report_id"])
    followed.feedback = list(answers.values())
    followed.missing = sorted((receipts | feedback) - answers.keys())
