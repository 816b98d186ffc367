"""Puts dead letters back where they came from, each at most once, and writes down that it did.

A dead letter is never changed. That it was replayed stands in ``ioc.audit``, one record per letter, written in the same
transaction as the replayed record: either both are there or neither. The producer's transactional id is always the
same, so a second replay that starts fences the first; and the marks are read only after that, so it sees all of them.
An interrupted replay is therefore taken up by running the same command again.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from connectors.cli.errors import CommandError
from connectors.cli.kafka import Record, away, open_consumer, partitions_of, read_to_end
from connectors.cli.letters import Filter, Letter, letter, replay_headers
from connectors.cli.trail import Trail, open_trail
from ioc.audit import Entry, entry_of
from ioc.settings import Settings
from ioc.topics import AUDIT, DLQ

TRANSACTIONAL_ID: Final = "ioc-dlq-replay"
FAMILY: Final = "dlq-replay"
"""Of the audit's chains, all of which are written under that one transactional id."""
MARK: Final = "ioc.dlq.letter"
"""Header of a mark: identity of the letter that was replayed."""
_PER_TRANSACTION: Final = 500
_CLOCK_SLACK: Final = timedelta(days=1)
"""Marks are looked for from so long before ``since``: the letters' clock and the marks' are different machines'."""


@dataclass(slots=True)
class Summary:
    """What a replay did, or would do.

    Attributes:
        replayed: Written back, by topic.
        already: Replayed by an earlier run.
        refused: Would go round in circles: too many replays behind it.
        lost: Cannot be written back: too large for a letter, and the original is gone, or the topic unknown.

    """

    replayed: dict[str, int] = field(default_factory=dict)
    already: int = 0
    refused: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        return sum(self.replayed.values())


@dataclass(frozen=True, slots=True)
class Plan:
    """What to replay and how.

    Attributes:
        wanted: Which letters.
        limit: At most so many are written back.
        max_replays: A letter with so many replays behind it is refused.
        dry_run: Look and count only.
        actor: Who does it, for the audit.
        now: When.

    """

    wanted: Filter
    limit: int
    max_replays: int
    dry_run: bool
    actor: str
    now: datetime


async def letters(consumer: AIOKafkaConsumer, wanted: Filter) -> AsyncGenerator[Letter, None]:
    """The dead letters that a filter wants, in the order of each partition."""
    partitions = await partitions_of(consumer, [DLQ])
    if wanted.names:
        numbers = {int(name.split("-")[0]) for name in wanted.names}
        partitions = [partition for partition in partitions if partition.partition in numbers]
    starts = await _starts(consumer, partitions, wanted.since)
    for name in wanted.names:  # nothing before the first of the named ones is of interest
        partition, offset = (int(part) for part in name.split("-"))
        place = TopicPartition(DLQ, partition)
        named = [int(other.split("-")[1]) for other in wanted.names if other.startswith(f"{partition}-")]
        starts[place] = max(starts.get(place, 0), min(offset, *named))
    async for records in read_to_end(consumer, partitions, starts):
        for record in records:
            found = _letter(record)
            if wanted.wants(found):
                yield found


async def replay(settings: Settings, plan: Plan) -> Summary:
    """Write the wanted letters back.

    Raises:
        CommandError: the audit topic is missing, or another replay took over.
        Unavailable: Kafka does not answer.

    """
    summary = Summary()
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(open_consumer(settings))
        lookup = await stack.enter_async_context(open_consumer(settings))
        trail = None
        if not plan.dry_run:
            trail = await stack.enter_async_context(open_trail(settings, FAMILY, TRANSACTIONAL_ID))
        try:
            await _replay(reader, lookup, trail, plan, summary)
        except ProducerFenced:
            raise CommandError(
                f"another replay was started and took over; this one stopped after {summary.total} records"
            ) from None
        except KafkaError as error:
            raise away(settings, error) from None
    return summary


