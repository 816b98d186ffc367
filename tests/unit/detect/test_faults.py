"""What devices say of themselves: told when it lasts, over when that lasts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import Finding, load_rules
from ioc.detect.faults import (
    Fault,
    FaultMachine,
    Said,
    camera_says,
    decode_fault,
    encode_fault,
    reading_says,
)
from ioc.detect.model import micros
from ioc.events.camera import Camera
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, after, reading, rules

RULES = rules().faults
MACHINE = FaultMachine(RULES)
KEY = "cam-1|link"


def said(word: str, minutes: float, condition: str = "link") -> Said:
    return Said("cam-1", condition, word, micros(after(minutes)))


def event(kind: str, minutes: float = 0, ended: float | None = None) -> Camera:
    return Camera(
        id="1", camera_id="cam-1", kind=kind, observed_at=after(minutes), confidence=1.0,
        ended_at=None if ended is None else after(ended),
    )  # fmt: skip


class Course:
    """One condition of a device, each step through its bytes."""

    def __init__(self, key: str = KEY) -> None:
        self.key = key
        self.fault: Fault | None = None
        self.told: list[Finding] = []

    def hear(self, *news: Said) -> Course:
        for each in news:
            heard = MACHINE.hear(each, self.fault)
            if heard is not None:
                self.fault = decode_fault(encode_fault(heard))
        return self

    def wait(self, minutes: float) -> Course:
        while self.fault is not None and (due := MACHINE.due(self.fault)) is not None and due <= micros(after(minutes)):
            finding, self.fault = MACHINE.tell(self.key, self.fault)
            self.told += [finding] if finding else []
        return self

    @property
    def clears(self) -> list[bool]:
        return [finding.clears for finding in self.told]


def test_a_lost_connection_is_told_when_it_has_lasted_and_ends_when_that_has_lasted() -> None:
    course = Course().hear(said("offline", 0)).wait(1.9)
    assert course.told == []
    (lost,) = course.wait(2).told
    assert (lost.category, lost.subcategory, lost.severity) == ("other", "device_fault", "normal")
    assert (lost.kind, lost.device, lost.resolves, lost.evidence["state"]) == ("fault:link", "cam-1", True, "offline")
    assert course.hear(said("", 10)).wait(11.9).clears == [False]
    assert course.wait(12).clears == [False, True]


def test_a_device_that_comes_and_goes_is_not_told_each_time() -> None:
    course = Course()
    for minute in range(60):
        course.hear(said("offline", minute), said("", minute + 0.5)).wait(minute + 0.9)
    assert course.told == []


def test_late_news_changes_nothing() -> None:
    course = Course().hear(said("offline", 10), said("", 20)).wait(30)
    course.hear(said("offline", 15)).wait(60)
    assert course.clears == []


def test_the_same_in_other_words_is_told_once_and_what_is_worse_anew() -> None:
    course = Course("cam-1|picture").hear(said("black", 0, "picture"), said("frozen", 1, "picture")).wait(60)
    assert course.clears == [False]
    service = Course("frigate-1|service").hear(said("service_stopped", 0)).wait(2)
    service.hear(said("service_offline", 3)).wait(4)
    assert [finding.severity for finding in service.told] == ["normal", "high"]


def test_it_is_forgotten_after_the_time_in_which_news_may_come_late() -> None:
    course = Course().hear(said("offline", 0)).wait(5).hear(said("", 10)).wait(60 * 24)
    assert course.fault is not None
    assert course.wait(60 * 24 * 3 + 10).fault is None


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("offline", "offline"), ("detect_offline", "offline"), ("service_offline", "offline"), ("black", "faulty"),
        ("video_loss", "faulty"), ("moved", "faulty"), ("record_offline", "faulty"), ("frozen", "stuck"),
        ("online", "online"), ("healthy", "online"), ("detect_disabled", "maintenance"), ("accident", "online"),
        ("never heard of", "online"),
    ],
)  # fmt: skip
def test_every_word_has_a_state(kind: str, state: str) -> None:
    known = RULES.cameras.get(kind)
    assert ("online" if known is None else known.state) == state


def test_a_fault_that_ended_is_none() -> None:
    assert list(camera_says(RULES)(event("frozen", ended=5))) == [said("", 5, "picture")]


def test_events_that_say_nothing_of_the_device_say_nothing() -> None:
    assert not list(camera_says(RULES)(event("fire")))
    assert not list(reading_says(RULES)(reading(3.0)))
    assert {each.condition for each in camera_says(RULES)(event("healthy"))} == {"link", "picture", "view", "recording"}


def test_a_last_will_is_the_connection_of_the_device() -> None:
    says = reading_says(RULES)
    assert [each.word for each in says(reading(0.0, metric="connected", unit="1"))] == ["connected"]
    assert [each.word for each in says(reading(1.0, metric="connected", unit="1"))] == [""]


news = st.builds(said, st.sampled_from(["offline", ""]), st.integers(0, 120))


def ups_and_downs(course: Sequence[bool]) -> bool:
    return all(clears is bool(place % 2) for place, clears in enumerate(course))


@given(st.lists(news, max_size=30))
def test_what_is_told_begins_and_ends_in_turns_in_whatever_order_it_comes(course: list[Said]) -> None:
    one = Course()
    clock = 0
    for each in course:
        clock = max(clock, each.at)
        one.wait((clock - micros(after(0))) / 60e6).hear(each)
    one.wait(600)
    assert ups_and_downs(one.clears)


@given(st.lists(news, max_size=20))
def test_a_second_telling_of_everything_changes_nothing(course: list[Said]) -> None:
    one = Course().hear(*course).wait(600)
    before = one.fault, list(one.told)
    one.hear(*course).wait(600)
    assert (one.fault, one.told) == before


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('ends = ["service"]', 'ends = ["servise"]', "ends"),
        ('kind = "moved"', 'kind = "frozen"', "kind"),
        ('kind = "moved"', 'kind = "fire"', "kind"),
        ('state = "stuck"', 'state = "silent"', "state"),
        ('metric = "connected"', 'metric = "frozen"', "metric"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(old: str, new: str, key: str) -> None:
    text = SHIPPED.read_text()
    assert old in text
    with pytest.raises(ConfigError) as refused:
        load_rules(text.replace(old, new, 1).encode(), ZONE)
    assert refused.value.key.endswith(key)


def test_bytes_of_something_else_are_refused() -> None:
    for raw in (b"", b"\x07" + encode_fault(Fault("offline", 3, 3))[1:]):
        with pytest.raises(ValueError, match="a fault"):
            decode_fault(raw)
