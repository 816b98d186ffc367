"""What a gate's counts and vehicles become: levels with hold and hysteresis, figures, one condition per direction."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.events.gate import Gate, Inspections
from ioc.intake import gate_watch
from tests.unit.detect.support import after
from tests.unit.intake.gates import KEY, Post, limits, passage, sample, told


@pytest.mark.parametrize(
    ("waiting", "fill", "severity"),
    [(201, None, "normal"), (501, 0.5, "high"), (1001, 0.5, "critical"), (10, 0.81, "normal"), (201, 0.96, "high")],
)
def test_the_graver_of_queue_and_yard_decides(waiting: int, fill: float | None, severity: str) -> None:
    post = Post()
    findings = [*post.take(sample(waiting, fill)), *post.wait(6)]
    assert findings[-1].severity == severity
    assert {(one.category, one.subcategory, one.clears) for one in findings} == {("traffic", "border_queue", False)}


def test_a_short_queue_and_a_passage_are_quiet() -> None:
    post = Post()
    assert post.take(sample(200, 0.8), passage("14C-123.45", "crossed"), sample(None)) == []
    assert post.wait(120) == []


def test_a_growing_queue_worsens_eases_and_ends_once() -> None:
    post = Post()
    findings = post.take(
        sample(300), sample(450, None, 5), sample(600, None, 10), sample(300, None, 15), sample(150, None, 30)
    )
    findings += post.wait(15)
    assert told(findings) == [("normal", False), ("high", False), ("normal", False), ("low", True)]
    assert "giảm" in findings[2].title
    assert [finding.eases for finding in findings] == [False, False, True, False]


def test_between_limit_and_clear_the_queue_goes_on() -> None:
    post = Post()
    assert told(post.take(sample(300), sample(180, None, 20), sample(210, None, 40)) + post.wait(30)) == [
        ("normal", False)
    ]


def test_a_level_is_left_only_when_it_stays_away() -> None:
    post = Post()
    assert told(post.take(sample(300), sample(100, None, 20), sample(260, None, 28), sample(100, None, 40))) == [
        ("normal", False)
    ]
    assert told(post.wait(11)) == [("low", True)]


def test_a_yard_has_to_be_full_for_a_while() -> None:
    post = Post()
    assert post.take(sample(10, 0.9), sample(10, 0.7, 3)) == []
    assert post.wait(30) == []
    assert post.take(sample(10, 0.9, 40)) == []
    assert told(post.wait(6)) == [("normal", False)]


def test_it_ends_only_when_queue_and_yard_are_both_back() -> None:
    post = Post()
    findings = post.take(sample(300, 0.9), sample(100, 0.9, 20), sample(100, 0.9, 40), sample(100, 0.7, 60))
    assert [finding.clears for finding in findings] == [False, False]
    (end,) = post.wait(15)
    assert end.clears
    assert end.evidence["yard_fill_ratio"] == {"out": 0.7}


def test_each_yard_has_a_level_of_its_own() -> None:
    post = Post()
    post.take(sample(None, 0.9, yard="A"), sample(None, 0.97, 1, yard="B"))
    (first, second) = post.wait(7)
    assert (first.rule_id, second.rule_id) == ("gate/fill-1", "gate/fill-1/fill-2")
    assert (first.severity, second.severity) == ("normal", "high")
    assert "bãi B đầy 97 %" in second.title
    assert post.figure("ioc_gate_yard_fill_ratio", "cua-khau-1", "B") == 0.97


def test_a_yard_of_known_size_is_filled_by_its_vehicles() -> None:
    post = Post()
    post.take(sample(None, 0.0, yard="A", yard_capacity=4))
    post.take(*(passage(f"14C-{n}", "yard_waiting", n / 10, yard="A") for n in range(3)))
    assert post.figure("ioc_gate_yard_fill_ratio", "cua-khau-1", "A") == 0.75


def test_directions_are_different_queues_and_goods_are_added_up() -> None:
    post = Post()
    findings = post.take(sample(300), sample(300, direction="in"))
    assert [finding.kind for finding in findings] == ["queue:out", "queue:in"]
    post = Post()
    findings = post.take(sample(150, goods="frozen"), sample(100, None, 1, goods="fruit")) + post.wait(1)
    assert findings[0].evidence["waiting_by_goods"] == {"frozen": 150, "fruit": 100}
    assert findings[0].evidence["vehicles_waiting"] == 250
    assert "chiều xuất" in findings[0].text


def test_a_late_count_changes_nothing() -> None:
    post = Post()
    assert len(post.take(sample(300, None, 10), sample(100, None, 5), sample(600, None, 5))) == 1


def test_a_count_grows_old_and_silence_ends_nothing() -> None:
    post = Post()
    assert told(post.take(sample(300))) == [("normal", False)]
    assert post.wait(600) == []
    assert post.waiting is None
    assert told(post.take(sample(100, None, 700)) + post.wait(15)) == [("low", True)]


def test_the_larger_of_count_and_vehicles_wins() -> None:
    post = Post()
    post.take(*(passage(f"14C-{n}", "yard_waiting", n / 10) for n in range(5)), sample(3, None, 1))
    assert post.waiting == 5
    post.take(sample(8, None, 2))
    assert post.waiting == 8


def cross(post: Post, start: float, count: int, *, every: float, wait: float) -> list[Any]:
    """Vehicles that come and cross one after another; times in minutes."""
    found = []
    for n in range(count):
        at = start + n * every
        found += post.take(
            passage(f"29C-{start}-{n}", "yard_waiting", at - wait), passage(f"29C-{start}-{n}", "crossed", at)
        )
    return found


def test_backlog_is_waiting_over_crossings_and_alerts_before_the_limit() -> None:
    post = Post()
    events = [passage(f"14C-{n}", "yard_waiting", n) for n in range(240)]
    events += [passage(f"14C-{n}", "crossed", n + 40) for n in range(80)]  # at minute 120 the barrier falls
    post.take(*sorted(events, key=lambda event: event.at))
    assert post.figure("ioc_gate_backlog_hours", "cua-khau-1", "out") == pytest.approx(160, rel=0.05)
    first = next(finding for finding in post.found if not finding.clears)
    assert first.rule_id == "gate/forecast-1"
    assert first.evidence["backlog_hours"] < 4
    assert first.title.startswith("Sẽ ùn ứ")
    assert 0 <= first.evidence["passes_in_hours"] < 4
    assert "vượt mốc đầu" in first.text


def test_rates_that_the_gate_sends_serve_where_no_vehicle_is_followed() -> None:
    post = Post()
    post.take(sample(100, None, crossings_per_hour=20, arrivals_per_hour=20))
    (finding,) = post.wait(12)
    assert finding.rule_id == "gate/backlog-1"
    assert finding.evidence["backlog_hours"] == 5.0
    assert finding.evidence["counted_by"] == "samples"
    assert told(post.take(sample(260, None, 20, crossings_per_hour=20)) + post.wait(11))[-1] == ("high", False)


def test_a_gate_that_tells_of_no_crossing_has_no_backlog() -> None:
    post = Post()
    post.take(*(passage(f"14C-{n}", "yard_waiting", n) for n in range(120)))
    assert post.figure("ioc_gate_backlog_hours", "cua-khau-1", "out") is None
    assert post.found == []


def test_silence_is_no_standstill() -> None:
    post = Post()
    cross(post, 0, 100, every=1, wait=40)
    before = post.figure("ioc_gate_backlog_hours", "cua-khau-1", "out")
    assert post.wait(100) == []
    assert post.figure("ioc_gate_backlog_hours", "cua-khau-1", "out") == before


def test_nothing_is_concluded_while_a_gate_is_closed() -> None:
    noon_to_one = limits(hours={"cua-khau-1": (11, 13)})  # NOON is 12:00 local, minute 60 is 13:00
    post = Post(noon_to_one)
    cross(post, 0, 55, every=1, wait=30)
    post.take(*(passage(f"14C-{n}", "yard_waiting", 61 + n / 2) for n in range(150)))
    assert post.found == []
    always = Post()
    cross(always, 0, 55, every=1, wait=30)
    always.take(*(passage(f"14C-{n}", "yard_waiting", 61 + n / 2) for n in range(150)))
    assert always.found != []


def test_those_who_have_just_come_are_no_backlog() -> None:
    post = Post()
    cross(post, 0, 60, every=5, wait=30)  # twelve an hour
    post.take(*(passage(f"14C-{n}", "yard_waiting", 300 + n / 4) for n in range(80)))
    assert post.figure("ioc_gate_backlog_hours", "cua-khau-1", "out") > 6  # type: ignore[operator]
    assert post.found == []


def test_waits_have_quantiles_and_the_longest_of_those_still_there() -> None:
    post = Post()
    for n in range(10):  # waits of 10, 20 … 100 minutes
        post.take(passage(f"14C-{n}", "yard_waiting", 100 - 10 * (n + 1), goods="fruit"))
    post.take(*(passage(f"14C-{n}", "crossed", 100, goods="fruit") for n in range(9)))
    wait = [post.figure("ioc_gate_wait_seconds", "cua-khau-1", "fruit", q) for q in ("0.5", "0.9", "1")]
    assert wait[:2] == [50 * 60, 90 * 60]
    assert wait[2] == pytest.approx(100 * 60, abs=2)


def test_the_oldest_load_that_spoils_and_who_keeps_it_waiting_are_told() -> None:
    post = Post()
    post.take(
        passage("14C-1", "yard_waiting", 0, goods="timber"),
        passage("14C-2", "yard_waiting", 60, goods="Seafood"),
        passage("14C-3", "inspecting", 90, goods="x", perishable=True, inspections=Inspections(quarantine="pending")),
    )
    (finding,) = post.take(sample(300, None, 120))
    assert finding.evidence["oldest_perishable_hours"] == 1
    assert finding.evidence["oldest_perishable_goods"] == "Seafood"
    assert finding.evidence["pending_inspections"] == {"customs": 0, "quarantine": 1, "border_guard": 0}
    assert "đang chờ kiểm dịch 1 xe" in finding.text


def test_a_vehicle_that_never_crosses_expires() -> None:
    post = Post(limits(expire_s=3 * 86_400.0, silent_s=30 * 86_400.0))
    post.take(passage("14C-1", "yard_waiting"))
    assert post.waiting == 1
    post.now = after(71 * 60)
    post.wait(15)
    assert post.waiting == 1
    post.now = after(73 * 60)
    post.wait(15)
    assert post.waiting is None
    assert not any(key.startswith(b"gate/trip/") for key in post.changelog.records)


def test_one_plate_is_one_vehicle_however_it_is_spelled() -> None:
    post = Post()
    post.take(passage("14C-123.45", "yard_waiting"), passage("14c 12345", "called", 1))
    assert post.waiting == 1


def test_no_plate_and_no_phone_is_kept_or_said() -> None:
    post = Post()
    post.take(
        passage("14C-123.45", "yard_waiting", goods="dưa của anh 0912345678", yard="bãi 0912345678"),
        passage("桂A12345", "crossed", 1),
    )
    (finding,) = post.take(sample(300, 0.9, 2, yard="bãi 0912345678"))
    kept = repr(post.changelog.records) + repr(finding) + repr(post.watch.gauges(post.now_ms))
    for word in ("14C", "123.45", "12345", "桂A", "0912345678"):
        assert word not in kept
    assert "[số điện thoại]" in kept


def test_a_new_key_of_pseudonyms_keeps_the_vehicles() -> None:
    post = Post()
    post.take(passage("14C-123.45", "yard_waiting"))
    before = set(post.changelog.records)
    post.keys = (KEY, b"another key of sixteen bytes")
    post.restart()
    post.take(passage("14C-123.45", "called", 5))
    assert post.waiting == 1
    trips = {key for key in post.changelog.records if key.startswith(b"gate/trip/")}
    assert len(trips) == 1
    assert not trips & before


def test_a_gate_says_where_it_is() -> None:
    post = Post()
    post.take(sample(10, 0.9, lat=21.53, lon=107.97))
    post.now = after(7)
    (notice,) = post.watch.tick(post.now_ms)
    assert (notice.lat, notice.lon) == (21.53, 107.97)
    assert notice.at == after(7) - timedelta(seconds=1)  # as late as the gate's events are


def test_made_up_gates_and_names_are_bounded() -> None:
    post = Post()
    post.take(*(sample(1, gate_id=f"g-{n}") for n in range(100)))
    assert len(post.watch._lines) == 64
    post = Post()
    post.take(*(passage(f"14C-{n}", "yard_waiting", goods=f"goods-{n}") for n in range(40)))
    assert len(post.watch._lines["cua-khau-1", "out"].flow.waiting) <= 17
    assert post.waiting == 40


def test_a_full_memory_forgets_who_is_gone_and_nobody_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_watch, "_MOST_TRIPS", 10)
    post = Post()
    post.take(*(passage(f"14C-{n}", "crossed", n) for n in range(8)))
    post.take(*(passage(f"29C-{n}", "yard_waiting", 10 + n) for n in range(9)))
    assert post.waiting == 9
    assert sum(key.startswith(b"gate/trip/") for key in post.changelog.records) == 10
    post.take(*(passage(f"34C-{n}", "yard_waiting", 20 + n) for n in range(9)))
    assert post.waiting == 10  # all wait: nobody else can be followed
    post.restart()
    assert post.waiting == 10


def test_a_round_that_failed_leaves_nothing_behind() -> None:
    post = Post()
    post.take(passage("14C-1", "yard_waiting"), sample(120, None, 1))
    before = post.watch.gauges(post.now_ms)
    post.now = after(5)
    post.take(passage("14C-2", "yard_waiting", 5), passage("14C-1", "crossed", 5), sample(700, 0.99, 5), commit=False)
    post.take(sample(5, gate_id="another", minutes=5), commit=False)
    post.state.rollback()
    post.now = after(1)
    post.watch._shown_ms = 0
    assert post.watch.gauges(post.now_ms) == before
    assert post.watch._lines.keys() == {("cua-khau-1", "out")}
    assert post.watch._lines["cua-khau-1", "out"].levels == {}


def story(seed: int, size: int) -> list[Gate]:
    """Vehicles and counts of a gate that jams and recovers, as they arrive: some late, some twice."""
    chance = random.Random(seed)
    events: list[Gate] = []
    minute = 0.0
    for n in range(size):
        minute += chance.uniform(0, 3)
        crossing = minute + chance.choice((40, 60, 200, 400))
        events += [
            passage(f"14C-{n}", "yard_waiting", minute, yard=chance.choice("AB")),
            passage(f"14C-{n}", "crossed", crossing),
        ]
        if n % 7 == 0:
            events.append(sample(chance.choice((10, 100, 300, 700)), chance.random(), minute))
    events.sort(key=lambda event: event.at.timestamp() + chance.choice((0, 0, 0, 900)))
    return [each for event in events for each in [event] * chance.choice((1, 1, 1, 2))]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.sets(st.integers(0, 150), max_size=4))
def test_a_restart_or_a_failed_round_changes_nothing(seed: int, cuts: set[int]) -> None:
    events = story(seed, 60)
    plain, tried = Post(), Post()
    for n, event in enumerate(events):
        if n in cuts:
            later = events[n : n + 3]
            tried.take(*(each for each in later if each.at <= tried.now), commit=False)
            tried.state.rollback()
            if seed % 2:
                tried.restart()
        plain.take(event)
        tried.take(event)
    assert told(tried.found) == told(plain.found)
    assert tried.changelog.records == plain.changelog.records
    tried.restart()
    assert {tried.watch.gauges(tried.now_ms) == plain.watch.gauges(plain.now_ms)} == {True}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_counts_do_not_depend_on_the_order_of_arrival(seed: int, data: st.DataObject) -> None:
    events = [event for event in story(seed, 20) if event.state is not None]
    plain, shuffled = Post(), Post()
    plain.take(*events)
    order = data.draw(st.permutations(events))
    for event in order:
        shuffled.watch.take(event, event.at.timestamp(), plain.now_ms)
    one, other = (post.watch._lines["cua-khau-1", "out"].flow for post in (plain, shuffled))
    assert (one.waiting, one.pace.arrivals, one.pace.crossings) == (
        other.waiting,
        other.pace.arrivals,
        other.pace.crossings,
    )
