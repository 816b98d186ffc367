"""Creating the topics of the catalogue, and telling where existing ones differ from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from ioc.topics import TopicSpec

_ALREADY_EXISTS: Final = 36
_VISIBLE_TIMEOUT_S: Final = 15.0


class TopicError(RuntimeError):
    """The cluster refused a topic; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of an existing topic that is not what the catalogue says; ``setting`` may be ``partitions``."""

    topic: str
    setting: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, the catalogue says {self.wanted}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What :func:`create_topics` did and found."""

    created: Sequence[str]
    existing: Sequence[str]
    differences: Sequence[Difference]


async def create_topics(
    bootstrap: str,
    specs: Iterable[TopicSpec],
    *,
    partitions: int = 4,
    replication: int = 1,
    client: Mapping[str, Any] | None = None,
) -> Outcome:
    """Create what is missing and wait until every topic can be written to; a second call changes nothing.

    Existing topics are left as they are: a differing setting may be an operator's decision, and fewer partitions
    cannot be had. They are reported.

    Args:
        bootstrap: ``host:port,…``.
        specs: The topics that should be there.
        partitions: Number of partitions of a new topic.
        replication: Number of replicas of a new topic.
        client: Further arguments of aiokafka's admin client (security).

    Raises:
        TopicError: the cluster refused a topic, or a new topic got no leader in time.
        aiokafka.errors.KafkaError: the cluster does not answer.

    """
    wanted = {spec.name: spec for spec in specs}
    admin = AIOKafkaAdminClient(**{**(client or {}), "bootstrap_servers": bootstrap})
    await admin.start()
    try:
        known = set(await admin.list_topics())
        missing = [spec for name, spec in wanted.items() if name not in known]
        created = await _create(admin, missing, partitions, replication)
        await _wait_for_leaders(admin, created)
        existing = [name for name in wanted if name not in created]
        differing = await differences(admin, [wanted[name] for name in existing], partitions)
    finally:
        await admin.close()
    return Outcome(created, existing, differing)


async def _create(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], partitions: int, replication: int
) -> list[str]:
    if not specs:
        return []
    response = await admin.create_topics(
        [NewTopic(spec.name, partitions, replication, topic_configs=spec.config()) for spec in specs]
    )
    created = []
    for name, code, message in response.topic_errors:
        if code == 0:
            created.append(name)
        elif code != _ALREADY_EXISTS:  # somebody else created it meanwhile
            reason = message or for_code(code).__name__
            raise TopicError(f"Kafka refused to create the topic {name}: {reason}")
    return created


async def _wait_for_leaders(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Kafka answers before the new topics are known everywhere; a producer that is as quick would see an error."""
    if not names:
        return
    deadline = asyncio.get_running_loop().time() + _VISIBLE_TIMEOUT_S
    while True:
        topics = await admin.describe_topics(list(names))
        waiting = [
            topic["topic"]
            for topic in topics
            if topic["error_code"] or any(partition["leader"] < 0 for partition in topic["partitions"])
        ]
        if not waiting:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise TopicError(
                f"The topic {waiting[0]} was created but has had no leader for {_VISIBLE_TIMEOUT_S:.0f} s."
            )
        await asyncio.sleep(0.05)


async def differences(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], partitions: int) -> list[Difference]:
    """Where topics that exist are not as the catalogue says."""
    if not specs:
        return []
    found_partitions = {
        topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics([spec.name for spec in specs])
    }
    found_config = await _configs(admin, specs)
    found = []
    for spec in specs:
        pairs = [("partitions", str(partitions), str(found_partitions[spec.name]))]
        pairs += [
            (setting, value, found_config[spec.name].get(setting, "unset")) for setting, value in spec.config().items()
        ]
        found += [
            Difference(spec.name, setting, value, actual)
            for setting, value, actual in pairs
            if _normal(value) != _normal(actual)
        ]
    return found


async def _configs(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> dict[str, dict[str, str]]:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=dict.fromkeys(spec.config(), "")) for spec in specs
    ]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for code, message, _, name, entries in response.resources:
            if code:
                raise TopicError(f"Kafka does not tell the settings of {name}: {message or for_code(code).__name__}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _normal(value: str) -> str:
    """Kafka keeps the order in which a list of policies was given; the order means nothing."""
    return ",".join(sorted(part.strip() for part in value.split(",")))
