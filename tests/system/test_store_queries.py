"""What is read of the store, the same from either database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from connectors.store import queries
from connectors.store.database import GEOMETRY, fact, open_reader
from connectors.store.queries import Box, IncidentFilter, Position
from ioc import topics
from tests.system.stored import (
    START,
    Tape,
    alert,
    at,
    decision,
    evidence,
    feedback,
    health,
    incident,
    receipt,
    signal,
    step,
)
from tests.system.test_store_writer import new_database, opened, play, reading

COUNT = 40
CENTRES = ("ha-long", "cam-pha", "province")
STATUSES = ("routed", "accepted", "closed", "resolved")


def name(number: int) -> str:
    return incident(number).incident_id


def state(number: int) -> Any:
    """Forty incidents that differ in everything that can be asked for; pairs of them changed at one instant."""
    titles = ("Cây đổ chắn ngang đường", "Ngập nước sâu tại Bãi Cháy", "Đèn đường hỏng", "Ổ gà lớn")
    return incident(
        number,
        updated_at=at(1000 + number // 2),
        opened_at=at(number),
        centre=CENTRES[number % 3],
        centre_also="mong-cai" if number % 10 == 0 else None,
        status=STATUSES[number % 4],
        category=("traffic", "environment")[number % 2],
        subcategory=("jam", "noise")[number % 2],
        severity=("critical", "high", "normal", "low")[number // 10],
        unit=f"unit-{number % 5}",
        commune=f"0667{number % 4}",
        overdue=number % 8 == 0,
        lat=None if number == 3 else 20.9 + number / 100,
        lon=None if number == 3 else 107.0 + number / 100,
        title=titles[number % 4],
        parent=name(1) if number in {5, 6} else None,
        evidence=[evidence(number), evidence(100 + number)],
        evidence_count=2,
        history=[step(0, "open"), step(0, "comment"), step(2, "accept", **{"from": "routed", "to": "accepted"})],
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database that is filled once for all who only read it."""
    url, engine = opened(new_database(request, tmp_path_factory))
    tape = Tape()
    for number in range(COUNT):
        tape.add(topics.SIGNALS, "qn", signal(number, title="Kẹt xe", text=f"Xe tải số {number} tắc ở chợ"))
        tape.add(topics.INCIDENTS, name(number), state(number))
        tape.add(topics.alert_topic("ha-long"), name(number), alert(number, centre=CENTRES[number % 3]))
        tape.add(topics.DECISIONS, name(number), decision(number))
        tape.add(topics.RECEIPTS, "r", receipt(number))
    tape.add(topics.alert_topic("ha-long"), name(1), alert(1, alert_id="second", at=at(50)))
    tape.add(topics.DECISIONS, name(1), decision(99, incident_id=None, event_id="r-1", at=at(0)))
    tape.add(topics.FEEDBACK, "r-1", feedback(1, 1))
    tape.add(topics.FEEDBACK, "r-1", feedback(1, 2, status="routed", incident_id=name(1)))
    tape.add(topics.HEALTH, "qn", health(7, [10, 9, 1, 10, 8, 7]))
    tape.add(topics.HEALTH, "qn", health(7, [1, 1, 1, 1, 1, 1]))
    for minute, value in ((0, 10.0), (30, 20.0), (70, 5.0)):
        when = START + timedelta(minutes=minute)
        tape.add(topics.RAW["sensors"], "station-1", reading(value, when), int(when.timestamp() * 1000))
    play(engine, tape)
    engine.dispose()
    reader = open_reader(url)
    yield reader
    reader.dispose()


@pytest.fixture
def connection(filled: Engine) -> Iterator[Connection]:
    with filled.connect() as connection, connection.begin():
        yield connection


def found(connection: Connection, limit: int = 100, **wanted: Any) -> list[int]:
    page = queries.find_incidents(connection, IncidentFilter(**wanted), limit=limit)
    return [int(row["incident_id"][-6:]) for row in page.rows]


