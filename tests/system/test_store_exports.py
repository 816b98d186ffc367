"""What exports and Open311 read of the store, the same from either database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import exports, queries, requests
from connectors.store.database import open_reader
from connectors.store.exports import AlarmFilter
from connectors.store.queries import Box, IncidentFilter, Position
from connectors.store.requests import RequestFilter
from ioc import topics
from ioc.events.units import METRICS
from tests.system.stored import START, Tape, alert, at, evidence, feedback, incident, signal
from tests.system.test_store_writer import new_database, opened, play, reading

COUNT = 12


def name(number: int) -> str:
    return incident(number).incident_id


MADE = "Cây đổ (mô phỏng)"


def fill(tape: Tape) -> None:
    """Twelve reports in incidents of their own, the last two of a crime; two incidents of base stations."""
    for number in range(COUNT):
        crime = number >= COUNT - 2
        kind = {"category": "security", "subcategory": "theft"} if crime else {}
        lat = {"lat": None, "lon": None} if number == 0 else {"lat": 20.9 + number / 100, "lon": 107.0}
        title = {"title": MADE} if number == 5 else {}
        tape.add(topics.SIGNALS, "qn", signal(number, **kind, **lat, **title))
        over = "resolved" if number % 3 == 0 else "routed"
        tape.add(topics.FEEDBACK, f"r-{number}", feedback(number, number))
        told = feedback(number, 100 + number // 2, status=over, incident_id=name(number))
        tape.add(topics.FEEDBACK, f"r-{number}", told)
        state = incident(
            number, updated_at=at(200 + number // 2), evidence=[evidence(number)], status=over,
            **(kind or {"category": "environment", "subcategory": "waste"}),
        )  # fmt: skip
        tape.add(topics.INCIDENTS, name(number), state)
        tape.add(topics.alert_topic("ha-long"), name(number), alert(number))
    tape.add(topics.FEEDBACK, "r-1", feedback(1, 1, source="other"))  # the same id of another source
    for number, severity in ((50, "critical"), (51, "low")):
        parts = [evidence(1000 + 10 * number + each, source="bts") for each in range(2)]
        for part, site in zip(parts, ("site-b", "site-a"), strict=True):
            more: dict[str, Any] = {"source": "bts", "event_id": part.event_id, "device": site}
            tape.add(topics.SIGNALS, "qn", signal(int(part.signal_id[2:]), **more))
        state = incident(
            number, category="telecom", subcategory="bts", severity=severity, evidence=parts,
            updated_at=at(300 + number), opened_at=at(number), centre="cam-pha",
            status="routed" if number == 50 else "closed",
        )  # fmt: skip
        tape.add(topics.INCIDENTS, name(number), state)
    for minute, value in ((0, 10.0), (30, 20.0), (70, 5.0)):
        when = START + timedelta(minutes=minute)
        for device in ("station-1", "station-2"):
            tape.add(topics.RAW["sensors"], device, reading(value, when, device), int(when.timestamp() * 1000))
    when = START + timedelta(minutes=5)
    made = reading(99.0, when, "station-3", synthetic=True)
    tape.add(topics.RAW["sensors"], "station-3", made, int(when.timestamp() * 1000))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database that is filled once for all who only read it."""
    url, engine = opened(new_database(request, tmp_path_factory))
    tape = Tape()
    fill(tape)
    play(engine, tape)
    engine.dispose()
    reader = open_reader(url)
    yield reader
    reader.dispose()


@pytest.fixture
def connection(filled: Engine) -> Iterator[Connection]:
    with filled.connect() as connection, connection.begin():
        yield connection


def reports(connection: Connection, **wanted: Any) -> list[str]:
    return [f"{row['source']}/{row['report_id']}" for row in
            requests.find_requests(connection, RequestFilter(**wanted), limit=100)]  # fmt: skip


def test_incidents_come_by_their_change_and_none_twice(connection: Connection) -> None:
    seen: list[str] = []
    after: Position | None = None
    while rows := queries.incidents_since(connection, IncidentFilter(), after=after, limit=3):
        seen += [row["incident_id"] for row in rows]
        after = Position(rows[-1]["updated_at"], rows[-1]["incident_id"])
    assert seen == [name(number) for number in (*range(COUNT), 50, 51)]
    late = queries.incidents_since(connection, IncidentFilter(since=at(205), visible={"ha-long"}))
    assert [row["incident_id"] for row in late] == [name(10), name(11)]
    assert exports.newest_incident(connection).name == name(51)


def test_reports_are_found_the_latest_first_with_what_is_known_of_them(connection: Connection) -> None:
    rows = requests.find_requests(connection, RequestFilter(), limit=3)
    assert [row["report_id"] for row in rows] == ["r-11", "r-10", "r-9"]
    nine = rows[2]
    assert (nine["category"], nine["subcategory"], nine["status"], nine["text"], nine["commune"]) == (
        "environment", "waste", "resolved", "Cây phượng đổ trước cổng chợ", "06673",
    )  # fmt: skip
    assert nine["first_at"] == at(9)
    paged = requests.find_requests(connection, RequestFilter(), offset=2, limit=2)
    assert [row["report_id"] for row in paged] == ["r-9", "r-8"]


