"""Reads the alert topics as an operator's client does (read_committed) and notes when each alert could be read.

Says ``first`` once it reads from the topics' ends. On SIGTERM it writes lines of ``[seconds since the epoch, alert]``
to the file that it was given.
"""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.cluster import PARTITIONS
from tests.bench.harness import Meter, run_until_sigterm


async def watch(bootstrap: str, topics: list[str], path: Path) -> None:
    found: list[tuple[float, bytes]] = []
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    )
    async with consumer:
        where = [TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)]
        consumer.assign(where)
        for place in where:
            await consumer.position(place)
        Meter().first()
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                records = await consumer.getmany(timeout_ms=1000)
                now = time.time()
                found += [(now, record.value) for batch in records.values() for record in batch]
    path.write_bytes(b"\n".join(orjson.dumps([at, orjson.loads(value)]) for at, value in found))


if __name__ == "__main__":
    run_until_sigterm(watch(sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])))
