from __future__ import annotations

import pytest

from ioc.detect import QUIET, CameraDetector, Finding
from ioc.detect.cameras import Episode
from ioc.events.camera import Camera
from tests.unit.detect.support import after, rules

detector = CameraDetector(rules().cameras)


def seen(kind: str, confidence: float = 0.9, minutes: float = 0, *, zone: str | None = None) -> Camera:
    return Camera(
        id=f"{kind}-{minutes}",
        camera_id="cam-1",
        kind=kind,
        observed_at=after(minutes),
        confidence=confidence,
        zone=zone,
    )


def run(*events: Camera) -> list[Finding]:
    states: dict[str, Episode] = {}
    findings = []
    for event in events:
        finding, changed = detector.evaluate(event, states.get(detector.key(event)))
        if changed:
            states[detector.key(event)] = changed
        if finding:
            findings.append(finding)
    return findings


@pytest.mark.parametrize(
    ("kind", "place", "severity"),
    [
        ("accident", "traffic/accident", "high"),
        ("stopped_vehicle", "traffic/stopped_vehicle", "low"),
        ("wrong_way", "traffic/wrong_way", "high"),
        ("crowd", "security/crowd", "normal"),
        ("smoke", "fire_rescue/smoke", "high"),
        ("fire", "fire_rescue/fire", "critical"),
        ("flooding", "disaster/flood", "high"),
        ("intrusion", "security/intrusion", "normal"),
    ],
)
def test_each_kind_has_its_category_and_severity(kind: str, place: str, severity: str) -> None:
    (finding,) = run(seen(kind))
    assert (f"{finding.category}/{finding.subcategory}", finding.severity) == (place, severity)
    assert finding.confidence == 0.9


def test_below_its_floor_a_detection_is_quiet_and_at_it_counts() -> None:
    assert detector.evaluate(seen("accident", 0.69), None) is QUIET
    assert len(run(seen("accident", 0.7))) == 1


def test_a_kind_without_rule_is_quiet() -> None:
    assert detector.evaluate(seen("bird"), None) is QUIET


def test_within_the_pause_there_is_no_second_finding() -> None:
    assert len(run(seen("accident"), seen("accident", 0.9, 4.9), seen("accident", 0.9, 5))) == 2


def test_a_late_detection_reopens_nothing() -> None:
    assert len(run(seen("accident", 0.9, 30), seen("accident", 0.9, 0))) == 1


def test_zones_and_kinds_pause_on_their_own() -> None:
    findings = run(seen("crowd", zone="a"), seen("crowd", zone="b"), seen("fire", zone="a"))
    assert [finding.kind for finding in findings] == ["camera:crowd:a", "camera:crowd:b", "camera:fire:a"]
