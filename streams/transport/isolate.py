"""Running a handler so that its failure costs the records that cause it and nothing else. Pure."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from streams.transport.agent import BatchAgent
from streams.transport.brake import Brake
from streams.transport.dead_letter import HANDLER_ERROR, Cause
from streams.transport.errors import EngineError, OutputTooLarge, Transient
from streams.transport.outbox import Outbox
from streams.transport.records import RecordBatch
from streams.transport.state import PartitionState

log = logging.getLogger(__name__)


def stack_of(error: BaseException) -> str:
    """Where an exception came from and its class, without its text, which may quote a record."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__


class AgentBraked(EngineError):
    """Too many records make this agent's handler fail: stop it, commit nothing of this batch."""


@dataclass(slots=True)
class Isolation:
    """One agent's handler, its brake and where its results go."""

    agent: BatchAgent
    brake: Brake

    def run(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        """Handle a batch: at once, else again, else by halves down to the records at fault.

        Raises:
            Transient: Come again later. State and outbox are as before.
            AgentBraked: The limit is exceeded. State and outbox hold part of the batch: take them back.

        """
        if self._attempt(batch, state, out, log_it=True) is None:
            self.brake.passed(len(batch))
        else:
            self._halve(batch, state, out)

    def _halve(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        error = self._attempt(batch, state, out)
        if error is None:
            self.brake.passed(len(batch))
        elif len(batch) > 1:
            middle = len(batch) // 2
            self._halve(batch[:middle], state, out)
            self._halve(batch[middle:], state, out)
        else:
            self._bury(batch, state, out, error)

    def _attempt(
        self, batch: RecordBatch, state: PartitionState, out: Outbox, *, log_it: bool = False
    ) -> Exception | None:
        state_mark, out_mark = state.savepoint(), out.savepoint()
        out.bind(batch)
        try:
            self.agent.handle(batch, state, out)
        except Exception as error:
            state.rollback_to(state_mark)
            out.rollback_to(out_mark)
            if isinstance(error, Transient):
                raise
            if isinstance(error, OSError):
                raise Transient(f"{type(error).__name__} in the handler of {self.agent.name}") from error
            if log_it:
                log.warning(
                    "handler of agent %s failed on %r with %s; looking for the records at fault",
                    self.agent.name,
                    batch,
                    type(error).__name__,
                )
            return error
        return None

    def _bury(self, batch: RecordBatch, state: PartitionState, out: Outbox, error: Exception) -> None:
        # The exception's own text may quote the record, so it stays out of headers; the stack goes to the log.
        log.error(
            "handler of agent %s failed on %s/%d offset %d; the record is dead-lettered\n%s",
            self.agent.name,
            batch.topic,
            batch.partition,
            batch.offsets[0],
            stack_of(error),
        )
        message = str(error) if isinstance(error, OutputTooLarge) else "the handler failed on this record"
        out.bind(batch)
        out.bury(0, Cause(self.agent.name, HANDLER_ERROR, type(error).__name__, message))
        self.agent.dead_lettered(batch, state)
        self.brake.failed()
        if (why := self.brake.tripped) is not None:
            raise AgentBraked(why)
