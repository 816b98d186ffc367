"""Follows topics into the database, through every absence of Kafka and of the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka.errors import KafkaError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from connectors.store.access import Access
from connectors.store.metrics import Metrics
from connectors.store.positions import FencedError, Gap, Partition, Place, find_places, reached
from connectors.store.records import Record
from connectors.store.source import Source
from connectors.store.writer import Batch, Writer

_log = logging.getLogger(__name__)

_CONNECT_S: Final = 10.0
_LOOK_S: Final = 2.0
"""How often ends and partitions are asked for: lag, topics that came or went, and whether Kafka is there."""
_LOOK_TIMEOUT_S: Final = 5.0
_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0)


class _AgainError(Exception):
    """What is read is not what it was: find the places anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one feed reads.

    Attributes:
        name: For the log.
        topics: What it follows.
        most: Records of one transaction.
        gather_s: So long records are gathered before they are written.

    """

    name: str
    topics: Sequence[str]
    most: int
    gather_s: float = 0.0


class Feed:
    """One reader with its places.

    Args:
        plan: What it reads.
        options: Arguments of every Kafka client.
        access: The database.
        writer: Writes batches.
        metrics: What is shown.

    """

    def __init__(
        self, plan: Plan, options: Mapping[str, Any], access: Access, writer: Writer, metrics: Metrics
    ) -> None:
        self._plan = plan
        self._options = options
        self._access = access
        self._writer = writer
        self._metrics = metrics
        self._places: dict[Partition, Place] = {}
        self._stopped = asyncio.Event()
        self._goal: dict[Partition, int] | None = None
        self.kafka_trouble: str | None = "Kafka has not answered yet"
        self.store_trouble: str | None = None

    @property
    def trouble(self) -> list[str]:
        """Why nothing is read now, in sentences."""
        return [each for each in (self.kafka_trouble, self.store_trouble) if each is not None]

    def stop(self) -> None:
        """End after the batch on its way."""
        self._stopped.set()

    async def run(self, *, to_end: bool = False) -> None:
        """Read until told to stop, or until everything is written that was there at the beginning."""
        failures = 0
        while not self._stopped.is_set():
            try:
                if await self._session(to_end=to_end):
                    return
                failures = 0
            except (_AgainError, FencedError, IntegrityError) as error:  # the last: another writer met a new partition
                _log.info("store_places_anew", extra={"feed": self._plan.name, "reason": type(error).__name__})
                failures = 0
            except SQLAlchemyError as error:
                self._failed("store", f"the database does not answer ({type(error).__name__})", error)
            except asyncio.CancelledError as error:
                # A connection that breaks cancels what waits for it in the client: that is no order to this task.
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                self._failed("kafka", "Kafka does not answer (the connection broke)", error)
            except Exception as error:
                self._failed("kafka", f"Kafka does not answer ({type(error).__name__})", error)
            pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            failures += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopped.wait()

    async def _session(self, *, to_end: bool) -> bool:
        """One connection to Kafka, from the places that the database knows; true where the end was reached."""
        async with asyncio.timeout(_CONNECT_S):
            source = await Source(self._options, self._plan.topics).open()
        try:
            ends = await self._find_places(source)
            if self._goal is None:
                self._goal = ends
            self._recovered()
            looked = time.monotonic()
            while not self._stopped.is_set():
                if to_end and reached(self._places, {each: self._goal[each] for each in self._goal if each in ends}):
                    return True
                await self._write(source, await self._gathered(source))
                if time.monotonic() - looked >= _LOOK_S:
                    await self._look(source)
                    looked = time.monotonic()
        finally:
            await source.close()
        return False

    async def _find_places(self, source: Source) -> dict[Partition, int]:
        async with asyncio.timeout(_CONNECT_S):
            first, ends = await source.first(), await source.ends()

        def find() -> tuple[dict[Partition, Place], list[Gap]]:
            with self._access.engine.begin() as connection:
                return find_places(connection, first, ends, source.ids, datetime.now(UTC))

        self._places, gaps = await self._access.call(find)
        self._say(gaps)
        for partition, place in self._places.items():
            source.seek(partition, place.next_offset)
        return ends

    async def _gathered(self, source: Source) -> list[Record]:
        records = await source.some(self._plan.most)
        until = time.monotonic() + self._plan.gather_s
        while records and len(records) < self._plan.most and not self._stopped.is_set() and time.monotonic() < until:
            records += await source.some(self._plan.most - len(records))
        return records

    async def _write(self, source: Source, records: list[Record], *, marks: bool = False) -> None:
        """Write records and how far they go; ``marks``: also how far what is no record goes."""
        if not records and not marks:
            return
        after = {
            partition: replace(place, next_offset=max(place.next_offset, await source.place(partition)))
            for partition, place in self._places.items()
        }
        moves = {each: (self._places[each], place) for each, place in after.items() if place != self._places[each]}
        if not moves:
            return
        began = time.monotonic()
        written = await self._access.call(self._writer.write, Batch(records, moves))
        self._metrics.written(written, time.monotonic() - began)
        self._places = after

    async def _look(self, source: Source) -> None:
        """See how far the ends are, and whether the partitions are still those that are read."""
        async with asyncio.timeout(_LOOK_TIMEOUT_S):
            existing, ends = await source.existing(), await source.ends()
        if existing != (source.partitions, source.ids):
            raise _AgainError
        if any(end < self._places[partition].next_offset for partition, end in ends.items()):
            raise _AgainError
        await self._write(source, [], marks=True)
        for partition, end in ends.items():
            self._metrics.lag(partition, max(0, end - self._places[partition].next_offset))

    def _say(self, gaps: Sequence[Gap]) -> None:
        for gap in gaps:
            self._metrics.gap(gap.kind)
            where = {"topic": gap.topic, "partition": gap.partition}
            _log.warning("store_gap", extra={**where, "from": gap.from_offset, "to": gap.to_offset, "reason": gap.kind})

    def _recovered(self) -> None:
        if self.trouble:
            _log.info("store_reads", extra={"feed": self._plan.name, "partitions": len(self._places)})
        self.kafka_trouble = self.store_trouble = None

    def _failed(self, whose: str, sentence: str, error: BaseException) -> None:
        known = self.trouble
        if whose == "store":
            self.store_trouble = sentence
            # Kafka was not asked, or had answered: its trouble is not known to go on.
            self.kafka_trouble = None
        else:
            self.kafka_trouble = sentence
        self._metrics.failed(whose)
        if self.trouble != known:
            reason = getattr(error, "orig", None) or error
            extra = {"feed": self._plan.name, "whose": whose, "reason": type(reason).__name__}
            # A fault of our own would look like Kafka's: with its trace it can be told from that.
            ours = not isinstance(error, SQLAlchemyError | KafkaError | OSError | asyncio.CancelledError)
            _log.warning("store_waits", extra=extra, exc_info=error if ours else None)
