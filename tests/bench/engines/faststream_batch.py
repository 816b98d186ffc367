"""FastStream with a batch subscriber and ``publish_batch``, acknowledged after the handler, at least once.

The decoder passes bytes through (the job decodes), dependency injection is off (``apply_types=False``, as its
documentation advises where types are not needed), batches hold up to 1,000 records.
"""

import asyncio

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaPublishMessage

from tests.bench.harness import BATCH, Meter, Task, run_until_sigterm
from tests.bench.job import process_batch


async def as_it_is(message: KafkaMessage) -> object:
    return message.body


async def work(task: Task) -> None:
    meter = Meter()
    broker = KafkaBroker(
        task.bootstrap,
        decoder=as_it_is,
        apply_types=False,
        logger=None,
        acks="all",
        max_batch_size=1024 * 1024,
        enable_idempotence=True,
    )

    @broker.subscriber(
        task.source,
        batch=True,
        group_id=task.group,
        auto_offset_reset="earliest",
        max_records=BATCH,
        ack_policy=AckPolicy.ACK,
    )
    async def handle(values: list[bytes]) -> None:
        meter.first()
        alerts = process_batch(values)
        if alerts:
            messages = [KafkaPublishMessage(value, key=key) for key, value in alerts]
            await broker.publish_batch(*messages, topic=task.target)

    async with broker:
        await broker.start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    run_until_sigterm(work(Task.given()))
