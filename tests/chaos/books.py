"""Balancing the books: what Kafka accepted as input against what a reader of committed records sees as output."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

Row = tuple[bytes, bytes]
"""Key and value."""


@dataclass
class Balance:
    """The result. Zero everywhere but ``accepted`` and ``delivered`` is what is promised."""

    accepted: int = 0
    delivered: int = 0
    lost: int = 0
    duplicated: int = 0
    invented: int = 0
    disordered_keys: int = 0
    wrong_counts: int = 0
    samples: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.invented or self.disordered_keys or self.wrong_counts)

    def __str__(self) -> str:
        return (
            f"accepted {self.accepted}, delivered {self.delivered}, lost {self.lost}, duplicated {self.duplicated}, "
            f"invented {self.invented}, keys out of order {self.disordered_keys}, wrong counts {self.wrong_counts}"
            + "".join(f"\n  {sample}" for sample in self.samples[:10])
        )


def balance(accepted: list[Row], delivered: list[Row]) -> Balance:
    """Compare inputs (key, id) with outputs (key, ``id|n``), both in log order per key."""
    result = Balance(accepted=len(accepted), delivered=len(delivered))
    wanted = Counter(value for _, value in accepted)
    found = Counter(value.rpartition(b"|")[0] for _, value in delivered)
    lost = wanted - found
    result.lost = lost.total()
    result.duplicated = sum(count - wanted[value] for value, count in found.items() if 0 < wanted[value] < count)
    result.invented = sum(count for value, count in found.items() if not wanted[value])
    result.samples += [f"lost {value!r}" for value in sorted(lost)[:3]]
    result.samples += [f"{count} times {value!r}" for value, count in found.items() if count > wanted[value]][:3]
    in_order: dict[bytes, list[bytes]] = defaultdict(list)
    for key, value in accepted:
        in_order[key].append(value)
    out_order: dict[bytes, list[bytes]] = defaultdict(list)
    counts: dict[bytes, list[int]] = defaultdict(list)
    for key, value in delivered:
        name, _, count = value.rpartition(b"|")
        out_order[key].append(name)
        counts[key].append(int(count))
    for key, values in in_order.items():
        position = {value: index for index, value in enumerate(values)}
        places = [position[value] for value in dict.fromkeys(out_order[key]) if value in position]
        result.disordered_keys += places != sorted(places)
        right = list(range(1, len(counts[key]) + 1))
        if counts[key] != right:
            result.wrong_counts += 1
            result.samples.append(f"counts of {key!r}: {counts[key][:20]}")
    return result


async def read_all(bootstrap: str, topic: str, *, at_least: int = 0, patience_s: float = 30.0) -> list[Row]:
    """Key and value of all committed records of a topic, partition after partition.

    Reads to the end as it is after ``at_least`` records are there, or after ``patience_s``.
    """
    return [(r.key, r.value) for r in await read_records(bootstrap, topic, at_least=at_least, patience_s=patience_s)]


async def read_records(
    bootstrap: str, topic: str, *, at_least: int = 0, patience_s: float = 30.0
) -> list[ConsumerRecord]:
    """All committed records of a topic, as ``read_all`` finds them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in await consumer._client._wait_on_metadata(topic)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        rows: dict[int, list[ConsumerRecord]] = {tp.partition: [] for tp in partitions}
        deadline = time.monotonic() + patience_s
        while True:
            ends = await consumer.end_offsets(partitions)
            for tp in partitions:
                while await consumer.position(tp) < ends[tp]:
                    rows[tp.partition] += (await consumer.getmany(tp, timeout_ms=200)).get(tp, ())
            if sum(map(len, rows.values())) >= at_least or time.monotonic() > deadline:
                return [row for number in sorted(rows) for row in rows[number]]
            await asyncio.sleep(0.2)
    finally:
        await consumer.stop()
