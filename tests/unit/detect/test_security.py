from __future__ import annotations

from typing import Literal

import pytest

from ioc.detect import QUIET, SecurityDetector
from ioc.events.security import Security
from tests.unit.detect.support import after, rules

detector = SecurityDetector(rules().security)


def event(severity: Literal["critical", "high", "normal", "low", "info"], count: int | None = None) -> Security:
    return Security(
        id="1", asset_id="may-chu-1", kind="brute_force", severity=severity, observed_at=after(0), count=count,
        technique="T1110",
    )  # fmt: skip


@pytest.mark.parametrize("severity", ["critical", "high"])
def test_from_high_on_every_event_counts(severity: Literal["critical", "high"]) -> None:
    finding, state = detector.evaluate(event(severity))
    assert state is None
    assert finding is not None
    assert (finding.severity, finding.category, finding.subcategory) == (severity, "security", "cyber")
    assert finding.rule_id == "security/severity"


def test_a_normal_event_counts_when_it_stands_for_many() -> None:
    assert detector.evaluate(event("normal", 19)) is QUIET
    finding, _ = detector.evaluate(event("normal", 20))
    assert finding is not None
    assert finding.rule_id == "security/repeats"
    assert "20 lần" in finding.title


@pytest.mark.parametrize("severity", ["low", "info"])
def test_two_steps_below_nothing_counts(severity: Literal["low", "info"]) -> None:
    assert detector.evaluate(event(severity, 1_000_000)) is QUIET
