"""Who may do what on the Kafka cluster: one table of roles over the topic catalogue.

A role is what one kind of process or person needs, and nothing more. Access lists of a cluster, users of an operator
for Kubernetes and the administrator's guide are made of this table, so that they cannot say different things. Kafka
adds what follows by itself: reading or writing includes describing, and whoever may write to any topic may also write
idempotently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ioc import topics
from ioc.vocabulary import SOURCES

ResourceKind = Literal["topic", "group", "transactional-id", "cluster"]
Pattern = Literal["literal", "prefixed"]
Operation = Literal["Read", "Write", "Create", "Describe", "Alter", "Delete", "DescribeConfigs", "AlterConfigs"]

CLUSTER: Final = "kafka-cluster"
"""Name that Kafka gives the one resource of its kind."""
_OURS: Final = "ioc."
_IDS: Final = "ioc-"
_OPERATIONS_OF_TOPICS: Final[tuple[Operation, ...]] = (
    "Read", "Write", "Create", "Describe", "Alter", "Delete", "DescribeConfigs", "AlterConfigs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One thing that is allowed.

    Attributes:
        kind: Of the resource.
        name: Of the resource, or what its name begins with.
        pattern: Which of the two.
        operation: In Kafka's words.

    """

    kind: ResourceKind
    name: str
    pattern: Pattern
    operation: Operation

    def __str__(self) -> str:
        star = "*" if self.pattern == "prefixed" else ""
        return f"{self.operation} {self.kind} {self.name}{star}"


class RoleError(ValueError):
    """There is no such role; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What the roles are about: a province's centres, and the workers' group."""

    centres: tuple[str, ...]
    group: str

    @property
    def alerts(self) -> tuple[str, ...]:
        return tuple(topics.alert_topic(centre) for centre in self.centres)


@dataclass(frozen=True, slots=True)
class Role:
    """One row of the table.

    Attributes:
        name: What it is called; ``reader`` and ``publisher`` are of one centre or source each (``reader:north``).
        summary: What it is for.
        of: What stands behind the colon, if anything.

    """

    name: str
    summary: str
    grants: Callable[[_Cluster, str], Iterable[Grant]]
    of: Literal["", "centre", "source"] = ""


def _topic(names: Iterable[str], *operations: Operation) -> Iterable[Grant]:
    return (Grant("topic", name, "literal", operation) for name in names for operation in operations)


def _ids(prefix: str) -> Iterable[Grant]:
    """The transactional ids that begin so."""
    return (Grant("transactional-id", prefix, "prefixed", operation) for operation in ("Write", "Describe"))


def _worker(cluster: _Cluster, _: str) -> Iterable[Grant]:
    states = [topics.changelog_topic(topics.intake_agent(source)) for source in SOURCES]
    own = [*states, topics.changelog_topic(topics.INCIDENTS_AGENT), topics.ATTEMPTS]
    yield from _topic(topics.RAW.values(), "Read")
    yield from _topic((topics.SIGNALS, topics.HEALTH), "Read", "Write")
    yield from _topic((topics.COMMANDS,), "Read")
    yield from _topic(own, "Read", "Write")
    out = (topics.INCIDENTS, topics.FEEDBACK, topics.RECEIPTS, topics.DECISIONS, topics.SILENCES, topics.DLQ)
    yield from _topic((*out, *cluster.alerts), "Write")
    yield Grant("group", cluster.group, "literal", "Read")
    yield from _ids(f"{cluster.group}-")


def _gateway(cluster: _Cluster, _: str) -> Iterable[Grant]:
    yield from _topic((*topics.RAW.values(), topics.COMMANDS, topics.SHIFTS), "Write")
    yield from _topic((topics.RECEIPTS, topics.AUDIT), "Read", "Write")
    yield from _topic((topics.INCIDENTS, topics.FEEDBACK, topics.SILENCES, *cluster.alerts), "Read")
    yield from _ids(f"{_IDS}gateway-")


def _store(cluster: _Cluster, _: str) -> Iterable[Grant]:
    kept = (
        topics.INCIDENTS, topics.FEEDBACK, topics.DECISIONS, topics.SIGNALS, topics.RECEIPTS, topics.SILENCES,
        topics.HEALTH, topics.AUDIT, topics.SHIFTS, topics.RAW["sensors"],
    )  # fmt: skip
    yield from _topic((*kept, *cluster.alerts), "Read")


def _stations(_: _Cluster, __: str) -> Iterable[Grant]:
    yield from _topic((topics.RAW["sensors"],), "Write")
    # What has been sent is an offset of a group of the watcher's own, in the transaction of the readings.
    yield from _topic((topics.RAW["sensors"],), "Read")
    yield Grant("group", f"{_IDS}stations-", "prefixed", "Read")
    yield from _ids(f"{_IDS}stations-")


def _mqtt(_: _Cluster, __: str) -> Iterable[Grant]:
    yield from _topic((*topics.RAW.values(), topics.RECEIPTS, topics.DLQ), "Write")


def _notify(cluster: _Cluster, _: str) -> Iterable[Grant]:
    yield from _topic(cluster.alerts, "Read")