async def _replay(
    reader: AIOKafkaConsumer,
    lookup: AIOKafkaConsumer,
    trail: Trail | None,
    plan: Plan,
    summary: Summary,
) -> None:
    topics = await lookup.topics()
    if AUDIT not in topics:
        raise CommandError(f"topic {AUDIT} is missing, and replays are written down there: run `ioc topics create`")
    done = await _marks(lookup, plan.wanted.since - _CLOCK_SLACK if plan.wanted.since else None)
    part: list[Letter] = []
    # The reading ends where the topic ended when it began: what is written back and fails again waits for another run.
    async with aclosing(letters(reader, plan.wanted)) as found:
        async for one in found:
            if one.identity in done:
                summary.already += 1
            elif one.replays >= plan.max_replays:
                summary.refused += 1
            elif one.topic == DLQ or one.topic not in topics:
                summary.lost += 1
            else:
                part.append(one)
            if summary.total + len(part) >= plan.limit:
                break
            if len(part) >= _PER_TRANSACTION:
                await _put_back(lookup, trail, plan, part, summary)
                part.clear()
    await _put_back(lookup, trail, plan, part, summary)


async def _put_back(
    lookup: AIOKafkaConsumer, trail: Trail | None, plan: Plan, part: Sequence[Letter], summary: Summary
) -> None:
    """Write a few letters back in one transaction, and count them."""
    originals: dict[str, Record] = {}
    for one in part:
        if one.truncated:
            if original := await _original(lookup, one):
                originals[one.name] = original
            else:
                summary.lost += 1
    whole = [one for one in part if not one.truncated or one.name in originals]
    if trail is not None and whole:
        await _write(trail, plan, whole, originals)
    for one in whole:
        summary.replayed[one.topic] = summary.replayed.get(one.topic, 0) + 1


async def _write(trail: Trail, plan: Plan, part: Sequence[Letter], originals: dict[str, Record]) -> None:
    async with trail.transaction() as send:
        marks = trail.chains.draw(_mark(one, plan) for one in part)
        for one, (actor, mark) in zip(part, marks, strict=True):
            original = originals.get(one.name)
            key, value, headers = one.key, one.value, replay_headers(one)
            if original is not None:
                key, value, headers = original.key, original.value, [*original.headers, *headers]
            # The partition that it was read from keeps its order beside its neighbours, whoever chose it.
            known = await trail.producer.partitions_for(one.topic)
            partition = one.origin_partition if one.origin_partition in known else None
            await send(one.topic, value, key=key, partition=partition, headers=headers)
            await send(AUDIT, mark, key=actor, headers=[(MARK, one.identity.encode())])


def _mark(one: Letter, plan: Plan) -> Entry:
    name = one.identity
    return entry_of(
        uuid.uuid4().hex, plan.now, plan.actor, "dlq.replay", name, outcome="replayed",
        topic=one.topic, reason=one.reason, replay=one.replays + 1,
    )  # fmt: skip


async def _marks(consumer: AIOKafkaConsumer, begin: datetime | None) -> set[str]:
    """Identities of the letters that were replayed."""
    partitions = await partitions_of(consumer, [AUDIT])
    found: set[str] = set()
    async for records in read_to_end(consumer, partitions, await _starts(consumer, partitions, begin)):
        for record in records:
            found.update((content or b"").decode() for name, content in record.headers if name == MARK)
    return found


async def _original(consumer: AIOKafkaConsumer, one: Letter) -> Record | None:
    """The original record of a letter that could not hold it, if its topic still does."""
    place = TopicPartition(one.topic, one.origin_partition)
    if place not in await partitions_of(consumer, [one.topic]):
        return None
    consumer.assign([place])
    consumer.seek(place, one.origin_offset)
    if (await consumer.beginning_offsets([place]))[place] > one.origin_offset:
        return None
    batches: dict[Any, list[Record]] = await consumer.getmany(place, timeout_ms=5_000, max_records=1)
    return next((record for record in batches.get(place, []) if record.offset == one.origin_offset), None)


async def _starts(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], begin: datetime | None
) -> dict[TopicPartition, int]:
    """First offset not older than a moment, by partition."""
    if begin is None or not partitions:
        return {}
    moment_ms = max(0, round(begin.timestamp() * 1000))
    ends = await consumer.end_offsets(partitions)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, moment_ms))
    return {partition: place.offset if place else ends[partition] for partition, place in found.items()}


def _letter(record: Record) -> Letter:
    return letter((record.partition, record.offset), record.timestamp, record.key, record.value, record.headers)
