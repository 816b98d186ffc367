"""Signals about silence: their texts, where they belong, and the evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Literal

from ioc.area.liveness.finding import View, judged
from ioc.area.liveness.roll import AREAS, Group, Ints, Level, Places, Roll
from ioc.area.liveness.rules import LivenessRules
from ioc.derived import Where, derived
from ioc.detect.model import shown
from ioc.records import Signal
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE, Severity, Source

PUBLISHER: Final = "urn:ioc:liveness"
KIND: Final = "silence:"
"""Begins the kind of every signal made here."""

Ending = Literal["back", "explained", "maintenance", "unlisted"]
"""Why a condition is over."""

_LISTED: Final = 20
"""Devices that a signal lists; the rest is a number."""

_NAMES: Final[dict[Level, str]] = {
    "collector": "nơi thu",
    "upstream": "nút truyền dẫn",
    "centre": "khu vực",
    "commune": "khu vực",
    "site": "điểm lắp đặt",
}
_CAUSES: Final[dict[Level, str]] = {
    "collector": "Nhiều khả năng nơi thu này hoặc đường truyền của nó hỏng, không phải từng thiết bị.",
    "upstream": "Nhiều khả năng nút truyền dẫn này hỏng, không phải từng thiết bị.",
    "centre": "Nhiều khả năng mất điện hoặc mất đường truyền diện rộng.",
    "commune": "Nhiều khả năng mất điện hoặc mất đường truyền trong khu vực.",
    "site": "Nhiều khả năng mất điện hoặc mất đường truyền tại điểm này, không phải từng thiết bị.",
}
_ENDINGS: Final[dict[Ending, str]] = {
    "back": "Đã có lại số liệu.",
    "explained": "Đã gộp vào cảnh báo về nguyên nhân chung.",
    "maintenance": "Thiết bị đang được bảo trì.",
    "unlisted": "Không còn trong danh mục thiết bị.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose silence: what a later signal about it has in common with this one; ``made``: no device of it is real."""

    level: Level | Literal["device"]
    name: str
    source: Source
    commune: str = UNLOCATED_COMMUNE
    centre: str = PROVINCE_CENTRE
    lat: float | None = None
    lon: float | None = None
    made: bool = False


