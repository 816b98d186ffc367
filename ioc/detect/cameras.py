"""What cameras see: what counts by kind, confidence, place and hour; since when it goes on, and when it is over.

A detection opens an *episode* of its camera, kind and zone. Whatever is seen of it later keeps the episode open; its
reported end, or silence, closes it. Doubtful detections are for a person to sort, and never an emergency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from struct import Struct, error
from typing import Final, Literal, NamedTuple, cast

from ioc.detect.inputs import Detection
from ioc.detect.model import QUIET, Finding, micros, shown
from ioc.events.fields import joined, parted
from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, SEVERITIES, WEEKDAYS, Category, Severity

Tags = Callable[[str], frozenset[str]]
"""From a camera's id to its tags in the register of devices; empty where nobody has said."""

_SECOND: Final = 1_000_000
"""Microseconds."""
_FORGOTTEN_US: Final = 72 * 3600 * _SECOND
"""How long a closed episode is remembered: later news of it is too late for intake anyway."""
REVIEW_CATEGORY: Final[Category] = "other"
REVIEW_SUBCATEGORY: Final = "camera_review"
"""What is for a person to sort: goes to the operations centre, never to who is sent out."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """When what a kind is about is nothing special before cameras with a tag.

    Attributes:
        tag: Of the camera.
        days: Local weekdays, Monday is 0.
        hours: Local hours, from the first on and before the last.
        zone: The province's.

    """

    tag: str
    days: frozenset[int]
    hours: tuple[int, int]
    zone: tzinfo

    def holds(self, tags: frozenset[str], at: datetime) -> bool:
        """Whether it is so before a camera with these tags."""
        if self.tag not in tags:
            return False
        local = at.astimezone(self.zone)
        return local.weekday() in self.days and self.hours[0] <= local.hour < self.hours[1]


@dataclass(frozen=True, slots=True)
class CameraKind:
    """One kind of detection; durations in microseconds of event time.

    Attributes:
        kind: Its name.
        floor: Least confidence (0 to 1) that makes a signal.
        review: Least confidence at which a person sorts it; none: what is below the floor is dropped.
        cooldown_us: Pause in which the same camera, kind and zone make no second signal.
        review_us: Pause in which one camera and kind give no second one to sort.
        review_most: Cameras that may ask about this kind within such a pause; beyond them one signal stands for all.
        dwell_us: Least duration, where the camera reports one.
        hold_us: Nothing new for so long after a reported end: it is over.
        timeout_us: Nothing new for so long without one: it is over.
        resolves: Its end ends the incident; otherwise the end is only noted: a fire out of sight may burn on.
        allowed: When it is nothing special.
        category: Of the signal.
        subcategory: Of the signal.
        severity: Of the signal.
        title: Of the signal, Vietnamese.
        source: Where the figures come from.

    """

    kind: str
    floor: float
    review: float | None
    cooldown_us: int
    review_us: int
    review_most: int
    dwell_us: int
    hold_us: int
    timeout_us: int
    resolves: bool
    allowed: tuple[Allowed, ...]
    category: Category
    subcategory: str
    severity: Severity
    title: str
    source: str


CameraRules = Mapping[str, CameraKind]

Ended = Literal["reported", "timeout"]


class Episode(NamedTuple):
    """What is remembered of a camera, kind and zone; immutable, instants in microseconds since 1970.

    Attributes:
        open: It goes on.
        raised_at: Event time of the last signal.
        seen_at: Event time of the newest news of it; once it is over, what is older is late.
        ended_at: Its reported end; 0: none, or something was seen after it.
        held_back: Doubtful detections since the last one that was given to a person.

    """

    open: bool
    raised_at: int
    seen_at: int
    ended_at: int = 0
    held_back: int = 0


Judgement = tuple[Finding | None, Episode | None]
"""News, if any, and the episode to keep, if it changed."""

UNCHANGED: Final = cast("Judgement", QUIET)

_LAYOUT: Final = Struct("<B?qqqI")
_VERSION: Final = 1


def encode_episode(episode: Episode) -> bytes:
    """Pack an episode."""
    return _LAYOUT.pack(_VERSION, *episode)


def decode_episode(raw: bytes) -> Episode:
    """Unpack :func:`encode_episode`.

    Raises:
        ValueError: these are not the bytes of an episode.

    """
    try:
        version, *fields = _LAYOUT.unpack(raw)
    except error as problem:
        raise ValueError(f"an episode has {_LAYOUT.size} bytes, not {len(raw)}") from problem
    if version != _VERSION:
        raise ValueError(f"an episode of version {version} is not known, only {_VERSION}")
    return Episode(*fields)


def _untagged(_: str) -> frozenset[str]:
    return frozenset()


class CameraDetector:
    """Says when a camera saw something that counts, and when that is over.

    Args:
        rules: The kinds.
        tags: Tags of cameras.

    """

    def __init__(self, rules: CameraRules, tags: Tags = _untagged) -> None:
        self._kinds = rules
        self._tags = tags

    @staticmethod
    def key(event: Detection) -> str:
        """Name of the episode that :meth:`evaluate` wants."""
        return joined(event.camera_id, event.kind, event.zone or "")

    @staticmethod
    def review_key(event: Detection) -> str:
        """Name of the episode that :meth:`review` wants: one for all zones, so that a bad view is one matter."""
        return joined(event.camera_id, event.kind)

    @staticmethod
    def many_key(event: Detection) -> str:
        """Name of the episode that :meth:`many` wants: one for all cameras, so that fog is one matter."""
        return joined("", event.kind)

    def counts(self, event: Detection) -> bool | None:
        """Whether a detection counts (``True``), is for a person to sort (``None``), or is nothing (``False``)."""
        kind = self._kinds.get(event.kind)
        if kind is None:
            return False
        confidence = event.confidence
        if confidence < kind.floor and (kind.review is None or confidence < kind.review):
            return False
        if kind.dwell_us and (lasted := _lasted(event)) is not None and lasted < kind.dwell_us:
            return False
        if kind.allowed:
            tags = self._tags(event.camera_id)
            if any(each.holds(tags, event.observed_at) for each in kind.allowed):
                return False
        return True if confidence >= kind.floor else None

    def evaluate(self, event: Detection, episode: Episode | None, latest: int | None = None) -> Judgement:
        """Judge one detection.

        Args:
            event: What was seen.
            episode: Of :meth:`key`.
            latest: An end after it is not believed, microseconds since 1970.

        """
        if not self.counts(event):
            return UNCHANGED
        kind = self._kinds[event.kind]
        at = micros(event.observed_at)
        end = 0 if event.ended_at is None else max(at, micros(event.ended_at))
        if latest is not None and end > latest:
            end = 0
        newest = max(at, end)
        raises = episode is None or at >= episode.raised_at + kind.cooldown_us
        if episode is None or not episode.open:
            if episode is not None and (not raises or newest <= episode.seen_at):
                return UNCHANGED
            return self._seen(kind, event), Episode(True, at, newest, end)
        ended = max(end, episode.ended_at)
        if not end and at > ended:
            ended = 0
        after = Episode(True, at if raises else episode.raised_at, max(newest, episode.seen_at), ended)
        if raises:
            return self._seen(kind, event), after
        return UNCHANGED if after == episode else (None, after)

    def review(self, event: Detection, episode: Episode | None, *, late: bool = False) -> Judgement:
        """Judge one detection for a person to sort.

        Args:
            event: What was seen.
            episode: Of :meth:`review_key`.
            late: It is sure, but old.

        """
        kind = self._kinds[event.kind]
        at = micros(event.observed_at)
        if episode is not None and at < episode.raised_at + kind.review_us:
            return None, episode._replace(held_back=min(episode.held_back + 1, 2**32 - 1))
        return self._doubtful(kind, event, episode.held_back if episode else 0, late=late), Episode(False, at, at)

    def many(self, event: Detection, episode: Episode | None) -> tuple[bool, Judgement]:
        """Whether one more camera may ask a person; if not, what stands for it and all further ones.

        Args:
            event: A doubtful detection that would be given to a person.
            episode: Of :meth:`many_key`.

        """
        kind = self._kinds[event.kind]
        at = micros(event.observed_at)
        if episode is None or at >= episode.raised_at + kind.review_us:
            return True, (None, Episode(False, at, at, held_back=1))
        count = episode.held_back + 1
        finding = self._many(kind) if count == kind.review_most + 1 else None
        return count <= kind.review_most, (finding, episode._replace(held_back=count))

    def due(self, key: str, episode: Episode) -> int:
        """When time alone changes an episode: closes an open one, forgets a closed one."""
        kind = self._kinds.get(_kind_of(key))
        if kind is None or not episode.open:
            return episode.seen_at + _FORGOTTEN_US
        quiet = episode.ended_at + kind.hold_us if episode.ended_at else episode.seen_at + kind.timeout_us
        # Not before its pause is over: what comes back then is a signal again, and none is lost in between.
        return max(quiet, episode.raised_at + kind.cooldown_us)

    def close(self, key: str, episode: Episode) -> tuple[Finding | None, Episode | None]:
        """What time does to an episode at its :meth:`due`: the news, and what is left of it."""
        kind = self._kinds.get(_kind_of(key))
        if kind is None or not episode.open:
            return None, None
        camera, _, zone = _parts(key)
        how: Ended = "reported" if episode.ended_at else "timeout"
        last = datetime.fromtimestamp(episode.seen_at / 1e6, UTC)
        why = (
            "camera báo đã kết thúc"
            if how == "reported"
            else f"{shown(round(kind.timeout_us / _SECOND / 60, 1))} phút không còn thấy"
        )
        finding = Finding(
            kind=_name(kind, zone),
            category=kind.category,
            subcategory=kind.subcategory,
            severity="low",
            confidence=1.0,
            title=f"Không còn thấy: {kind.title} (camera {camera})",
            text=f"{kind.title}, camera {camera}{f', vùng {zone}' if zone else ''}: {why}.",
            evidence={
                "camera_id": camera,
                "kind": kind.kind,
                "zone": zone or None,
                "ended": how,
                "last_seen_at": last.isoformat(),
            },
            rule_id=f"camera/{kind.kind}/{how}",
            clears=True,
            device=camera,
            resolves=kind.resolves,
        )
        return finding, episode._replace(open=False)

    def _seen(self, kind: CameraKind, event: Detection) -> Finding:
        zone = event.zone or ""
        lasted = _lasted(event)
        return Finding(
            kind=_name(kind, zone),
            category=kind.category,
            subcategory=kind.subcategory,
            severity=kind.severity,
            confidence=event.confidence,
            title=f"{kind.title} (camera {event.camera_id})",
            text=(
                f"{kind.title}, camera {event.camera_id}{f', vùng {zone}' if zone else ''}; "
                f"độ tin cậy {_percent(event.confidence)}, ngưỡng {_percent(kind.floor)}."
            ),
            evidence={
                "camera_id": event.camera_id,
                "kind": kind.kind,
                "zone": event.zone,
                "label": event.label,
                "confidence": event.confidence,
                "floor": kind.floor,
                "dwell_s": None if lasted is None else lasted / _SECOND,
                "limit_source": kind.source,
            },
            rule_id=f"camera/{kind.kind}/floor",
            clears=False,
            device=event.camera_id,
            resolves=kind.resolves,
        )

    @staticmethod
    def _many(kind: CameraKind) -> Finding:
        minutes = shown(round(kind.review_us / _SECOND / 60, 1))
        return Finding(
            kind=f"camera-review-many:{kind.kind}",
            category=REVIEW_CATEGORY,
            subcategory=REVIEW_SUBCATEGORY,
            severity="low",
            confidence=0.0,
            title=f"Nhiều camera cùng chưa chắc chắn: {kind.title}",
            text=(
                f"Hơn {kind.review_most} camera trong {minutes} phút cùng chưa chắc chắn: {kind.title}. "
                "Có thể do sương mù, ánh sáng hoặc bộ phân tích; trong thời gian này không hỏi riêng từng camera nữa."
            ),
            evidence={"kind": kind.kind, "review": True, "cameras": kind.review_most, "limit_source": kind.source},
            rule_id=f"camera/{kind.kind}/review-many",
            clears=False,
            device=f"camera-review/{kind.kind}",
        )

    def _doubtful(self, kind: CameraKind, event: Detection, held_back: int, *, late: bool) -> Finding:
        more = f" Trước đó còn {held_back} lần tương tự." if held_back else ""
        why = "Nhận được muộn, nay có thể đã khác" if late else "Chưa đủ tin cậy để báo động"
        return Finding(
            kind=f"camera-review:{kind.kind}",
            category=REVIEW_CATEGORY,
            subcategory=REVIEW_SUBCATEGORY,
            severity="low",
            confidence=event.confidence,
            title=f"Cần người xem lại: {kind.title} (camera {event.camera_id})",
            text=(
                f"{why}: {kind.title}, camera {event.camera_id}; độ tin cậy "
                f"{_percent(event.confidence)}, ngưỡng {_percent(kind.floor)}. Xem hình, rồi phân loại lại hoặc bác bỏ."
                f"{more}"
            ),
            evidence={
                "camera_id": event.camera_id,
                "kind": kind.kind,
                "zone": event.zone,
                "label": event.label,
                "confidence": event.confidence,
                "floor": kind.floor,
                "review": True,
                "suggested": f"{kind.category}/{kind.subcategory}",
                "held_back": held_back,
                "late": late,
                "limit_source": kind.source,
            },
            rule_id=f"camera/{kind.kind}/{'late' if late else 'review'}",
            clears=False,
            device=event.camera_id,
        )


def _lasted(event: Detection) -> int | None:
    """How long it went on when the event was written, microseconds; none where nobody says."""
    if event.dwell_s is not None:
        return int(event.dwell_s * _SECOND)
    if event.ended_at is None:
        return None
    return max(0, micros(event.ended_at) - micros(event.observed_at))


def _name(kind: CameraKind, zone: str) -> str:
    return f"camera:{kind.kind}:{zone}" if zone else f"camera:{kind.kind}"


def _percent(share: float) -> str:
    return f"{shown(round(share * 100, 1))} %"


def _parts(key: str) -> tuple[str, str, str]:
    """Camera, kind and zone of a key."""
    camera, kind, zone = (*parted(key), "")[:3]
    return camera, kind, zone


def _kind_of(key: str) -> str:
    return _parts(key)[1]


def read_camera_rules(root: Table, zone: tzinfo) -> CameraRules:
    """Read ``[[camera]]``.

    Raises:
        ConfigError: names file, line and key.

    """
    kinds: dict[str, CameraKind] = {}
    for entry in root.tables("camera"):
        name = entry.text("kind")
        if name in kinds:
            raise entry.error("is listed twice", "kind")
        floor = _share(entry, "floor")
        review = _share(entry, "review") if "review" in entry else None
        if review is not None and review >= floor:
            raise entry.error("must be below the floor, or nothing is ever sorted by a person", "review")
        for key in ("review_s", "review_most"):
            if review is None and key in entry:
                raise entry.error("has no effect without review", key)
        most = entry.number("review_most", 20, low=1)
        entry.day("date")
        kinds[name] = CameraKind(
            kind=name,
            floor=floor,
            review=review,
            cooldown_us=_micros(entry, "cooldown_s"),
            review_us=_micros(entry, "review_s", 3600),
            review_most=int(most),
            dwell_us=_micros(entry, "dwell_s", 0),
            hold_us=_micros(entry, "hold_s", 60),
            timeout_us=_micros(entry, "timeout_s", low=1),
            resolves=entry.flag("resolves", default=False),
            allowed=tuple(_allowed(inner, zone) for inner in entry.tables("allowed")),
            category=cast("Category", entry.choice("category", CATEGORIES)),
            subcategory=entry.text("subcategory"),
            severity=cast("Severity", entry.choice("severity", SEVERITIES)),
            title=entry.text("title"),
            source=entry.text("source"),
        )
        if kinds[name].timeout_us < kinds[name].hold_us:
            raise entry.error("must be at least hold_s: a reported end would keep it open for longer", "timeout_s")
        entry.done()
    return kinds


def _share(entry: Table, key: str) -> float:
    value = entry.number(key, low=0.0)
    if value > 1:
        raise entry.error("is a share: at most 1", key)
    return value


def _micros(entry: Table, key: str, default: float | None = None, low: float = 0.0) -> int:
    return int(entry.number(key, default, low=low) * _SECOND)


def _allowed(entry: Table, zone: tzinfo) -> Allowed:
    first, last = entry.numbers("hours", size=2)
    if not 0 <= first < last <= 24 or first % 1 or last % 1:
        raise entry.error("must be two whole hours of one day, the first before the last", "hours")
    days = entry.texts("days", WEEKDAYS)
    if unknown := [day for day in days if day not in WEEKDAYS]:
        raise entry.error(f"has {unknown[0]!r}, which is none of {', '.join(WEEKDAYS)}", "days")
    allowed = Allowed(entry.text("tag"), frozenset(map(WEEKDAYS.index, days)), (int(first), int(last)), zone)
    entry.day("date")
    entry.text("source")
    entry.done()
    return allowed
