"""Stock Faust tuned as its user guide advises: ``take()``, larger buffers, uvloop, at least once.

``Stream.take(max_, within)`` hands the agent lists; ``stream_buffer_maxsize`` and ``broker_max_poll_records`` are
raised from 4,096 and the client's default, ``producer_linger`` gives the producer 5 ms to fill batches of 128 KiB,
``stream_wait_empty`` is off, the monitor's sensors stay as they are (they cannot be switched off).
"""

import mode.loop

mode.loop.use("uvloop")

import faust

from tests.bench.harness import BATCH, Meter, Task
from tests.bench.job import process_batch

task = Task.given()
meter = Meter()
app = faust.App(
    task.group,
    broker=f"aiokafka://{task.bootstrap}",
    web_enabled=False,
    datadir=task.folder,
    topic_partitions=task.partitions,
    topic_disable_leader=True,
    value_serializer="raw",
    key_serializer="raw",
    stream_buffer_maxsize=65_536,
    stream_wait_empty=False,
    broker_max_poll_records=10_000,
    consumer_max_fetch_size=4 * 1024 * 1024,
    producer_linger=0.005,
    producer_max_batch_size=128 * 1024,
)
source = app.topic(task.source, partitions=task.partitions)
target = app.topic(task.target, partitions=task.partitions)


@app.agent(source)
async def work(stream: faust.StreamT[bytes]) -> None:
    async for values in stream.take(BATCH, within=0.05):
        meter.first()
        for key, value in process_batch(values):
            await target.send(key=key, value=value)


if __name__ == "__main__":
    faust.Worker(app, loglevel="warning", redirect_stdouts=False).execute_from_commandline()
