"""This engine: a Faust agent over the batch transport, exactly once, its settings as they come.

As with the aiokafka batch loop, an alert goes to the partition its report came from. The topics for dead letters and
for attempts are there and used as in the product; the agent has no state, so it has no changelog.
"""

import sys

from streams.transport import BatchAgent, EngineSettings, Outbox, PartitionState, RecordBatch, create_app, run_worker
from tests.bench.harness import Meter, Task
from tests.bench.job import process_batch


class Job(BatchAgent):
    name = "job"

    def __init__(self, task: Task) -> None:
        self.topics = (task.source,)
        self._target = task.target
        self._meter = Meter()

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        self._meter.first()
        for key, value in process_batch(value for value in batch.values if value is not None):
            out.send(self._target, key, value, partition=batch.partition)


if __name__ == "__main__":
    task = Task.given()
    settings = EngineSettings(bootstrap=task.bootstrap, group=task.group, slot=str(task.slot))
    sys.exit(run_worker(create_app(settings, [Job(task)])))
