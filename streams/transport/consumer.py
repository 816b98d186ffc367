"""Faust's consumer over aiokafka in the worker's own event loop.

Faust's driver runs aiokafka in a thread of its own. Here there is none: what it fetches is wanted by the same loop,
each hand-over would cost the interpreter lock twice, and a thread that goes on with heartbeats would hide a handler
that hangs. Handlers are given a chunk at a time, so heartbeats get their turn.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import aiokafka.abc
import aiokafka.errors as kafka_errors
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from faust.transport import consumer as faust_consumer
from faust.types import ConsumerMessage

from streams.transport.assignor import ByNumberAssignor
from streams.transport.engine import Engine
from streams.transport.ledger import TP
from streams.transport.settings import EngineSettings
from streams.transport.wire import stable_offsets
from streams.transport.work import Work

log = logging.getLogger(__name__)

_RETRY_START_S = 1.0
_STOP_S = 2.0
_CANCEL_S = 0.5
_NOT_LEFT = "the group was not left in good order; it finds out after the session timeout"


async def started(make: Callable[[], Any], what: str) -> Any:
    """Make and start an aiokafka client, however long its broker takes."""
    while True:
        client = make()
        try:
            await client.start()
        except kafka_errors.KafkaConnectionError:
            log.info("%s waits for the broker", what)
            await client.stop()
            await asyncio.sleep(_RETRY_START_S)
        else:
            return client


def make_consumer(settings: EngineSettings, assignor: ByNumberAssignor) -> Any:
    """The group's consumer: committed records only, no offset commits and no resets of its own."""
    return AIOKafkaConsumer(
        client_id=f"{settings.transactional_id}-consumer",
        group_id=settings.group,
        group_instance_id=settings.slot,
        partition_assignment_strategy=[assignor],
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_poll_interval_ms=1_000_000_000,
        session_timeout_ms=int(settings.session_timeout_s * 1000),
        heartbeat_interval_ms=int(settings.heartbeat_s * 1000),
        rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
        fetch_max_wait_ms=settings.fetch_max_wait_ms,
        max_partition_fetch_bytes=settings.fetch_partition_bytes,
        fetch_max_bytes=settings.held_bytes,
        check_crcs=settings.check_crcs,
        metadata_max_age_ms=60_000,
        **settings.client_arguments(),
    )


