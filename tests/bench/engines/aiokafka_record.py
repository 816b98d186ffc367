"""aiokafka as its README shows it: ``async for`` over the consumer, ``send`` per alert, commits on a timer.

``send`` is awaited only until the record has a place in a batch (the README's way to many records); 5 ms of linger and
batches of 128 KiB let the producer fill them. At least once.
"""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.harness import Meter, Task, run_until_sigterm
from tests.bench.job import process


async def work(task: Task) -> None:
    meter = Meter()
    consumer = AIOKafkaConsumer(
        task.source,
        bootstrap_servers=task.bootstrap,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=True,
        auto_commit_interval_ms=1000,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap, acks="all", linger_ms=5, max_batch_size=128 * 1024, enable_idempotence=True
    )
    async with producer, consumer:
        async for record in consumer:
            meter.first()
            if alert := process(record.value):
                await producer.send(task.target, key=alert[0], value=alert[1])


if __name__ == "__main__":
    run_until_sigterm(work(Task.given()))
