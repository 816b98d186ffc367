"""Citizens who say that there is no signal: part of an outage that is known, or the suspicion of one that is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from ioc.area.detector import AreaWriter
from ioc.area.outage_memory import OutageMemory
from ioc.area.outage_rules import OutageRules
from ioc.area.outage_state import Complaint, Outage, Site, area
from ioc.detect.model import shown
from ioc.incidents.case import EXACT
from ioc.incidents.index import distance_m
from ioc.records import Signal
from ioc.synthetic import is_synthetic, marked
from ioc.vocabulary import UNLOCATED_COMMUNE

SUSPECTED: Final = "suspected_outage"
PUBLISHER: Final = "urn:ioc:outage"


class ComplaintWatch:
    """Follows complaints of one province; what it remembers is the outages' memory."""

    def __init__(self, rules: OutageRules, memory: OutageMemory) -> None:
        self._rules = rules
        self._memory = memory

    def take(self, signal: Signal, writer: AreaWriter) -> Signal:
        """Note a complaint; it says then which outage it is a part of. What is critical stays on its own."""
        if signal.severity == "critical":
            return signal
        memory = self._memory
        outage = self._outage(signal)
        if signal.signal_id not in memory.complaints:
            exact = signal.located_by in EXACT
            complaint = Complaint(
                signal.signal_id, signal.at, signal.reporter or signal.signal_id, signal.commune, signal.centre,
                signal.lat if exact else None, signal.lon if exact else None, made=is_synthetic(signal),
            )  # fmt: skip
            memory.put_complaint(complaint, writer)
            if outage is None:
                self._suspect(complaint, signal, writer)
        return signal if outage is None else replace(signal, part_of=f"bts|{outage.device}|outage")

    def of(self, outage: Outage, sites: Iterable[Site]) -> list[Complaint]:
        """Complaints and suspicions from where an outage's stations are, around its time."""
        communes = {site.commune for site in sites} - {UNLOCATED_COMMUNE}
        rules = self._rules
        since, until = outage.first_at - rules.complaints.window, outage.last_at + rules.grouping.join
        found = self._memory.complaints
        return [
            found[key]
            for key in sorted(found)
            if found[key].commune in communes and found[key].area == outage.area and since <= found[key].at <= until
        ]

    def forget(self, now: datetime, writer: AreaWriter) -> None:
        """Forget what is too old to point to anything."""
        oldest = now - self._rules.grouping.join - 2 * self._rules.complaints.window
        for complaint in [each for each in self._memory.complaints.values() if each.at < oldest]:
            self._memory.forget_complaint(complaint.signal_id, writer)

    def _outage(self, signal: Signal) -> Outage | None:
        """The outage that goes on in a complaint's commune."""
        if signal.commune == UNLOCATED_COMMUNE:
            return None
        for outage in self._memory.open(area(signal.centre, made=is_synthetic(signal))):
            if signal.at < outage.first_at - self._rules.complaints.window:
                continue
            if any(site.commune == signal.commune and site.dead for site in self._memory.members(outage.key)):
                return outage
        return None

    def _suspect(self, complaint: Complaint, signal: Signal, writer: AreaWriter) -> None:
        """Say once that so many complaints of one place point to an outage, unless a station there says so itself."""
        rules, memory = self._rules.complaints, self._memory
        if any(site.commune == complaint.commune and site.dead for site in memory.loose(complaint.area)):
            return
        near = [each for each in memory.complaints.values() if self._is_near(each, complaint, rules.window)]
        if any(each.suspicion for each in near) or len({each.reporter for each in near}) < rules.count:
            return
        exact = [(each.lat, each.lon) for each in near if each.lat is not None and each.lon is not None]
        name = f"suspected:{complaint.signal_id}"
        reporters = len({each.reporter for each in near})
        title = rules.title.format(count=reporters, radius=shown(rules.radius_m / 1000))
        said = replace(
            signal,
            signal_id=f"bts:{name}", source="bts", event_id=name, kind=SUSPECTED, severity=rules.severity,
            confidence=rules.confidence, title=title, text=f"{title}. Độ tin cậy {shown(rules.confidence)}.",
            lat=round(fmean(lat for lat, _ in exact), 6) if exact else signal.lat,
            lon=round(fmean(lon for _, lon in exact), 6) if exact else signal.lon,
            evidence={"reports": sorted(each.signal_id for each in near), "radius_m": rules.radius_m},
            rule_id="outage/suspected", versions={"outages": self._rules.version}, publisher=PUBLISHER,
            reporter=None, device=name, part_of=None,
        )  # fmt: skip
        memory.put_complaint(complaint._replace(signal_id=said.signal_id, suspicion=True), writer)
        writer.emit(marked(said) if complaint.made else said)

    def _is_near(self, one: Complaint, other: Complaint, window: timedelta) -> bool:
        """In time, and in place: within the radius where both are exact, else in one commune."""
        if abs(one.at - other.at) > window or one.area != other.area:
            return False
        if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
            return one.commune == other.commune != UNLOCATED_COMMUNE
        return distance_m(one.lat, one.lon, other.lat, other.lon) <= self._rules.complaints.radius_m
