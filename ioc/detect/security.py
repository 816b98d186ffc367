"""Events of the security operations centre: which of them an operator must see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, cast

from ioc.detect.model import QUIET, Evaluation, Finding, State
from ioc.events.fields import joined
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Category, Severity

_CATEGORY: Final[Category] = "security"
_SUBCATEGORY: Final = "cyber"


class SecurityEvent(Protocol):
    """What is read of a SOC event."""

    @property
    def asset_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def technique(self) -> str | None: ...
    @property
    def count(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class SecurityRules:
    """How a publisher's word for severity reads here, and from which rank on it counts.

    ``repeats`` lowers the bar by one severity: an event that stands for at least so many repetitions counts when it
    is one step below ``least``.
    """

    severities: Mapping[str, Severity]
    least: Severity
    repeats: int
    source: str


class SecurityDetector:
    """Says which SOC events count. It keeps no state: the SOC has already counted."""

    def __init__(self, rules: SecurityRules) -> None:
        self._rules = rules
        self._least = SEVERITY_RANK[rules.least]

    @staticmethod
    def key(event: SecurityEvent) -> str:
        """Name of the condition; there is nothing to keep under it."""
        return joined(event.asset_id, event.kind)

    def evaluate(self, event: SecurityEvent, state: State | None = None) -> Evaluation:  # noqa: ARG002 - the shape of every detector
        """Judge one event."""
        severity = self._rules.severities.get(event.severity)
        if severity is None:
            return QUIET
        rank = SEVERITY_RANK[severity]
        count = event.count or 1
        repeated = count >= self._rules.repeats
        if rank > self._least + repeated:
            return QUIET
        again = f", {count} lần" if count > 1 else ""
        technique = f" Kỹ thuật: {event.technique}." if event.technique else ""
        finding = Finding(
            kind=f"cyber:{event.kind}",
            category=_CATEGORY,
            subcategory=_SUBCATEGORY,
            severity=severity,
            confidence=1.0,
            title=f"Sự kiện an toàn thông tin {event.kind} trên {event.asset_id}{again}",
            text=f"Mức {severity}: {event.kind} trên {event.asset_id}{again}.{technique} Căn cứ: {self._rules.source}.",
            evidence={
                "asset_id": event.asset_id,
                "kind": event.kind,
                "severity": event.severity,
                "technique": event.technique,
                "count": count,
            },
            rule_id="security/severity" if rank <= self._least else "security/repeats",
            clears=False,
            device=event.asset_id,
        )
        return finding, None


def read_security_rules(root: Table) -> SecurityRules:
    """Read ``[security]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("security")
    words = table.table("severities")
    severities = {
        word: cast("Severity", words.choice(word, SEVERITIES))
        for word in words.keys()  # noqa: SIM118 - reading marks them as known
    }
    table.day("date")
    rules = SecurityRules(
        severities=severities,
        least=cast("Severity", table.choice("least", SEVERITIES)),
        repeats=int(table.number("repeats", low=2.0)),
        source=table.text("source"),
    )
    table.done()
    return rules
