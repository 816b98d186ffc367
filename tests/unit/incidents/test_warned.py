"""An issued warning makes a storm of what is hit in one centre; it is remembered over a restart."""

from __future__ import annotations

import pytest

from ioc.records import Signal
from ioc.vocabulary import Severity
from tests.unit.incidents.support import Desk, bts, command, signal


def warning(severity: Severity = "high", name: str = "warning", *, clears: bool = False) -> Signal:
    return signal(
        name, source="sensors", category="disaster", subcategory="risk_level", severity=severity, kind="limit:risk",
        device="bao", centre="b", commune="00003", east_m=None, clears=clears,
    )  # fmt: skip


def hit(desk: Desk) -> None:
    """An outage of a centre with six stations."""
    for number in range(6):
        desk.signal(bts(f"{number}", 1, site=f"QN-{number}", north_m=number * 5000))
    outage = bts("outage", 2, site="outage:a:1")
    outage.lat = outage.lon = None
    outage.kind, outage.gathers = "outage", [f"bts:{number}" for number in range(6)]
    desk.signal(outage)


def told(desk: Desk) -> list[str]:
    """What is said of one more fallen tree."""
    return [alert.subcategory for alert in desk.signal(signal("tree", minutes=5, north_m=9000)).alerts]


@pytest.mark.parametrize("restart", [False, True])
def test_with_a_warning_one_centre_is_enough_also_right_after_a_restart(restart: bool) -> None:
    desk = Desk()
    desk.signal(warning())
    hit(desk)
    if restart:
        desk.restart()
    assert told(desk) == ["surge"], "the surge speaks for the tree"


def test_without_a_warning_or_after_it_each_speaks_for_itself() -> None:
    desk = Desk()
    hit(desk)
    assert told(desk) == ["tree"]
    desk = Desk()
    desk.signal(warning("normal"))
    hit(desk)
    assert told(desk) == ["tree"], "level 2"
    desk = Desk()
    (opened,) = desk.signal(warning()).incidents
    hit(desk)
    desk.command(command(opened.incident_id, "resolve", reason="bão đã tan"), 4)
    assert told(desk) == ["tree"]


def test_a_warning_alone_is_no_storm() -> None:
    desk = Desk()
    desk.signal(warning())
    assert told(desk) == ["tree"]


def test_taking_back_takes_the_warning_back() -> None:
    desk = Desk()
    desk.signal(warning())
    desk.journal.roll_back()
    hit(desk)
    assert told(desk) == ["tree"]
