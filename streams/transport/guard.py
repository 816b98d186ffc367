"""Keeping careful with partitions whose last owner died: notes of attempts, and the limits that follow from them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from streams.transport.attempts import (
    MARKING,
    ROUND_SIZES,
    Attempt,
    attempt_key,
    given_up,
    next_attempt,
    read_attempts,
)
from streams.transport.ledger import TP
from streams.transport.reader import Take
from streams.transport.records import Record

log = logging.getLogger(__name__)


class CrashGuard:
    """The notes of the partitions that this process owns.

    Args:
        topic: Compacted topic of the notes.
        group: Consumer group.
        max_records: Largest round.
        producer: Gives the plain idempotent aiokafka producer.

    """

    def __init__(self, topic: str, group: str, max_records: int, producer: Callable[[], Any]) -> None:
        self.topic = topic
        self._group = group
        self._max_records = max_records
        self._producer = producer
        self._found: dict[bytes, bytes] = {}
        self._attempts: dict[TP, Attempt] = {}
        self.limits: dict[TP, int] = {}

    def takers(self, partitions: int) -> dict[TP, Take]:
        """What reads the notes back."""
        self._found = {}

        def take(records: Iterable[Record]) -> None:
            for record in records:
                if record.key is not None and record.value is not None:
                    self._found[record.key] = record.value

        return {(self.topic, number): take for number in range(partitions)}

    async def begin(self, committed: Mapping[TP, int], ends: Mapping[TP, int]) -> None:
        """Decide how careful to be with newly assigned partitions, and note it before their first round."""
        notes = read_attempts(self._found)
        self._attempts = {
            tp: next_attempt(notes.get(attempt_key(self._group, *tp)), offset, ends[tp], self._max_records)
            for tp, offset in committed.items()
        }
        self.limits = {
            tp: size for tp, attempt in self._attempts.items() if (size := ROUND_SIZES[attempt.level]) is not None
        }
        for tp, attempt in self._attempts.items():
            if attempt.level:
                log.warning(
                    "the last owner of %s/%d died at offset %d; going on in rounds of %s up to offset %d",
                    *tp,
                    attempt.committed,
                    ROUND_SIZES[attempt.level],
                    attempt.until,
                )
        await self._write(self._attempts)

    def condemned(self, tp: TP) -> int | None:
        """The record of a partition that has killed enough processes."""
        attempt = self._attempts.get(tp)
        return given_up(attempt) if attempt else None

    async def mark(self, parts: Mapping[TP, int]) -> None:
        """Before a round: note the records that are handled one at a time. ``parts``: offset of the first record."""
        marks = {}
        for tp, offset in parts.items():
            attempt = self._attempts.get(tp)
            if attempt is not None and attempt.level == MARKING:
                deaths = attempt.deaths if attempt.marker == offset else 0
                marks[tp] = attempt.model_copy(update={"marker": offset, "deaths": deaths})
        if marks:
            self._attempts |= marks
            await self._write(marks)

    def committed(self, offsets: Mapping[TP, int]) -> None:
        """After a round: partitions that are past the dangerous place go at full speed again."""
        for tp in [tp for tp in self.limits if offsets.get(tp, -1) >= self._attempts[tp].until]:
            log.info("%s/%d is past the place where its last owner died", *tp)
            del self.limits[tp]
            self._attempts[tp] = Attempt(committed=offsets[tp])

    async def end(self, *, everything: bool) -> None:
        """The partitions are let go in good order: no attempt. On a rebalance only careful ones need the note."""
        ended = {
            tp: attempt.model_copy(update={"ended": True})
            for tp, attempt in self._attempts.items()
            if everything or attempt.level
        }
        self._attempts = {}
        self.limits = {}
        if ended:
            await self._write(ended)

    async def _write(self, attempts: Mapping[TP, Attempt]) -> None:
        producer = self._producer()
        await asyncio.gather(
            *[
                await producer.send(self.topic, attempt.model_dump_json().encode(), key=attempt_key(self._group, *tp))
                for tp, attempt in attempts.items()
            ]
        )
