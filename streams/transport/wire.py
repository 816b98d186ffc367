"""Two requests that aiokafka 0.14 does not speak in the version that exactly-once needs.

* TxnOffsetCommit v3 carries the member's generation (KIP-447): a worker that lost its partitions is fenced.
* OffsetFetch v7 with ``require_stable``: a new owner waits for the old one's pending offsets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import aiokafka.errors as kafka_errors
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from streams.transport.ledger import TP

_STRING = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)

_LATEST = -1
_READ_UNCOMMITTED = 0

COORDINATOR_LOADING = 14
NOT_ENOUGH_REPLICAS = 19
ILLEGAL_GENERATION = 22
UNKNOWN_MEMBER_ID = 25
REBALANCE_IN_PROGRESS = 27
INVALID_PRODUCER_EPOCH = 47
CONCURRENT_TRANSACTIONS = 51
FENCED_INSTANCE_ID = 82
UNSTABLE_OFFSET_COMMIT = 88
PRODUCER_FENCED = 90


class Member(NamedTuple):
    """Who commits offsets: a group's member in one generation."""

    group: str
    generation: int
    member_id: str

    @classmethod
    def of(cls, coordinator: Any) -> Member:
        """The membership that an aiokafka group coordinator holds now."""
        return cls(coordinator.group_id, coordinator.generation, coordinator.member_id)

    @property
    def settled(self) -> bool:
        """A generation of -1 is not fenced by the broker: it must never be committed with."""
        return self.generation > 0 and bool(self.member_id)


class TxnOffsetCommitResponseV3(Response):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("topic", _STRING),
                ("partitions", CompactArray(("partition", Int32), ("error_code", Int16), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class TxnOffsetCommitRequestV3(RequestStruct):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 3
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = TxnOffsetCommitResponseV3
    SCHEMA = Schema(
        ("transactional_id", _STRING),
        ("group_id", _STRING),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("generation_id", Int32),
        ("member_id", _STRING),
        ("group_instance_id", _STRING),
        (
            "topics",
            CompactArray(
                ("topic", _STRING),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                        ("metadata", _STRING),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class TxnOffsetCommit(Request[TxnOffsetCommitRequestV3]):  # type: ignore[misc]
    """Commit offsets inside a transaction, fenced by group membership."""

    API_KEY = 28

    def __init__(
        self,
        transactional_id: str,
        member: Member,
        producer: tuple[int, int],
        offsets: Mapping[TP, int],
        notes: Mapping[TP, str],
    ) -> None:
        self.member = member
        topics: dict[str, list[tuple[int, int, int, str, dict[int, bytes]]]] = defaultdict(list)
        for tp, offset in offsets.items():
            topics[tp[0]].append((tp[1], offset, -1, notes[tp], {}))
        self._fields: tuple[Any, ...] = (
            transactional_id,
            member.group,
            *producer,
            member.generation,
            member.member_id,
            None,
            [(topic, partitions, {}) for topic, partitions in topics.items()],
            {},
        )

    def build(self, request_struct_class: type[TxnOffsetCommitRequestV3]) -> TxnOffsetCommitRequestV3:
        return request_struct_class(*self._fields)


class OffsetFetchResponseV7(Response):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("topic", _STRING),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                        ("metadata", _STRING),
                        ("error_code", Int16),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        ("error_code", Int16),
        _TAGS,
    )


class OffsetFetchRequestV7(RequestStruct):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = OffsetFetchResponseV7
    SCHEMA = Schema(
        ("group_id", _STRING),
        ("topics", CompactArray(("topic", _STRING), ("partitions", CompactArray(Int32)), _TAGS)),
        ("require_stable", Boolean),
        _TAGS,
    )


class OffsetFetch(Request[OffsetFetchRequestV7]):  # type: ignore[misc]
    """Fetch a group's committed offsets, refusing those that a pending transaction may still change."""

    API_KEY = 9

    def __init__(self, group: str, partitions: Iterable[TP]) -> None:
        topics: dict[str, list[int]] = defaultdict(list)
        for topic, partition in partitions:
            topics[topic].append(partition)
        self._fields: tuple[Any, ...] = (group, [(topic, numbers, {}) for topic, numbers in topics.items()], True, {})

    def build(self, request_struct_class: type[OffsetFetchRequestV7]) -> OffsetFetchRequestV7:
        return request_struct_class(*self._fields)


class UnstableOffset(kafka_errors.KafkaError):  # type: ignore[misc]
    """A pending transaction holds a newer offset; ask again."""

    errno = UNSTABLE_OFFSET_COMMIT
    retriable = True


async def log_ends(client: Any, partitions: Iterable[TP]) -> dict[TP, int]:
    """Where the logs end, open transactions included (aiokafka's own look-up knows one isolation level).

    Raises:
        KafkaError: Not now; ask again.

    """
    by_leader: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for topic, partition in partitions:
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        if leader is None or leader == -1:
            client.force_metadata_update()
            raise kafka_errors.LeaderNotAvailableError
        by_leader[leader][topic].append((partition, _LATEST))
    ends = {}
    for leader, topics in by_leader.items():
        response = await client.send(leader, OffsetRequest(-1, _READ_UNCOMMITTED, list(topics.items())))
        for topic, rows in response.topics:
            for partition, code, _, offset in rows:
                if code:
                    client.force_metadata_update()
                    raise kafka_errors.for_code(code)
                ends[topic, partition] = offset
    return ends


async def stable_offsets(coordinator: Any, partitions: Iterable[TP]) -> dict[TopicPartition, OffsetAndMetadata]:
    """Committed offsets, only when no transaction can change them any more.

    Takes the place of aiokafka's ``GroupCoordinator._do_fetch_commit_offsets``. Partitions without a committed
    offset are absent.

    Raises:
        KafkaError: Retriable ones (UnstableOffset among them) mean: ask again.

    """
    response = await coordinator._send_req(OffsetFetch(coordinator.group_id, partitions))
    error = response.error_code
    found: dict[TopicPartition, OffsetAndMetadata] = {}
    for topic, rows, _ in response.topics:
        for partition, offset, _epoch, metadata, code, _tags in rows:
            error = error or code
            if offset >= 0:
                found[TopicPartition(topic, partition)] = OffsetAndMetadata(offset, metadata or "")
    if error == UNSTABLE_OFFSET_COMMIT:
        raise UnstableOffset
    if error:
        kind = kafka_errors.for_code(error)
        if kind is kafka_errors.NotCoordinatorForGroupError:
            coordinator.coordinator_dead()
        raise kind
    return found
