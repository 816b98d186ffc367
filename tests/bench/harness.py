"""What every engine's process shares: the task it is given, and the word that its first record has come.

The runner starts ``python -m tests.bench.engines.<name>``, waits for the line that :meth:`Meter.first` prints (the
clock and the process's CPU time at that moment: starting up costs nothing), looks from outside when the work is done,
and ends the process with SIGTERM.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass

TASK_VARIABLE = "IOC_BENCH_TASK"

BATCH = 1000
"""Records that batch engines ask for at once, where they let one choose."""


@dataclass(frozen=True)
class Task:
    """Read the topic ``source`` as ``group`` from its beginning, run the job, write alerts to ``target``."""

    bootstrap: str
    source: str
    target: str
    group: str
    events: int
    partitions: int
    folder: str
    """A folder of the run's own for state."""
    slot: int = 0
    """Number of this worker among those of its group."""

    def environment(self) -> dict[str, str]:
        """The variable that :meth:`given` reads in the engine's process."""
        return {TASK_VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def given(cls) -> "Task":
        """The task of this process."""
        return cls(**json.loads(os.environ[TASK_VARIABLE]))


def cpu_s() -> float:
    """User and system time of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Says when the first record has come, and for a job without Kafka also when the last one is done."""

    def __init__(self) -> None:
        self.started = False

    def first(self) -> None:
        """Note the start; call with the first record in hand, further calls do nothing."""
        if not self.started:
            self.started = True
            self._say("first")

    def done(self) -> None:
        """Note the end, for a job that nobody can watch from outside."""
        self._say("done")

    def _say(self, what: str) -> None:
        print(json.dumps({"at": what, "clock_s": time.monotonic(), "cpu_s": cpu_s()}), flush=True)


def run_until_sigterm(work: Coroutine[object, object, None]) -> None:
    """Run an asyncio engine on uvloop until the runner ends it."""
    import uvloop  # noqa: PLC0415  # some engines bring their own loop

    async def main() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    uvloop.run(main())
