"""How the local broker is configured: one KRaft node that is broker and controller, on the loopback address only.

What differs from a cluster's defaults is what one node and a quick start need; what decides over correctness (fsync,
transactions, isolation, compaction) keeps Kafka's own defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.local.ports import LOOPBACK

MESSAGE_MAX_BYTES: Final = 2 * 1024 * 1024
"""Largest record batch that the broker takes."""

SINGLE_NODE: Final[dict[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
}
"""What a cluster of one node needs; its listeners are those of a node that is open to its machine."""

_QUICK: Final[dict[str, str]] = {
    # Kafka's 50 partitions each would be 100 folders to create and to load for a handful of groups.
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    # The first member of a group need not wait 3 s for others: a rebalance follows when they come.
    "group.initial.rebalance.delay.ms": "0",
    # The default buffer for compaction is 128 MiB, a quarter of the heap given to this broker.
    "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
    # After a kill the controller refuses the new broker until the session of the old one is over (default 9 s).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "300",
}

RULES: Final[dict[str, str]] = {
    # A misspelt topic is an error, not a new topic.
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(MESSAGE_MAX_BYTES),
    "replica.fetch.max.bytes": str(MESSAGE_MAX_BYTES),
    # A worker that died in a transaction holds read_committed readers back until this check finds it (default 10 s).
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "2000",
}
"""What the product relies on, on every cluster."""


def server_properties(
    *, data: Path, port: int, controller_port: int, overrides: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The broker's whole configuration.

    Args:
        data: Folder of the log; it keeps the data between starts.
        port: Where clients connect.
        controller_port: Where the node talks to itself; may differ from start to start.
        overrides: Kafka property names and values that win over those here.

    """
    return {
        **SINGLE_NODE,
        **_QUICK,
        **RULES,
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "log.dirs": str(data),
        **(overrides or {}),
    }


def render(properties: Mapping[str, str]) -> str:
    """Java properties text; a backslash in a value is escaped as that format wants."""
    return "".join(f"{name}={value}\n".replace("\\", "\\\\") for name, value in properties.items())
