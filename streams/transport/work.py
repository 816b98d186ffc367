"""One agent's share of a round: what travels through Faust as one message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from streams.transport.agent import BatchAgent
from streams.transport.backoff import Backoff
from streams.transport.dead_letter import CRASHED_WORKER, Cause
from streams.transport.errors import Transient
from streams.transport.isolate import AgentBraked, Isolation
from streams.transport.ledger import TP
from streams.transport.outbox import Outbox
from streams.transport.records import RecordBatch
from streams.transport.state import PartitionState

_LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class Lane:
    """An agent while the process runs: what stopped it, and until when it rests."""

    agent: BatchAgent
    isolation: Isolation
    stopped: str | None = None
    rest_until: float = 0.0
    backoff: Backoff = field(default_factory=lambda: Backoff(_LONGEST_PAUSE_S))

    @property
    def name(self) -> str:
        return self.agent.name

    def go_on_with(self, agent: BatchAgent) -> None:
        """Let another agent of the same name and topics have the work from here on; between rounds only."""
        self.agent = self.isolation.agent = agent


class Result(Enum):
    """How a share ended."""

    DONE = auto()
    LATER = auto()
    BRAKED = auto()
    CANCELLED = auto()


class Work:
    """Records of one partition for one agent. ``finished`` is set when the handler is through."""

    __slots__ = ("_breathe", "_chunk", "batch", "cancelled", "condemned", "finished", "lane", "out", "result", "state")

    def __init__(
        self,
        lane: Lane,
        batch: RecordBatch,
        state: PartitionState,
        out: Outbox,
        *,
        chunk: int,
        breathe: Callable[[], None],
        condemned: int | None = None,
    ) -> None:
        self.lane = lane
        self.batch = batch
        self.state = state
        self.out = out
        self.result = Result.CANCELLED
        self.cancelled = False
        self.condemned = condemned
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._chunk = chunk
        self._breathe = breathe

    @property
    def tp(self) -> TP:
        return self.batch.topic, self.batch.partition

    async def execute(self) -> None:
        """Run the handler, a chunk at a time. Never raises but for cancellation; the round asks for the outcome."""
        try:
            self.result = await self._run()
        except Exception as error:  # the engine's own fault: the round fails, the stream goes on
            if not self.finished.done():
                self.finished.set_exception(error)
        finally:
            if not self.finished.done():
                self.finished.set_result(None)

    async def _run(self) -> Result:
        if self.lane.stopped is not None:
            return Result.BRAKED
        mark, out_mark = self.state.savepoint(), self.out.savepoint()
        try:
            for start in range(0, len(self.batch), self._chunk):
                if start:
                    self._breathe()
                    await asyncio.sleep(0)
                if self.cancelled:
                    return Result.CANCELLED
                self._handle(self.batch[start : start + self._chunk])
        except (Transient, AgentBraked) as stop:
            self.state.rollback_to(mark)
            self.out.rollback_to(out_mark)
            if isinstance(stop, AgentBraked):
                self.lane.stopped = self.lane.stopped or str(stop)
                return Result.BRAKED
            return Result.LATER
        return Result.DONE

    def _handle(self, batch: RecordBatch) -> None:
        if self.condemned is not None and batch.offsets[0] == self.condemned:
            self.out.bind(batch)
            message = "the process died each time this record was handled"
            self.out.bury(0, Cause(self.lane.name, CRASHED_WORKER, "ProcessDied", message))
            self.lane.isolation.agent.dead_lettered(batch[:1], self.state)
            batch = batch[1:]
        if len(batch):
            self.lane.isolation.run(batch, self.state, self.out)
