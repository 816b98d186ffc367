"""Across a rotation of the pseudonym key a reporter is the same one: bursts join, nobody counts twice."""

from __future__ import annotations

from ioc.classify.pseudonym import Pseudonyms
from ioc.incidents.renewal import renewed_entry
from ioc.vocabulary import Category
from tests.unit.incidents.support import Desk, signal

KEYS = (b"the first key of all", b"the key after that one")
BEFORE, AFTER = Pseudonyms(KEYS[:1]), Pseudonyms(KEYS)


def restarted(desk: Desk, names: Pseudonyms) -> None:
    """The owner of the incidents starts again, with these keys."""
    desk.state = {key: renewed_entry(key, value, names.renewed) for key, value in desk.state.items()}
    desk.restart()


def reported(desk: Desk, name: str, names: Pseudonyms, who: str, *, minutes: float, east_m: float | None = 0) -> str:
    """A report of somebody; the incident that it is in then. Without a place, only the reporter joins it to others."""
    category: Category = "other" if east_m is None else "urban_infrastructure"
    reporter = names.of("app", who)
    changes = desk.signal(signal(name, category=category, reporter=reporter, minutes=minutes, east_m=east_m))
    return changes.incidents[-1].incident_id


def test_a_burst_goes_on_over_a_rotation() -> None:
    desk = Desk()
    first = reported(desk, "1", BEFORE, "u-1", minutes=0, east_m=None)
    restarted(desk, AFTER)
    assert reported(desk, "2", AFTER, "u-1", minutes=3, east_m=None) == first
    assert desk.all.decisions[-1].rule_id == "join-burst"
    assert reported(desk, "3", AFTER, "u-2", minutes=4, east_m=None) != first


def test_without_carrying_over_the_burst_would_be_two() -> None:
    desk = Desk()
    first = reported(desk, "1", BEFORE, "u-1", minutes=0, east_m=None)
    desk.restart()
    assert reported(desk, "2", AFTER, "u-1", minutes=3, east_m=None) != first


def test_who_reports_before_and_after_a_rotation_counts_once() -> None:
    desk = Desk()
    reported(desk, "1", BEFORE, "u-1", minutes=0)
    restarted(desk, AFTER)
    reported(desk, "2", AFTER, "u-1", minutes=3)
    assert desk.all.incidents[-1].reporters == 1
    reported(desk, "3", AFTER, "u-2", minutes=4)
    assert desk.all.incidents[-1].reporters == 2


def test_a_second_start_with_the_same_keys_changes_nothing() -> None:
    desk = Desk()
    reported(desk, "1", BEFORE, "u-1", minutes=0)
    restarted(desk, AFTER)
    once = dict(desk.state)
    restarted(desk, AFTER)
    assert desk.state == once


def test_what_is_no_member_and_who_is_not_known_stays() -> None:
    desk = Desk()
    reported(desk, "1", Pseudonyms([b"a key that is long gone"]), "u-1", minutes=0)
    desk.signal(signal("2", minutes=1))
    assert all(renewed_entry(key, value, AFTER.renewed) == value for key, value in desk.state.items())
    assert renewed_entry(b"tally", b"[]", AFTER.renewed) == b"[]"
