"""Silences and maintenance windows as Alertmanager tells of silences, and which of them hold an alert back.

One that recurs is told as its present or its next occurrence: a silence of Alertmanager has one begin and one end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, Self

from ioc.alertmanager.matchers import Matcher
from ioc.paging.matchers import names_critical
from ioc.paging.silence import read_windows
from ioc.paging.windows import Windows
from ioc.records import Silence

_KNOWN: Final = frozenset({"category", "subcategory", "severity", "source", "commune", "centre", "mode"})
"""Labels of ours that alerts have too; of devices, sites, named areas and times they say nothing."""
_TEXT: Final = re.compile(r"\s*([a-z_]+)\s*(=~|!~|!=|=)\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class Times:
    """When a silence holds, as one stretch of time.

    Attributes:
        state: ``expired``, ``active`` or ``pending``.
        starts_at: Its begin.
        ends_at: Its end.

    """

    state: str
    starts_at: datetime
    ends_at: datetime


def times(record: Silence, now: datetime, zone: tzinfo) -> Times:
    """The present occurrence of a silence, else the next one, else that it is over."""
    if record.ended_at is not None or record.ends_at <= now:
        return Times("expired", record.starts_at, record.ended_at or record.ends_at)
    windows = Windows(zone, read_windows(record.windows))
    from_now = max(now, record.starts_at)
    opens = windows.opens(from_now)
    if opens is None or opens >= record.ends_at:
        return Times("expired", record.starts_at, min(now, record.ends_at))
    ends_at = min(windows.closes(opens) or record.ends_at, record.ends_at)
    if opens <= now:
        return Times("active", record.starts_at, ends_at)
    return Times("pending", opens, ends_at)


def matchers(record: Silence) -> list[Matcher]:
    """What a silence asks for, its centres among it."""
    found = [_matcher(text) for text in record.matchers]
    centres = record.centres
    if len(centres) == 1:
        found.append(Matcher("centre", centres[0], regex=False, equal=True))
    else:
        expression = "|".join(map(re.escape, centres))
        found.append(Matcher("centre", expression, regex=True, equal=True, pattern=re.compile(expression)))
    return found


def silence(record: Silence, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """A ``gettableSilence``."""
    when = times(record, now, zone)
    changed = max(filter(None, (record.created_at, record.told_at, record.ended_at)))
    hidden = sum(record.hidden.values())
    notes = {
        "kind": record.kind,
        "owner": record.owner,
        "hidden": str(hidden) if hidden else "",
        "windows": "; ".join(f"{' '.join(each['days'])} {each['start']}-{each['end']}" for each in record.windows),
        "until": record.ends_at.isoformat() if record.windows else "",
    }
    return {
        "id": record.silence_id,
        "matchers": [matcher.as_record() for matcher in matchers(record)],
        "startsAt": when.starts_at,
        "endsAt": when.ends_at,
        "updatedAt": changed,
        "createdBy": record.created_by,
        "comment": f"{record.owner}: {record.reason}",
        "annotations": {name: value for name, value in notes.items() if value},
        "status": {"state": when.state},
    }


@dataclass(frozen=True, slots=True)
class _InForce:
    name: str
    matchers: Sequence[Matcher]
    critical: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force at an instant.

    Attributes:
        silences: That hold alerts back.
        emergencies: Centres and communes of emergency modes; without communes whole centres.

    """

    silences: Sequence[_InForce]
    emergencies: Sequence[tuple[frozenset[str], frozenset[str]]]

    @classmethod
    def of(cls, records: Iterable[Silence], now: datetime, zone: tzinfo) -> Self:
        """Of all records there are."""
        silences, emergencies = [], []
        for record in records:
            if times(record, now, zone).state != "active":
                continue
            if record.kind == "emergency":
                emergencies.append((frozenset(record.centres), frozenset(record.communes)))
                continue
            asked = matchers(record)
            # What alerts do not tell cannot be compared: rather an alert too many than one too few.
            if all(matcher.name in _KNOWN for matcher in asked):
                silences.append(_InForce(record.silence_id, asked, names_critical(record.matchers)))
        return cls(sorted(silences, key=lambda each: each.name), emergencies)

    def mode(self, centre: str, commune: str) -> str:
        """Whether an emergency mode is in force somewhere."""
        for centres, communes in self.emergencies:
            if commune in communes if communes else centre in centres:
                return "emergency"
        return "normal"

    def holding(self, labels: Mapping[str, str], *, reported: bool) -> list[str]:
        """Ids of silences that hold an alert back.

        Args:
            labels: Of the alert.
            reported: Citizens reported it: critical, it is silenced only by what says so in words.

        """
        danger = reported and labels["severity"] == "critical"
        return [
            each.name
            for each in self.silences
            if (each.critical or not danger) and all(matcher.fits(labels) for matcher in each.matchers)
        ]


def _matcher(text: str) -> Matcher:
    found = _TEXT.fullmatch(text)
    if found is None:
        return Matcher("unknown", text, regex=False, equal=True)
    name, operator, written = found.groups()
    value = written[1:-1] if len(written) > 1 and written[0] == written[-1] == '"' else written
    regex = operator in {"=~", "!~"}
    return Matcher(name, value, regex, operator in {"=", "=~"}, _compiled(value) if regex else None)


def _compiled(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error:
        return re.compile(r"(?!)")
