from __future__ import annotations

from typing import Literal

import pytest

from ioc.detect import QUIET, Finding, GateDetector, State
from ioc.events.gate import Gate
from tests.unit.detect.support import after, rules

detector = GateDetector(rules().gate)


def sample(
    waiting: int | None,
    fill: float | None = None,
    minutes: float = 0,
    *,
    goods: str | None = None,
    direction: Literal["in", "out"] = "out",
) -> Gate:
    return Gate(
        gate_id="cua-khau-1",
        direction=direction,
        kind="queue",
        observed_at=after(minutes),
        vehicles_waiting=waiting,
        yard_fill_ratio=fill,
        goods=goods,
    )


def run(*samples: Gate) -> list[Finding]:
    states: dict[str, State] = {}
    findings = []
    for one in samples:
        finding, changed = detector.evaluate(one, states.get(detector.key(one)))
        if changed:
            states[detector.key(one)] = changed
        if finding:
            findings.append(finding)
    return findings


@pytest.mark.parametrize(
    ("waiting", "fill", "severity"),
    [(201, None, "normal"), (501, 0.5, "high"), (1001, 0.5, "critical"), (10, 0.81, "normal"), (201, 0.96, "high")],
)
def test_the_graver_of_queue_and_yard_decides(waiting: int, fill: float | None, severity: str) -> None:
    (finding,) = run(sample(waiting, fill))
    assert (finding.severity, finding.category, finding.subcategory) == (severity, "traffic", "border_queue")


def test_a_short_queue_and_a_passage_are_quiet() -> None:
    assert detector.evaluate(sample(200, 0.8), None) is QUIET
    assert detector.evaluate(sample(None), None) is QUIET


def test_a_growing_queue_worsens_and_ends_once() -> None:
    findings = run(
        sample(300), sample(450, None, 5), sample(600, None, 10), sample(300, None, 15), sample(150, None, 20)
    )
    assert [(finding.severity, finding.clears) for finding in findings] == [
        ("normal", False),
        ("high", False),
        ("low", True),
    ]


def test_between_limit_and_clear_the_queue_goes_on() -> None:
    assert [finding.clears for finding in run(sample(300), sample(180, None, 5), sample(210, None, 10))] == [False]


def test_it_ends_only_when_queue_and_yard_are_both_back() -> None:
    findings = run(sample(300, 0.9), sample(100, 0.9, 5), sample(100, None, 10), sample(100, 0.7, 15))
    assert [finding.clears for finding in findings] == [False, True]
    assert findings[-1].evidence["yard_fill_ratio"] == 0.7


def test_directions_and_goods_are_different_queues() -> None:
    findings = run(sample(300), sample(300, direction="in"), sample(300, goods="frozen"))
    assert [finding.kind for finding in findings] == ["queue:out", "queue:in", "queue:out:frozen"]
    assert "chiều xuất, hàng frozen" in findings[2].text


def test_a_late_sample_changes_nothing() -> None:
    assert len(run(sample(300, None, 10), sample(100, None, 5), sample(600, None, 5))) == 1
