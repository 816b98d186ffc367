"""Reads the alert topics from the outbox's positions, whatever Kafka goes through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from connectors.kafka import discard
from connectors.notify.metrics import Metrics
from connectors.notify.outbox import Outbox, Partition
from ioc.notify import NoticeError, Subscriptions, notice_of

_log = logging.getLogger(__name__)

_CONNECT_S: Final = 10.0
_POLL_MS: Final = 500
_MOST: Final = 500
_LOOK_S: Final = 10.0
"""How often partitions that came since are looked for."""
_PAUSE_S: Final = 2.0


class Reader:
    """Brings alerts into the outbox.

    Args:
        options: Arguments of every Kafka client.
        topics: The alert topics.
        outbox: Where alerts and positions are written.
        subscriptions: Those of the moment.
        metrics: What is shown.
        arrived: Called when there is something new.

    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: Sequence[str],
        outbox: Outbox,
        *,
        subscriptions: Callable[[], Subscriptions],
        metrics: Metrics,
        arrived: Callable[[], None],
    ) -> None:
        self._options = options
        self._topics = topics
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._metrics = metrics
        self._arrived = arrived
        self.trouble: str | None = "Kafka has not answered yet"

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._session()
            except asyncio.CancelledError:
                # A connection that breaks cancels what waits for it in the client: that is no order to this task.
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                self._away("connection broke")
            except Exception as error:
                self._away(type(error).__name__)
            await asyncio.sleep(_PAUSE_S)

    def _away(self, why: str) -> None:
        sentence = f"Kafka does not answer ({why})"
        if sentence != self.trouble:
            _log.warning("notify_waits", extra={"reason": why})
        self.trouble = sentence
        self._metrics.broker(up=False)

    async def _session(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._options,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="none",
        )
        try:
            async with asyncio.timeout(_CONNECT_S):
                await consumer.start()
                await self._assign(consumer)
            self.trouble = None
            self._metrics.broker(up=True)
            looked = asyncio.get_running_loop().time()
            while True:
                await self._some(consumer)
                if asyncio.get_running_loop().time() - looked > _LOOK_S:
                    if await self._partitions(consumer) != {(tp.topic, tp.partition) for tp in consumer.assignment()}:
                        return
                    looked = asyncio.get_running_loop().time()
        finally:
            await discard(consumer)

    async def _partitions(self, consumer: AIOKafkaConsumer) -> set[Partition]:
        known = await consumer._client.fetch_all_metadata()
        return {(topic, number) for topic in self._topics for number in known.partitions_for_topic(topic) or ()}

    async def _assign(self, consumer: AIOKafkaConsumer) -> None:
        """Go on from the positions: the very first time at the end, so that nobody is told of what is long over."""
        partitions = [TopicPartition(*each) for each in sorted(await self._partitions(consumer))]
        consumer.assign(partitions)
        known = self._outbox.positions()
        first = await consumer.beginning_offsets(partitions) if partitions else {}
        ends = await consumer.end_offsets(partitions) if partitions else {}
        begin: dict[Partition, int] = {}
        for tp in partitions:
            place = (tp.topic, tp.partition)
            # A partition that came since is new as a whole.
            offset = known.get(place, first[tp] if known else ends[tp])
            if not first[tp] <= offset <= ends[tp]:
                # Kafka has forgotten what was not read, or the topic was made anew: both are told, neither stops us.
                kind = "retention" if offset < first[tp] else "recreated"
                _log.warning("notify_gap", extra={"topic": tp.topic, "partition": tp.partition, "reason": kind})
                self._metrics.gap(kind)
                offset = first[tp]
            begin[place] = offset
            consumer.seek(tp, offset)
        self._outbox.take([], begin, datetime.now(UTC))

    async def _some(self, consumer: AIOKafkaConsumer) -> None:
        try:
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST)
        except OffsetOutOfRangeError:
            return await self._assign(consumer)
        if not fetched:
            return None
        entries = []
        for tp, records in fetched.items():
            for record in records:
                try:
                    notice = notice_of(tp.topic, tp.partition, record.offset, record.value)
                except NoticeError as error:
                    _log.warning(
                        "notify_unreadable",
                        extra={
                            "topic": tp.topic,
                            "partition": tp.partition,
                            "offset": record.offset,
                            "why": str(error),
                        },
                    )
                    self._metrics.unreadable()
                    continue
                entries += [
                    (subscription.name, notice, record.value)
                    for subscription in self._subscriptions().each
                    if subscription.match.takes(notice)
                ]
        positions = {(tp.topic, tp.partition): await consumer.position(tp) for tp in fetched}
        if self._outbox.take(entries, positions, datetime.now(UTC)):
            self._arrived()
        return None
