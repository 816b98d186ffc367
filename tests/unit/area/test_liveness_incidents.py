"""What becomes of silence as an incident: one opening and one end, whatever the source of the device."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.vocabulary import Source
from tests.unit.area.liveness_support import NOON, Owner, all_but, device
from tests.unit.incidents.support import NOON as BOOK_NOON
from tests.unit.incidents.support import Desk, new_book


@pytest.mark.parametrize("source", ["sensors", "cameras", "gate"])
def test_a_silence_opens_one_incident_that_its_end_resolves(source: Source) -> None:
    owner = Owner([device("d-1", source=source), device("d-2", source=source)])
    owner.warm_up()
    owner.run(900, all_but("d-1"))
    owner.run(300)
    book = new_book()
    alerts = [
        alert
        for each in owner.signals
        for alert in book.apply_signal(replace(each, centre="a"), each.at, lambda _: None).alerts
    ]
    assert [(alert.reason, alert.title) for alert in alerts] == [
        ("opened", "Thiết bị im lặng: d-1"),
        ("resolved", "Thiết bị im lặng: d-1"),
    ]
    assert alerts[0].at > NOON + timedelta(minutes=4)


def test_a_collector_that_failed_lists_what_was_told_before_it_and_speaks_for_it_also_after_a_restart() -> None:
    owner = Owner([device(f"d-{number}", collector="c-1") for number in range(4)])
    owner.warm_up()
    owner.run(900, all_but("d-1"))
    owner.run(1800, lambda *_: False)
    told = [replace(each, centre="a") for each in owner.signals]
    desk = Desk()
    for each in told:
        desk.restart()
        desk.signal(each, (each.at - BOOK_NOON).total_seconds() / 60)
    states = {incident.incident_id: incident for incident in desk.all.incidents}
    (parent,) = [each for each in states.values() if each.children_count]
    (child,) = [each for each in states.values() if each.parent == parent.incident_id]
    assert (child.title, parent.title) == ("Thiết bị im lặng: d-1", "Mất toàn bộ số liệu từ nơi thu c-1")
    assert (child.status, parent.status) == ("resolved", "routed"), "explained, and listed"
    assert [(each.reason, each.incident_id) for each in desk.all.alerts] == [
        ("opened", child.incident_id), ("opened", parent.incident_id),
    ]  # fmt: skip
    held = [each for each in desk.all.decisions if each.kind == "inhibit"]
    assert [(each.rule_id, each.incident_id, each.inputs["parent"]) for each in held] == [
        ("inhibit-outage", child.incident_id, parent.incident_id)
    ]
