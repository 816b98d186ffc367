"""Emergency modes: one command switches routes, targets and thresholds somewhere, and it ends by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ioc.records import Command
from tests.unit.incidents.support import NOON, Desk, after, command, signal
from tests.unit.incidents.test_escalation import CHAINS, clock, steps
from tests.unit.incidents.test_silences import HOUR, opened

MODE = CHAINS.replace(
    "emergency: {}",
    "emergency: {factor: 0.5, targets: {high: 20m}, calm: 3, storm: 0, urgent: [security]}",
).replace(
    "  - id: high\n",
    "  - id: mode\n    match: [mode = emergency, severity = high]\n    steps: [{wait: 7m, to: duty}]\n  - id: high\n",
)


def emergency(name: str = "e-1", *, hours: float = 4, **arguments: Any) -> Command:
    what = {"owner": "Chủ tịch", "centres": ["a"], "ends_at": (NOON + timedelta(hours=hours)).isoformat()}
    return command(name, "emergency", name=f"c-{name}", reason="bão số 3", **(what | arguments))


def test_routes_targets_and_chains_are_switched_where_it_is_in_force() -> None:
    desk = Desk(paging=MODE)
    desk.command(emergency(), minutes=0)
    (one,) = desk.signal(signal("1", minutes=1)).incidents
    (grave,) = desk.signal(signal("2", minutes=1, severity="high", north_m=5000)).incidents
    (other,) = desk.signal(signal("3", minutes=1, commune="00002", centre="b", north_m=9000)).incidents
    assert (one.unit, one.due_at) == ("unit-2", after(121))  # half of 240 minutes
    assert grave.due_at == after(21)
    assert (other.unit, other.due_at) == ("unit-1", after(241))
    assert steps(clock(desk, *range(2, 20))) == [(8, "duty", "a")]


def test_alerts_and_decisions_say_so() -> None:
    desk = Desk(paging=MODE)
    begun = desk.command(emergency(communes=["00001"]), minutes=0)
    assert [(alert.centre, alert.reason, alert.mode) for alert in begun.alerts] == [("a", "opened", "emergency")]
    changes = desk.signal(signal("1", minutes=1))
    assert {alert.mode for alert in changes.alerts} == {"emergency"}
    assert {each.inputs.get("mode") for each in changes.decisions} == {"emergency"}
    elsewhere = desk.signal(signal("2", minutes=1, commune="00000", located_by="text", east_m=None))
    assert {alert.mode for alert in elsewhere.alerts} == {"normal"}
    assert {each.inputs.get("mode") for each in elsewhere.decisions} == {None}
    desk.command(command("e-1", "end_emergency", name="end"), minutes=2)
    assert {alert.mode for alert in desk.signal(signal("3", minutes=3, north_m=5000)).alerts} == {"normal"}


def test_the_gauge_shows_it_until_it_ends_by_itself() -> None:
    desk = Desk(paging=MODE)
    assert desk.book.emergency_modes() == {"a": False, "b": False, "province": False}
    desk.command(emergency(hours=2), minutes=0)
    assert desk.book.emergency_modes() == {"a": True, "b": False, "province": False}
    desk.restart()
    assert desk.tick(2 * HOUR - 1).silences == []
    changes = desk.tick(2 * HOUR)
    (record,) = changes.silences
    assert (record.kind, record.ended_at, record.ended_by) == ("emergency", after(2 * HOUR), "system")
    assert [(alert.centre, alert.reason) for alert in changes.alerts] == [("a", "resolved")]
    assert not any(desk.book.emergency_modes().values())
    assert opened(desk.signal(signal("1", minutes=2 * HOUR))).unit == "unit-1"
    assert dict(desk.book.snapshot()) == desk.state


def test_thresholds_are_its_own_and_some_things_are_never_held_back() -> None:
    desk = Desk(paging=MODE)
    desk.command(emergency(), minutes=0)
    told = [
        alert
        for number in range(5)
        for alert in desk.signal(signal(str(number), north_m=5000 * number, minutes=1)).alerts
    ]
    assert [alert.subcategory for alert in told] == ["tree", "tree", "tree", "surge"]  # the fourth is too much
    urgent = desk.signal(signal("s", category="security", subcategory="theft", north_m=90_000, minutes=2))
    assert [alert.reason for alert in urgent.alerts] == ["opened"]


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({"hours": 73}, "/arguments/ends_at"), ({"centres": []}, "/arguments/centres"),
        ({"communes": ["99999"]}, "/arguments/communes/0"), ({"communes": ["00002"]}, "/arguments/communes/0"),
        ({"owner": ""}, "/arguments/owner"), ({"matchers": ["severity = low"]}, "/arguments/matchers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(arguments: dict[str, Any], pointer: str) -> None:
    desk = Desk(paging=MODE)
    (receipt,) = desk.command(emergency(**arguments), minutes=0).receipts
    assert (receipt.result, receipt.errors[0].pointer) == ("rejected", pointer)
    assert not any(desk.book.emergency_modes().values())
