"""The transactional writer: one Kafka transaction per round, written straight in protocol requests.

aiokafka's own transactional producer retries every error silently for ever, forgets to abort after some of them,
and can therefore end a later transaction with a delayed request of an earlier one. This writer has no retries but
one (the coordinator is still writing the previous transaction's markers): everything else raises, and an epoch in
which anything raised is never used again. ``renew`` asks for the next epoch, which makes the coordinator abort what
was open and refuse whatever of the old epoch still is on its way.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

import aiokafka.errors as kafka_errors
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
)
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from streams.transport import wire
from streams.transport.errors import GroupFenced, ProducerFenced, RoundFailed
from streams.transport.ledger import TP
from streams.transport.observer import EngineObserver, Point
from streams.transport.outbox import OutputRow
from streams.transport.partitioner import hashes
from streams.transport.settings import EngineSettings

log = logging.getLogger(__name__)

_CODECS: Final = {
    None: DefaultRecordBatch.CODEC_NONE,
    "gzip": DefaultRecordBatch.CODEC_GZIP,
    "snappy": DefaultRecordBatch.CODEC_SNAPPY,
    "lz4": DefaultRecordBatch.CODEC_LZ4,
    "zstd": DefaultRecordBatch.CODEC_ZSTD,
}
_AGAIN: Final = frozenset({wire.CONCURRENT_TRANSACTIONS, wire.COORDINATOR_LOADING, wire.NOT_ENOUGH_REPLICAS})
"""Answers that say for certain that nothing was done, and soon may be.

