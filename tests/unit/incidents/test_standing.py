"""What is told of an incident from its record is what its owner does with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ioc.incidents.standing import (
    Call,
    Rules,
    Witness,
    call,
    choices,
    emergencies,
    hiding,
    mode,
    resolved_at,
    spoken_for,
)
from ioc.paging import LivePaging
from ioc.records import Incident, Silence
from ioc.vocabulary import ACTIONS, Action, Severity, Source
from tests.unit.incidents.support import SITES, ZONE, Desk, Routes, after, bts, command, policy, signal
from tests.unit.incidents.test_escalation import CHAINS, fire
from tests.unit.incidents.test_gathering import incident_of, lost, outage
from tests.unit.incidents.test_silences import maintenance, silence

RULES = Rules(LivePaging(policy(CHAINS)), Routes(), ZONE, SITES.get)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "assign": {"unit": "unit-2"}, "merge": {"into": "x"}, "not_related": {"incident": "x"}, "split": {"signals": ["x"]},
}  # fmt: skip


def current(desk: Desk, name: str) -> Incident:
    return [each for each in desk.all.incidents if each.incident_id == name][-1]


def no_step(_: Desk, __: str) -> None:
    """As it was opened."""


def acknowledged(desk: Desk, name: str) -> None:
    desk.command(command(name, "acknowledge", name="k"))


def resolved(desk: Desk, name: str) -> None:
    desk.command(command(name, "resolve", name="r", reason="xong"))


def rejected(desk: Desk, name: str) -> None:
    desk.command(command(name, "reject", name="j", reason="trùng"))


def returned_often(desk: Desk, name: str) -> None:
    for number in range(3):
        desk.command(command(name, "return", name=f"t{number}", reason="không phải"))
        if number < 2:
            desk.command(command(name, "assign", name=f"a{number}", unit="unit-1"))


@pytest.mark.parametrize("before", [no_step, acknowledged, resolved, rejected, returned_often])
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_offered_is_what_the_owner_takes(before: Callable[[Desk, str], None], action: Action) -> None:
    def asked(reason: str) -> tuple[dict[Action, bool], str]:
        """What was offered, and what was wrong with the command."""
        desk = Desk(paging=CHAINS)
        name = desk.signal(signal("1")).incidents[0].incident_id
        before(desk, name)
        offered = {each.action: each.reason for each in choices(current(desk, name), "unit-last")}
        done = desk.command(command(name, action, name="last", reason=reason, **ARGUMENTS.get(action, {})))
        (receipt,) = done.receipts
        return offered, receipt.errors[0].pointer if receipt.errors else ""

    offered, wrong = asked("vì vậy")
    assert (wrong == "/action") is (action not in offered)
    assert (asked("")[1] == "/reason") is offered.get(action, False)


def test_the_next_call_is_the_one_that_comes() -> None:
    desk = Desk(paging=CHAINS)
    name = desk.signal(fire()).incidents[0].incident_id
    told: list[tuple[datetime | None, str | None]] = []
    for minute in range(71):
        desk.tick(minute)
        expected = call(current(desk, name), RULES, after(minute))
        assert expected is not None
        assert expected.by == after(5)
        if not told or told[-1] != (expected.next_at, expected.to):
            told.append((expected.next_at, expected.to))
    # Both turns of the chain, and then nobody is left to tell.
    minutes = [(at and (at - after(0)) / timedelta(minutes=1), to) for at, to in told]
    assert minutes == [
        (5, "unit"), (10, "duty"), (20, "centre"), (30, "province"),
        (35, "unit"), (40, "duty"), (50, "centre"), (60, "province"), (None, None),
    ]  # fmt: skip


def test_nobody_is_waited_for_once_somebody_has_it_and_again_when_it_spreads() -> None:
    desk = Desk(paging=CHAINS)
    name = desk.signal(fire()).incidents[0].incident_id
    desk.command(command(name, "acknowledge"), minutes=3)
    assert call(current(desk, name), RULES, after(4)) is None
    desk.signal(fire("2", minutes=8, commune="00002"), minutes=8)
    assert current(desk, name).acknowledged_at is None
    assert call(current(desk, name), RULES, after(9)) == Call(after(13), after(13), "unit")
    desk.command(command(name, "start", name="go"), minutes=10)
    assert call(current(desk, name), RULES, after(11)) is None
    desk.command(command(name, "resolve", name="done"), minutes=20)
    assert resolved_at(current(desk, name).history) == after(20)
    desk.command(command(name, "reopen", name="again", reason="lại cháy"), minutes=30)
    assert resolved_at(current(desk, name).history) is None
    assert call(current(desk, name), RULES, after(31)) == Call(after(35), after(35), "unit")


def test_nobody_is_told_of_what_no_chain_takes() -> None:
    desk = Desk(paging=CHAINS)
    name = desk.signal(signal("1", severity="low")).incidents[0].incident_id
    assert call(current(desk, name), RULES, after(1)) is None


def test_nobody_is_called_for_what_something_greater_speaks_for() -> None:
    desk = Desk(paging=CHAINS)
    desk.signal(lost(1, part=False))
    before = incident_of(desk, lost(1))
    assert call(before, RULES, after(1)) is not None
    desk.signal(outage("1", 1, gathers=("lost-1",)), minutes=1)
    assert call(incident_of(desk, lost(1)), RULES, after(2)) is None
    above = call(incident_of(desk, outage("1")), RULES, after(2))
    assert above is not None
    # As the owner does it: the outage's steps come, the part's wait.
    told = {alert.incident_id for minute in range(2, 200) for alert in desk.tick(minute).alerts}
    assert told == {incident_of(desk, outage("1")).incident_id}


@pytest.mark.parametrize(("source", "severity", "silent"), [
    ("bts", "critical", True), ("sensors", "critical", True), ("reports", "critical", False), ("reports", "high", True),
])  # fmt: skip
def test_what_is_critical_speaks_for_itself_unless_instruments_alone_say_so(
    source: Source, severity: Severity, *, silent: bool
) -> None:
    listed = replace(Desk().signal(signal("1", source=source, severity=severity)).incidents[0], parent="99-above")
    assert spoken_for(listed) is silent
    assert not spoken_for(replace(listed, parent=None))
    assert not spoken_for(replace(listed, status="duplicate"))


def kept(desk: Desk) -> list[Silence]:
    return [*{each.silence_id: each for each in desk.all.silences}.values()]


def test_silences_that_hide_it_are_told() -> None:
    desk = Desk(paging=CHAINS)
    desk.command(silence("mine", matchers=["category = urban_infrastructure"]))
    desk.command(silence("other", matchers=["category = telecom"]))
    desk.command(maintenance("site", matchers=["device = QN-1"]))
    tree = desk.signal(signal("1", minutes=1), minutes=1).incidents[0]
    named = [each.silence_id for each in hiding(tree, kept(desk), RULES, after(2))]
    mine, _, site = (each.silence_id for each in kept(desk))
    assert named == [mine]
    mast = desk.signal(bts("1", 2, site="QN-9", north_m=9000), minutes=2).incidents[0]
    spoken = [Witness("QN-1", "outage")]
    assert site in [each.silence_id for each in hiding(mast, kept(desk), RULES, after(3), spoken)]
    assert not hiding(tree, kept(desk), RULES, after(60 * 24 * 300))


def test_what_citizens_call_critical_is_not_hidden_unless_that_is_said() -> None:
    desk = Desk(paging=CHAINS)
    desk.command(silence("all", matchers=["category = fire_rescue"]))
    burning = desk.signal(fire(minutes=1), minutes=1).incidents[0]
    assert not hiding(burning, kept(desk), RULES, after(2))
    desk.command(silence("told", matchers=["category = fire_rescue", "severity = critical"]), minutes=2)
    assert len(hiding(burning, kept(desk), RULES, after(3))) == 1


def test_an_emergency_is_where_it_was_called() -> None:
    desk = Desk(paging=CHAINS)
    tree = desk.signal(signal("1")).incidents[0]
    called = Silence("99-e", "emergency", "Tổ trực", "bão", ["a"], [], [], [], after(0), after(600), after(0), "x")
    assert mode(tree, [called], after(1)) == "emergency"
    assert emergencies(tree, [called], after(1)) == [called]
    assert mode(tree, [called], after(601)) == "normal"
    for elsewhere in (replace(called, centres=["b"]), replace(called, communes=["00002"])):
        assert mode(tree, [elsewhere], after(1)) == "normal"
    assert mode(tree, [replace(called, ended_at=after(1))], after(2)) == "normal"
