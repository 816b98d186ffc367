"""A cluster from outside: its version, its topics beside the catalogue, how far the worker is behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from deploy.local.topics import Difference, differences
from ioc.topics import TopicSpec

_DELETION: Final = timedelta(minutes=6)
"""``log.retention.check.interval.ms`` and ``file.delete.delay.ms`` at their defaults."""
_FETCH: Final = 1
"""Number of the Fetch request in Kafka's protocol."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """One topic of the catalogue on the cluster.

    Attributes:
        spec: What the catalogue says.
        exists: Whether it is there.
        partitions: How many it has; 0 if it is missing.
        differences: Settings that are not as the catalogue says.

    """

    spec: TopicSpec
    exists: bool
    partitions: int
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer group is behind on one topic.

    Attributes:
        topic: Which one.
        records: Offsets between the committed and the end; control markers count too, so a few of them are no delay.
        unread: Partitions without a committed offset.

    """

    topic: str
    records: int
    unread: int


async def keeps(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> dict[str, timedelta | None]:
    """How long a record exists at most, by topic; ``None`` where it is kept for ever.

    Kafka deletes whole segments: a record goes when the newest one of its segment is older than the retention, and a
    segment is written to for ``segment.ms``. Kafka looks every five minutes and deletes a minute later.
    """
    names = ("retention.ms", "segment.ms")
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict.fromkeys(names, "")) for topic in topics]
    found: dict[str, timedelta | None] = {}
    for response in await admin.describe_configs(resources):
        for code, _, _, topic, entries in response.resources:
            if code:
                raise for_code(code)
            values = {entry[0]: int(entry[1]) for entry in entries if entry[0] in names}
            whole = timedelta(milliseconds=sum(values.values())) + _DELETION
            found[topic] = None if values["retention.ms"] < 0 else whole
    return found


async def topic_states(admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec], partitions: int) -> list[TopicState]:
    """Every topic of the catalogue beside what the cluster has."""
    wanted = list(specs)
    known = set(await admin.list_topics())
    there = [spec for spec in wanted if spec.name in known]
    counts = {
        topic["topic"]: len(topic["partitions"])
        for topic in (await admin.describe_topics([spec.name for spec in there]) if there else [])
    }
    found: dict[str, list[Difference]] = {}
    for difference in await differences(admin, there, partitions):
        found.setdefault(difference.topic, []).append(difference)
    return [
        TopicState(spec, spec.name in known, counts.get(spec.name, 0), tuple(found.get(spec.name, ())))
        for spec in wanted
    ]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster answers.

    Attributes:
        id: Its id.
        brokers: How many brokers it has.
        release: Release of Kafka, as near as its protocol tells.

    """

    id: str
    brokers: int
    release: str


async def describe(admin: AIOKafkaAdminClient) -> Cluster:
    """Ask which cluster this is."""
    described = await admin.describe_cluster()
    fetch = next((versions[_FETCH] for conn in admin._client._conns.values() if (versions := conn._versions)), (0, 0))
    return Cluster(str(described.get("cluster_id") or "unknown"), len(described["brokers"]), release_of(*fetch))


def release_of(fetch_least: int, fetch_most: int) -> str:
    """Kafka's release by the versions of its Fetch request: brokers tell no release to clients of this protocol.

    Version 16 came with 3.7, 17 with 3.9, 18 with 4.1; 4.0 dropped the versions before 4.
    """
    if fetch_most >= 18:
        return "4.1 or newer"
    if fetch_least >= 4:
        return "4.0"
    if fetch_most == 17:
        return "3.9"
    return "3.7 or 3.8" if fetch_most == 16 else "older than 3.7"


async def group_members(admin: AIOKafkaAdminClient, group: str) -> tuple[str, int]:
    """State of a consumer group in Kafka's words, and how many members it has."""
    (response,) = await admin.describe_consumer_groups([group])
    (described,) = response.to_object()["groups"]
    return str(described["state"]), len(described["members"])


async def group_lag(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, partitions: Sequence[TopicPartition]
) -> list[Lag] | None:
    """How far a group is behind, by topic; ``None`` if the group has never committed anything."""
    try:
        committed = await admin.list_consumer_group_offsets(group)
    except KafkaError:
        return None
    if not any(place.offset >= 0 for place in committed.values()):
        return None
    ends = await consumer.end_offsets(list(partitions))
    behind: dict[str, tuple[int, int]] = {}
    for partition in partitions:
        records, unread = behind.get(partition.topic, (0, 0))
        place = committed.get(partition)
        if place is None or place.offset < 0:
            behind[partition.topic] = (records + ends[partition], unread + 1)
        else:
            behind[partition.topic] = (records + max(0, ends[partition] - place.offset), unread)
    return [Lag(topic, records, unread) for topic, (records, unread) in behind.items()]
