"""Every topic as data: name, key, clean-up, retention, who may read it.

Alert topics derive from the province's centres, so the catalogue is a function of them. Topics that share a key
space have the same number of partitions and are read by one owner per partition (``group``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ioc.vocabulary import SOURCES

Cleanup = Literal["delete", "compact", "compact,delete"]

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS

SIGNALS: Final = "ioc.signals"
HEALTH: Final = "ioc.health"
COMMANDS: Final = "ioc.commands"
COMMANDS_SOURCE: Final = f"urn:ioc:{COMMANDS}"
"""Source of the receipts that commands get."""
INCIDENTS: Final = "ioc.incidents"
FEEDBACK: Final = "ioc.feedback"
RECEIPTS: Final = "ioc.receipts"
DECISIONS: Final = "ioc.decisions"
SILENCES: Final = "ioc.silences"
SHIFTS: Final = "ioc.shifts"
DLQ: Final = "ioc.dlq"
AUDIT: Final = "ioc.audit"
ATTEMPTS: Final = "ioc.worker-attempts"
RAW: Final[dict[str, str]] = {source: f"ioc.raw.{source}" for source in SOURCES}
SOURCE_OF: Final[dict[str, str]] = {topic: source for source, topic in RAW.items()}

ALERT_PREFIX: Final = "ioc.alerts."


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic.

    Attributes:
        name: Topic name.
        key: What the record key is, in words.
        cleanup: Kafka's ``cleanup.policy``.
        retention_ms: Kafka's ``retention.ms``; ``None`` where compaction alone rules.
        restricted: Holds personal data; readable by the worker and administrators only.
        log_append_time: The broker stamps records (latency is measured from that time).
        internal: Written and read by the worker alone (changelogs, attempts).

    """

    name: str
    key: str
    cleanup: Cleanup = "delete"
    retention_ms: int | None = None
    restricted: bool = False
    log_append_time: bool = False
    internal: bool = False

    def config(self) -> dict[str, str]:
        """Kafka topic configuration."""
        entries: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.retention_ms is not None:
            entries["retention.ms"] = str(self.retention_ms)
        if self.restricted:
            # Kafka deletes whole segments: a record may outlive its retention by the time that one is written to.
            entries["segment.ms"] = str(_DAY_MS)
        if self.log_append_time:
            entries["message.timestamp.type"] = "LogAppendTime"
        if "compact" in self.cleanup:
            # Changelogs and current states are read from the beginning: keep what must be read short.
            entries |= {"segment.ms": str(_HOUR_MS), "min.cleanable.dirty.ratio": "0.2"}
        return entries


def alert_topic(centre: str) -> str:
    """Topic that the operators of a centre watch."""
    return ALERT_PREFIX + centre


def changelog_topic(agent: str) -> str:
    """Compacted topic that holds an agent's state, one record per state key."""
    return f"ioc.state.{agent}"


def intake_agent(source: str) -> str:
    """Name of the agent that takes in one source."""
    return f"intake-{source}"


INCIDENTS_AGENT: Final = "incidents"


def catalogue(centres: Iterable[str]) -> list[TopicSpec]:
    """All topics of a province with these centres (codes, the provincial one included)."""
    raw = [
        TopicSpec(RAW["reports"], "report id", retention_ms=7 * _DAY_MS, restricted=True, log_append_time=True),
        TopicSpec(RAW["sensors"], "device id", retention_ms=2 * _DAY_MS, log_append_time=True),
        TopicSpec(RAW["cameras"], "camera id", retention_ms=2 * _DAY_MS, log_append_time=True),
        TopicSpec(RAW["bts"], "site id", retention_ms=2 * _DAY_MS, log_append_time=True),
        TopicSpec(RAW["gate"], "gate id", retention_ms=2 * _DAY_MS, log_append_time=True),
        TopicSpec(RAW["security"], "host or asset id", retention_ms=7 * _DAY_MS, restricted=True, log_append_time=True),
    ]
    province = [
        TopicSpec(SIGNALS, "province code", retention_ms=7 * _DAY_MS),
        TopicSpec(HEALTH, "province code", retention_ms=_DAY_MS),
        TopicSpec(COMMANDS, "province code", retention_ms=7 * _DAY_MS),
    ]
    out = [
        TopicSpec(INCIDENTS, "incident id", "compact"),
        *(TopicSpec(alert_topic(centre), "incident id", retention_ms=30 * _DAY_MS) for centre in centres),
        TopicSpec(FEEDBACK, "report id", "compact,delete", retention_ms=90 * _DAY_MS),
        TopicSpec(RECEIPTS, "publisher's event id", retention_ms=7 * _DAY_MS),
        TopicSpec(DECISIONS, "incident id", retention_ms=365 * _DAY_MS),
        TopicSpec(SILENCES, "silence id", "compact"),
        TopicSpec(SHIFTS, "centre", retention_ms=365 * _DAY_MS),
        TopicSpec(DLQ, "key of origin", retention_ms=30 * _DAY_MS, restricted=True),
        TopicSpec(AUDIT, "actor", retention_ms=365 * _DAY_MS),
    ]
    internal = [
        *(
            TopicSpec(changelog_topic(intake_agent(source)), "state key", "compact", internal=True)
            for source in SOURCES
        ),
        TopicSpec(changelog_topic(INCIDENTS_AGENT), "state key", "compact", internal=True),
        TopicSpec(ATTEMPTS, "group/topic/partition", "compact", internal=True),
    ]
    return raw + province + out + internal
