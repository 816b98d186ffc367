"""Strimzi's resources for users and topics, made of the tables of the product."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from ioc.access import SERVICES, Grant, grants, user_of
from ioc.topics import TopicSpec, catalogue

API: Final = "kafka.strimzi.io/v1"
CLUSTER: Final = "ioc"
"""Name of the Kafka cluster: what its operator calls whatever belongs to it."""
ROLES: Final = (*SERVICES, "operator", "administrator", "scaler")
PARTITIONS: Final = 12
REPLICAS: Final = 3

_KINDS: Final = {"topic": "topic", "group": "group", "transactional-id": "transactionalId", "cluster": "cluster"}
_PATTERNS: Final = {"literal": "literal", "prefixed": "prefix"}


def user(role: str, centres: Collection[str], group: str) -> dict[str, Any]:
    """The user of a role: a password that the operator makes, and the role's access list."""
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": user_of(role), "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": _entries(grants(role, centres, group))},
        },
    }


def topic(spec: TopicSpec, partitions: int = PARTITIONS, replicas: int = REPLICAS) -> dict[str, Any]:
    """A topic of the catalogue."""
    config = {"min.insync.replicas": str(replicas - 1)} if replicas > 1 else {}
    return {
        "apiVersion": API,
        "kind": "KafkaTopic",
        "metadata": {"name": spec.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {"partitions": partitions, "replicas": replicas, "config": spec.config() | config},
    }


def users(centres: Collection[str], group: str) -> list[dict[str, Any]]:
    """Users that every installation has."""
    return [user(role, centres, group) for role in ROLES]


def topics(centres: Collection[str]) -> list[dict[str, Any]]:
    """All topics of a province with these centres."""
    return [topic(spec) for spec in catalogue(centres)]


def _entries(allowed: Sequence[Grant]) -> list[dict[str, Any]]:
    """One entry per resource, with all operations on it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in allowed:
        found.setdefault((each.kind, each.name, each.pattern), []).append(each.operation)
    return [
        {"resource": _resource(kind, name, pattern), "operations": operations}
        for (kind, name, pattern), operations in found.items()
    ]


def _resource(kind: str, name: str, pattern: str) -> dict[str, str]:
    if kind == "cluster":  # there is one, and it has no name
        return {"type": "cluster"}
    return {"type": _KINDS[kind], "name": name, "patternType": _PATTERNS[pattern]}