class Words:
    """Makes the signals.

    Args:
        roll: The devices.
        rules: Severities and their source.
        places: Names of communes and centres.
        zone: The province's time zone.

    """

    def __init__(self, roll: Roll, rules: LivenessRules, places: Places, zone: tzinfo) -> None:
        self._roll = roll
        self._rules = rules
        self._places = places
        self._zone = zone
        self._versions = {"catalogue": places.version, "liveness": rules.version}

    def group(self, group: Group, told_as: Source | None = None) -> Subject:
        """A group: its commune if all its devices are in one, its centre likewise.

        Args:
            group: The group.
            told_as: Source of the signal that began its silence, whatever devices have been registered since.

        """
        roll, members = self._roll, group.members.tolist()
        communes = {roll.commune[slot] for slot in members}
        centres = {roll.centre[slot] for slot in members}
        sources = Counter(roll.devices[slot].source for slot in members)
        commune = communes.pop() if len(communes) == 1 else UNLOCATED_COMMUNE
        centre = centres.pop() if len(centres) == 1 else PROVINCE_CENTRE
        # The commonest of its devices' sources; of equal ones the first by name.
        source = min(sources, key=lambda each: (-sources[each], each)) if told_as is None else told_as
        made = all(roll.devices[slot].synthetic for slot in members)
        subject = Subject(group.level, group.name, source, commune, centre, made=made)
        if group.level != "site":
            return subject
        located = [roll.devices[slot] for slot in members if roll.devices[slot].lat is not None]
        where = (located[0].lat, located[0].lon) if located else (None, None)
        return Subject(group.level, group.name, source, commune, centre, where[0], where[1], made)

    def device(self, slot: int) -> Subject:
        """One device."""
        device = self._roll.devices[slot]
        name = f"{device.source}/{device.id}"
        commune, centre = self._roll.commune[slot], self._roll.centre[slot]
        return Subject("device", name, device.source, commune, centre, device.lat, device.lon, device.synthetic)

    def silent_group(self, subject: Subject, group: Group, silent: Ints, seen: View) -> Signal:
        """A group has fallen silent."""
        members = judged(group.members, self._roll, seen)
        if group.level in AREAS:
            members = members[~seen.maintained[members]]
        roll, number, total = self._roll, len(silent), len(members)
        newest = int(seen.heard[group.members if group.level not in AREAS else silent].max(initial=0))
        name = self._name(group.level, group.name)
        if not newest:
            newest = int(seen.gone[silent].max(initial=0))
        if group.level in AREAS:
            title = f"{number}/{total} thiết bị im lặng: {name}"
            says = f"{number} trong {total} thiết bị ở {name} không gửi số liệu, {self._since(newest)}."
        else:
            what = _NAMES[group.level]
            title = f"Mất toàn bộ số liệu từ {what} {name}"
            says = f"Không còn số liệu nào của {total} thiết bị thuộc {what} {name}, {self._since(newest)}."
        severity = self._rules.area_severity if group.level in AREAS else self._rules.common[group.level]  # type: ignore[index]
        evidence = {
            group.level: group.name,
            "silent": number,
            "devices": total,
            "listed": [roll.devices[slot].id for slot in silent[:_LISTED].tolist()],
            "newest": _text(newest),
        }
        return self._signal(subject, severity, title, f"{says} {_CAUSES[group.level]}", evidence, seen.now)

    def silent_device(self, subject: Subject, slot: int, seen: View, known_since: int) -> Signal:
        """A device has fallen silent, or never spoke."""
        roll = self._roll
        device, heard = roll.devices[slot], int(seen.heard[slot])
        named = f"{device.name} ({device.id})" if device.name and device.name != device.id else device.id
        interval, limit = int(roll.interval[slot]), int(roll.limit[slot])
        evidence = {
            "device_id": device.id,
            "interval_s": device.interval_s,
            "newest": _text(heard),
            "gone_since": _text(int(seen.gone[slot])),
            "collector": device.collector,
            "site": device.site,
        }
        severity = self._rules.device(device.tags)
        if seen.gone[slot]:
            text = f"{named} mất kết nối từ {self._clock(int(seen.gone[slot]))}."
            return self._signal(subject, severity, f"Thiết bị mất kết nối: {named}", text, evidence, seen.now)
        if heard:
            says = f"Không có số liệu mới của {named}, {self._since(heard)}."
        else:
            says = f"Chưa từng có số liệu của {named}, dù đã có trong danh mục từ {self._clock(known_since)}."
        text = f"{says} Chu kỳ gửi {_period(interval)}, báo im lặng sau {_period(limit)}. Căn cứ: {self._rules.source}."
        return self._signal(subject, severity, f"Thiết bị im lặng: {named}", text, evidence, seen.now)

    def raised_id(self, subject: Subject, raised: int) -> str:
        """Id of the signal that told of a silence at an instant, in milliseconds since 1970."""
        return self._signal(subject, "low", "", "", {}, raised).signal_id

    def over(self, subject: Subject, raised: int, ending: Ending, now: int) -> Signal:
        """A silence is over, for the reason that is given."""
        if subject.level == "device":
            title = f"Hết im lặng: {subject.name.partition('/')[2]}"
        else:
            title = f"Hết im lặng: {_NAMES[subject.level]} {self._name(subject.level, subject.name)}"
        evidence = {"ending": ending, "raised": _text(raised)}
        return self._signal(subject, "low", title, _ENDINGS[ending], evidence, now, ending=ending)

    def _signal(  # noqa: PLR0917  # parts of one record
        self,
        subject: Subject,
        severity: Severity,
        title: str,
        text: str,
        evidence: dict[str, Any],
        now: int,
        *,
        ending: Ending | None = None,
    ) -> Signal:
        at = datetime.fromtimestamp(now / 1000, UTC)
        kind = KIND + subject.level
        device = subject.name if subject.level != "device" else subject.name.partition("/")[2]
        event = f"{kind}/{subject.name}/{'clear' if ending else 'raise'}/{now}"
        placed = subject.commune != UNLOCATED_COMMUNE
        return derived(
            source=subject.source,
            publisher=PUBLISHER,
            event_id=event,
            kind=kind,
            device=device,
            severity=severity,
            at=at,
            title=title,
            text=text,
            evidence=evidence,
            rule_id=f"liveness/{subject.level}/{ending or 'silent'}",
            versions=self._versions,
            where=Where(
                subject.commune, subject.centre, subject.lat, subject.lon,
                "catalogue" if placed else "none", 1.0 if placed else 0.0,
            ),
            clears=ending is not None,
            resolves=True,
            made=subject.made,
        )  # fmt: skip

    def _name(self, level: str, name: str) -> str:
        if level == "commune" and name in self._places.communes:
            return self._places.communes[name].name
        if level == "centre" and name in self._places.centres:
            return self._places.centres[name].name
        return name

    def _since(self, heard: int) -> str:
        return f"mới nhất lúc {self._clock(heard)}" if heard else "chưa từng có số liệu nào"

    def _clock(self, ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, self._zone):%H:%M:%S %d/%m/%Y}"


def _period(ms: int) -> str:
    """A length of time in the largest unit that it fills."""
    for size, unit in ((3_600_000, "giờ"), (60_000, "phút")):
        if ms >= size:
            return f"{shown(round(ms / size, 1))} {unit}"
    return f"{shown(round(ms / 1000, 1))} giây"


def _text(ms: int) -> str | None:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z") if ms else None
