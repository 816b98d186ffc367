"""What a handler wants sent. Kept in memory until every handler of the round is through."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from streams.transport.dead_letter import Cause, Origin, dead_letter, record_size
from streams.transport.errors import OutputTooLarge
from streams.transport.records import Headers, RecordBatch


class Output(NamedTuple):
    """One record to produce. Without a partition, the key decides; without a key too, any partition will do."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers


OutputRow: TypeAlias = tuple[str, int | None, bytes | None, bytes | None, Headers]
"""An Output before anyone looks at it: making a named tuple costs more than sending the record."""


class DeadLetter(NamedTuple):
    """For the counters: which topic a dead letter came from, and why."""

    topic: str
    reason: str


class Outbox:
    """Outputs and dead letters of one agent and partition in one round, in order.

    Args:
        stage: Name of the agent, for the dead letters' headers.
        dead_letter_topic: Where dead letters go.
        limit: Largest record in bytes.

    """

    __slots__ = ("_batch", "_dead_letter_topic", "_limit", "_room", "_stage", "dead_letters", "rows")

    def __init__(self, stage: str, dead_letter_topic: str = "ioc.dlq", limit: int = 900_000) -> None:
        self.rows: list[OutputRow] = []
        self.dead_letters: list[DeadLetter] = []
        self._stage = stage
        self._dead_letter_topic = dead_letter_topic
        self._limit = limit
        self._room = limit - 1024
        self._batch: RecordBatch | None = None

    # ---- for agents -------------------------------------------------------------------------------------------

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        *,
        partition: int | None = None,
    ) -> None:
        """Produce a record in this round's transaction.

        Raises:
            OutputTooLarge: The record exceeds the limit. Left uncaught, the input that led to it is dead-lettered.
            ValueError: Neither key nor value.

        """
        if value is None:
            if key is None:
                raise ValueError("a record needs a key or a value")
        elif len(value) > self._room:
            raise OutputTooLarge(f"an output of {len(value)} bytes for {topic} exceeds {self._room}")
        if headers and record_size(key, value, headers) > self._limit:
            raise OutputTooLarge(f"an output with its headers for {topic} exceeds {self._limit} bytes")
        self.rows.append((topic, partition, key, value, headers))

    def dead_letter(self, index: int, reason: str, message: str, pointer: str = "") -> None:
        """Send a record of the batch in hand to the dead letters: its publisher got it wrong.

        Args:
            index: Position in the batch that ``handle`` was given.
            reason: Code from a closed set (it becomes a label).
            message: One sentence that quotes no value.
            pointer: JSON pointer of the field at fault.

        """
        self.bury(index, Cause(self._stage, reason, reason, message, pointer))

    @property
    def outputs(self) -> list[Output]:
        """What was sent so far, dead letters included (a negative partition is their origin's, minus one)."""
        return [Output(*row) for row in self.rows]

    # ---- for the engine ---------------------------------------------------------------------------------------

    def bind(self, batch: RecordBatch) -> None:
        """The batch that indices count from."""
        self._batch = batch

    def bury(self, index: int, cause: Cause) -> None:
        batch = self._batch
        if batch is None:
            raise RuntimeError("there is no batch in hand: ticks have nothing to dead-letter")
        origin = Origin(
            batch.topic,
            batch.partition,
            batch.offsets[index],
            batch.keys[index],
            batch.values[index],
            batch.headers[index],
        )
        key, value, headers = dead_letter(origin, cause, self._limit)
        # The origin's partition number, folded onto the topic's by the writer, keeps their order.
        self.rows.append((self._dead_letter_topic, -1 - batch.partition, key, value, headers))
        self.dead_letters.append(DeadLetter(batch.topic, cause.reason))

    def savepoint(self) -> tuple[int, int]:
        return len(self.rows), len(self.dead_letters)

    def rollback_to(self, mark: tuple[int, int]) -> None:
        del self.rows[mark[0] :]
        del self.dead_letters[mark[1] :]
