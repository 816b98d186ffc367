"""The engines that are compared, in the order of the printed table."""

from dataclasses import dataclass
from typing import Literal

Guarantee = Literal["none", "at least once", "exactly once"]


@dataclass(frozen=True)
class Engine:
    """One row of the comparison.

    Attributes:
        name: Key on the command line and in ``results.json``.
        title: What the table says.
        venv: Virtual environment that runs it (see :mod:`tests.bench.peers`), or ``jvm``.
        module: Module below ``tests.bench.engines``; for the JVM the program's arguments instead.
        share: Part of the data set that it gets, so that slow engines end within a minute too.
    """

    name: str
    title: str
    guarantee: Guarantee
    venv: Literal["product", "peers", "quix", "jvm"] = "product"
    module: str = ""
    arguments: tuple[str, ...] = ()
    share: float = 1.0


BARE = "bare"
PRODUCT = "ioc"

ENGINES = (
    Engine(BARE, "the job alone, no Kafka", "none", module="bare"),
    Engine(PRODUCT, "this engine", "exactly once", module="ioc"),
    Engine("aiokafka-batch", "aiokafka, batches in and out", "at least once", module="aiokafka_batch"),
    Engine("confluent", "confluent-kafka, batches", "at least once", "peers", "confluent"),
    Engine("bytewax", "bytewax", "at least once", "peers", "bytewax_flow"),
    Engine("aiokafka-record", "aiokafka, record by record", "at least once", module="aiokafka_record"),
    Engine("faststream", "FastStream, batches", "at least once", "peers", "faststream_batch"),
    Engine("quix", "Quix Streams", "at least once", "quix", "quix", share=0.5),
    Engine("faust-tuned", "stock Faust, tuned", "at least once", module="faust_tuned", share=0.2),
    Engine("faust", "stock Faust, default", "at least once", module="faust_default", share=0.1),
    *(
        Engine(
            f"kstreams-{threads}-{short}",
            f"Kafka Streams (JVM), {threads} thread{'s' if threads > 1 else ''}",
            guarantee,
            "jvm",
            arguments=(str(threads), setting),
        )
        for threads in (1, 2)
        for short, setting, guarantee in (
            ("alo", "at_least_once", "at least once"),
            ("eos", "exactly_once_v2", "exactly once"),
        )
    ),
)
BY_NAME = {engine.name: engine for engine in ENGINES}