class Listener(aiokafka.abc.ConsumerRebalanceListener):  # type: ignore[misc]
    """aiokafka's call-backs, handed to the consumer."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> Awaitable[None]:
        # Faust must know before the first pause, so this part is not in the coroutine.
        self._consumer.app.on_rebalance_start()
        return self._consumer.on_partitions_revoked(faust_consumer.ensure_TPset(revoked))

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        consumer = self._consumer
        generation = consumer.client._coordinator.generation
        consumer.app.consumer_generation_id = generation
        await consumer.on_partitions_assigned(faust_consumer.ensure_TPset(assigned), generation)


class Consumer(faust_consumer.Consumer):  # type: ignore[misc]
    """What Faust asks of a consumer; the records go through the engine."""

    logger = logging.getLogger("faust.transport")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.engine: Engine = self.app.engine
        self._client: Any = None
        self._partitioner = DefaultPartitioner()

    @property
    def client(self) -> Any:
        """The started aiokafka consumer."""
        if self._client is None:
            raise faust_consumer.ConsumerNotStarted("the consumer is not started")
        return self._client

    # ---- life -------------------------------------------------------------------------------------------------

    async def on_start(self) -> None:
        assignor = ByNumberAssignor(self.engine.settings.slot)
        client = await started(lambda: make_consumer(self.engine.settings, assignor), "the consumer")
        assignor.again = functools.partial(_assign_again, client)
        coordinator_fetch = functools.partial(_stable_fetch, client)
        self._client = client
        self._coordinator_fetch = coordinator_fetch
        client._coordinator._do_fetch_commit_offsets = coordinator_fetch
        self.engine.bind(client, self._deliver, self._flowing, lambda: self.app.producer.plain)

    async def on_stop(self) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Leave the group, so that others get the partitions at once; gives up after two seconds."""
        client = self._client
        if client is not None and not client._closed:
            # A static member stays in the group until its session ends, which is right for one that dies: it is
            # back in its slot before. One that stops says so.
            client._coordinator._group_instance_id = None
            # In a task of its own: a fetch that pauses after a failure lets its cancellation out of ``stop``, and that
            # must not pass for a cancellation of whoever waits here.
            leaving = asyncio.ensure_future(client.stop())
            await asyncio.wait({leaving}, timeout=_STOP_S)
            if not leaving.done():
                leaving.cancel()
                await asyncio.wait({leaving}, timeout=_CANCEL_S)
                log.warning(_NOT_LEFT)
            elif leaving.cancelled():
                await client._client.close()  # the group is left before the fetches end, connections are closed after
            elif leaving.exception() is not None:
                log.warning(_NOT_LEFT, exc_info=leaving.exception())
                await client._client.close()

    def close(self) -> None:
        """Faust calls this for a rebalance during shutdown; ``leave`` does it."""

    # ---- records ----------------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        await self.engine.run(lambda: self._stopped.is_set() or fetcher._stopped.is_set())

    async def _deliver(self, tp: TP, offset: int, generation: int, work: Work) -> None:
        topic, partition = tp
        message = ConsumerMessage(
            topic, partition, offset, 0.0, 0, None, None, work, None, 0, 0, faust_consumer.TP(topic, partition),
            generation_id=generation,
        )  # fmt: skip
        await self.callback(message)

    def _flowing(self) -> int | None:
        if not self.flow_active or self.app.rebalancing or not self.can_resume_flow.is_set():
            return None
        return int(self.app.consumer_generation_id)

    # ---- rebalancing ------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        # Until this returns, the old generation is valid: a round that is nearly through may still commit.
        await self.engine.revoke()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        self.engine.assigned(len(assigned), generation_id)

    async def perform_seek(self) -> None:
        """The engine positions the consumer when it opens the assignment."""

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Faust compares clocks of different kinds here; the watchdog looks at lag and finished rounds instead."""

    # ---- the rest of Faust's interface ------------------------------------------------------------------------

    async def subscribe(self, topics: Iterable[str]) -> None:
        self.client.subscribe(topics=set(topics), listener=Listener(self))

    def assignment(self) -> set[Any]:
        return faust_consumer.ensure_TPset(self.client.assignment())  # type: ignore[no-any-return]

    def topic_partitions(self, topic: str) -> int | None:
        partitions = self.client._client.cluster.partitions_for_topic(topic)
        return len(partitions) if partitions else None

    def highwater(self, tp: Any) -> int:
        return self.client.last_stable_offset(TopicPartition(*tp)) or 0

    async def highwaters(self, *partitions: Any) -> Mapping[Any, int]:
        return dict(await self.client.end_offsets([TopicPartition(*tp) for tp in partitions]))

    async def earliest_offsets(self, *partitions: Any) -> Mapping[Any, int]:
        return dict(await self.client.beginning_offsets([TopicPartition(*tp) for tp in partitions]))

    async def position(self, tp: Any) -> int | None:
        return int(await self.client.position(TopicPartition(*tp)))

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        if partition is not None:
            return partition
        numbers = sorted(self.client._client.cluster.partitions_for_topic(topic) or ())
        return int(self._partitioner(key, numbers, numbers)) if numbers else None

    async def create_topic(self, topic: str, *_: Any, **__: Any) -> None:
        """Topics are created by whoever deploys them."""
        log.debug("topic %s is not created by the worker", topic)

    def _new_topicpartition(self, topic: str, partition: int) -> Any:
        return TopicPartition(topic, partition)

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        """Offsets are committed in transactions only."""
        return not offsets

    async def seek_to_committed(self) -> Mapping[Any, int]:
        return {}

    async def seek_wait(self, partitions: Mapping[Any, int]) -> None:
        raise NotImplementedError("positions belong to the engine")

    async def _seek(self, partition: Any, offset: int) -> None:
        raise NotImplementedError("positions belong to the engine")

    async def _getmany(self, active_partitions: set[Any] | None, timeout: float) -> Any:
        raise NotImplementedError("records go through the engine")

    def _to_message(self, tp: Any, record: Any) -> Any:
        raise NotImplementedError("records go through the engine")


async def _stable_fetch(client: Any, partitions: Iterable[TP]) -> Any:
    return await stable_offsets(client._coordinator, partitions)


def _assign_again(client: Any) -> None:
    client._client.force_metadata_update()
    client._coordinator.request_rejoin()
