"""Outputs that an agent of this process handles within the round that writes them.

A record that one agent writes and another one here reads would wait for a commit, a fetch and a round more. Instead its
reader is given it at once: its effects are part of the same transaction, and a header tells that they are, so the
reader passes it when it comes out of the log. The record is readable exactly if its effects are.

Whatever is in the way of that (the partition is another worker's, the reader rests, the handler fails) leaves the
record without the header, and the log brings it as it brings everybody's.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import aiokafka.errors as kafka_errors

from streams.transport.ledger import TP, Chunk
from streams.transport.opening import Key
from streams.transport.outbox import Outbox, OutputRow
from streams.transport.partitioner import hashes
from streams.transport.records import PlainRecord, Record, RecordBatch
from streams.transport.state import PartitionState
from streams.transport.wire import log_ends
from streams.transport.work import Lane

if TYPE_CHECKING:
    from streams.transport.engine import Engine

log = logging.getLogger(__name__)

HANDLED_HEADER: Final = "ioc.handled"
"""On a record whose effects are in the transaction that wrote it; the value is the consumer group they belong to."""

_MEASURE_EVERY_S: Final = 1.0
_NO_OFFSET: Final = -1

_Place = tuple[list[OutputRow], int]
"""A row: its list and its index."""


class Direct:
    """Knows which partitions may be given their records directly, and does it.

    What this process wrote without the header must be handled before anything is handled directly: records of one
    key keep their order. So a partition is ready once everything is handled up to where its log ended when it was
    opened, or when a record without the header was last written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lanes: Mapping[str, Lane] = {topic: lane for lane in engine.lanes for topic in lane.agent.direct}
        self._group = engine.settings.group.encode()
        self._mark = (HANDLED_HEADER, self._group)
        self._after: dict[TP, int] = {}
        self._unmeasured: set[TP] = set()
        self._measure_from = 0.0

    # ---- what comes out of the log ----------------------------------------------------------------------------

    def left(self, tp: TP, chunk: Chunk[Record]) -> Chunk[Record]:
        """The chunk without the records whose effects are there already."""
        if tp[0] not in self._lanes:
            return chunk
        mark = self._mark
        return Chunk([r for r in chunk.records if mark not in r.headers], chunk.next_offset, chunk.weight)

    # ---- readiness --------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """A new assignment is open."""
        self._after.clear()
        self._unmeasured = {tp for tp in self._engine.ledger.open_partitions() if tp[0] in self._lanes}
        self._measure_from = 0.0

    async def measure(self) -> None:
        """Find out where logs end; at most once a second, between rounds."""
        now = time.monotonic()
        if not self._unmeasured or now < self._measure_from:
            return
        self._measure_from = now + _MEASURE_EVERY_S
        wanted = [tp for tp in self._unmeasured if self._engine.ledger.is_open(tp)]
        try:
            self._after |= await log_ends(self._engine.consumer._client, wanted)
        except (kafka_errors.KafkaError, OSError) as error:
            log.info("the ends of direct topics are not known yet: %s", type(error).__name__)
        else:
            self._unmeasured.clear()

    def _ready(self, lane: Lane, tp: TP) -> bool:
        ledger = self._engine.ledger
        return (
            lane.stopped is None
            and lane.rest_until <= time.monotonic()
            and tp not in self._unmeasured
            and ledger.is_open(tp)
            and ledger.delivered_offset(tp) >= self._after.get(tp, 0)
        )

    # ---- a round ----------------------------------------------------------------------------------------------

    def deliver(self, outboxes: Iterable[Outbox], touched: dict[Key, PartitionState]) -> list[Outbox]:
        """Hand records of this round's outputs to their readers; returns what these put out."""
        if not self._lanes:
            return []
        found = []
        for tp, places in self._sort(outboxes).items():
            lane = self._lanes[tp[0]]
            out = self._attempt(lane, tp, places, touched) if self._ready(lane, tp) else None
            if out is None:
                self._unmeasured.add(tp)
                continue
            for rows, index in places:
                topic, _, key, value, headers = rows[index]
                rows[index] = (topic, tp[1], key, value, (*headers, self._mark))
            found.append(out)
        return found

    def _sort(self, outboxes: Iterable[Outbox]) -> dict[TP, list[_Place]]:
        places: dict[TP, list[_Place]] = defaultdict(list)
        cluster = self._engine.consumer._client.cluster
        for out in outboxes:
            for index, (topic, partition, key, _, _) in enumerate(out.rows):
                if topic not in self._lanes:
                    continue
                number = partition
                if number is None and key is not None and (known := cluster.partitions_for_topic(topic)):
                    number = hashes([key])[0] % len(known)
                if number is not None and number >= 0:
                    places[topic, number].append((out.rows, index))
        return places

    def _attempt(self, lane: Lane, tp: TP, places: list[_Place], touched: dict[Key, PartitionState]) -> Outbox | None:
        """Run the handler once; None, with everything undone, unless it takes all of the records."""
        engine = self._engine
        if len(places) > engine.settings.chunk_records:
            return None  # the log hands out as many at once as heartbeats allow
        key = (lane.name, tp[1])
        state = touched[key] = engine.states[key]
        now_ms = time.time_ns() // 1_000_000
        records = [
            PlainRecord(_NO_OFFSET, now_ms, row[2], row[3], row[4]) for row in (rows[index] for rows, index in places)
        ]
        out = engine.outbox(lane)
        mark = state.savepoint()
        batch = RecordBatch(*tp, records)
        out.bind(batch)
        try:
            lane.agent.handle(batch, state, out)
        except Exception as error:
            log.warning("agent %s could not take %d records directly: %s", lane.name, len(batch), type(error).__name__)
        else:
            if not out.dead_letters:  # a dead letter names the offset, which the log alone knows
                return out
        state.rollback_to(mark)
        return None