def _operator(cluster: _Cluster, _: str) -> Iterable[Grant]:
    seen = (
        topics.INCIDENTS, topics.FEEDBACK, topics.DECISIONS, topics.RECEIPTS, topics.SILENCES,
        topics.changelog_topic(topics.intake_agent("bts")), topics.changelog_topic(topics.INCIDENTS_AGENT),
    )  # fmt: skip
    yield from _topic((*seen, *cluster.alerts), "Read")
    # `ioc doctor` compares the topics with the catalogue, and says how far behind the workers are.
    yield Grant("topic", _OURS, "prefixed", "Describe")
    yield Grant("topic", _OURS, "prefixed", "DescribeConfigs")
    yield Grant("group", cluster.group, "literal", "Describe")
    yield Grant("cluster", CLUSTER, "literal", "Describe")


def _administrator(cluster: _Cluster, _: str) -> Iterable[Grant]:
    for operation in _OPERATIONS_OF_TOPICS:
        yield Grant("topic", _OURS, "prefixed", operation)
    for operation in ("Read", "Describe", "Delete"):
        yield Grant("group", _IDS, "prefixed", operation)
        yield Grant("group", cluster.group, "literal", operation)
    yield from _ids(_IDS)
    for operation in ("Create", "Describe", "Alter", "DescribeConfigs"):
        yield Grant("cluster", CLUSTER, "literal", operation)


def _scaler(cluster: _Cluster, _: str) -> Iterable[Grant]:
    yield from _topic((*topics.RAW.values(), topics.SIGNALS, topics.COMMANDS), "Describe")
    yield Grant("group", cluster.group, "literal", "Describe")


def _reader(_: _Cluster, centre: str) -> Iterable[Grant]:
    yield from _topic((topics.alert_topic(centre),), "Read")
    # A centre's code has no dot: nobody's groups begin like those of another centre.
    yield Grant("group", f"alerts-{centre}", "literal", "Read")
    yield Grant("group", f"alerts-{centre}.", "prefixed", "Read")


def _publisher(_: _Cluster, source: str) -> Iterable[Grant]:
    yield from _topic((topics.RAW[source],), "Write")


ROLES: Final[dict[str, Role]] = {
    role.name: role
    for role in (
        Role("worker", "`ioc worker`: reads what comes, writes what follows from it", _worker),
        Role("gateway", "`ioc gateway`: publishes for its callers, reads what they may see", _gateway),
        Role("store", "`ioc store`: reads what it keeps", _store),
        Role("stations", "`ioc stations`: readings of monitoring stations", _stations),
        Role("mqtt", "`ioc mqtt`: events of devices", _mqtt),
        Role("notify", "`ioc notify`: alerts, to tell those outside", _notify),
        Role(
            "operator", "the program `ioc` for looking: watch, doctor, coverage, quality; no personal data", _operator
        ),
        Role(
            "administrator", "topics, access, dead letters, audit, erasing: everything of the product", _administrator
        ),
        Role("scaler", "whoever starts and ends workers by how far behind they are", _scaler),
        Role("reader", "alerts of one centre, in the group alerts-<centre> or alerts-<centre>.…", _reader, "centre"),
        Role("publisher", "events of one source, straight to Kafka", _publisher, "source"),
    )
}

SERVICES: Final = ("worker", "gateway", "store", "stations", "mqtt", "notify")
"""Roles of processes, in the order in which they start."""
USER: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Names of users: those that a Kubernetes object can have as well."""


def parse(text: str, centres: Collection[str]) -> tuple[Role, str]:
    """A role as it is written: ``worker``, ``reader:north``, ``publisher:reports``.

    Args:
        text: What was written.
        centres: Codes of the province's centres.

    Raises:
        RoleError: there is no such role.

    """
    name, colon, of = text.partition(":")
    role = ROLES.get(name)
    if role is None:
        raise RoleError(f"there is no role {name}; there are {', '.join(ROLES)}")
    wanted = {"": (), "centre": tuple(centres), "source": SOURCES}[role.of]
    if bool(role.of) != bool(colon) or (role.of and of not in wanted):
        raise RoleError(
            f"the role {name} is written {name}:{role.of.upper()}, with one of {', '.join(wanted)}"
            if role.of
            else f"the role {name} is of nothing in particular: leave out :{of}"
        )
    return role, of


def grants(text: str, centres: Collection[str], group: str) -> tuple[Grant, ...]:
    """What a role allows, in the table's order, each once.

    Args:
        text: The role as :func:`parse` takes it.
        centres: Codes of the province's centres.
        group: The workers' consumer group.

    Raises:
        RoleError: there is no such role.

    """
    role, of = parse(text, centres)
    return tuple(dict.fromkeys(role.grants(_Cluster(tuple(centres), group), of)))


def user_of(text: str) -> str:
    """Name that the user of a role has unless another one is given: ``ioc-worker``, ``reader-north``."""
    name, _, of = text.partition(":")
    return f"{name}-{of}" if of else f"ioc-{name}"
