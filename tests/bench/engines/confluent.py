"""confluent-kafka (librdkafka): ``consume(num_messages)``, ``produce_batch``, offsets stored after the work.

As its documentation advises for at least once: ``enable.auto.offset.store`` is off and offsets are stored once the
batch is handed to the producer, committed by the library's timer; ``linger.ms`` 5, larger batches, an idempotent
producer with acks=all; ``produce_batch`` (2.13 and later) saves the call per record.
"""

import signal

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from tests.bench.harness import BATCH, Meter, Task
from tests.bench.job import Alert, process_batch


class Stopped(Exception):
    """SIGTERM has come."""


def stop(*_: object) -> None:
    raise Stopped


def delivered(error: KafkaError | None, _: Message) -> None:
    if error is not None:
        raise KafkaException(error)


def produce(producer: Producer, topic: str, alerts: list[Alert]) -> None:
    messages = [{"key": key, "value": value} for key, value in alerts]
    while messages:
        queued = producer.produce_batch(topic, messages, on_delivery=delivered)
        producer.poll(0 if queued == len(messages) else 0.05)
        messages = [message for message in messages if "_error" in message] if queued < len(messages) else []
        for message in messages:
            del message["_error"]


def work(task: Task) -> None:
    meter = Meter()
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap,
            "group.id": task.group,
            "auto.offset.reset": "earliest",
            "enable.auto.offset.store": False,
            "auto.commit.interval.ms": 1000,
            "fetch.min.bytes": 1,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": task.bootstrap,
            "enable.idempotence": True,
            "linger.ms": 5,
            "batch.size": 512 * 1024,
            "queue.buffering.max.messages": 500_000,
        }
    )
    consumer.subscribe([task.source])
    try:
        while True:
            messages = consumer.consume(num_messages=BATCH, timeout=0.1)
            if not messages:
                producer.poll(0)
                continue
            meter.first()
            produce(producer, task.target, process_batch([message.value() for message in messages]))
            last = {message.partition(): message.offset() for message in messages}
            consumer.store_offsets(offsets=[TopicPartition(task.source, p, offset + 1) for p, offset in last.items()])
    except Stopped:
        producer.flush(5)
        consumer.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    work(Task.given())
