"""The base class of agents: plain functions over batches, never touched by Faust's or Kafka's failures."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from streams.transport.outbox import Outbox
from streams.transport.records import RecordBatch
from streams.transport.state import PartitionState


class BatchAgent:
    """One stage of the processing. Subclasses set the attributes and implement ``handle``.

    An agent does no I/O and keeps what matters in the ``state`` it is given: outputs, state and input offsets are
    one Kafka transaction. ``handle`` may run again on the same records after a failure, with the state as it was;
    so memory of its own must be undone through ``state.journal`` or be something that the next records rebuild.

    Attributes:
        name: Short, unique within the group; label of metrics and ``stage`` of dead letters.
        topics: Input topics. Those of one agent share partition numbers: one state per number.
        changelog: Compacted topic that holds the state; None for an agent without lasting state. It needs at least
            as many partitions as the input topics.
        direct: Those of its input topics whose records, written by another agent of this process to a partition that
            is ours, it handles within the round that writes them. They take no part in the order of the topic's
            other records but come after all that this process wrote before.
        holds_state: What ``opened`` makes of the state holds all of it: afterwards the state is only written, and the
            engine keeps no second copy in memory.
        tick_interval_s: How often ``tick`` runs for each partition; None for never.

    """

    name: str
    topics: Sequence[str]
    changelog: str | None = None
    direct: Collection[str] = ()
    holds_state: bool = False
    tick_interval_s: float | None = None

    def opened(self, partition: int, state: PartitionState) -> None:
        """The partition is ours and its state is recovered. Derive in-memory objects here."""

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        """Process records of one topic and partition, in order.

        A record that its publisher got wrong goes to ``out.dead_letter``. An exception means that the handler is at
        fault: the batch runs once more, then is halved until the records that make it fail are found; only those
        are dead-lettered, and too many of them stop the agent.

        Raises:
            Transient: Nothing works now and will later; so does OSError.

        """
        raise NotImplementedError

    def dead_lettered(self, batch: RecordBatch, state: PartitionState) -> None:
        """The engine dead-letters this one record: the handler failed on it, or was killed by it.

        For agents that count what they consume. Runs in the round that commits the dead letter; it must not fail.
        """

    def tick(self, partition: int, state: PartitionState, out: Outbox, now_ms: int) -> None:
        """Timers. Runs every ``tick_interval_s``, input or not; ``now_ms`` is the time since the epoch."""

    def committed(self, partition: int) -> None:
        """The round that touched this partition is committed."""

    def rolled_back(self, partition: int) -> None:
        """The round that touched this partition is undone, its state is back; its records come again."""

    def closed(self, partition: int) -> None:
        """The partition is no longer ours. Drop what was derived from its state."""
