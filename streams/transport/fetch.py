"""Fetched record batches as chunks of records, past aiokafka's per-record objects.

aiokafka keeps a fetch's raw batches until somebody iterates over them. Here they are taken whole and unpacked by its
compiled decoder in one go; what the plain path adds per record (a named tuple, sizes, a copy of the headers) is most
of its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Final

import aiokafka.errors as kafka_errors
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult

from streams.transport.errors import EXIT_FORCED, EXIT_MISCONFIGURED, Fatal
from streams.transport.ledger import TP, Chunk
from streams.transport.records import Record
from streams.transport.settings import EngineSettings

RECORD_BYTES: Final = 380
"""What a record needs in memory beside its bytes in the log: measured with a key and one header."""

Accept = Callable[[TP, Chunk[Record]], bool]


def drain(consumer: Any, accept: Accept, wanted: Container[TP], room: Callable[[TP], bool]) -> None:
    """Hand over what an aiokafka consumer has fetched, in one step without a pause.

    Args:
        consumer: The AIOKafkaConsumer.
        accept: Called with each partition's chunk.
        wanted: Partitions to take from; results of others stay where they are.
        room: Asked for each partition; what it refuses stays, and holds that partition's fetching up.

    Raises:
        Fatal: A partition cannot be read on.

    """
    fetcher = consumer._fetcher
    subscription = consumer._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return
    assignment = subscription.assignment
    taken = False
    for tp in list(fetcher._records):
        if tp not in wanted or not room(tp):
            continue
        result = fetcher._records.pop(tp)
        taken = True
        if type(result) is not FetchResult:
            _raise(tp, result._error)
        state = assignment.state_value(tp)
        packed = result._partition_records
        if result._assignment is not assignment or packed is None or state is None:
            continue
        if not state.has_valid_position or state.position != packed.next_fetch_offset:
            continue  # the consumer was re-positioned since this was fetched
        chunk = unpack(packed)
        state.consumed_to(chunk.next_offset)
        accept(tp, chunk)
    if taken:
        fetcher._notify(fetcher._wait_consume_future)


def waiting(consumer: Any, wanted: Container[TP]) -> bool:
    """Is there something that ``drain`` would take?"""
    return any(tp in wanted for tp in consumer._fetcher._records)


def unpack(packed: Any) -> Chunk[Record]:
    """All records of a fetch, without control records and aborted transactions."""
    # A generator that nobody needs here, and that holds what holds it: without it a fetch's bytes go as soon as it is
    # unpacked, and not when the collector of cycles comes by.
    packed._records_iterator = None
    records: list[Record] = []
    next_offset = packed.next_fetch_offset
    batches = packed._records
    weight = batches.size_in_bytes()
    while batches.has_next():
        batch = batches.next_batch()
        if packed._check_crcs and not batch.validate_crc():
            raise Fatal(EXIT_FORCED, f"a record batch of {packed._tp} at offset {next_offset} is corrupt (CRC)")
        if packed._isolation_level == READ_COMMITTED and batch.producer_id is not None:
            packed._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and packed._contains_abort_marker(batch):
                packed._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in packed._aborted_producers:
                next_offset = batch.next_offset
                continue
        if not batch.is_control_batch:
            rows = list(batch)
            if rows and rows[0].offset < next_offset:
                rows = [row for row in rows if row.offset >= next_offset]
            records = records + rows if records else rows
        next_offset = batch.next_offset
    return Chunk(records, next_offset, weight + RECORD_BYTES * len(records))


def _raise(tp: TP, error: BaseException) -> None:
    topic, partition = tp
    if isinstance(error, kafka_errors.OffsetOutOfRangeError):
        raise Fatal(
            EXIT_MISCONFIGURED,
            f"the committed offset of {topic}/{partition} is outside its log: records were deleted before they were "
            "read, or the topic was made anew; set the group's offset for it and start again",
        )
    if isinstance(error, kafka_errors.TopicAuthorizationFailedError):
        raise Fatal(EXIT_MISCONFIGURED, f"this worker may not read topic {topic}: check its ACL")
    raise Fatal(EXIT_FORCED, f"{topic}/{partition} cannot be read: {type(error).__name__}")


_GATHER_BYTES: Final = 1 << 16
"""Where so much is waiting, there is nothing to wait for."""


def set_patience(consumer: Any, settings: EngineSettings, *, gather: bool) -> None:
    """Have the next fetches wait for more records, or answer with the first one."""
    fetcher = consumer._fetcher
    fetcher._fetch_min_bytes = _GATHER_BYTES if gather else 1
    fetcher._fetch_max_wait_ms = settings.gather_ms if gather else settings.fetch_max_wait_ms
