"""Bytewax with its Kafka connectors: one worker, ``flat_map_batch`` over the source's batches, at least once.

Source batches of 1,000 (its default "for higher throughput"); the sink flushes each batch, as the connector is
written, so lingering would only hold it up: librdkafka's ``linger.ms`` is 0 and its batches are larger.
"""

from bytewax import operators as op
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from tests.bench.harness import BATCH, Meter, Task
from tests.bench.job import process_batch


def flow(task: Task) -> Dataflow:
    meter = Meter()

    def work(messages: list[KafkaSourceMessage]) -> list[KafkaSinkMessage]:
        if messages:
            meter.first()
        return [KafkaSinkMessage(key, value) for key, value in process_batch(m.value for m in messages)]

    dataflow = Dataflow("bench")
    source = KafkaSource([task.bootstrap], [task.source], batch_size=BATCH, tail=True)
    sink = KafkaSink(
        [task.bootstrap],
        task.target,
        add_config={"linger.ms": "0", "batch.size": "524288", "enable.idempotence": "true"},
    )
    op.output("out", op.flat_map_batch("job", op.input("in", dataflow, source), work), sink)
    return dataflow


if __name__ == "__main__":
    cli_main(flow(Task.given()))
