"""A metric that a device used to send and sends no more, while the device still speaks.

A device that is silent as a whole is another matter: here it goes on, and one of its probes does not. Only devices
of which the register says how often they speak are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final, cast

import orjson

from ioc.detect.model import Finding
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, Severity

_FEW: Final = 8
"""Weight of a new gap in the usual one: 1/8."""


@dataclass(frozen=True, slots=True)
class MissingRules:
    """When a metric is missing.

    Attributes:
        intervals: So many of its usual intervals without it.
        least_s: And at least so many seconds.
        readings: It counts as usual after so many readings.
        severity: How grave.
        source: Where the figures come from.
        since: That text's date.
        zone: The province's.

    """

    intervals: float
    least_s: float
    readings: int
    severity: Severity
    source: str
    since: date
    zone: tzinfo

    def allowed_s(self, interval_s: float) -> float:
        """How long something that comes about every ``interval_s`` may stay away."""
        return max(self.least_s, self.intervals * interval_s)


def read_missing_rules(root: Table, zone: tzinfo) -> MissingRules:
    """Read ``[missing_metric]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("missing_metric")
    rules = MissingRules(
        intervals=table.number("intervals", low=2.0),
        least_s=table.number("least_s", low=0.0),
        readings=int(table.number("readings", low=2.0)),
        severity=cast("Severity", table.choice("severity", SEVERITIES)),
        source=table.text("source"),
        since=table.day("date"),
        zone=zone,
    )
    table.done()
    return rules


class Probe:
    """What is remembered of one metric of a device; times are event times, Unix seconds, but for ``heard_ms``.

    Attributes:
        last_s: Of its newest reading.
        heard_ms: When Kafka had that.
        usual_s: Mean of the latest gaps between readings.
        readings: How many there were, up to what makes it usual.
        missing: It was said that it is missing.

    """

    __slots__ = ("heard_ms", "last_s", "missing", "readings", "usual_s")

    def __init__(self, last_s: float, heard_ms: int, usual_s: float) -> None:
        self.last_s = last_s
        self.heard_ms = heard_ms
        self.usual_s = usual_s
        self.readings = 1
        self.missing = False

    def hear(self, at_s: float, accepted_ms: int, most: int) -> None:
        """Take in a reading that is newer than those before it."""
        self.usual_s += (at_s - self.last_s - self.usual_s) / _FEW
        self.last_s, self.heard_ms = at_s, accepted_ms
        if self.readings < most:
            self.readings += 1


def encode_probes(probes: dict[str, Probe]) -> bytes:
    """Probes of one device by metric, as JSON."""
    return orjson.dumps(
        {
            metric: [probe.last_s, probe.heard_ms, round(probe.usual_s, 1), probe.readings, probe.missing]
            for metric, probe in probes.items()
        }
    )


def decode_probes(raw: bytes) -> dict[str, Probe]:
    """Read :func:`encode_probes`."""
    content: dict[str, list[Any]] = orjson.loads(raw)
    probes = {}
    for metric, (last_s, heard_ms, usual_s, readings, missing) in content.items():
        probe = probes[metric] = Probe(last_s, heard_ms, usual_s)
        probe.readings, probe.missing = readings, missing
    return probes


def missing(rules: MissingRules, device: str, metric: str, last_s: float, spoke_s: float) -> Finding:
    """Say that a metric is missing; ``spoke_s``: event time of the device's newest reading of another one."""
    last = datetime.fromtimestamp(last_s, rules.zone)
    spoke = datetime.fromtimestamp(spoke_s, rules.zone)
    return _finding(
        rules,
        device,
        metric,
        title=f"Thiết bị {device} không còn gửi thông số {metric}",
        text=(
            f"Số đo {metric} cuối cùng lúc {last:%H:%M %d/%m/%Y}; thiết bị vẫn gửi các thông số khác, gần nhất lúc "
            f"{spoke:%H:%M %d/%m/%Y}. Có thể đầu đo hoặc kênh đo bị lỗi. Căn cứ: {rules.source}."
        ),
        evidence={"last_at": _utc(last_s), "device_spoke_at": _utc(spoke_s)},
    )


def found(rules: MissingRules, device: str, metric: str, at_s: float) -> Finding:
    """Say that a metric is there again."""
    at = datetime.fromtimestamp(at_s, rules.zone)
    return _finding(
        rules,
        device,
        metric,
        title=f"Thiết bị {device} đã gửi lại thông số {metric}",
        text=f"Có số đo {metric} lúc {at:%H:%M %d/%m/%Y}.",
        evidence={"at": _utc(at_s)},
        clears=True,
    )


def _finding(
    rules: MissingRules,
    device: str,
    metric: str,
    *,
    title: str,
    text: str,
    evidence: dict[str, Any],
    clears: bool = False,
) -> Finding:
    return Finding(
        kind=f"missing:{metric}",
        category="other",
        subcategory="device_fault",
        severity="low" if clears else rules.severity,
        confidence=1.0,
        title=title,
        text=text,
        evidence={"device_id": device, "metric": metric, **evidence},
        rule_id=f"sensor/missing/{'clear' if clears else 'begin'}",
        clears=clears,
        device=device,
    )


def _utc(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
