"""What ``ioc doctor`` asks Kafka: who it is, whether the topics are right, whether the workers keep up."""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka.errors import KafkaError

from connectors.cli.checks import Finding
from connectors.cli.cluster import Lag, TopicState, describe, group_lag, group_members, topic_states
from connectors.cli.errors import CommandError, Unavailable
from connectors.cli.kafka import open_admin, open_consumer, partitions_of
from connectors.cli.topics import specs_of
from ioc.settings import Settings
from ioc.topics import COMMANDS, RAW, SIGNALS

_TIMEOUT_S: Final = 12.0
_BEHIND: Final = 5_000
"""Unread records from which a note is due: a second's work at full speed is more."""
_READ: Final = (*RAW.values(), SIGNALS, COMMANDS)
"""Topics that the workers' group reads."""


async def kafka(settings: Settings) -> list[Finding]:
    """The cluster, its topics and the workers' group; ends within :data:`_TIMEOUT_S` whatever happens."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return await _look(settings)
    except Unavailable as error:
        return [Finding("kafka", "wrong", str(error), "`ioc up`, or IOC_KAFKA_BOOTSTRAP")]
    except (KafkaError, TimeoutError) as error:
        says = f"{settings.bootstrap} stopped answering ({type(error).__name__})"
        return [Finding("kafka", "wrong", says, "look at the broker's log")]
    except CommandError as error:
        return [Finding("topics", "wrong", str(error))]


async def _look(settings: Settings) -> list[Finding]:
    group = settings.worker.group
    async with open_admin(settings) as admin, open_consumer(settings) as consumer:
        cluster = await describe(admin)
        says = f"{settings.bootstrap}, release {cluster.release}, cluster {cluster.id}, {cluster.brokers} broker(s)"
        findings = [Finding("kafka", "ok", says)]
        findings += _topics(await topic_states(admin, specs_of(settings), settings.kafka.partitions))
        state, members = await group_members(admin, group)
        lags = await group_lag(admin, consumer, group, await partitions_of(consumer, _READ))
        return [*findings, *_group(group, state, members, lags)]


def _topics(states: list[TopicState]) -> list[Finding]:
    missing = [state.spec.name for state in states if not state.exists]
    if missing:
        shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        return [Finding("topics", "wrong", f"missing: {shown}", "`ioc topics create`")]
    differing = [difference for state in states for difference in state.differences]
    if differing:
        return [Finding("topics", "note", str(difference), "set it, or the catalogue") for difference in differing]
    return [Finding("topics", "ok", f"all {len(states)} are as the catalogue says")]


def _group(group: str, state: str, members: int, lags: list[Lag] | None) -> list[Finding]:
    if lags is None:
        return [Finding("group", "note", f"{group} has never read anything", "`ioc worker` starts a worker")]
    behind = sum(lag.records for lag in lags)
    worst = max(lags, key=lambda lag: lag.records)
    says = f"{group}: {members} member(s), {state.lower()}, {behind:,} records unread"
    if not members:
        return [Finding("group", "wrong", says, "`ioc worker` starts a worker")]
    if behind > _BEHIND:
        return [Finding("group", "note", f"{says}, most of them in {worst.topic}", "start another worker")]
    return [Finding("group", "ok", says)]
