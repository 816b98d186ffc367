"""The storm's bars, on a simulated clock: few alerts, nobody in danger missed, every lost site in one incident."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.scenario.clockwork import Written, between, instant
from tests.scenario.conftest import Play, Played

# A minute of CPU in one go, of which a busy machine makes several.
pytestmark = pytest.mark.timeout(600)

MOST_IN_THE_FIRST_HOUR = 60
TICK = timedelta(seconds=10)
"""Of the clock; what is decided at once has the time of the tick that its event came in."""


@pytest.fixture(scope="module")
def storm(play: Play, long_run: bool) -> Played:
    """A tenth of the province; in the long run all of it."""
    return play("storm-yagi", scale=1.0 if long_run else 0.1, hours=19)


def root_of(written: Written, incident: str) -> str:
    """The incident that speaks for one: its parent, if it has one."""
    return written.incidents[incident]["parent"] or incident


def critical_incidents(storm: Played) -> set[str]:
    planted = {each["id"] for each in storm.truth["critical_reports"]}
    return {
        storm.written.incident_of[signal["signal_id"]]
        for _, signal in storm.written.signals
        if signal["event_id"] in planted
    }


def shown(alerts: list[dict[str, Any]]) -> Counter[str]:
    return Counter(f"{'+'.join(alert['sources'])} {alert['category']} {alert['reason']}" for alert in alerts)


def test_the_first_hour_has_few_alerts(storm: Played) -> None:
    """All centres together, but for the incidents of people in danger."""
    first, end = map(instant, storm.truth["first_hour"])
    spared = critical_incidents(storm)
    alerts = [alert for alert in between(storm.written.alerts, first, end) if alert["incident_id"] not in spared]
    assert len(alerts) <= MOST_IN_THE_FIRST_HOUR, shown(alerts)


def test_everybody_in_danger_alerts_at_once(storm: Played) -> None:
    written = storm.written
    signals = {signal["event_id"]: (at, signal) for at, signal in written.signals if signal["source"] == "reports"}
    critical = storm.truth["critical_reports"]
    assert len(critical) == 20
    for report in critical:
        at, signal = signals[report["id"]]
        assert signal["severity"] == "critical"
        assert at - instant(report["at"]) <= TICK
        incident = written.incident_of[signal["signal_id"]]
        told = [
            moment
            for moment, alert in written.alerts
            if alert["incident_id"] == incident and alert["severity"] == "critical"
        ]
        assert min(told) == at, report


def test_every_lost_site_is_in_exactly_one_incident(storm: Played) -> None:
    written = storm.written
    of_site: dict[str, set[str]] = {each["site"]: set() for each in storm.truth["lost_sites"]}
    for _, signal in written.signals:
        losses = of_site.get(signal["device"])
        if losses is not None and not signal["clears"] and is_loss(signal):
            losses.add(root_of(written, written.incident_of[signal["signal_id"]]))
    wrong = Counter(len(incidents) for incidents in of_site.values())
    assert wrong == {1: len(of_site)}, f"sites by number of incidents: {dict(wrong)}"


def is_loss(signal: dict[str, Any]) -> bool:
    """Whether a signal says that a site is lost, however it was found out."""
    return bool(signal["subcategory"] in {"no_signal", "device_fault"})


def test_late_data_re_alarms_nothing(storm: Played) -> None:
    """What a site had kept opens nothing; a gauge that had no link may be the first to tell of rain, and only once."""
    late, written = storm.truth["late_prefix"], storm.written
    assert storm.truth["late_samples"] > 300
    opens = {incident["evidence"][0]["signal_id"] for incident in written.incidents.values() if incident["evidence"]}
    told: set[tuple[str, str]] = set()
    again = []
    for _, signal in written.signals:
        condition = signal["device"], signal["kind"]
        opened_late = signal["event_id"].startswith(late) and signal["signal_id"] in opens
        if opened_late and (signal["source"] == "bts" or condition in told):
            again.append(signal["title"])
        told.add(condition)
    assert not again, Counter(title.split(":")[0] for title in again)


def test_what_is_made_says_so(storm: Played) -> None:
    assert all(alert["title"].endswith("(mô phỏng)") for _, alert in storm.written.alerts), {
        alert["title"] for _, alert in storm.written.alerts if not alert["title"].endswith("(mô phỏng)")
    }
