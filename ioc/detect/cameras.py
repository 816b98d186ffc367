"""What cameras see: a floor of confidence per kind, and a pause per camera, kind and zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from ioc.detect.model import QUIET, Evaluation, Finding, State, micros, shown
from ioc.events.fields import joined
from ioc.tomlfile import Table
from ioc.vocabulary import CATEGORIES, SEVERITIES, Category, Severity


class Detection(Protocol):
    """What is read of a camera event."""

    @property
    def camera_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def confidence(self) -> float: ...
    @property
    def label(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CameraKind:
    """One kind of detection.

    ``floor`` is the least confidence (0 to 1) that makes a signal; ``cooldown_us`` the pause, in microseconds of
    event time, in which the same camera, kind and zone make no second one.
    """

    kind: str
    floor: float
    cooldown_us: int
    category: Category
    subcategory: str
    severity: Severity
    title: str
    source: str


CameraRules = Mapping[str, CameraKind]


class CameraDetector:
    """Says when a camera saw something that counts. State: level 1, time of the last finding."""

    def __init__(self, rules: CameraRules) -> None:
        self._kinds = rules

    @staticmethod
    def key(event: Detection) -> str:
        """Name of the state that :meth:`evaluate` wants."""
        return joined(event.camera_id, event.kind, event.zone or "")

    def evaluate(self, event: Detection, state: State | None) -> Evaluation:
        """Judge one detection."""
        kind = self._kinds.get(event.kind)
        if kind is None or event.confidence < kind.floor:
            return QUIET
        at = micros(event.observed_at)
        if state is not None and at < state.changed_at + kind.cooldown_us:
            return QUIET
        zone = event.zone or ""
        finding = Finding(
            kind=f"camera:{kind.kind}:{zone}" if zone else f"camera:{kind.kind}",
            category=kind.category,
            subcategory=kind.subcategory,
            severity=kind.severity,
            confidence=event.confidence,
            title=f"{kind.title} (camera {event.camera_id})",
            text=(
                f"{kind.title}, camera {event.camera_id}{f', vùng {zone}' if zone else ''}; "
                f"độ tin cậy {shown(round(event.confidence * 100, 1))} %, ngưỡng {shown(kind.floor * 100)} %."
            ),
            evidence={
                "camera_id": event.camera_id,
                "kind": kind.kind,
                "zone": event.zone,
                "label": event.label,
                "confidence": event.confidence,
                "floor": kind.floor,
                "limit_source": kind.source,
            },
            rule_id=f"camera/{kind.kind}/floor",
            clears=False,
            device=event.camera_id,
        )
        return finding, State(1, at)


def read_camera_rules(root: Table) -> CameraRules:
    """Read ``[[camera]]``.

    Raises:
        ConfigError: names file, line and key.

    """
    kinds: dict[str, CameraKind] = {}
    for entry in root.tables("camera"):
        name = entry.text("kind")
        if name in kinds:
            raise entry.error("is listed twice", "kind")
        floor = entry.number("floor", low=0.0)
        if floor > 1:
            raise entry.error("is a share: at most 1", "floor")
        entry.day("date")
        kinds[name] = CameraKind(
            kind=name,
            floor=floor,
            cooldown_us=int(entry.number("cooldown_s", low=0.0) * 1e6),
            category=cast("Category", entry.choice("category", CATEGORIES)),
            subcategory=entry.text("subcategory"),
            severity=cast("Severity", entry.choice("severity", SEVERITIES)),
            title=entry.text("title"),
            source=entry.text("source"),
        )
        entry.done()
    return kinds
