"""What operators read of a site's change, and what the grouping of outages needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from ioc.detect.bts.machine import News
from ioc.detect.bts.rules import KPIS, BtsRules, Cause
from ioc.detect.bts.state import DEGRADED, GOOD, OUT, WEAK, SiteState
from ioc.detect.model import Finding, shown
from ioc.vocabulary import Category

_CATEGORY: Final[Category] = "telecom"
_TITLES: Final = {WEAK: "Chất lượng sóng kém", DEGRADED: "Trạm suy giảm", OUT: "Trạm mất dịch vụ"}
_SILENT: Final = "Trạm mất liên lạc"
_BETTER: Final = "Trạm phục hồi một phần"
_BACK: Final = "Trạm hoạt động trở lại"
_SUBCATEGORIES: Final = {WEAK: "weak_signal", DEGRADED: "weak_signal", OUT: "no_signal"}
_CAUSES: Final[Mapping[Cause, str]] = {"power": "nguồn điện", "transmission": "truyền dẫn", "unknown": ""}
_FIGURE_NAMES: Final = {"rsrp_dbm": "RSRP {} dBm", "rsrq_db": "RSRQ {} dB", "sinr_db": "SINR {} dB"}
_LISTED: Final = 8
"""Alarms that a finding names."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose state it is.

    Attributes:
        site_id: The site; ``operator`` and ``technology`` with it.
        operator: See ``site_id``.
        technology: See ``site_id``.
        upstream: Transmission node that it hangs on, as the register says.
        shared: Mast or power supply that it shares, as the register says.

    """

    site_id: str
    operator: str
    technology: str
    upstream: str | None = None
    shared: str | None = None

    @property
    def kind(self) -> str:
        """Names the condition: stable from its beginning to its end."""
        return f"site:{self.operator}:{self.technology}"


@dataclass(frozen=True, slots=True)
class Told:
    """What the sample brought that caused the news; nothing of it where time alone did."""

    state: str | None = None
    alarm: str | None = None
    alarm_id: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


def figures_of(event: Any) -> dict[str, float]:
    """Radio figures of a sample."""
    return {name: value for name in KPIS if (value := getattr(event, name)) is not None}


def told_by(event: Any) -> Told:
    """What a sample brought."""
    alarm = event.alarm
    return Told(event.state, alarm and alarm.severity, alarm and alarm.id, figures_of(event))


def finding(
    rules: BtsRules,
    subject: Subject,
    state: SiteState,
    news: News,
    told: Told,
    *,
    place: tuple[float, float] | None = None,
) -> Finding:
    """Put news into words; ``place`` is where the site is, as far as its samples have said.

    Evidence of a lost site (``level`` 3) has what grouping needs: ``site_id``, ``operator``, ``technology``,
    ``lost_at`` (RFC 3339, UTC), ``cause`` (``power``, ``transmission`` or ``unknown``), ``upstream``, ``site`` and
    ``silent``.
    """
    silent = news.level == OUT and state.silent
    title = f"{_headline(news, silent=silent)}: {subject.site_id} ({subject.operator} {subject.technology})"
    standing = list(islice(state.standing(), _LISTED))
    cause: Cause = next((alarm.cause for _, alarm in standing if alarm.cause != "unknown"), "unknown")
    parts = [title, *_spoken(rules, told.figures)]
    if news.level >= DEGRADED and cause != "unknown":
        parts.append(f"dấu hiệu nguyên nhân: {_CAUSES[cause]}")
    clears = news.level == GOOD
    evidence: dict[str, Any] = {
        "site_id": subject.site_id,
        "operator": subject.operator,
        "technology": subject.technology,
        **told.figures,
        "state": told.state,
        "level": news.level,
        "level_before": news.before,
        "since": _rfc3339(news.since),
        "upstream": subject.upstream,
        "site": subject.shared,
    }
    if not clears:
        evidence |= {
            "alarm": told.alarm,
            "alarm_id": told.alarm_id,
            "alarms": [name for name, _ in standing],
            "muted_alarms": sum(alarm.muted for alarm in state.alarms.values()),
            "cause": cause,
            "limit_source": rules.source,
        }
        for name, value in told.figures.items():
            if (of_class := rules.signal_class(name, value)) is not None:
                evidence[f"{name.partition('_')[0]}_class"] = of_class.code
    if news.level == OUT:
        evidence |= {"lost_at": _rfc3339(news.since), "silent": silent}
    worse = news.level > news.before
    return Finding(
        kind=subject.kind,
        category=_CATEGORY,
        subcategory=_SUBCATEGORIES[news.before if clears else news.level],
        severity="low" if clears else rules.out_of_service if news.level == OUT else rules.degraded,
        confidence=1.0,
        title=title,
        text=f"{'; '.join(parts)}." + (f" Căn cứ: {rules.source}." if worse else ""),
        evidence=evidence,
        rule_id="bts/clear" if clears else "bts/silent" if silent and worse else f"bts/level-{news.level}",
        clears=clears,
        device=subject.site_id,
        eases=not clears and not worse,
        place=place,
    )


def _headline(news: News, *, silent: bool) -> str:
    if news.level == GOOD:
        return _BACK
    if news.level < news.before:
        return _BETTER
    return _SILENT if silent else _TITLES[news.level]


def _spoken(rules: BtsRules, figures: Mapping[str, float]) -> list[str]:
    """Figures with their classes, as people read them."""
    said = []
    for name, value in figures.items():
        of_class = rules.signal_class(name, value)
        said.append(_FIGURE_NAMES[name].format(shown(value)) + (f" ({of_class.name})" if of_class else ""))
    return said


def _rfc3339(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