def test_reports_are_filtered(connection: Connection) -> None:
    assert reports(connection, names=[("app", "r-1"), ("app", "r-2"), ("x", "r-3")]) == ["app/r-2", "app/r-1"]
    assert set(reports(connection, reports=["r-1"])) == {"app/r-1", "other/r-1"}
    assert reports(connection, categories={"security"}) == ["app/r-11", "app/r-10"]
    assert reports(connection, start=at(3), end=at(5)) == ["app/r-5", "app/r-4", "app/r-3"]
    assert reports(connection, updated_after=at(105)) == ["app/r-11", "app/r-10"]
    assert reports(connection, updated_before=at(1)) == ["other/r-1"]
    assert reports(connection, closed=True) == ["app/r-9", "app/r-6", "app/r-3", "app/r-0"]
    assert len(reports(connection, closed=False)) == COUNT - 4 + 1
    assert reports(connection, box=Box(106.9, 20.925, 107.1, 20.945)) == ["app/r-4", "app/r-3"]


def test_what_a_simulator_made_is_left_out_where_that_is_asked(connection: Connection) -> None:
    assert set(reports(connection)) - set(reports(connection, real=True)) == {"app/r-5", "other/r-1"}


def test_what_is_hidden_is_its_publishers_alone(connection: Connection) -> None:
    hidden = [("security", ""), ("environment", "noise")]
    public = reports(connection, hidden=hidden)
    assert "app/r-11" not in public
    assert "other/r-1" not in public  # nobody knows what it is about
    assert "app/r-9" in public
    assert reports(connection, hidden=[("environment", "waste")], categories={"environment"}) == []
    assert "app/r-11" in reports(connection, hidden=hidden, own="app")
    assert "app/r-11" not in reports(connection, hidden=hidden, own="a")


def test_reports_come_by_their_change_and_none_twice(connection: Connection) -> None:
    seen: list[str] = []
    after = None
    while rows := requests.requests_since(connection, RequestFilter(), after=after, limit=5):
        seen += [f"{row['source']}/{row['report_id']}" for row in rows]
        after = rows[-1]["updated_at"], rows[-1]["source"], rows[-1]["report_id"]
    assert seen[0] == "other/r-1"
    assert len(seen) == len(set(seen)) == COUNT + 1


def test_reports_of_a_time_come_as_they_came(connection: Connection) -> None:
    rows = list(requests.reports_between(connection, at(2), at(6)))
    assert [(row["report_id"], row["centre"]) for row in rows] == [(f"r-{n}", "ha-long") for n in (2, 3, 4, 6)]


def test_answers_of_many_reports_stand_together(connection: Connection) -> None:
    names = [("app", f"r-{number}") for number in range(COUNT)] * 30
    rows = list(requests.answers_of(connection, names[:COUNT]))
    assert len(rows) == 2 * COUNT
    assert [row["status"] for row in rows if row["report_id"] == "r-3"] == ["received", "resolved"]


def test_alerts_come_in_order(connection: Connection) -> None:
    rows = exports.alerts_since(connection, limit=5)
    more = exports.alerts_since(connection, after=(rows[-1]["at"], rows[-1]["alert_id"]), limit=100)
    assert [row["at"] for row in (*rows, *more)] == [at(number) for number in range(COUNT)]
    assert [row["at"] for row in exports.alerts_since(connection, since=at(10))] == [at(10), at(11)]
    one = exports.alert(connection, rows[0]["alert_id"])
    assert one is not None
    assert one["incident_id"] == name(0)
    assert exports.newest_of(connection, "alerts") == at(11)


def test_hours_of_the_air_are_those_of_real_stations(connection: Connection) -> None:
    unit = METRICS["pm2_5"].unit
    rows = exports.air_hours(connection, ["pm2_5", "no2"], unit, limit=3)
    assert [(row["device_id"], row["hour"], row["mean"], row["count"]) for row in rows] == [
        ("station-1", START, 15.0, 2), ("station-2", START, 15.0, 2), ("station-1", at(60), 5.0, 1),
    ]  # fmt: skip
    after = rows[-1]["hour"], rows[-1]["device_id"], rows[-1]["metric"]
    assert [row["device_id"] for row in exports.air_hours(connection, ["pm2_5"], unit, after=after)] == ["station-2"]
    first = exports.air_hours(connection, ["pm2_5"], unit, begin=START, end=at(60))
    assert {row["hour"] for row in first} == {START}
    assert exports.air_hours(connection, ["pm2_5"], "mg/m3") == []


def test_alarms_are_what_base_stations_have_a_part_in(connection: Connection) -> None:
    def ids(**wanted: Any) -> list[str]:
        return [row["incident_id"] for row in exports.find_alarms(connection, AlarmFilter(**wanted))]

    assert ids() == [name(51), name(50)]
    assert exports.count_alarms(connection, AlarmFilter()) == 2
    assert ids(cleared=True) == [name(51)]
    assert ids(severities=["critical"]) == [name(50)]
    assert ids(name=name(50)) == [name(50)]
    assert ids(name=name(1)) == []
    assert ids(visible=["ha-long"]) == []
    assert ids(changed_since=at(351)) == [name(51)]
    assert ids(raised_since=at(51)) == [name(51)]
    paged = exports.find_alarms(connection, AlarmFilter(), offset=1, limit=5)
    assert [row["incident_id"] for row in paged] == [name(50)]
    assert exports.sites_of(connection, [name(50), name(1)]) == {name(50): ["site-a", "site-b"]}
    assert exports.sites_of(connection, [name(50)], most=1) == {name(50): ["site-a"]}
