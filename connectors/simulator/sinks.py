"""Where the events go: to Kafka as CloudEvents in binary mode, or through the gateway as JSON lines."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import httpx
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from connectors.simulator.event import PUBLISHER, Event
from ioc.events import TYPES
from ioc.topics import RAW
from ioc.vocabulary import SOURCES, Source

_IN_FLIGHT: Final = 256
"""Batches that wait for Kafka's word; more of them make the sender wait."""
_REQUESTS: Final = 8
_ITEMS_PER_REQUEST: Final = 500
_ATTEMPTS: Final = 5
"""Requests for the same events while the gateway says that it will work later."""
_PAUSE_S: Final = 1.0
_PAUSE_MOST_S: Final = 5.0
_TIMEOUT_S: Final = 30.0


class SinkError(Exception):
    """Nothing can be sent; the message is one sentence for a person."""


class Sink(Protocol):
    """Takes events; counts what did not arrive."""

    @property
    def failed(self) -> Counter[str]:
        """By reason."""

    async def start(self) -> None:
        """Connect.

        Raises:
            SinkError: there is nobody to send to.

        """

    async def send(self, events: Sequence[Event]) -> None:
        """Send; returns when there is room for more."""

    async def stop(self) -> None:
        """Wait for what is on its way, and disconnect."""


class RoutedSink:
    """Sends each source its own way, the others together.

    Args:
        ways: Where events of a source go.
        others: Where all others go.

    """

    def __init__(self, ways: Mapping[Source, Sink], others: Sink) -> None:
        self._ways = ways
        self._others = others
        self._all: tuple[Sink, ...] = (others, *dict.fromkeys(ways.values()))

    @property
    def failed(self) -> Counter[str]:
        """What did not arrive, on any way."""
        return sum((sink.failed for sink in self._all), Counter())

    async def start(self) -> None:
        for sink in self._all:
            await sink.start()

    async def send(self, events: Sequence[Event]) -> None:
        parts: dict[Sink, list[Event]] = {}
        for event in events:
            parts.setdefault(self._ways.get(event.source, self._others), []).append(event)
        for sink, part in parts.items():
            await sink.send(part)

    async def stop(self) -> None:
        for sink in self._all:
            await sink.stop()


class KafkaSink:
    """Record batches straight into the raw topics.

    Args:
        client: Arguments of every Kafka client.

    """

    def __init__(self, client: Mapping[str, Any]) -> None:
        self.failed: Counter[str] = Counter()
        self._client = client
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[Source, list[int]] = {}
        self._place_of: dict[tuple[Source, bytes], TopicPartition] = {}
        self._in_flight: set[asyncio.Future[Any]] = set()
        self._headers = {
            source: [
                ("ce_specversion", b"1.0"),
                ("ce_source", PUBLISHER.encode()),
                ("ce_type", TYPES[source].encode()),
                ("content-type", b"application/json"),
            ]
            for source in SOURCES
        }

    async def start(self) -> None:
        producer = AIOKafkaProducer(**self._client, acks="all", enable_idempotence=True, max_batch_size=512 * 1024)
        try:
            await producer.start()
            for source in SOURCES:
                self._partitions[source] = sorted(await producer.partitions_for(RAW[source]))
        except (KafkaError, TimeoutError) as error:
            await producer.stop()
            raise SinkError(
                f"Kafka does not answer, or has no raw topics ({type(error).__name__}): "
                "`ioc up` starts it, `ioc topics create` makes them"
            ) from None
        self._producer = producer

    async def send(self, events: Sequence[Event]) -> None:
        assert self._producer is not None
        builders: dict[TopicPartition, BatchBuilder] = {}
        counts: Counter[TopicPartition] = Counter()
        for event in events:
            place = self._place(event.source, event.key)
            builder = builders.get(place) or builders.setdefault(place, self._producer.create_batch())
            headers = [*event.headers] if event.bare else [*self._headers[event.source], ("ce_id", event.id)]
            if builder.append(key=event.key, value=event.body, timestamp=None, headers=headers) is None:
                await self._put(place, builder, counts.pop(place))
                builder = builders[place] = self._producer.create_batch()
                builder.append(key=event.key, value=event.body, timestamp=None, headers=headers)
            counts[place] += 1
        await asyncio.gather(*(self._put(place, builder, counts[place]) for place, builder in builders.items()))
        if len(self._in_flight) > _IN_FLIGHT:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=_TIMEOUT_S)
        if self._producer is not None:
            await self._producer.stop()

    def _place(self, source: Source, key: bytes) -> TopicPartition:
        known = self._place_of.get((source, key))
        if known is not None:
            return known
        partitions = self._partitions[source]
        place = TopicPartition(RAW[source], partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)])
        if source != "reports":  # every report has a key of its own: nothing to remember
            self._place_of[source, key] = place
        return place

    async def _put(self, place: TopicPartition, builder: BatchBuilder, count: int) -> None:
        assert self._producer is not None
        try:
            future = await self._producer.send_batch(builder, place.topic, partition=place.partition)
        except KafkaError as error:
            self.failed[type(error).__name__] += count
            return
        self._in_flight.add(future)
        future.add_done_callback(lambda done: self._done(done, count))

    def _done(self, future: asyncio.Future[Any], count: int) -> None:
        self._in_flight.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            self.failed[type(error).__name__] += count


class GatewaySink:
    """Requests with JSON lines, a few at a time.

    Args:
        url: Of the gateway.
        token: A key that may write all sources.

    """

    def __init__(self, url: str, token: str) -> None:
        self.failed: Counter[str] = Counter()
        self._url = url
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        self._free = asyncio.Semaphore(_REQUESTS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        try:
            response = await self._client.get("/readyz")
        except httpx.TransportError as error:
            raise SinkError(f"the gateway does not answer at {self._url} ({type(error).__name__})") from None
        if response.status_code != httpx.codes.OK:
            raise SinkError(f"the gateway at {self._url} is not ready (HTTP {response.status_code})")

    async def send(self, events: Sequence[Event]) -> None:
        bodies: dict[Source, list[bytes]] = {}
        for event in events:
            bodies.setdefault(event.source, []).append(event.body)
        for source, lines in bodies.items():
            for begin in range(0, len(lines), _ITEMS_PER_REQUEST):
                await self._free.acquire()
                task = asyncio.create_task(self._post(source, lines[begin : begin + _ITEMS_PER_REQUEST]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_TIMEOUT_S)
        await self._client.aclose()

    async def _post(self, source: Source, lines: list[bytes]) -> None:
        try:
            why = ""
            for _ in range(_ATTEMPTS):
                why, pause_s = await self._try(source, lines)
                if not pause_s:
                    break
                await asyncio.sleep(pause_s)
            if why:
                self.failed[why] += len(lines)
        finally:
            self._free.release()

    async def _try(self, source: Source, lines: list[bytes]) -> tuple[str, float]:
        """One request: why it failed, and after how many seconds it is worth another; its events keep their ids."""
        try:
            response = await self._client.post(f"/v1/{source}", content=b"\n".join(lines))
        except httpx.TransportError as error:
            return type(error).__name__, _PAUSE_S
        if response.status_code in {429, 503}:
            asked = response.headers.get("Retry-After", "")
            return f"HTTP {response.status_code}", min(float(asked), _PAUSE_MOST_S) if asked.isdecimal() else _PAUSE_S
        if response.status_code != httpx.codes.ACCEPTED:
            return f"HTTP {response.status_code}", 0.0
        refused = sum(1 for result in response.json()["results"] if result.get("errors"))
        if refused:
            self.failed["refused"] += refused
        return "", 0.0
