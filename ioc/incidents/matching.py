"""Which incident a signal belongs to: no scan, look-ups by device, place, words, photo and reporter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from ioc.incidents.case import EXACT, Case, Member, condition_key, group_key, is_made, is_stateful
from ioc.incidents.correlation import Group
from ioc.incidents.fusion import Fusion
from ioc.incidents.index import cell_of, distance_m, past_key
from ioc.incidents.memory import Memory
from ioc.incidents.similarity import anchors, similarity
from ioc.records import Signal

_PHOTO_SCORE: Final = 0.9
"""The same photo in two reports: the same thing, but for pictures that people pass on."""


_MAX_SUGGESTED: Final = 3


class Match(NamedTuple):
    """The incident that a signal belongs to, and why: the rule, a score from 0 to 1, and the parts of that."""

    case: Case
    rule_id: str
    score: float
    parts: dict[str, Any]


class _Compared(NamedTuple):
    """How a report and an incident compare: parts from 0 to 1, ``None`` where there is nothing to compare."""

    text: float | None
    distance: float | None
    time: float
    photos: int
    distance_m: float | None
    minutes: float

    def score(self, weights: tuple[float, float, float]) -> float:
        """Weighted mean of the parts that there are; a photo in common is enough."""
        pairs = zip(weights, (self.text, self.distance, self.time), strict=True)
        parts = [(weight, part) for weight, part in pairs if part is not None]
        total = sum(weight for weight, _ in parts)
        score = sum(weight * part for weight, part in parts) / total if total else 0.0
        return round(max(score, _PHOTO_SCORE) if self.photos else score, 3)


def with_condition(memory: Memory, condition: str | None) -> Case | None:
    """Unfinished case with this machine condition, else the newest finished one."""
    if condition is None:
        return None
    cases = [memory.cases[found] for found in memory.index.with_condition(condition)]
    return max(cases, key=lambda case: (not case.finished, case.last_at, case.incident.incident_id), default=None)


class Search:
    """One signal's search for an unfinished incident that it belongs to; what its words lead to is looked up once.

    Args:
        memory: Where to look.
        signal: What happened; it ends nothing.
        member: What is remembered of it.
        group: Its group.

    """

    def __init__(self, memory: Memory, signal: Signal, member: Member, group: Group) -> None:
        self._memory = memory
        self._signal = signal
        self._group = group
        self._key = group_key(group, signal)
        self._made = is_made(self._key)
        self._sketch, self._my_photos = member.sketch, member.photos
        self._exact = member.exact
        self._emergency = memory.rules.emergency(signal.category, signal.subcategory, signal.severity)
        self._worded: list[str] | None = None

    def match(self, same: Case | None) -> Match | None:
        """Find the incident that the signal belongs to; ``same``: case of the same device and kind, if there is one."""
        signal, group = self._signal, self._group
        if same is not None and not same.finished:
            if is_stateful(signal) or _within(same, signal.at, group.window):
                return Match(same, "join-device", 1.0, {})
        elif same is not None and is_stateful(signal) and _is_late(same, signal):
            return Match(same, "join-late", 1.0, {})
        elif (
            same is not None
            and same.incident.status == "resolved"
            and same.group == self._key  # what was a sign of something else does not bring that back
            and signal.at <= same.last_at + group.reopen
        ):
            return Match(same, "reopen-device", 1.0, {})
        return self.near() or self.alike() or self.fused(same) or self.burst() or self.in_commune()

    def suggest(self) -> list[Match]:
        """Incidents that may be the same as one that a report has opened, the likeliest first; for a person to decide.

        Wider than what joins: twice the distance, other kinds, emergencies too. Never what an operator has parted from
        what this looks like.
        """
        if not self._sketch:
            return []
        likeness, group, signal = self._memory.rules.likeness, self._group, self._signal
        radius, window = 2 * max(likeness.radius_m, group.radius_m), max(likeness.window, group.window)
        found = []
        for case in self._cases(self._with_words()):
            apart = self._distance_m(case)
            if not _within(case, signal.at, window) or (apart is not None and apart > radius):
                continue
            compared = self._compared(case)
            if compared.text is not None and compared.text >= likeness.suggest_text:
                found.append(_match(case, "suggest-similar", compared.score(group.weights), compared))
        return sorted(found, key=_order)[:_MAX_SUGGESTED]

    def near(self) -> Match | None:
        """By place: the same kind of thing, near, and told in words that may be about one thing."""
        signal, group = self._signal, self._group
        if not self._exact or not group.radius_m:
            return None
        assert signal.lat is not None
        assert signal.lon is not None
        matches = []
        cases = self._memory.cases
        for name in self._memory.index.near(cell_of(self._key, group.radius_m, signal.lat, signal.lon)):
            # A cell has unfinished incidents of the group only, and most of them are too far: that is seen first.
            case = cases[name]
            apart = self._distance_m(case)
            if apart is None or apart > group.radius_m or not _within(case, signal.at, group.window):
                continue
            if self._is_parted(case):
                continue
            compared = self._compared(case)
            if compared.text is None and not compared.photos:
                score = round(1 - apart / (2 * group.radius_m), 3)
            elif (score := compared.score(group.weights)) < group.min_score:
                continue
            matches.append(_match(case, "join-near", score, compared))
        return _best(matches)

    def alike(self) -> Match | None:
        """By words or a photo: told without an exact place, or taken for another kind of thing."""
        if not self._sketch and not self._my_photos:
            return None
        index = self._memory.index
        found = dict.fromkeys(self._with_words())
        for photo in self._my_photos:
            found.update(dict.fromkeys(index.with_photo(photo)))
        return _best([match for case in self._cases(found) if (match := self._alike(case)) is not None])

    def _alike(self, case: Case) -> Match | None:
        likeness, group = self._memory.rules.likeness, self._group
        same_kind = case.group == self._key
        if self._emergency and not same_kind:
            return None
        # Most of what shares a few words is elsewhere or long ago: that is cheaper to see than how alike texts are.
        apart = self._distance_m(case)
        photos = self._photos(case)
        if apart is not None:
            if apart > max(likeness.radius_m, group.radius_m):
                return None
            if same_kind and group.radius_m and not photos:
                return None  # near() has looked at it, and found it too far or too different
        elif not self._may_be_one_place(case):
            return None
        by_photo = bool(photos) and _within(case, self._signal.at, group.window)
        if not by_photo and not _within(case, self._signal.at, likeness.window):
            return None
        compared = self._compared(case)
        if by_photo:
            return _match(case, "join-photo", compared.score(group.weights), compared)
        if compared.text is None or compared.text < (group.min_text if apart is None else group.near_text):
            return None
        return _match(case, "join-text" if apart is None else "join-similar", compared.score(group.weights), compared)

    def fused(self, same: Case | None) -> Match | None:
        """By what it may be a sign of: a greater thing of another kind, near in place and time."""
        found = Fusion(self._memory).head(self._signal, same, child=False)
        if found is None or self._is_parted(found.case):
            return None
        return Match(found.case, found.row.rule_id, found.score, found.parts)

    def cause(self, same: Case | None) -> Case | None:
        """What its incident is listed under."""
        found = Fusion(self._memory).head(self._signal, same, child=True)
        return None if found is None or self._is_parted(found.case) else found.case

    def previous(self) -> str | None:
        """The incident that this is another episode of: the same kind of thing, there before, resolved since."""
        signal, group = self._signal, self._group
        if signal.source != "reports" or not self._exact or not group.radius_m:
            return None
        assert signal.lat is not None
        assert signal.lon is not None
        past = []
        for name in self._memory.index.near(cell_of(past_key(self._key), group.radius_m, signal.lat, signal.lon)):
            case = self._memory.cases[name]
            apart = self._distance_m(case)
            if apart is not None and apart <= group.radius_m and case.last_at <= signal.at:
                past.append((case.last_at, name))
        return max(past)[1] if past else None

    def burst(self) -> Match | None:
        """By reporter: several reports within minutes are one where they are of one kind; so many are one anyhow."""
        signal, memory = self._signal, self._memory
        if signal.source != "reports" or signal.reporter is None:
            return None
        recent = memory.burst(signal.reporter, signal.at)
        ids = dict.fromkeys(memory.incident_of(each) or "" for _, each in reversed(recent))
        cases = [*self._cases(ids)]
        for case in cases:
            compared = self._compared(case)
            far = compared.distance_m is not None and compared.distance_m > max(
                memory.rules.likeness.radius_m, self._group.radius_m
            )
            other_words = compared.text is not None and compared.text < self._group.min_score
            if case.group == self._key and not far and not other_words:
                return _match(case, "join-burst", compared.score(self._group.weights), compared)
        if self._emergency or len(recent) < memory.rules.likeness.burst_count:
            return None
        for case in cases:
            incident = case.incident
            if not memory.rules.emergency(incident.category, incident.subcategory, incident.severity):
                return Match(case, "join-flood", 0.5, {"reports_of_reporter": len(recent)})
        return None

    def in_commune(self) -> Match | None:
        """By the commune's name; where both have an exact position, distance has already decided."""
        signal, group = self._signal, self._group
        if not group.same_commune or signal.located_by == "none":
            return None
        placed = signal.located_by in EXACT
        cases = self._cases(self._memory.index.in_commune(self._key, signal.commune))
        best = max(
            (case for case in cases if not (placed and case.exact) and _within(case, signal.at, group.window)),
            key=lambda case: (case.last_at, case.incident.incident_id),
            default=None,
        )
        return _match(best, "join-commune", 0.5, self._compared(best)) if best else None

    def _with_words(self) -> list[str]:
        """Incidents that the words lead to; matching and suggesting both ask, of the same memory."""
        if self._worded is None:
            self._worded = self._memory.index.with_words(self._signal.commune, anchors(self._sketch))
        return self._worded

    def _cases(self, found: Iterable[str]) -> Iterable[Case]:
        """Unfinished cases among some, without those that an operator has parted from what this looks like.

        What is made and what is real never meet.
        """
        for incident in found:
            case = self._memory.cases.get(incident)
            if case is None or case.finished or is_made(case.group) is not self._made:
                continue
            if not self._is_parted(case):
                yield case

    def _is_parted(self, case: Case) -> bool:
        if not self._sketch or not (parted := self._memory.apart(case.incident.incident_id)):
            return False
        text = _text(self._sketch, case) or 0.0
        others = (self._memory.cases[each] for each in parted)
        return any((_text(self._sketch, other) or 0.0) > text for other in others)

    def _compared(self, case: Case) -> _Compared:
        signal, group = self._signal, self._group
        apart = max(case.first_at - signal.at, signal.at - case.last_at, timedelta())
        distance = self._distance_m(case)
        near = None
        if distance is not None and group.radius_m:
            near = max(0.0, 1 - distance / group.radius_m)
        return _Compared(
            text=_text(self._sketch, case),
            distance=near,
            time=max(0.0, 1 - apart / group.window) if group.window else float(not apart),
            photos=self._photos(case),
            distance_m=distance,
            minutes=apart.total_seconds() / 60,
        )

    def _distance_m(self, case: Case) -> float | None:
        """Metres between two exact positions; none where one is not exact."""
        signal, incident = self._signal, case.incident
        if not self._exact or not case.exact or signal.lat is None or signal.lon is None:
            return None
        assert incident.lat is not None
        assert incident.lon is not None
        return distance_m(signal.lat, signal.lon, incident.lat, incident.lon)

    def _photos(self, case: Case) -> int:
        """Photos in common."""
        mine = self._my_photos
        return len(set(mine).intersection(case.photos)) if mine and case.photos else 0

    def _may_be_one_place(self, case: Case) -> bool:
        """Without two exact positions: the same commune, or no place at all; and the same kind of thing."""
        signal, incident = self._signal, case.incident
        return signal.centre == incident.centre and signal.commune == incident.commune and (
            signal.category == incident.category
        )  # fmt: skip


def _text(sketch: str, case: Case) -> float | None:
    found = [alike for each in case.sketches if (alike := similarity(sketch, each)) is not None]
    return max(found, default=None)


def _match(case: Case, rule_id: str, score: float, compared: _Compared) -> Match:
    parts: dict[str, Any] = {
        name: None if value is None else round(value, 3) for name, value in compared._asdict().items()
    }
    return Match(case, rule_id, score, parts)


def _best(matches: list[Match]) -> Match | None:
    """The highest score; of equal ones the incident with the smallest id, so that order plays no part."""
    return min(matches, key=_order, default=None)


def _order(match: Match) -> tuple[float, str]:
    return -match.score, match.case.incident.incident_id


def _within(case: Case, at: datetime, window: timedelta) -> bool:
    return case.first_at - window <= at <= case.last_at + window


def _is_late(case: Case, signal: Signal) -> bool:
    """Whether the condition was raised or ended after this signal: news of an episode that is over."""
    key = condition_key(signal)
    return any(held.key == key and signal.at <= held.at for held in case.conditions)
