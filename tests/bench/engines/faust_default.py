"""Stock Faust as its tutorial shows it: one event at a time, defaults everywhere, at least once.

Only what has nothing to do with speed is set: the web server is off and reading starts at the earliest record.
"""

import faust

from tests.bench.harness import Meter, Task
from tests.bench.job import process

task = Task.given()
meter = Meter()
app = faust.App(
    task.group,
    broker=f"aiokafka://{task.bootstrap}",
    web_enabled=False,
    datadir=task.folder,
    topic_partitions=task.partitions,
    value_serializer="raw",
    key_serializer="raw",
)
source = app.topic(task.source, partitions=task.partitions)
target = app.topic(task.target, partitions=task.partitions)


@app.agent(source)
async def work(stream: faust.StreamT[bytes]) -> None:
    async for value in stream:
        meter.first()
        if alert := process(value):
            await target.send(key=alert[0], value=alert[1])


if __name__ == "__main__":
    faust.Worker(app, loglevel="warning", redirect_stdouts=False).execute_from_commandline()
