"""Signs of a greater happening: which incident a sign belongs to, and what an incident takes in that was known before.

Both directions give the same: whichever comes first, signs are evidence of the greater incident, or are listed under
it. Nothing goes under something lesser: a sign is never graver than what it joins, and an emergency is a sign of an
emergency only. What somebody has taken up stays theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from ioc.incidents.affinity import Affinity
from ioc.incidents.case import EXACT, Case, is_made
from ioc.incidents.index import cell_of, distance_m, head_key, sign_key
from ioc.incidents.memory import Memory
from ioc.records import Incident, Signal
from ioc.synthetic import is_synthetic
from ioc.vocabulary import SEVERITY_RANK, Status

_MAX_TAKEN: Final = 16
"""Incidents that one signal lets another take in, the surest first."""
_UNTOUCHED: Final[frozenset[Status]] = frozenset({"received", "routed"})


class Found(NamedTuple):
    """A case that fits by one row, how well, and the parts of that."""

    score: float
    case: Case
    row: Affinity
    parts: dict[str, Any]


class Fusion:
    """Looks for greater things and for signs, by cells of a grid."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._rules = memory.rules

    def head(self, signal: Signal, same: Case | None, *, child: bool) -> Found | None:
        """The unfinished incident that a signal is a sign of, or is listed under.

        Args:
            signal: What happened.
            same: Case of the same device and condition, if there is one: what an operator has parted it from is none.
            child: Whether it is to be listed under the incident.

        """
        if signal.lat is None or signal.lon is None or signal.located_by not in EXACT:
            return None
        if signal.part_of is not None or signal.gathers is not None:
            return None
        memory, made = self._memory, is_synthetic(signal)
        parted = memory.apart(same.incident.incident_id) if same is not None else {}
        found = []
        for row in self._rules.fusion.of_sign(signal.category, signal.subcategory):
            if (row.role == "child") is not child or signal.source not in row.sources:
                continue
            for name in memory.index.near(cell_of(head_key(row.name, made=made), row.radius_m, signal.lat, signal.lon)):
                case = memory.cases[name]
                if name in parted or not self._may_be_under(signal, case, row):
                    continue
                apart = _apart(case, signal.at, signal.at)
                if (fits := self._fits(row, case, (signal.lat, signal.lon), apart)) is not None:
                    found.append(fits)
        return min(found, key=_order, default=None)

    def signs(self, case: Case) -> list[Found]:
        """Unfinished incidents that are signs of a case, the surest first."""
        incident, made = case.incident, is_made(case.group)
        if not case.exact or case.finished or incident.lat is None or incident.lon is None:
            return []
        rows = self._rules.fusion.of_head(incident.category, incident.subcategory)
        found = [fits for row in rows for fits in self._signs(case, row, (incident.lat, incident.lon), made=made)]
        best: dict[str, Found] = {}
        for each in sorted(found, key=_order):
            best.setdefault(each.case.incident.incident_id, each)
        return [*best.values()][:_MAX_TAKEN]

    def _signs(self, case: Case, row: Affinity, place: tuple[float, float], *, made: bool) -> Iterator[Found]:
        memory, name = self._memory, case.incident.incident_id
        for other in memory.index.near(cell_of(sign_key(row.name, made=made), row.radius_m, *place)):
            sign = memory.cases[other]
            if other == name or name in memory.apart(other) or not self._is_free(sign, row):
                continue
            if not self._may_be_under(sign.incident, case, row):
                continue
            apart = _apart(case, sign.first_at, sign.last_at)
            assert sign.incident.lat is not None
            assert sign.incident.lon is not None
            fits = self._fits(row, case, (sign.incident.lat, sign.incident.lon), apart)
            if fits is not None:
                yield fits._replace(case=sign)

    def _may_be_under(self, sign: Signal | Incident, case: Case, row: Affinity) -> bool:
        """Whether the case is no less grave, no less an emergency, and as sure as it has to be."""
        rules, incident = self._rules, case.incident
        if SEVERITY_RANK[sign.severity] < SEVERITY_RANK[incident.severity]:
            return False
        if row.min_confidence and (incident.confidence or 0.0) < row.min_confidence:
            return False
        return not rules.emergency(sign.category, sign.subcategory, sign.severity) or rules.emergency(
            incident.category, incident.subcategory, incident.severity
        )

    def _fits(self, row: Affinity, case: Case, place: tuple[float, float], apart: timedelta) -> Found | None:
        incident = case.incident
        assert incident.lat is not None
        assert incident.lon is not None
        metres = distance_m(*place, incident.lat, incident.lon)
        if metres > row.radius_m or apart > row.window:
            return None
        score = self._rules.fusion.score(row, metres, apart)
        if score < self._rules.fusion.min_score:
            return None
        parts = {
            "affinity": row.name, "strength": row.strength, "distance_m": round(metres, 1),
            "minutes": round(apart.total_seconds() / 60, 3),
        }  # fmt: skip
        return Found(score, case, row, parts)

    def _is_free(self, sign: Case, row: Affinity) -> bool:
        """Whether nobody has taken an incident up, nothing else speaks for it, and all of it may be a sign."""
        incident = sign.incident
        if sign.part_of is not None or sign.gathers or incident.parent is not None or incident.deadlines:
            return False
        if row.role == "evidence" and (incident.status not in _UNTOUCHED or sign.commands or incident.acknowledged_at):
            return False
        return {each.source for each in incident.evidence} <= row.sources


def _apart(case: Case, first_at: datetime, last_at: datetime) -> timedelta:
    """Time between a case's evidence and what lasted from one instant to another."""
    return max(case.first_at - last_at, first_at - case.last_at, timedelta())


def _order(found: Found) -> tuple[float, str]:
    return -found.score, found.case.incident.incident_id
