"""A condition that becomes less grave: news for its incident, no alarm, and never a new incident."""

from __future__ import annotations

from dataclasses import replace

from ioc.incidents import Changes
from ioc.records import Signal
from ioc.vocabulary import Severity
from tests.unit.incidents.support import Desk, signal


def tide(name: str, minutes: float, severity: Severity, *, eases: bool = False, clears: bool = False) -> Signal:
    return replace(
        signal(
            name, source="sensors", category="disaster", subcategory="flood", device="gauge-1",
            kind="limit:water_level", minutes=minutes, severity=severity, clears=clears,
        ),
        eases=eases,
    )  # fmt: skip


def reasons(changes: Changes) -> list[str]:
    return [alert.reason for alert in changes.alerts]


def test_easing_is_kept_in_the_story_and_alerts_nobody() -> None:
    desk = Desk()
    desk.signal(tide("1", 0, "critical"))
    changes = desk.signal(tide("2", 10, "normal", eases=True))
    (incident,) = changes.incidents
    assert reasons(changes) == []
    assert (incident.severity, incident.evidence_count, incident.version) == ("critical", 2, 2)
    assert (incident.history[-1]["action"], incident.history[-1]["reason"]) == ("ease", "normal")
    assert [(each.rule_id, each.outcome) for each in changes.decisions] == [("ease-condition", "eased")]


def test_as_grave_as_before_again_is_no_new_alarm() -> None:
    desk = Desk()
    for n in range(2):
        desk.signal(tide(f"up-{n}", 30 * n, "critical"))
        assert reasons(desk.signal(tide(f"down-{n}", 30 * n + 10, "normal", eases=True))) == []
    changes = desk.signal(tide("up-again", 80, "critical"))
    assert "worsened" not in reasons(changes)
    assert "opened" not in reasons(changes)


def test_a_condition_ends_after_it_eased() -> None:
    desk = Desk()
    desk.signal(tide("1", 0, "critical"))
    desk.signal(tide("2", 10, "normal", eases=True))
    changes = desk.signal(tide("3", 20, "low", clears=True))
    assert changes.incidents[0].status == "resolved"
    assert reasons(changes) == ["resolved"]


def test_easing_opens_nothing_and_reopens_nothing() -> None:
    desk = Desk()
    alone = desk.signal(tide("0", 0, "normal", eases=True))
    assert (alone.incidents, alone.alerts) == ([], [])
    desk.signal(tide("1", 1, "critical"))
    desk.signal(tide("2", 10, "low", clears=True))
    changes = desk.signal(tide("3", 11, "normal", eases=True))
    assert (changes.incidents, changes.alerts) == ([], [])
    assert [each.outcome for each in changes.decisions] == ["nothing_to_ease"]


def test_easing_that_is_older_than_what_is_known_changes_nothing() -> None:
    desk = Desk()
    desk.signal(tide("1", 10, "critical"))
    assert desk.signal(tide("2", 5, "normal", eases=True), minutes=11).incidents == []
