"""A typhoon without Kafka: few alerts, every critical report at once, every lost station in one incident."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.area.places import Places
from ioc.records import Alert, Signal
from tests.unit.area.storm import BEGIN, HOUR, Owner, Storm, at, catalogue, run, served, typhoon

MOST = 60
"""Alerts of the first hour, all centres together, beside those of critical reports."""


def owner_of(storm: Storm) -> Owner:
    names = {code: commune.name for code, commune in catalogue().communes.items()}
    centres = {code: centre.name for code, centre in catalogue().centres.items()}
    return Owner(Places(names, centres, served(storm.sites.values())))


def urgent(owner: Owner, critical: Iterable[Signal]) -> set[str]:
    """Incidents that critical reports belong to."""
    found = {owner.book._memory.incident_of(signal.signal_id) for signal in critical}
    return {each for each in found if each is not None}


def counted(owner: Owner, storm: Storm) -> list[Alert]:
    spared = urgent(owner, storm.critical)
    return [alert for alert in owner.alerts if alert.incident_id not in spared and alert.at < BEGIN + HOUR]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_typhoon_gives_few_alerts_and_hides_no_critical_report(seed: int) -> None:
    storm, heard = typhoon(seed), {}
    owner = owner_of(storm)
    critical = {signal.signal_id for signal in storm.critical}
    assert len(storm.lost) > 1200
    assert len(critical) == 20

    def after(signal: Signal, _: object) -> None:
        if signal.signal_id in critical:
            heard[signal.signal_id] = owner.changes[-1].alerts

    run(owner, storm.signals, BEGIN + HOUR, after)
    assert len(counted(owner, storm)) <= MOST
    for signal in storm.critical:
        name = owner.book._memory.incident_of(signal.signal_id)
        alerts = [alert for alert in heard[signal.signal_id] if alert.incident_id == name]
        assert [alert.reason for alert in alerts] in (["opened"], ["worsened"], ["updated"], []), signal.signal_id
        told = [alert for alert in owner.alerts if alert.incident_id == name and alert.severity == "critical"]
        assert told, "the incident was told of as critical"
        assert min(alert.at for alert in told) <= signal.at + timedelta(seconds=1)


@pytest.mark.parametrize("seed", range(1, 11))
def test_eighty_critical_gauges_in_the_same_hour_stay_within_the_bar(seed: int) -> None:
    """Half of them begin so, the others worsen; each has its alert, or a decision and an incident that lists it."""
    storm = typhoon(seed, sensors=20, gauges=80)  # as many stations as ever
    owner = owner_of(storm)
    run(owner, storm.signals, BEGIN + HOUR)
    assert len(storm.gauges) == 80
    assert len(counted(owner, storm)) <= MOST, Counter(f"{each.subcategory} {each.reason}" for each in owner.alerts)
    told = {alert.incident_id for alert in owner.alerts if alert.severity == "critical"}
    held = {
        decision.incident_id for changes in owner.changes for decision in changes.decisions
        if decision.rule_id == "inhibit-gauges"
    }  # fmt: skip
    for signal in storm.gauges:
        name = owner.book._memory.incident_of(signal.signal_id)
        assert name is not None
        assert owner.incidents[name].severity == "critical"
        if name not in told:
            parent = owner.incidents[owner.incidents[name].parent or ""]
            assert name in held
            assert (parent.subcategory, parent.severity, parent.centre) == ("gauges", "critical", signal.centre)
            assert parent.incident_id in told
    for signal in storm.critical:
        told_at = [alert.at for alert in owner.alerts
                   if alert.incident_id == owner.book._memory.incident_of(signal.signal_id)]  # fmt: skip
        assert min(told_at) <= signal.at + timedelta(seconds=1)


def test_every_lost_station_and_report_is_in_one_incident_and_listed_once() -> None:
    storm = typhoon(4)
    owner = owner_of(storm)
    run(owner, storm.signals, at(66))  # what outages say is brought up to date
    owners: dict[str, set[str]] = {}
    for key in dict(owner.state.items()):
        if key.startswith(b"member/"):
            _, incident, signal = key.decode().split("/", 2)
            owners.setdefault(signal, set()).add(incident)
    assert {len(owners[signal.signal_id]) for signal in storm.signals} == {1}
    gathering = {name for name, incident in owner.incidents.items() if incident.text}
    listed = Counter()
    for name, incident in owner.incidents.items():
        assert incident.parent is None or incident.parent in gathering
        if incident.parent is not None:
            listed[incident.parent] += 1
            assert not incident.text, "what gathers others is listed under nothing"
        if name in gathering:
            assert incident.children_count >= 1
    assert listed == Counter({name: owner.incidents[name].children_count for name in gathering})
    said = {signal.device: signal for signal in owner.said if signal.device and signal.device.startswith("outage:")}
    sites = Counter(site["site_id"] for signal in said.values() for site in signal.evidence["sites"])
    assert max(sites.values()) == 1, "a station is evidence of one outage"
    single = set(storm.lost) - set(sites)
    assert len(single) <= 10, "nearly all are part of an outage"


def test_a_fibre_cut_within_the_power_cut_is_told_apart() -> None:
    storm = typhoon(5)
    owner = owner_of(storm)
    run(owner, storm.signals, at(66))
    last = {signal.device: signal for signal in owner.said if signal.kind == "outage"}
    cuts = [signal for signal in last.values() if signal.evidence["cause"] == "fibre"]
    cut = {site["site_id"] for signal in cuts for site in signal.evidence["sites"]}
    found = len(cut & set(storm.cut))
    assert found >= 0.9 * len(storm.cut)
    assert found >= 0.8 * len(cut)
    power = [signal for signal in last.values() if signal.evidence["cause"] == "power"]
    assert {signal.centre for signal in power} == set(catalogue().centres)


def test_decisions_say_why_an_alert_was_held_back() -> None:
    storm = typhoon(6)
    owner = owner_of(storm)
    run(owner, storm.signals, BEGIN + HOUR)
    told = {alert.incident_id for alert in owner.alerts if alert.reason == "opened"}
    held = {
        decision.incident_id
        for changes in owner.changes
        for decision in changes.decisions
        if decision.kind == "inhibit" and decision.inputs["reason"] == "opened"
    }
    assert told | held == set(owner.incidents)
    assert len(held) > 900
    rules = {each.rule_id for changes in owner.changes for each in changes.decisions if each.kind == "inhibit"}
    assert rules == {"inhibit-outage", "inhibit-surge"}


def test_after_a_restart_in_the_middle_everything_goes_on_alike() -> None:
    storm = typhoon(7, lost=300, reports=120, sensors=30)
    whole, broken = owner_of(storm), owner_of(storm)
    half = len(storm.signals) // 2
    for signal in storm.signals[:half]:
        whole.signal(signal, signal.at)
        broken.signal(signal, signal.at)
    for number, signal in enumerate(storm.signals[half:]):
        if number % 50 == 0:
            broken.restart()
        for owner in (whole, broken):
            owner.tick(signal.at)
            owner.signal(signal, signal.at)
    assert broken.alerts == whole.alerts
    assert dict(broken.state.items()) == dict(whole.state.items())


def test_what_comes_again_changes_nothing() -> None:
    storm = typhoon(8, lost=200, reports=60, sensors=20)
    owner = owner_of(storm)
    run(owner, storm.signals, BEGIN + HOUR)
    before, state = len(owner.alerts), dict(owner.state.items())
    for signal in storm.signals:
        owner.signal(signal, at(60))
    assert len(owner.alerts) == before
    assert dict(owner.state.items()) == state


def test_restoration_ends_outages_and_late_losses_do_not_alarm() -> None:
    storm = typhoon(9, lost=400, reports=0, sensors=0, critical=0)
    owner = owner_of(storm)
    run(owner, storm.signals, BEGIN + HOUR)
    for number, name in enumerate(sorted(storm.lost)):
        when = at(90 + number * 0.05)
        owner.signal(storm.sites[name].back(when), when)
    outages = [incident for incident in owner.incidents.values() if incident.text and incident.category == "telecom"]
    assert outages
    assert {incident.status for incident in outages} == {"resolved"}
    assert all(incident.title.startswith("Đã có sóng trở lại") for incident in outages)
    ends = [alert for alert in owner.alerts if alert.reason == "resolved" and alert.category == "telecom"]
    assert {alert.incident_id for alert in outages_alerts(ends, outages)} == {each.incident_id for each in outages}
    before = len(owner.alerts)
    late = sorted(set(storm.sites) - set(storm.lost))[:50]
    for number, name in enumerate(sorted(storm.lost)[:200]):
        owner.signal(storm.sites[name].lost(at(30 + number * 0.1), name="again"), at(120))
    for number, name in enumerate(sorted(storm.lost)[:200]):  # another alarm of stations that are back, hours later
        alarm = storm.sites[name].lost(at(30 + number * 0.1), name="battery")
        alarm.kind += ":battery"
        owner.signal(_accepted(alarm, 121), at(121))
        owner.signal(_accepted(replace(alarm, signal_id=f"{alarm.signal_id}-", at=at(89), clears=True), 121), at(121))
    for name in late:
        owner.signal(_accepted(storm.sites[name].lost(at(40)), 121), at(121))
    for name in late:
        owner.signal(_accepted(storm.sites[name].back(at(95)), 122), at(122))
    assert [alert.title for alert in owner.alerts[before:]] == []
    open_now = [incident for incident in owner.incidents.values() if incident.status == "routed"]
    assert not open_now, "what came late is over too"


def outages_alerts(alerts: list[Alert], outages: list[object]) -> list[Alert]:
    names = {each.incident_id for each in outages}  # type: ignore[attr-defined]
    return [alert for alert in alerts if alert.incident_id in names]


def _accepted(signal: Signal, minutes: float) -> Signal:
    signal.accepted_at = at(minutes)
    return signal
