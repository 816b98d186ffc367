"""One gate over days: an ordinary day is quiet, and a jam like that of December 2021 alerts before it is one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from connectors.simulator.border import DECEMBER_2021, NORMAL, Course, border_events
from ioc.detect import Finding
from ioc.events.gate import Gate
from ioc.events.sources import SPECS, read_event
from ioc.intake.gate_watch import GateWatch
from streams.transport import PartitionState
from tests.unit.detect.support import ZONE, rules

MIDNIGHT = datetime(2021, 12, 20, 17, tzinfo=UTC)
"""In Việt Nam."""


class Replay:
    """A course, taken in as it happens, with a tick every half minute; up to its first finding if ``one`` is enough."""

    def __init__(
        self,
        seed: int,
        course: Course,
        until: timedelta | None = None,
        start: datetime = MIDNIGHT,
        *,
        one: bool = False,
    ) -> None:
        self.findings: list[tuple[timedelta, Finding]] = []
        self.peak = 0
        limits = rules().gate
        if course.opening:
            limits = replace(limits, hours={course.gate: course.opening})
        watch = GateWatch(limits, ZONE, PartitionState(0), vehicle=str, renewed=str, hide=str)
        ticked = start
        for sent, body in border_events(seed, start, course, zone=ZONE, until=until):
            while ticked < sent:
                ticked += timedelta(seconds=30)
                now_ms = int(ticked.timestamp() * 1000)
                self.findings += [(ticked - start, notice.finding) for notice in watch.tick(now_ms)]
            event = read_event(SPECS["gate"], body, sent, None)
            assert isinstance(event, Gate)
            finding = watch.take(event, event.at.timestamp(), int(sent.timestamp() * 1000))
            self.findings += [(sent - start, finding)] if finding else []
            flow = watch._lines[course.gate, course.direction].flow
            self.peak = max(self.peak, sum(flow.waiting.values()))
            if one and self.findings:
                break
        self.left = sum(flow.waiting.values())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("size", [0.5, 1, 2])
def test_an_ordinary_day_alerts_nobody(seed: int, size: float) -> None:
    course = replace(NORMAL, arrivals=NORMAL.arrivals * size, capacity=NORMAL.capacity * size)
    assert Replay(seed, course).findings == []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("falls_for", "falls_to"), [(4.0, 8.0), (0.02, 8.0), (0.02, 0.0), (12.0, 8.0)])
def test_the_first_alert_comes_while_the_backlog_is_below_four_hours(
    seed: int, falls_for: float, falls_to: float
) -> None:
    """However fast crossings fall, to a little or to none."""
    course = replace(DECEMBER_2021, falls_for=falls_for, falls_to=falls_to)
    _, first = Replay(seed, course, timedelta(hours=24)).findings[0]
    assert first.evidence["backlog_hours"] < 4
    assert first.rule_id == "gate/forecast-1"
    assert "dự báo" in first.title


@pytest.mark.parametrize(
    ("hour", "arrivals", "falls_at"),
    [*((hour, 36.0, 3.0) for hour in range(24)), *((hour, 44.0, 27.0) for hour in (20, 22, 23, 0, 1, 3))],
)
def test_it_comes_early_whatever_the_hour_at_which_crossings_fall(hour: int, arrivals: float, falls_at: float) -> None:
    """Hours after midnight at which the course begins, and from there to the fall, with a day known before or not."""
    course = replace(DECEMBER_2021, arrivals=arrivals, falls_at=falls_at)
    start = MIDNIGHT + timedelta(hours=hour)
    (_, first), *_ = Replay(hour, course, timedelta(hours=falls_at + 19), start, one=True).findings
    assert first.rule_id == "gate/forecast-1"
    assert first.evidence["backlog_hours"] < 4


@pytest.mark.parametrize("hour", range(24))
def test_a_watch_that_begins_at_any_hour_of_an_ordinary_day_alerts_nobody(hour: int) -> None:
    assert Replay(hour, NORMAL, timedelta(hours=14), MIDNIGHT + timedelta(hours=hour)).findings == []


CLOSES = replace(NORMAL, arrivals=24.0, hours=48.0, opening=(7, 19))
"""About 140 vehicles wait in the morning when it opens, and are gone by noon."""


def test_a_gate_that_closes_at_night_alerts_nobody_on_ordinary_days() -> None:
    assert Replay(3, CLOSES).findings == []


@pytest.mark.parametrize("hour", [10, 13])
def test_a_jam_of_a_gate_that_closes_at_night_is_told_the_same_day(hour: int) -> None:
    course = replace(CLOSES, hours=120.0, falls_at=24.0 + hour, falls_to=8.0)
    ((at, first), *_) = Replay(3, course, timedelta(hours=60), one=True).findings
    assert at < timedelta(hours=24 + 19)
    assert first.evidence["backlog_hours"] < 4


def test_the_jam_of_december_2021_rises_to_critical_and_ends() -> None:
    replay = Replay(1, DECEMBER_2021)
    assert 1_350 <= replay.peak <= 1_450
    assert replay.left == 0
    severities = [finding.severity for _, finding in replay.findings]
    firsts = [severities.index(severity) for severity in ("normal", "high", "critical")]
    assert firsts == sorted(firsts)
    assert [finding.clears for _, finding in replay.findings].count(True) == 1
    assert replay.findings[-1][1].clears
    assert severities[-3:] == ["high", "normal", "low"]  # it eases step by step
    assert len(replay.findings) <= 15
    begun, _ = replay.findings[0]
    critical = next(at for at, finding in replay.findings if finding.severity == "critical")
    assert begun < timedelta(hours=14)  # crossings begin to fall at 10
    assert critical - begun > timedelta(hours=5)


def test_every_event_is_valid_marked_and_in_order() -> None:
    made = list(
        border_events(4, MIDNIGHT, replace(DECEMBER_2021, lat=21.5, lon=108.0), zone=ZONE, until=timedelta(hours=14))
    )
    assert made == list(
        border_events(4, MIDNIGHT, replace(DECEMBER_2021, lat=21.5, lon=108.0), zone=ZONE, until=timedelta(hours=14))
    )
    assert [at for at, _ in made] == sorted(at for at, _ in made)
    bodies = [orjson.loads(body) for _, body in made]
    assert all(body["synthetic"] and body["lat"] == 21.5 for body in bodies)
    assert all(datetime.fromisoformat(body["observed_at"]) <= at for body, (at, _) in zip(bodies, made, strict=True))
    states = Counter(body.get("state") for body in bodies)
    assert states["declared"] >= states["yard_waiting"] >= states["crossed"] > 0
    assert states[None] == 14 * 6  # a count every ten minutes
