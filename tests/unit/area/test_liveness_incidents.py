"""What becomes of silence as an incident: one opening and one end, whatever the source of the device."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.vocabulary import Source
from tests.unit.area.liveness_support import NOON, Owner, all_but, device
from tests.unit.incidents.support import new_book


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
