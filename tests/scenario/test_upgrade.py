"""Old and new side by side: what released ones wrote is read, their state goes on, no field went away.

Releases leave samples behind (`tests/scenario/samples.py`). What an old release does with new records cannot be run
here without it; what its readers promise is checked in its place: a field that they do not know is no error.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc import records
from ioc.incidents import IncidentBook
from ioc.records import Alert, Decision, Feedback, Health, Incident, Receipt, Signal, Silence, decode, encode
from ioc.topics import (
    ALERT_PREFIX,
    DECISIONS,
    FEEDBACK,
    HEALTH,
    INCIDENTS,
    INCIDENTS_AGENT,
    RECEIPTS,
    SIGNALS,
    SILENCES,
)
from tests.scenario.clockwork import Clockwork
from tests.scenario.samples import FOLDER, Samples, read

OF_TOPIC: dict[str, type] = {
    SIGNALS: Signal, HEALTH: Health, INCIDENTS: Incident, FEEDBACK: Feedback, RECEIPTS: Receipt, DECISIONS: Decision,
    SILENCES: Silence,
}  # fmt: skip
OVER = {"closed", "rejected", "duplicate"}


@pytest.fixture(scope="module", params=sorted(path.name for path in FOLDER.glob("*.json.gz")))
def samples(request: pytest.FixtureRequest) -> Samples:
    return read(FOLDER / request.param)


def kind_of(topic: str) -> type:
    return Alert if topic.startswith(ALERT_PREFIX) else OF_TOPIC[topic]


def test_there_are_samples_of_every_output(samples: Samples) -> None:
    kinds = {kind_of(topic) for topic in samples.records}
    assert kinds >= {Signal, Health, Incident, Alert, Feedback, Receipt, Decision}
    assert len(samples.records[INCIDENTS]) > 20


def test_records_of_then_are_read_now_and_no_field_went_away(samples: Samples) -> None:
    for topic, values in samples.records.items():
        cls: Any = kind_of(topic)
        for value in values:
            again = json.loads(encode(decode(cls, value)))
            assert covers(again, json.loads(value)), (topic, value)


def covers(new: Any, old: Any) -> bool:
    """Whether everything that the old record says is in the new one, under the same name."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and covers(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(new) == len(old) and all(map(covers, new, old))
    return bool(new == old)


def test_a_field_that_is_not_known_is_no_error(samples: Samples) -> None:
    for topic, values in samples.records.items():
        cls: Any = kind_of(topic)
        fresh = {**json.loads(values[0]), "of_a_later_release": {"more": [1, 2]}}
        assert decode(cls, json.dumps(fresh).encode()) == decode(cls, values[0])


@pytest.fixture
def resumed(samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    """Agents of this release that begin with the state that the old one left in its changelogs."""
    devices = tmp_path / "devices.csv"
    devices.write_text(samples.devices, encoding="utf-8")
    return Clockwork(monkeypatch, samples.until, tmp_path, devices, samples.states)


def book_of(clockwork: Clockwork) -> IncidentBook:
    agent: Any = clockwork._agents[INCIDENTS_AGENT]
    book: IncidentBook = agent._owned[0].book
    return book


def test_agents_go_on_with_the_state_of_then(samples: Samples, resumed: Clockwork) -> None:
    book = book_of(resumed)
    for name, incident in samples.incidents.items():
        found = book.get(name)
        if incident["status"] in OVER:
            continue
        assert found is not None, name
        assert (found.status, found.severity, found.version) == (
            incident["status"], incident["severity"], incident["version"],
        )  # fmt: skip
    # What is kept is what was kept: nothing is written anew, nothing is lost.
    assert len(resumed.kept[INCIDENTS_AGENT]) == len(samples.states[INCIDENTS_AGENT])


def test_time_goes_on_where_it_stopped(samples: Samples, resumed: Clockwork) -> None:
    """Deadlines that the old release set are kept by this one, and nothing is told a second time."""
    opened = {each["incident_id"] for each in samples.incidents.values()}
    for _ in range(36):
        resumed.now += timedelta(minutes=10)
        resumed.tick()
    told = [alert for _, alert in resumed.written.alerts]
    again = [each for each in told if each["reason"] == "opened" and each["incident_id"] in opened]
    assert again == []
    assert any(each["reason"] in {"escalated", "sla_breached"} for each in told)
    for each in resumed.written.incidents.values():
        assert decode(Incident, json.dumps(each).encode()).version > 0


def test_every_record_that_others_read_is_sampled_here() -> None:
    known = {cls for cls in records._ADAPTERS if cls is not records.Command}
    assert known == {*OF_TOPIC.values(), Alert}
