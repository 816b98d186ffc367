"""Quix Streams: ``sdf.apply(job)``, ``filter``, ``to_topic``, at least once as by default.

Keys and values pass as bytes (no second decoding; the key of a report is that of its alert), the commit interval is 1 s
instead of 5 s, librdkafka's producer gets 5 ms of linger and larger batches through ``producer_extra_config``.
"""

from quixstreams import Application

from tests.bench.harness import Meter, Task
from tests.bench.job import process


def main() -> None:
    task = Task.given()
    meter = Meter()
    app = Application(
        broker_address=task.bootstrap,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_interval=1.0,
        auto_create_topics=False,
        loglevel="WARNING",
        state_dir=task.folder,
        producer_extra_config={"linger.ms": 5, "batch.size": 512 * 1024, "enable.idempotence": True},
    )
    source = app.topic(task.source, key_deserializer="bytes", value_deserializer="bytes")
    target = app.topic(task.target, key_serializer="bytes", value_serializer="bytes")

    def work(value: bytes) -> bytes | None:
        meter.first()
        alert = process(value)
        return None if alert is None else alert[1]

    app.dataframe(source).apply(work).filter(lambda alert: alert is not None).to_topic(target)
    app.run()


if __name__ == "__main__":
    main()
