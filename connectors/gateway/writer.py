"""Writes requests to Kafka so that each is there whole or not at all.

Requests that arrive while a transaction runs share the next one (group commit), so a transaction's cost of a few
milliseconds is paid by all of them together. A transaction that fails or does not end in time takes its producer with
it: a new producer under the same transactional id makes Kafka abort what was left open, hence an answer 503 is never
followed by a late write of a part. The one case that nobody can tell is a commit whose answer was lost: then the whole
request may be there. The same ids sent again change nothing, so the advice is the same: send it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer import sender

from connectors.audit import AuditUnreadable, Chains, Pending, catch_up
from connectors.kafka import discard
from ioc.audit import Entry
from ioc.topics import AUDIT

_log = logging.getLogger(__name__)

MAX_RECORD_BYTES: Final = 1_000_000
"""A record with its key and headers; brokers refuse 1,048,588 bytes by default."""

_ROUND_RECORDS: Final = 10_000
_ROUND_BYTES: Final = 8 * 1024 * 1024
_QUEUE_BYTES: Final = 64 * 1024 * 1024
_BATCH_BYTES: Final = 512 * 1024
_OFFERS: Final = 10_000
_PROBE_S: Final = 2.0
"""How often an idle connection is tried, so that readiness tells the truth."""
_PROBE_TIMEOUT_S: Final = 3.0
_RECONNECT_S: Final = 0.5
_CONCURRENT_TRANSACTIONS_BACKOFF_S: Final = 0.002
"""aiokafka waits 20 ms where the last transaction's markers are still being written; they take two."""
_BOOKKEEPING_BYTES: Final = 64
_ENTRY_BYTES: Final = 1024
"""Of an audit record, roughly and from above."""
_FORWARDED: Final = 500
"""Audit entries that waited and go into one transaction."""
_LOOK_S: Final = 1.0
"""How often at most it is looked whether any wait."""
_SAVE_S: Final = 5.0
"""How often at most the heads of the audit's chains are kept: what came since is read from the topic again."""
_ANCHOR_S: Final = 3600.0
"""How often the log says where the chains stand, for whoever keeps logs apart from Kafka and from this machine."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to write."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()

    @property
    def size(self) -> int:
        """Bytes on the wire, roughly and from above."""
        headers = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.key) + len(self.value) + headers + _BOOKKEEPING_BYTES


class Unavailable(Exception):
    """Kafka did not take it: away, too slow, or a topic is missing."""


@dataclass(frozen=True, slots=True)
class _Submission:
    records: Sequence[Record]
    size: int
    done: asyncio.Future[None] | None
    """``None`` for what nobody waits for."""
    entries: Sequence[Entry] = ()
    """What is written down of them in the audit."""


@functools.lru_cache(maxsize=65_536)
def _hash(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


class Writer:
    """One transactional producer and the queue before it.

    Args:
        options: Arguments of every Kafka client.
        transactional_id: Ours alone, the same after a crash.
        topics: Those that will be written; looked up with every connection. A missing one is looked for again.
        timeout_s: Longest wait of a request.
        on_state: Told whether Kafka is there, whenever that changes.
        chains: Where the audit's chains of this writer stand; they belong to its transactional id. Nothing is written
            down without.
        pending: Audit entries of this machine that wait for somebody who writes.

    """

    def __init__(
        self,
        options: dict[str, Any],
        transactional_id: str,
        *,
        topics: Sequence[str],
        timeout_s: float,
        on_state: Callable[[bool], None],
        chains: Chains | None = None,
        pending: Pending | None = None,
    ) -> None:
        self._options = options
        self._transactional_id = transactional_id
        self._topics = topics
        self._timeout_s = timeout_s
        self._on_state = on_state
        self._chains = chains
        self._pending = pending
        self._saved_at = self._anchored_at = time.monotonic()
        self._looked_at = float("-inf")
        self._queue: deque[_Submission] = deque()
        self._queued_bytes = 0
        self._offers = 0
        self._wake = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._known: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._told: bool | None = None
        self.up = False

    def start(self) -> None:
        """Begin to connect; returns at once, Kafka there or not."""
        sender.BACKOFF_OVERRIDE = _CONCURRENT_TRANSACTIONS_BACKOFF_S
        self._task = asyncio.create_task(self._run(), name="gateway-writer")

    async def stop(self, grace_s: float = 1.0) -> None:
        """Finish what is being written, if that goes quickly; refuse the rest."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=grace_s)
            self._task.cancel()
            await asyncio.wait([self._task], timeout=grace_s)
        self._refuse(self._queue)
        await self._keep_heads(now=True)

    async def write(self, records: Sequence[Record], entries: Sequence[Entry] = ()) -> None:
        """Write all of them in one transaction; returns when Kafka has committed it with acks=all.

        Args:
            records: What is written.
            entries: What the audit says of it, in the same transaction: neither is there without the other.

        Raises:
            Unavailable: nothing of it is there (see the module for the one exception).

        """
        if not records and not entries:
            return
        size = sum(record.size for record in records) + len(entries) * _ENTRY_BYTES
        if self._stopping or self._queued_bytes + size > _QUEUE_BYTES:
            raise Unavailable("the queue before Kafka is full")
        await self._know({record.topic for record in records} | ({AUDIT} if entries else set()))
        done = asyncio.get_running_loop().create_future()
        self._enqueue(_Submission(records, size, done, entries))
        await done

    def offer(self, records: Sequence[Record]) -> None:
        """Write them soon if that is possible; nobody waits and nobody is told."""
        if not self.up or self._offers + len(records) > _OFFERS:
            return
        if all(record.topic in self._known for record in records):
            self._offers += len(records)
            self._enqueue(_Submission(records, sum(record.size for record in records), None))

    def _enqueue(self, submission: _Submission) -> None:
        self._queue.append(submission)
        self._queued_bytes += submission.size
        self._wake.set()

    async def _know(self, topics: Iterable[str]) -> None:
        """Have the partition counts at hand, so that a missing topic hurts its own requests only."""
        for topic in topics:
            if topic in self._known and self.up:
                continue
            if self._producer is None or not self.up:
                raise Unavailable("Kafka cannot be reached")
            try:
                async with asyncio.timeout(min(self._timeout_s, _PROBE_TIMEOUT_S)):
                    self._known[topic] = len(await self._producer.partitions_for(topic))
            except Exception as error:
                raise Unavailable(f"the topic {topic} cannot be written") from error

    async def _run(self) -> None:
        while not self._stopping:
            try:
                self._producer = producer = await self._connect()
            except Exception as error:
                self._say(up=False, reason=error)
                await asyncio.sleep(_RECONNECT_S)
                continue
            self._say(up=True)
            try:
                await self._rounds(producer)
            except Exception as error:
                self._say(up=False, reason=error)
            finally:
                self._producer = None
                if self._chains is not None:
                    self._chains.undo()
                self._refuse(self._queue)
                await discard(producer)

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            transactional_id=self._transactional_id,
            transaction_timeout_ms=int(self._timeout_s * 1000),
            max_batch_size=_BATCH_BYTES,
            max_request_size=2 * MAX_RECORD_BYTES,
            metadata_max_age_ms=60_000,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                await producer.start()
                existing = (await producer.client.fetch_all_metadata()).topics()
                self._known = {
                    topic: len(await producer.partitions_for(topic)) for topic in self._topics if topic in existing
                }
            if self._chains is not None and AUDIT in existing:
                # Whatever a transaction before this producer became is decided now.
                await catch_up(self._options, self._chains)
        except BaseException:
            await discard(producer)
            raise
        return producer

    async def _rounds(self, producer: AIOKafkaProducer) -> None:
        while True:
            await self._look_after_audit(producer)
            if not self._queue:
                if self._stopping:
                    return
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_S):
                        await self._wake.wait()
                if not self._queue:
                    async with asyncio.timeout(_PROBE_TIMEOUT_S):
                        await producer.client.fetch_all_metadata()
                    # Topics grow; the producer's own view of them is renewed every minute.
                    self._known = {topic: len(await producer.partitions_for(topic)) for topic in self._known}
                    continue
            submissions = self._take()
            if not submissions:
                continue
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._transaction(producer, submissions)
            except BaseException:
                self._refuse(submissions)
                raise
            for submission in submissions:
                if submission.done is not None and not submission.done.done():
                    submission.done.set_result(None)

    def _take(self) -> list[_Submission]:
        """What goes into the next transaction: whole requests, in order, those that gave up left out."""
        taken: list[_Submission] = []
        records = size = 0
        while self._queue and records < _ROUND_RECORDS and size < _ROUND_BYTES:
            submission = self._queue.popleft()
            self._queued_bytes -= submission.size
            if submission.done is None:
                self._offers -= len(submission.records)
            elif submission.done.done():
                continue
            taken.append(submission)
            records += len(submission.records)
            size += submission.size
        return taken

    async def _transaction(self, producer: AIOKafkaProducer, submissions: Iterable[_Submission]) -> None:
        by_partition: dict[tuple[str, int], list[Record]] = {}
        for submission in submissions:
            for record in (*submission.records, *self._drawn(submission.entries)):
                partition = _hash(record.key) % self._known[record.topic]
                by_partition.setdefault((record.topic, partition), []).append(record)
        await producer.begin_transaction()
        sent: list[asyncio.Future[Any]] = []
        for (topic, partition), records in by_partition.items():
            batch = producer.create_batch()
            for record in records:
                fields = {"key": record.key, "value": record.value, "headers": list(record.headers), "timestamp": None}
                if batch.append(**fields) is None:
                    sent.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(**fields)
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        # A transaction commits what was written, whether or not that is everything: look at each outcome first.
        written = await asyncio.gather(*sent)
        await producer.commit_transaction()
        if self._chains is not None:
            ends = ((one.partition, one.offset + 1) for one in written if one.topic == AUDIT)
            self._chains.committed(ends)

    def _drawn(self, entries: Sequence[Entry]) -> Iterable[Record]:
        """Records of the audit. They are drawn here, not when the request comes: what fails before leaves no gap."""
        if not entries:
            return ()
        assert self._chains is not None
        return [Record(AUDIT, key, value) for key, value in self._chains.draw(entries)]

    async def _look_after_audit(self, producer: AIOKafkaProducer) -> None:
        at = time.monotonic()
        if self._chains is None or at - self._looked_at < _LOOK_S:
            return
        self._looked_at = at
        await self._keep_heads()
        if self._pending is not None and self._pending.waiting and AUDIT in self._known:
            await self._forward(producer, self._pending)

    async def _forward(self, producer: AIOKafkaProducer, pending: Pending) -> None:
        """Write down what this machine's commands and sign-ins have left for that."""
        with pending.taken() as entries:
            for begin in range(0, len(entries), _FORWARDED):
                async with asyncio.timeout(self._timeout_s):
                    part = entries[begin : begin + _FORWARDED]
                    await self._transaction(producer, [_Submission((), 0, None, part)])

    async def _keep_heads(self, *, now: bool = False) -> None:
        """Keep where the chains stand, apart from Kafka."""
        at = time.monotonic()
        if self._chains is None or not (now or at - self._saved_at >= _SAVE_S):
            return
        self._saved_at = at
        try:
            await asyncio.to_thread(self._chains.save)
        except OSError as error:
            _log.warning("audit_heads_not_kept", extra={"reason": error.strerror})
        if now or at - self._anchored_at >= _ANCHOR_S:
            self._anchored_at = at
            for anchor in self._chains.anchors():
                extra = {"chain": anchor.chain, "actor": anchor.actor, "seq": anchor.head.seq, "hash": anchor.head.hash}
                _log.info("audit_anchored", extra=extra)

    def _refuse(self, submissions: Iterable[_Submission]) -> None:
        for submission in submissions:
            if submission.done is not None and not submission.done.done():
                submission.done.set_exception(Unavailable("Kafka did not take it in time"))
        if submissions is self._queue:
            self._queue.clear()
            self._queued_bytes = self._offers = 0

    def _say(self, *, up: bool, reason: BaseException | None = None) -> None:
        if up is self._told:
            return
        self.up = self._told = up
        self._on_state(up)
        if up:
            _log.info("kafka_reached")
        else:
            expected = isinstance(reason, KafkaError | OSError | TimeoutError | AuditUnreadable)
            _log.warning("kafka_away", extra={"reason": type(reason).__name__}, exc_info=None if expected else reason)
