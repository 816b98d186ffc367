"""The dossier of an emergency: quick report, updates in order, summary; as text that is sent on to superiors.

What it has to hold follows what a city asks of its departments (TP.HCM, Sở Xây dựng, September 2025): at once kind,
time, place, damage and plan; then every change; within 24 hours of the end a written summary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile
from typing import Final

from ioc.languages import Language
from ioc.records import Alert, Incident
from ioc.story.texts import StoryTexts
from ioc.story.why import Line
from ioc.synthetic import SUFFIX

_HEADINGS: Final[Mapping[Language, Mapping[str, str]]] = {
    "vi": {
        "title": "HỒ SƠ SỰ VIỆC", "quick": "1. Báo cáo nhanh", "updates": "2. Diễn biến", "summary": "3. Tổng hợp",
        "why": "4. Căn cứ quyết định", "kind": "Loại", "severity": "Mức độ", "time": "Thời gian xảy ra",
        "place": "Địa điểm", "what": "Nội dung", "unit": "Đơn vị xử lý", "informed": "Đơn vị được báo",
        "status": "Trạng thái",
        "due": "Hạn xử lý", "evidence": "Nguồn tin", "reporters": "Người phản ánh", "children": "Sự việc liên quan",
        "duration": "Thời lượng", "acknowledged": "Xác nhận lúc", "overdue": "Quá hạn", "yes": "có", "no": "không",
        "none": "chưa có", "open": "chưa kết thúc", "unlocated": "chưa xác định", "owed": "Báo cáo phải gửi",
        "synthetic": "DỮ LIỆU MÔ PHỎNG",
    },
    "en": {
        "title": "INCIDENT DOSSIER", "quick": "1. Quick report", "updates": "2. Updates", "summary": "3. Summary",
        "why": "4. Why it was decided so", "kind": "Kind", "severity": "Severity", "time": "Time", "place": "Place",
        "what": "What", "unit": "Unit in charge", "informed": "Also told", "status": "Status",
        "due": "Due", "evidence": "Evidence", "reporters": "Reporters", "children": "Listed under it",
        "duration": "Duration", "acknowledged": "Acknowledged at", "overdue": "Overdue", "yes": "yes", "no": "no",
        "none": "none yet", "open": "not over yet", "unlocated": "not known", "owed": "Reports owed",
        "synthetic": "SIMULATED DATA",
    },
}  # fmt: skip
_END: Final = frozenset({"resolved", "closed", "rejected", "duplicate"})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with facts (name and value) and lines (time and sentence)."""

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """All sections of one incident, in one language."""

    title: str
    sections: tuple[Section, ...]

    def markdown(self) -> str:
        """As Markdown."""
        out = [f"# {self.title}", ""]
        for section in self.sections:
            out += [f"## {section.heading}", ""]
            out += [f"- **{name}**: {value}" for name, value in section.facts]
            out += [f"- {at} — {said}" for at, said in section.lines]
            out.append("")
        return "\n".join(out)


def dossier(
    incident: Incident,
    alerts: Sequence[Alert],
    story: Sequence[Line],
    *,
    texts: StoryTexts,
    language: Language,
    zone: tzinfo,
    unit: Callable[[str], str] = str,
    commune: Callable[[str], str] = str,
) -> Dossier:
    """Put an incident's dossier together.

    Args:
        incident: Its current state.
        alerts: What operators were told, in any order.
        story: Of :func:`ioc.story.why.tell`.
        texts: Names of codes.
        language: Of the dossier.
        zone: Whose local time is told.
        unit: Name of a unit from its code.
        commune: Name of a commune from its code; empty where it is none.

    """
    words = _HEADINGS[language]

    def when(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%H:%M %d/%m/%Y}" if at else words["none"]

    def named(listed: str, code: str) -> str:
        return texts.word(listed, code, language)

    subkind = texts.subkind(incident.category, incident.subcategory, language)
    place = commune(incident.commune) or words["unlocated"]
    if incident.lat is not None and incident.lon is not None:
        place += f" ({incident.lat:.5f}, {incident.lon:.5f})"
    ended = _ended(incident)
    title = f"{words['title']} {incident.incident_id}"
    quick = (
        (words["kind"], f"{named('category', incident.category)} / {subkind}"),
        (words["severity"], named("severity", incident.severity)),
        (words["time"], when(incident.opened_at)),
        (words["place"], place),
        (words["what"], incident.text or incident.title),
        (words["unit"], unit(incident.unit)),
        (words["informed"], ", ".join(map(unit, incident.informed)) or words["none"]),
    )
    told = sorted({alert.alert_id: alert for alert in alerts}.values(), key=lambda alert: (alert.at, alert.alert_id))
    updates = tuple((when(alert.at), f"{named('reason', alert.reason)}: {alert.text or alert.title}") for alert in told)
    sources: dict[str, int] = {}
    for each in incident.evidence:
        sources[each.source] = sources.get(each.source, 0) + 1
    counted = ", ".join(f"{named('source', code)} {count}" for code, count in sorted(sources.items()))
    owed = "; ".join(
        f"{each.title or each.name} ({when(each.due_at)}: {when(each.done_at)})" for each in incident.deadlines
    )
    summary = (
        (words["status"], named("status", incident.status)),
        (words["acknowledged"], when(incident.acknowledged_at)),
        (words["due"], when(incident.due_at)),
        (words["overdue"], words["yes"] if incident.overdue else words["no"]),
        (words["duration"], _span(ended - incident.opened_at) if ended else words["open"]),
        (words["evidence"], f"{incident.evidence_count} ({counted})" if counted else str(incident.evidence_count)),
        (words["reporters"], str(incident.reporters)),
        (words["children"], str(incident.children_count)),
        (words["owed"], owed or words["none"]),
    )
    why = tuple((when(line.at), line.text[language]) for line in story)
    return Dossier(
        f"{words['synthetic']} — {title}" if incident.title.endswith(SUFFIX) else title,
        (
            Section(words["quick"], quick),
            Section(words["updates"], lines=updates),
            Section(words["summary"], summary),
            Section(words["why"], lines=why),
        ),
    )


def _ended(incident: Incident) -> datetime | None:
    """When it was resolved last, not the closing after it; none while something is left to do."""
    last = takewhile(lambda step: step["to"] in _END, reversed(incident.history))
    return min((step["at"] for step in last), default=None)


def _span(length: timedelta) -> str:
    minutes = max(0, round(length.total_seconds() / 60))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"
