"""One reader of all alert topics for all who listen: a ring of the newest alerts and a bounded queue per listener."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from connectors.gateway.cursor import Places
from connectors.gateway.sieve import Sieve, Traits
from connectors.gateway.tail import Offsets, Tail, open_reader
from connectors.kafka import discard

RING: Final = 5_000
"""Alerts kept in memory for ``history`` and for short interruptions; older ones are read from Kafka again."""
PRELOAD_PER_PARTITION: Final = 500
QUEUE: Final = 1_000
"""Alerts that may wait for a slow listener before it is sent away."""
MAX_LISTENERS: Final = 500
_REPLAYS: Final = 4
_REPLAY_STALL_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Line:
    """One alert as it is sent on."""

    topic: str
    partition: int
    offset: int
    at_ms: int
    traits: Traits
    data: bytes


def in_time(lines: Iterable[Line]) -> list[Line]:
    """Lines of several partitions by their time, those of each partition in its own order."""
    latest: dict[tuple[str, int], int] = {}
    keyed = []
    for line in lines:
        place = line.topic, line.partition
        latest[place] = max(line.at_ms, latest.get(place, 0))
        keyed.append((latest[place], line))
    keyed.sort(key=itemgetter(0))
    return [line for _, line in keyed]


class Listener:
    """Who listens: to which topics, with a queue that does not grow without end."""

    def __init__(self, topics: Collection[str]) -> None:
        self.topics = frozenset(topics)
        self.slow = False
        self._lines: deque[Line] = deque()
        self._wake = asyncio.Event()

    def put(self, line: Line) -> None:
        """Queue an alert; a full queue marks the listener as slow and ends its stream."""
        if line.topic not in self.topics or self.slow:
            return
        if len(self._lines) >= QUEUE:
            self.slow = True
            self._lines.clear()
        else:
            self._lines.append(line)
        self._wake.set()

    async def get(self, timeout_s: float) -> list[Line]:
        """What has come; empty after the timeout or where the listener is slow."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return []
        lines = list(self._lines)
        self._lines.clear()
        self._wake.clear()
        return lines

    def wake(self) -> None:
        """Let ``get`` return."""
        self._wake.set()


class Hub:
    """Follows the alert topics and hands each alert to everybody who listens to its centre."""

    def __init__(self, options: dict[str, Any], topics: Sequence[str]) -> None:
        self._options = options
        self._ring: deque[Line] = deque(maxlen=RING)
        self._floor: Places = {}
        self._listeners: set[Listener] = set()
        self._replays = asyncio.Semaphore(_REPLAYS)
        self._tail = Tail(options, topics, start=self._begin, on_record=self._take, name="alerts")

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._tail.start()

    async def stop(self) -> None:
        """End at once."""
        await self._tail.stop()

    @property
    def ready(self) -> bool:
        """Whether the newest alerts are here."""
        return self._tail.caught_up.is_set()

    @property
    def full(self) -> bool:
        """Whether no more listeners are taken."""
        return len(self._listeners) >= MAX_LISTENERS

    def listen(self, topics: Collection[str]) -> tuple[Listener, Places]:
        """Register; the listener's queue begins exactly at the places that are returned."""
        listener = Listener(topics)
        self._listeners.add(listener)
        places = {(tp.topic, tp.partition): offset for tp, offset in self._tail.positions.items()}
        return listener, {place: offset for place, offset in places.items() if place[0] in listener.topics}

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    def wake_all(self) -> None:
        """Let every listener look up: the gateway is stopping."""
        for listener in self._listeners:
            listener.wake()

    def last(self, count: int, topics: Collection[str], sieve: Sieve) -> list[Line]:
        """The newest alerts in memory that fit, oldest first."""
        found = in_time(line for line in self._ring if line.topic in topics and sieve.passes(line.traits))
        return found[-count:] if count else []

    def holds(self, begin: Places) -> bool:
        """Whether everything from these places on is in memory."""
        return all(offset >= self._floor.get(place, 0) for place, offset in begin.items())

    def between(self, begin: Places, end: Places) -> list[Line]:
        """Alerts in memory from ``begin`` to before ``end``."""
        return in_time(
            line
            for line in self._ring
            if begin.get((line.topic, line.partition), 1 << 62) <= line.offset < end[line.topic, line.partition]
        )

    async def beyond(self, begin: Places) -> set[tuple[str, int]]:
        """Places that Kafka does not have (yet): the topic was made anew since the cursor was handed out."""
        topics = sorted({topic for topic, _ in begin})
        consumer, _, end = await open_reader(self._options, topics)
        await discard(consumer)
        return {place for place, offset in begin.items() if offset > end.get(TopicPartition(*place), 0)}

    async def replay(self, begin: Places, end: Places) -> AsyncIterator[tuple[list[Line], bool]]:
        """Alerts from ``begin`` to before ``end`` from Kafka, with whether some of them are gone for good.

        Raises:
            TimeoutError: Kafka gives nothing.

        """
        async with self._replays:
            topics = sorted({topic for topic, _ in begin})
            async with asyncio.timeout(_REPLAY_STALL_S):
                consumer, first, _ = await open_reader(self._options, topics)
            try:
                gap = False
                left: dict[TopicPartition, int] = {}
                for place, offset in begin.items():
                    partition = TopicPartition(*place)
                    gap = gap or offset < first[partition]
                    consumer.seek(partition, max(offset, first[partition]))
                    left[partition] = end[place]
                yield [], gap
                while left:
                    async with asyncio.timeout(_REPLAY_STALL_S):
                        got = await self._some(consumer, left)
                    if got:
                        yield got, False
            finally:
                await discard(consumer)

    async def _some(self, consumer: Any, left: dict[TopicPartition, int]) -> list[Line]:
        """The next alerts of a replay; partitions that are done leave ``left``. Waits until there is either."""
        while True:
            found: list[Line] = []
            for partition, records in (await consumer.getmany(*left, timeout_ms=250, max_records=1000)).items():
                for record in records:
                    line = _line(partition.topic, partition.partition, record.offset, record.value, record.timestamp)
                    if line is not None and record.offset < left[partition]:
                        found.append(line)
            done = [partition for partition, end in left.items() if await consumer.position(partition) >= end]
            for partition in done:
                del left[partition]
            if found or done:
                return in_time(found)

    def _begin(self, first: Offsets, end: Offsets) -> Offsets:
        begin = {tp: max(first[tp], offset - PRELOAD_PER_PARTITION) for tp, offset in end.items()}
        self._floor = {(tp.topic, tp.partition): offset for tp, offset in begin.items()}
        return begin

    def _take(self, topic: str, partition: int, offset: int, _key: bytes | None, value: bytes | None, ms: int) -> None:
        line = _line(topic, partition, offset, value, ms)
        if line is None:
            return
        if len(self._ring) == RING:
            gone = self._ring[0]
            self._floor[gone.topic, gone.partition] = gone.offset + 1
        self._ring.append(line)
        for listener in self._listeners:
            listener.put(line)


def _line(topic: str, partition: int, offset: int, value: bytes | None, at_ms: int) -> Line | None:
    """An alert from its record; ``None`` for what is no alert."""
    try:
        alert = orjson.loads(value or b"")
        traits = Traits(str(alert["severity"]), *(str(alert.get(name) or "") for name in Traits._fields[1:]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    data = value if value is not None and b"\n" not in value else orjson.dumps(alert)
    return Line(topic, partition, offset, at_ms, traits, data)
