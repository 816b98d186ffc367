"""Since when something goes on before a camera, when it is over, and what a person has to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import CameraDetector, Finding, load_rules
from ioc.detect.cameras import Episode, decode_episode, encode_episode
from ioc.detect.model import micros
from ioc.events.camera import Camera
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import NOON, SHIPPED, ZONE, after, rules

SCHOOL = frozenset({"school"})
detector = CameraDetector(rules().cameras)


def seen(
    kind: str = "stopped_vehicle", minutes: float = 0, *, confidence: float = 0.9, ended: float | None = None,
    dwell_s: float | None = None, zone: str | None = None, at: datetime | None = None,
) -> Camera:  # fmt: skip
    return Camera(
        id=f"{kind}-{minutes}-{ended}", camera_id="cam-1", kind=kind, observed_at=at or after(minutes),
        confidence=confidence, zone=zone, ended_at=None if ended is None else after(ended), dwell_s=dwell_s,
    )  # fmt: skip


class Course:
    """What a companion does with one episode, each step through its bytes."""

    def __init__(self) -> None:
        self.episode: Episode | None = None
        self.said: list[Finding] = []
        self.key = ""

    def see(self, event: Camera) -> Course:
        self.key = detector.key(event)
        finding, episode = detector.evaluate(event, self.episode)
        if episode is not None:
            self.episode = decode_episode(encode_episode(episode))
        if finding is not None:
            self.said.append(finding)
        return self

    def wait(self, minutes: float) -> Course:
        now = micros(after(minutes))
        while self.episode is not None and detector.due(self.key, self.episode) <= now:
            finding, self.episode = detector.close(self.key, self.episode)
            if finding is not None:
                self.said.append(finding)
        return self

    @property
    def clears(self) -> list[bool]:
        return [finding.clears for finding in self.said]


def test_a_reported_end_closes_once_nothing_new_came_for_the_hold_time() -> None:
    course = Course().see(seen(dwell_s=300)).see(seen(ended=12)).wait(12.9)
    assert course.clears == [False]
    course.wait(13)
    assert course.clears == [False, True]
    over = course.said[-1]
    assert (over.kind, over.severity, over.resolves) == ("camera:stopped_vehicle", "low", True)
    assert over.evidence["ended"] == "reported"


def test_without_a_reported_end_silence_closes() -> None:
    course = Course().see(seen()).see(seen(minutes=8)).wait(22.9)
    assert course.clears == [False]
    assert course.wait(23).said[-1].evidence["ended"] == "timeout"


def test_what_is_seen_again_within_the_hold_time_goes_on() -> None:
    course = Course().see(seen()).see(seen(ended=9)).see(seen(minutes=9.5)).wait(20)
    assert course.clears == [False]


def test_nothing_closes_before_its_pause_is_over_so_that_what_comes_back_is_told() -> None:
    course = Course().see(seen()).see(seen(ended=3)).wait(9.9)
    assert course.clears == [False]
    assert course.wait(10).see(seen(minutes=10.5)).clears == [False, True, False]


def test_late_news_does_not_reopen_what_is_over() -> None:
    course = Course().see(seen()).see(seen(ended=20)).wait(21)
    for event in (seen(minutes=15), seen(minutes=20), seen(minutes=5, ended=18)):
        course.see(event)
    assert course.clears == [False, True]


def test_an_end_before_its_beginning_is_one_episode() -> None:
    course = Course().see(seen(minutes=1, ended=5)).see(seen(minutes=1)).wait(30)
    assert course.clears == [False, True]


def test_an_end_that_lies_ahead_is_not_believed() -> None:
    event = seen(ended=60 * 24 * 365)
    _, episode = detector.evaluate(event, None, micros(after(1)))
    assert episode is not None
    assert (episode.ended_at, episode.seen_at) == (0, micros(NOON))


def test_a_fire_out_of_sight_is_noted_and_not_over() -> None:
    course = Course().see(seen("fire")).wait(60)
    assert [finding.resolves for finding in course.said] == [False, False]


@pytest.mark.parametrize(("kind", "short", "long"), [("stopped_vehicle", 119, 120), ("crowd", 179, 180)])
def test_what_a_camera_says_to_be_short_is_nothing(kind: str, short: float, long: float) -> None:
    assert Course().see(seen(kind, dwell_s=short)).said == []
    assert Course().see(replace(seen(kind), ended_at=NOON + timedelta(seconds=short))).said == []
    (finding,) = Course().see(seen(kind, dwell_s=long)).said
    assert finding.evidence["dwell_s"] == long


def test_people_at_a_school_are_an_intrusion_after_hours_only() -> None:
    at_school = CameraDetector(rules().cameras, lambda _: SCHOOL)

    def counts(day: int, hour: int, minute: int = 0) -> bool | None:
        return at_school.counts(seen("intrusion", at=datetime(2026, 11, day, hour, minute, tzinfo=ZONE)))

    assert counts(27, 17, 59) is False  # a Friday
    assert counts(27, 18) is True
    assert counts(27, 5, 59) is True
    assert counts(27, 6) is False
    assert counts(29, 10) is True  # a Sunday
    assert detector.counts(seen("intrusion")) is True  # a camera that nobody has tagged


def test_a_doubtful_detection_goes_to_a_person_and_is_never_an_emergency() -> None:
    assert detector.counts(seen("fire", confidence=0.39)) is False
    assert detector.counts(seen("fire", confidence=0.4)) is None
    assert detector.counts(seen("fire", confidence=0.65)) is True
    assert detector.counts(seen("stopped_vehicle", confidence=0.7)) is False  # has no second floor
    finding, _ = detector.review(seen("fire", confidence=0.5, zone="a"), None)
    assert finding is not None
    assert (finding.category, finding.subcategory, finding.severity) == ("other", "camera_review", "low")
    assert finding.evidence["review"] is True
    assert finding.evidence["suggested"] == "fire_rescue/fire"
    assert "Cần người xem lại" in finding.title


def test_doubtful_detections_of_one_camera_and_kind_are_one_in_an_hour_however_many_zones() -> None:
    episode: Episode | None = None
    said = []
    for minute in range(150):
        event = seen("fire", minute, confidence=0.5, zone=f"z{minute % 7}")
        finding, episode = detector.review(event, episode)
        said += [finding] if finding else []
    assert [finding.evidence["held_back"] for finding in said] == [0, 59, 59]
    assert "Trước đó còn 59 lần" in said[-1].text
    assert {finding.kind for finding in said} == {"camera-review:fire"}


events = st.builds(
    lambda minutes, lasts: seen(minutes=minutes, ended=None if lasts is None else minutes + lasts),
    st.integers(0, 240),
    st.none() | st.integers(2, 30),
)


@given(st.lists(events, max_size=30))
def test_signals_of_one_episode_lie_at_least_its_pause_apart_in_whatever_order(course: list[Camera]) -> None:
    one = Course()
    raised: list[datetime] = []
    for event in course:
        before = len(one.said)
        one.see(event)
        raised += [event.observed_at] * (len(one.said) - before)
    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in pairwise(raised))


@given(st.lists(events, max_size=20))
def test_once_everything_is_over_the_same_events_again_say_nothing(course: list[Camera]) -> None:
    one = Course()
    for event in course:
        one.see(event)
    one.wait(60 * 24)
    said = len(one.said)
    for event in course:
        one.see(event)
    assert len(one.said) == said


@given(st.lists(events, min_size=1, max_size=20))
def test_whatever_was_raised_is_closed_in_the_end_once_and_forgotten(course: list[Camera]) -> None:
    one = Course()
    for event in sorted(course, key=lambda each: each.observed_at):
        one.wait((event.observed_at - NOON).total_seconds() / 60).see(event)
    one.wait(60 * 24)
    assert one.clears[0] is False
    assert one.clears[-1] is True
    assert not any(this and after for this, after in pairwise(one.clears))
    assert one.wait(60 * 24 * 5).episode is None


def test_bytes_of_something_else_are_refused() -> None:
    for raw in (b"", b"\x02" + encode_episode(Episode(True, 1, 2))[1:]):
        with pytest.raises(ValueError, match="an episode"):
            decode_episode(raw)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "accident"\nfloor = 0.7', 'kind = "accident"\nfloor = 1.7', "floor"),
        ("floor = 0.7\nreview = 0.5", "floor = 0.7\nreview = 0.7", "review"),
        ("dwell_s = 120", "review_s = 60", "review_s"),
        ("timeout_s = 900", "timeout_s = 30", "timeout_s"),
        ("hours = [6, 18]", "hours = [18, 6]", "hours"),
        ('days = ["mon"', 'days = ["montag"', "days"),
        ('kind = "crowd"', 'kind = "accident"', "kind"),
    ],
)
def test_rules_that_contradict_themselves_are_refused_with_line_and_key(old: str, new: str, key: str) -> None:
    text = SHIPPED.read_text()
    assert old in text
    with pytest.raises(ConfigError) as refused:
        load_rules(text.replace(old, new, 1).encode(), ZONE)
    assert refused.value.key.endswith(key)
    assert refused.value.line > 1
