"""The jam is that of December 2021: about 1,400 vehicles, built up over days."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson

from tests.unit.simulator.conftest import START, Make, whole


def test_about_1400_vehicles_wait_after_days(make: Make) -> None:
    feed, province = make("border-jam")
    events = whole(feed)
    truth = feed.truth()
    peak = truth["peak"]
    assert 1_350 <= peak["waiting"] <= 1_450
    assert datetime.fromisoformat(peak["at"]) - START > timedelta(days=2)
    moments = [datetime.fromisoformat(truth[f"backlog_{level}_h_at"]) for level in (4, 12, 24)]
    assert START < moments[0] < moments[1] < moments[2] < datetime.fromisoformat(peak["at"])
    counted = [orjson.loads(event.body) for event in events if b'"queue"' in event.body]
    assert abs(max(body["vehicles_waiting"] for body in counted) - peak["waiting"]) < 10
    assert {event.key.decode() for event in events} == {province.gates[0]}
