"""Decisions of operators, read from their topic."""

from __future__ import annotations

from typing import Any

import orjson
from aiokafka.errors import KafkaError

from connectors.cli.kafka import away, open_consumer, partitions_of, read_to_end
from ioc.settings import Settings
from ioc.topics import DECISIONS


async def read_decisions(settings: Settings) -> list[dict[str, Any]]:
    """All decisions that are there, in order of time.

    Raises:
        Unavailable: Kafka does not answer.

    """
    found: list[tuple[int, dict[str, Any]]] = []
    try:
        async with open_consumer(settings) as consumer:
            async for records in read_to_end(consumer, await partitions_of(consumer, [DECISIONS])):
                found.extend((record.timestamp, orjson.loads(record.value)) for record in records if record.value)
    except (KafkaError, TimeoutError) as error:
        raise away(settings, error) from None
    return [decision for _, decision in sorted(found, key=lambda pair: pair[0])]
