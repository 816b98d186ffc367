"""A worker process for the fault tests: it echoes each event and counts per key, in transactional state.

With a topic in the middle it has two stages: a relay passes each event on to the same partition number or to the next
one, by its key. The echo takes it directly if that number is its own too, and from the log if it is another worker's.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path

from streams.transport import (
    BatchAgent,
    EngineObserver,
    EngineSettings,
    Outbox,
    PartitionState,
    Point,
    RecordBatch,
    Transient,
    create_app,
    run_worker,
)

POISON_EXIT = b"exit"
POISON_RAISE = b"raise"
POISON_TRANSIENT = b"transient:"
POISON_SLOW = b"slow:"


class Relay(BatchAgent):
    """Passes events on, of half of the keys to the next partition number, which is another worker's or not."""

    name = "relay"

    def __init__(self, source: str, target: str, partitions: int) -> None:
        self.topics = [source]
        self._target = target
        self._partitions = partitions

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        numbers = batch.partition, (batch.partition + 1) % self._partitions
        for key, value in zip(batch.keys, batch.values, strict=True):
            assert key is not None
            out.send(self._target, key, value, partition=numbers[key[-1] % 2])


class EchoCount(BatchAgent):
    """``id`` in, ``id|n`` out, where n counts the events of the key so far."""

    def __init__(self, source: str, target: str, changelog: str) -> None:
        self.name = "echo"
        self.topics = self.direct = [source]
        self.changelog = changelog
        self._target = target

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for key, value in zip(batch.keys, batch.values, strict=True):
            assert key is not None
            assert value is not None
            self._misbehave(value)
            count = int(state.get(key) or b"0") + 1
            state.put(key, b"%d" % count)
            out.send(self._target, key, value + b"|%d" % count, partition=batch.partition)

    def _misbehave(self, value: bytes) -> None:
        if value.startswith(POISON_EXIT):
            os._exit(139)
        if value.startswith(POISON_RAISE):
            raise ValueError("poison")
        if value.startswith(POISON_TRANSIENT) and not Path(value.removeprefix(POISON_TRANSIENT).decode()).exists():
            raise Transient("not yet")
        if value.startswith(POISON_SLOW):
            time.sleep(float(value.removeprefix(POISON_SLOW)))


class Failpoints(EngineObserver):
    """Ends or freezes the process at a named point of a round, when a file asks for it: once per request."""

    def __init__(self, request: Path | None) -> None:
        self._request = request
        self._seen = 0.0

    def passed(self, point: Point) -> None:
        request = self._request
        if request is None or not request.exists():
            return
        wanted, _, how = request.read_text().strip().partition(" ")
        if wanted == point:
            request.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)


def main() -> int:
    """Arguments: a JSON object with what ``Course.plan`` says."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    plan = json.loads(sys.argv[1])
    agents: list[BatchAgent] = [EchoCount(plan["middle"] or plan["source"], plan["target"], plan["changelog"])]
    if plan["middle"]:
        agents.append(Relay(plan["source"], plan["middle"], plan["partitions"]))
    failpoints = Path(plan["failpoints"]) if plan.get("failpoints") else None
    return run_worker(create_app(EngineSettings(**plan["settings"]), agents, Failpoints(failpoints)))


if __name__ == "__main__":
    sys.exit(main())