def newest_first(numbers: Any) -> list[int]:
    return sorted(numbers, key=lambda number: (number // 2, number), reverse=True)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, lambda n: True),
        ({"centres": {"ha-long", "province"}}, lambda n: n % 3 != 1),
        ({"visible": {"mong-cai"}}, lambda n: n % 10 == 0),
        ({"visible": {"cam-pha", "mong-cai"}}, lambda n: n % 3 == 1 or n % 10 == 0),
        ({"visible": set()}, lambda n: False),
        ({"statuses": {"closed"}}, lambda n: n % 4 == 2),
        ({"categories": {"traffic"}, "severities": {"high"}}, lambda n: n % 2 == 0 and n // 10 == 1),
        ({"subcategories": {"noise"}}, lambda n: n % 2 == 1),
        ({"units": {"unit-3"}}, lambda n: n % 5 == 3),
        ({"communes": {"06671", "06672"}}, lambda n: n % 4 in {1, 2}),
        ({"overdue": True}, lambda n: n % 8 == 0),
        ({"overdue": False}, lambda n: n % 8 != 0),
        ({"parent": name(1)}, lambda n: n in {5, 6}),
        ({"box": Box(107.095, 20.995, 107.205, 21.105)}, lambda n: 10 <= n <= 20),
        ({"since": at(1010)}, lambda n: n >= 20),
        ({"opened_from": at(5), "opened_before": at(9)}, lambda n: 5 <= n < 9),
        ({"text": "cây ĐỔ"}, lambda n: n % 4 == 0),
        ({"text": "cay do"}, lambda n: n % 4 == 0),
        ({"text": "ngap bai chay"}, lambda n: n % 4 == 1),
        ({"text": "nga"}, lambda n: n % 4 in {0, 1}),
        ({"text": "gap"}, lambda n: False),
        ({"text": "xe tai so 17"}, lambda n: n == 17),
        ({"text": "tắc chợ", "statuses": {"routed"}}, lambda n: n % 4 == 0),
        ({"text": ' " * & | ! : ( '}, lambda n: True),
        ({"text": "không có gì như thế"}, lambda n: False),
    ],
)
def test_filters(connection: Connection, wanted: dict[str, Any], fits: Any) -> None:
    expected = newest_first(number for number in range(COUNT) if fits(number))
    assert found(connection, **wanted) == expected
    assert queries.count_incidents(connection, IncidentFilter(**wanted)) == [((), len(expected))]


def test_pages_join_without_a_gap_or_a_repeat(connection: Connection) -> None:
    rows: list[Any] = []
    after: Position | None = None
    pages = 0
    while True:
        page = queries.find_incidents(connection, IncidentFilter(), after=after, limit=7)
        rows += page.rows
        pages += 1
        if (after := page.after) is None:
            break
    assert pages == 6
    assert [int(row["incident_id"][-6:]) for row in rows] == newest_first(range(COUNT))
    assert queries.find_incidents(connection, IncidentFilter(), limit=COUNT).after is None


def test_a_row_has_the_whole_incident_and_its_version(connection: Connection) -> None:
    row = queries.find_incidents(connection, IncidentFilter(), limit=1).rows[0]
    document = json.loads(row["document"])
    assert (document["incident_id"], row["version"]) == (row["incident_id"], 1)
    assert document["history"][2]["from"] == "routed"
    one = queries.incident(connection, row["incident_id"])
    assert one is not None
    assert (one["document"], one["updated_at"]) == (row["document"], row["updated_at"])
    assert queries.incident(connection, "none") is None


def test_counts(connection: Connection) -> None:
    by_status = dict(queries.count_incidents(connection, IncidentFilter(), ["status"]))
    assert by_status == {(status,): 10 for status in STATUSES}
    pairs = queries.count_incidents(connection, IncidentFilter(overdue=True), ["centre", "severity"])
    assert sum(count for _, count in pairs) == 5
    with pytest.raises(ValueError, match="counted by"):
        queries.count_incidents(connection, IncidentFilter(), ["title"])


def test_the_story_of_an_incident(connection: Connection) -> None:
    parts = queries.evidence(connection, name(1))
    assert [part["signal_id"] for part in parts] == ["s-1", "s-101"]
    assert [part["title"] for part in parts] == ["Kẹt xe", None]
    assert json.loads(parts[0]["details"]) == {"channel": "app"}
    assert [each["action"] for each in queries.transitions(connection, name(1))] == ["open", "comment", "accept"]
    assert [each["alert_id"] for each in queries.alerts_of(connection, name(1))][-1] == "second"
    assert [each["decision_id"] for each in queries.decisions_of(connection, name(1))] == ["d-99", "d-1"]
    assert [each["incident_id"] for each in queries.children(connection, name(1))] == [name(5), name(6)]
    assert [each["report_id"] for each in queries.reports_of(connection, name(1))] == ["r-1"]
    assert [each["status"] for each in queries.answers(connection, "app", "r-1")] == ["received", "routed"]
    told = queries.report(connection, "app", "r-1")
    assert told is not None
    assert told["status"] == "routed"
    assert queries.report(connection, "other", "r-1") is None


def test_alerts_and_receipts_come_in_pages(connection: Connection) -> None:
    first = queries.find_alerts(connection, centres=["ha-long"], limit=5)
    last = first[-1]["at"], first[-1]["alert_id"]
    rest = queries.find_alerts(connection, centres=["ha-long"], after=last)
    assert len(first) + len(rest) == 15
    assert [each["at"] for each in [*first, *rest]] == sorted((each["at"] for each in [*first, *rest]), reverse=True)
    assert len(queries.find_alerts(connection, since=at(30))) == 11
    some = queries.find_receipts(connection, "app", since=at(10), limit=10)
    more = queries.find_receipts(connection, "app", after=(some[-1]["at"], some[-1]["receipt_id"]))
    assert [each["id"] for each in [*some, *more]] == [f"r-{number}" for number in range(10, COUNT)]
    assert queries.find_receipts(connection, "other") == []


def test_hours_and_quality(connection: Connection) -> None:
    hours = queries.telemetry_hours(connection, "station-1")
    assert [(each["hour"], each["count"], each["minimum"], each["maximum"], each["mean"]) for each in hours] == [
        (START, 2, 10.0, 20.0, 15.0), (START + timedelta(hours=1), 1, 5.0, 5.0, 5.0),
    ]  # fmt: skip
    late = queries.telemetry_hours(connection, "station-1", metrics=["pm2_5"], begin=START + timedelta(hours=1))
    assert len(late) == 1
    assert queries.telemetry_hours(connection, "station-1", end=START) == []
    (sums,) = queries.quality_sums(connection, "sensors", 7, 7)
    assert (sums["kind"], sums["received"], sums["complete"]) == ("air", 11, 8)


def test_words_that_many_have_are_found_on_another_way_to_the_same_incidents(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ("cay do", "nga", "xe tai so 17", "tắc chợ", "đ", "đ n", "xe t s 1")
    questions: list[dict[str, Any]] = [{"text": words} for words in texts]
    questions += [{"text": "tắc chợ", "centres": {"ha-long"}}, {"text": "tắc chợ", "limit": 5}]
    few = [found(connection, **wanted) for wanted in questions]
    assert all(few)
    monkeypatch.setattr(queries, "_MANY", 1)
    assert [found(connection, **wanted) for wanted in questions] == few
    # Some at a time, as many times as it takes; and not found among the newest, so that the index is asked after all.
    for look, looks in ((3, COUNT), (1, 2)):
        monkeypatch.setattr(queries, "_LOOK", look)
        monkeypatch.setattr(queries, "_LOOKS", looks)
        assert [found(connection, **wanted) for wanted in questions] == few


def test_pages_of_words_that_many_have_join_too(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_MANY", 1)
    monkeypatch.setattr(queries, "_LOOK", 4)
    rows: list[Any] = []
    after: Position | None = None
    while True:
        page = queries.find_incidents(connection, IncidentFilter(text="tắc chợ"), after=after, limit=7)
        rows += [int(row["incident_id"][-6:]) for row in page.rows]
        if (after := page.after) is None:
            break
    assert rows == newest_first(range(COUNT))


def test_what_is_asked_most_is_found_by_an_index(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    for wanted, index in (
        ({}, "incidents_page"),
        ({"text": "cay"}, "_words" if connection.dialect.name == "postgresql" else "VIRTUAL TABLE INDEX"),
    ):
        plan = _plan(connection, IncidentFilter(**wanted))
        assert index in plan, plan


def test_positions_are_found_as_the_database_can(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        pytest.skip("PostgreSQL's business")
    known = fact(connection, GEOMETRY)
    assert known is not None
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    box = IncidentFilter(box=Box(107.0, 20.9, 107.1, 21.0))
    index = "incidents_geom" if known == "postgis" else "incidents_place"
    assert known == "postgis" or known.startswith("plain indexes: ")
    assert index in _plan(connection, box, ordered=False)


def _plan(connection: Connection, wanted: IncidentFilter, *, ordered: bool = True) -> str:
    statements: list[tuple[str, Any]] = []
    explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    if ordered:
        queries.find_incidents(connection, wanted)
    else:
        queries.count_incidents(connection, wanted)
    event.remove(connection, "before_cursor_execute", note)
    plans = [connection.exec_driver_sql(explain + statement, parameters) for statement, parameters in statements]
    return "\n".join(str(row[-1]) for plan in plans for row in plan)