The previous transaction's markers are still being written (KAFKA-5477); a coordinator is reading its log; the leader
could not have the transaction coordinator confirm the transaction just then, which it calls a lack of replicas so
that older clients understand it (KIP-890).
"""
_AGAIN_FIRST_S: Final = 0.001
_AGAIN_LONGEST_S: Final = 0.02
"""Usually a millisecond is enough (aiokafka waits 20 ms each time); a loading coordinator takes longer."""

_NO_ERROR: Final = 0
_FENCED_PRODUCER: Final = frozenset({wire.INVALID_PRODUCER_EPOCH, wire.PRODUCER_FENCED})
_FENCED_MEMBER: Final = frozenset(
    {wire.ILLEGAL_GENERATION, wire.UNKNOWN_MEMBER_ID, wire.REBALANCE_IN_PROGRESS, wire.FENCED_INSTANCE_ID}
)


class TransactionWriter:
    """Writes rounds. One per process; not concurrent."""

    def __init__(self, settings: EngineSettings, observer: EngineObserver) -> None:
        self._settings = settings
        self._observer = observer
        self._client: Any = None
        self._producer: tuple[int, int] | None = None
        self._sequences: dict[TP, int] = defaultdict(int)
        self._coordinators: dict[int, int] = {}
        self._spread = 0

    # ---- life -------------------------------------------------------------------------------------------------

    async def renew(self) -> None:
        """Get a producer epoch: at the start, and after every failure.

        Raises:
            KafkaError, TimeoutError: Not now; try again.

        """
        self._producer = None
        self._sequences.clear()
        self._coordinators.clear()
        if self._client is None:
            client = AIOKafkaClient(client_id=f"{self._settings.transactional_id}-writer", **self._client_arguments())
            try:
                await client.bootstrap()
            except BaseException:
                await client.close()
                raise
            self._client = client
        settings = self._settings
        request = InitProducerIdRequest(settings.transactional_id, settings.transaction_timeout_ms)
        node = await self._coordinator(CoordinationType.TRANSACTION, settings.transactional_id)
        response = await self._send(node, request, ConnectionGroup.COORDINATION)
        if response.error_code != _NO_ERROR:
            raise kafka_errors.for_code(response.error_code)
        self._producer = (response.producer_id, response.producer_epoch)

    async def close(self) -> None:
        """Close connections. An open transaction is left to the next holder of the slot, or to its timeout."""
        client, self._client, self._producer = self._client, None, None
        if client is not None:
            await client.close()

    async def abandon_connections(self) -> None:
        """Forget the client after connection trouble, so that ``renew`` starts from the bootstrap servers."""
        await self.close()

    @property
    def ready(self) -> bool:
        return self._producer is not None

    def _client_arguments(self) -> dict[str, Any]:
        arguments = self._settings.client_arguments()
        # A request that outlives its transaction is of no use.
        arguments["request_timeout_ms"] = min(arguments["request_timeout_ms"], self._settings.transaction_timeout_ms)
        return arguments

    # ---- a round ----------------------------------------------------------------------------------------------

    async def commit(
        self,
        outputs: Iterable[Sequence[OutputRow]],
        offsets: Mapping[TP, int],
        member: wire.Member,
        notes: Mapping[TP, str],
    ) -> None:
        """Write outputs and offsets as one transaction.

        Each partition's note is kept beside its offset: it tells later whether this very transaction was committed.
        Returns when the coordinator has answered that it is committed.

        Raises:
            GroupFenced: Nothing was committed, this membership is stale.
            ProducerFenced: Nothing of this attempt was committed by us; someone else has the transactional id.
            RoundFailed: The outcome is unknown.

        """
        producer, self._producer = self._producer, None  # only a transaction that went well hands its epoch on
        if producer is None:
            raise RoundFailed("there is no producer epoch")
        try:
            async with asyncio.timeout(self._settings.transaction_timeout_ms / 1000):
                await self._transact(producer, outputs, offsets, member, notes)
        except kafka_errors.KafkaError as error:
            raise RoundFailed(f"{type(error).__name__}: {error}") from error
        except TimeoutError as error:
            raise RoundFailed("the transaction took longer than its timeout") from error
        self._producer = producer

    async def _transact(
        self,
        producer: tuple[int, int],
        outputs: Iterable[Sequence[OutputRow]],
        offsets: Mapping[TP, int],
        member: wire.Member,
        notes: Mapping[TP, str],
    ) -> None:
        by_partition = await self._route(outputs)
        layers = self._encode(by_partition, producer)
        transactional_id = self._settings.transactional_id
        coordinator = await self._coordinator(CoordinationType.TRANSACTION, transactional_id)
        self._observer.passed(Point.SENDING)
        # Pipelined on one connection. No write overlaps them: the broker has the coordinator confirm each write's
        # transaction, and a coordinator that is just adding something to it does not.
        await _both(
            self._add_partitions(by_partition, producer, coordinator),
            self._add_group(member.group, producer, coordinator),
        )
        commit = wire.TxnOffsetCommit(transactional_id, member, producer, offsets, notes)
        await _both(self._produce(layers), self._commit_offsets(commit))
        self._observer.passed(Point.ENDING)
        request = EndTxnRequest(transactional_id, *producer, True)
        response = await self._send(coordinator, request, ConnectionGroup.COORDINATION)
        self._check(response.error_code, "ending the transaction")
        self._observer.passed(Point.ENDED)

    async def _add_partitions(self, partitions: Iterable[TP], producer: tuple[int, int], coordinator: int) -> None:
        by_topic: dict[str, list[int]] = defaultdict(list)
        for topic, partition in partitions:
            by_topic[topic].append(partition)
        if not by_topic:
            return
        request = AddPartitionsToTxnRequest(self._settings.transactional_id, *producer, list(by_topic.items()))
        for tries in itertools.count():
            response = await self._send(coordinator, request, ConnectionGroup.COORDINATION)
            codes = [code for _, rows in response.errors for _, code in rows]
            if not await self._again(codes, tries, "adding partitions to the transaction"):
                return

    async def _add_group(self, group: str, producer: tuple[int, int], coordinator: int) -> None:
        request = AddOffsetsToTxnRequest(self._settings.transactional_id, *producer, group)
        for tries in itertools.count():
            response = await self._send(coordinator, request, ConnectionGroup.COORDINATION)
            if not await self._again([response.error_code], tries, "adding the group to the transaction"):
                return

    async def _produce(self, layers: list[dict[TP, bytearray]]) -> None:
        for layer in layers:
            left = dict(layer)
            for tries in itertools.count():
                answers = await self._produce_layer(left)
                left = {tp: left[tp] for tp, code in answers.items() if code != _NO_ERROR}
                doing = f"writing to {', '.join(sorted({topic for topic, _ in left}))}"
                if not await self._again(answers.values(), tries, doing):
                    break
        self._observer.passed(Point.SENT)

    async def _produce_layer(self, layer: Mapping[TP, bytearray]) -> dict[TP, int]:
        by_leader: dict[int, dict[str, list[tuple[int, bytearray]]]] = defaultdict(lambda: defaultdict(list))
        for (topic, partition), data in layer.items():
            leader = self._client.cluster.leader_for_partition(TopicPartition(topic, partition))
            if leader is None or leader == -1:
                self._client.force_metadata_update()
                raise RoundFailed(f"{topic}/{partition} has no leader")
            by_leader[leader][topic].append((partition, data))
        answers = await asyncio.gather(
            *(self._produce_to(leader, list(topics.items())) for leader, topics in by_leader.items())
        )
        return {tp: code for answer in answers for tp, code in answer.items()}

    async def _produce_to(self, leader: int, topics: list[tuple[str, list[tuple[int, bytearray]]]]) -> dict[TP, int]:
        request = ProduceRequest(
            transactional_id=self._settings.transactional_id,
            required_acks=-1,
            timeout=self._settings.transaction_timeout_ms,
            topics=topics,
        )
        response = await self._send(leader, request, ConnectionGroup.DEFAULT)
        return {(topic, row[0]): row[1] for topic, rows in response.topics for row in rows}

    async def _commit_offsets(self, commit: wire.TxnOffsetCommit) -> None:
        member = commit.member
        group_coordinator = await self._coordinator(CoordinationType.GROUP, member.group)
        for tries in itertools.count():
            response = await self._send(group_coordinator, commit, ConnectionGroup.COORDINATION)
            codes = [code for _, rows, _ in response.topics for _, code, _ in rows]
            if fenced := _FENCED_MEMBER.intersection(codes):
                raise GroupFenced(f"the group refuses generation {member.generation} (error {min(fenced)})")
            if not await self._again(codes, tries, "committing offsets"):
                break
        self._observer.passed(Point.OFFSETS)

    # ---- records ----------------------------------------------------------------------------------------------

    async def _route(self, outputs: Iterable[Sequence[OutputRow]]) -> dict[TP, list[OutputRow]]:
        routed: dict[TP, list[OutputRow]] = defaultdict(list)
        keyed: dict[str, list[OutputRow]] = defaultdict(list)
        self._spread += 1
        counts: dict[str, int] = {}
        for rows in outputs:
            for row in rows:
                topic, partition, key, _, _ = row
                count = counts.get(topic)
                if count is None:
                    count = counts[topic] = await self._partition_count(topic)
                if partition is None:
                    if key is not None:
                        keyed[topic].append(row)
                        continue
                    partition = self._spread % count
                elif partition < 0:
                    partition = (-1 - partition) % count
                elif partition >= count:
                    raise RoundFailed(f"topic {topic} has {count} partitions, an output is for number {partition}")
                routed[topic, partition].append(row)
        for topic, some in keyed.items():
            count = counts[topic]
            for row, value in zip(some, hashes([row[2] or b"" for row in some]), strict=True):
                routed[topic, value % count].append(row)
        return routed

    async def _partition_count(self, topic: str) -> int:
        partitions = self._client.cluster.partitions_for_topic(topic)
        if partitions is None:
            self._client.add_topic(topic)
            await self._client.force_metadata_update()
            partitions = self._client.cluster.partitions_for_topic(topic)
            if partitions is None:
                raise RoundFailed(f"output topic {topic} does not exist, or may not be written to")
        return len(partitions)

    def _encode(self, routed: Mapping[TP, list[OutputRow]], producer: tuple[int, int]) -> list[dict[TP, bytearray]]:
        """Record batches in layers: a produce request takes one batch per partition."""
        now_ms = time.time_ns() // 1_000_000
        layers: list[dict[TP, bytearray]] = []
        for tp, outputs in routed.items():
            for depth, (batch, count) in enumerate(self._batches(outputs, now_ms)):
                batch.set_producer_state(*producer, self._sequences[tp])
                self._sequences[tp] = (self._sequences[tp] + count) & 0x7FFFFFFF
                if depth == len(layers):
                    layers.append({})
                layers[depth][tp] = batch.build()
        return layers

    def _batches(self, outputs: list[OutputRow], now_ms: int) -> list[tuple[Any, int]]:
        codec, size = _CODECS[self._settings.compression], self._settings.max_batch_bytes
        batches = []
        builder = DefaultRecordBatchBuilder(2, codec, 1, -1, -1, 0, size)
        count = 0
        none: list[tuple[str, bytes | None]] = []
        for _, _, key, value, headers in outputs:
            fields = list(headers) if headers else none
            if builder.append(count, now_ms, key, value, fields) is None:
                batches.append((builder, count))
                builder = DefaultRecordBatchBuilder(2, codec, 1, -1, -1, 0, size)
                count = 0
                builder.append(0, now_ms, key, value, fields)
            count += 1
        batches.append((builder, count))
        return batches

    # ---- requests ---------------------------------------------------------------------------------------------

    async def _send(self, node: int, request: Any, group: Any) -> Any:
        return await self._client.send(node, request, group=group)

    async def _coordinator(self, kind: int, key: str) -> int:
        node = self._coordinators.get(kind)
        if node is None:
            node = self._coordinators[kind] = int(await self._client.coordinator_lookup(kind, key))
        return node

    async def _again(self, codes: Iterable[int], tries: int, doing: str) -> bool:
        """Judge answers: raise if one is bad; True, after a pause, if the request is worth repeating."""
        again = False
        for code in codes:
            if code in _AGAIN:
                again = True
            else:
                self._check(code, doing)
        if again:
            await asyncio.sleep(min(_AGAIN_FIRST_S * 2 ** min(tries, 10), _AGAIN_LONGEST_S))
        return again

    def _check(self, code: int, doing: str) -> None:
        if code == _NO_ERROR:
            return
        if code in _FENCED_PRODUCER:
            raise ProducerFenced(f"{doing}: this producer epoch is fenced (error {code})")
        self._client.force_metadata_update()
        raise RoundFailed(f"{doing}: {kafka_errors.for_code(code).__name__} (error {code})")


async def _both(first: Coroutine[Any, Any, None], second: Coroutine[Any, Any, None]) -> None:
    """Side by side; the first failure ends the other and is raised."""
    tasks = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
