"""aiokafka with batches in and out: ``getmany``, the job over each partition's records, ``create_batch`` and
``send_batch`` (its documented "batch producer"), then a commit of what was read, round by round. At least once.

An alert goes to the partition its report came from, so the key's order is kept without hashing.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.harness import Meter, Task, run_until_sigterm
from tests.bench.job import process_batch

BATCH_BYTES = 512 * 1024
RECORDS_A_ROUND = 8000


async def send_all(
    producer: AIOKafkaProducer, topic: str, partition: int, alerts: list[tuple[bytes, bytes]]
) -> list[asyncio.Future]:
    futures = []
    batch = producer.create_batch()
    for key, value in alerts:
        if batch.append(key=key, value=value, timestamp=None) is None:
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    if batch.record_count():
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures


async def work(task: Task) -> None:
    meter = Meter()
    consumer = AIOKafkaConsumer(
        task.source,
        bootstrap_servers=task.bootstrap,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=1024 * 1024,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap, acks="all", max_batch_size=BATCH_BYTES, enable_idempotence=True
    )
    async with producer, consumer:
        while True:
            found = await consumer.getmany(timeout_ms=1000, max_records=RECORDS_A_ROUND)
            if not found:
                continue
            meter.first()
            futures = []
            for partition, records in found.items():
                alerts = process_batch(record.value for record in records)
                futures += await send_all(producer, task.target, partition.partition, alerts)
            await asyncio.gather(*futures)
            await consumer.commit({partition: records[-1].offset + 1 for partition, records in found.items()})


if __name__ == "__main__":
    run_until_sigterm(work(Task.given()))
