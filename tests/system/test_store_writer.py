"""Records to rows in either database: each once, in any cut into batches, and again and again."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from connectors.store import schema
from connectors.store.database import (
    StoreError,
    check_revision,
    migrate,
    open_reader,
    open_writer,
    revision_of,
    url_of,
)
from connectors.store.positions import (
    FencedError,
    Place,
    find_places,
    forget_places,
    read_gaps,
    read_places,
)
from connectors.store.retention import delete_old
from connectors.store.states import current_states
from connectors.store.telemetry import HourReader
from connectors.store.writer import Batch, Writer, Written
from ioc import topics
from ioc.records import StateRow, encode
from ioc.settings import Settings, StoreSettings
from tests.postgres import Postgres
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
    states,
    step,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SENSORS = topics.RAW["sensors"]
READER = HourReader(lambda reading: reading.status != "02", timedelta(minutes=5), timedelta(hours=72))
COUNTED = [table for table in schema.metadata.sorted_tables if table.name not in {"facts", "gaps", "positions"}]


def opened(url: str) -> tuple[URL, Engine]:
    address = url_of(Settings.model_validate({"store": {"url": url}}))
    engine = open_writer(address)
    migrate(engine)
    return address, engine


def new_database(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    """Address of a database of its own, of the kind that a module's fixture is asked for."""
    if request.param == "sqlite":
        return f"sqlite:///{folders.mktemp('store') / 'store.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes addresses of databases that have the tables, and nothing in them."""
    numbers = itertools.count()
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("template") / "store.db"
        opened(f"sqlite:///{path}")[1].dispose()

        def copied() -> str:
            copy = path.with_name(f"{next(numbers)}.db")
            shutil.copy(path, copy)
            return f"sqlite:///{copy}"

        return copied
    server: Postgres = request.getfixturevalue("postgres")
    first = server.database()
    opened(first)[1].dispose()
    return lambda: server.database(first.rpartition("/")[2])


@pytest.fixture
def engine(copies: Callable[[], str]) -> Iterator[Engine]:
    engine = open_writer(url_of(Settings.model_validate({"store": {"url": copies()}})))
    yield engine
    engine.dispose()


def play(engine: Engine, tape: Tape, size: int = 1000, ids: dict[str, str] | None = None) -> Written:
    """Write a tape, from wherever its partitions are."""
    first = {(record.topic, record.partition): 0 for record in tape.records}
    ends = dict.fromkeys(first, 1 << 40)
    with engine.begin() as connection:
        places, _ = find_places(connection, first, ends, ids or {}, NOW)
    total = Written()
    for batch in tape.batches(size, places):
        written = Writer(engine, READER).write(batch)
        total.records += written.records
        total.rows += written.rows
    return total


def again(engine: Engine) -> None:
    with engine.begin() as connection:
        forget_places(connection)


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows but the numbers that the database gives them."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(each for each in table.c if each.name != "row")))),
                key=repr,
            )
            for table in COUNTED
        }


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table)).mappings())


def reading(value: float, when: datetime, device: str = "station-1", **more: Any) -> bytes:
    body = {"device_id": device, "metric": "pm2_5", "value": value, "unit": "µg/m3", "observed_at": when.isoformat()}
    return orjson.dumps({**body, **more})


def ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)


@pytest.fixture
def tape() -> Tape:
    """A bit of everything."""
    tape = Tape()
    for number in range(1, 31):
        tape.add(topics.SIGNALS, "qn", signal(number))
        tape.add(topics.FEEDBACK, f"r-{number}", feedback(number, number, category="environment"))
        tape.add(topics.RECEIPTS, f"r-{number}", receipt(number))
        history = [step(0, "open")]
        for version in range(1, 4):
            history.append(step(version, "acknowledge", by=f"operator-{version}"))
            state = incident(number, version, history=list(history), evidence=[evidence(number)])
            tape.add(topics.INCIDENTS, state.incident_id, state)
        tape.add(topics.alert_topic("ha-long"), state.incident_id, alert(number))
        tape.add(topics.DECISIONS, state.incident_id, decision(number))
        tape.add(topics.FEEDBACK, f"r-{number}", feedback(number, number + 100, status="routed"))
        tape.add(topics.SILENCES, f"q-{number % 3}", {"silence_id": f"q-{number % 3}", "until": number})
        tape.add(topics.AUDIT, "an.tran", {"actor": "an.tran", "at": at(number).isoformat(), "what": number})
        tape.add(topics.HEALTH, "qn", health(number % 4, [10, 9, 1, 10, 8, 7]))
        level = "good" if number < 15 else "bad"
        tape.add(topics.HEALTH, "qn", states(number, StateRow("air", f"tram-{number % 2}", "", level)))
        when = START + timedelta(minutes=10 * number)
        tape.add(SENSORS, "station-1", reading(number, when), ms(when))
    return tape


@pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")
def test_tables_are_those_of_the_schema(engine: Engine) -> None:
    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        words = name is not None and ("_text" in name or name.endswith("_words"))
        return not words and name not in {"alembic_version", "spatial_ref_sys", "geom", "incidents_geom"}

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, schema.metadata) == []
        assert revision_of(connection).current


def test_a_batch_becomes_rows(engine: Engine, tape: Tape) -> None:
    written = play(engine, tape)
    found = content(engine)
    assert {name: len(rows) for name, rows in found.items()} == {
        "incidents": 30, "incident_documents": 30, "evidence": 30, "transitions": 120, "signals": 30, "alerts": 30,
        "reports": 30, "answers": 60, "decisions": 30, "receipts": 30, "silences": 3, "audit": 30, "shift_entries": 0,
        "telemetry_hours": 6, "quality_windows": 4, "states": 2,
    }  # fmt: skip
    assert written.records[topics.INCIDENTS, "stored"] == 90
    assert sum(count for (_, outcome), count in written.records.items() if outcome != "stored") == 0


@pytest.mark.parametrize("size", [1, 7, 50])
def test_rows_are_the_same_in_any_cut_and_any_number_of_times(engine: Engine, tape: Tape, size: int) -> None:
    play(engine, tape)
    expected = content(engine)
    again(engine)
    play(engine, tape, size)
    assert content(engine) == expected


def test_the_cut_into_batches_changes_nothing(copies: Callable[[], str], tape: Tape) -> None:
    found = []
    for size in (1, 7, 1000):
        engine = open_writer(url_of(Settings.model_validate({"store": {"url": copies()}})))
        play(engine, tape, size)
        found.append(content(engine))
        engine.dispose()
    assert found[0] == found[1] == found[2]


def test_an_older_version_changes_no_incident_and_adds_its_steps(engine: Engine) -> None:
    tape = Tape()
    new = incident(1, 5, title="Mới", history=[step(5, "assign")])
    old = incident(1, 3, title="Cũ", history=[step(3, "accept")], evidence=[evidence(9)])
    for state in (new, old):
        tape.add(topics.INCIDENTS, state.incident_id, state)
    play(engine, tape, 1)
    (row,) = rows(engine, schema.incidents)
    assert (row["title"], row["version"], row["updated_at"]) == ("Mới", 5, at(5))
    assert json.loads(rows(engine, schema.incident_documents)[0]["document"])["title"] == "Mới"
    assert [each["signal_id"] for each in rows(engine, schema.evidence)] == ["s-1"]
    assert {each["action"] for each in rows(engine, schema.transitions)} == {"assign", "accept"}


def test_evidence_that_was_split_off_leaves_and_what_a_long_list_leaves_out_stays(engine: Engine) -> None:
    tape = Tape()
    both = incident(1, 1, evidence=[evidence(1), evidence(2)], evidence_count=2)
    bounded = incident(1, 2, evidence=[evidence(2)], evidence_count=2)
    split = incident(1, 3, evidence=[evidence(2)], evidence_count=1)
    tape.add(topics.INCIDENTS, both.incident_id, both)
    tape.add(topics.INCIDENTS, both.incident_id, bounded)
    play(engine, tape, 1)
    assert {each["signal_id"] for each in rows(engine, schema.evidence)} == {"s-1", "s-2"}
    tape.add(topics.INCIDENTS, both.incident_id, split)
    again(engine)
    play(engine, tape, 1)
    assert {each["signal_id"] for each in rows(engine, schema.evidence)} == {"s-2"}


def test_equal_steps_of_one_instant_are_two_and_stay_two(engine: Engine) -> None:
    tape = Tape()
    for version in (1, 2):
        state = incident(1, version, history=[step(0), step(0), step(1, "open")])
        tape.add(topics.INCIDENTS, state.incident_id, state)
    play(engine, tape, 1)
    assert len(rows(engine, schema.transitions)) == 3


def test_what_the_topic_deletes_is_deleted(engine: Engine) -> None:
    tape = Tape()
    first, second = incident(1), incident(2)
    for state in (first, second):
        tape.add(topics.INCIDENTS, state.incident_id, state)
    tape.add(topics.FEEDBACK, "r-1", feedback(1))
    tape.add(topics.FEEDBACK, "r-2", feedback(2))
    tape.add(topics.SILENCES, "q-1", {"a": 1})
    for topic, key in ((topics.INCIDENTS, first.incident_id), (topics.FEEDBACK, "r-1"), (topics.SILENCES, "q-1")):
        tape.add(topic, key, None)
    for size in (1000, 1):
        again(engine)
        play(engine, tape, size)
        assert [row["incident_id"] for row in rows(engine, schema.incidents)] == [second.incident_id]
        assert {row["incident_id"] for row in rows(engine, schema.transitions)} == {second.incident_id}
        assert [row["report_id"] for row in rows(engine, schema.reports)] == ["r-2"]
        assert [row["report_id"] for row in rows(engine, schema.answers)] == ["r-2"]
        assert rows(engine, schema.silences) == []


def test_a_report_keeps_what_only_its_first_answer_said_whatever_comes_first(engine: Engine) -> None:
    first = feedback(1, 1, category="environment", commune="Bãi Cháy")
    last = feedback(1, 9, status="resolved", incident_id="i-1")
    for answers in ((first, last), (last, first)):
        tape = Tape()
        for answer in answers:
            tape.add(topics.FEEDBACK, "r-1", answer)
        again(engine)
        play(engine, tape, 1)
        (row,) = rows(engine, schema.reports)
        found = [row[name] for name in ("status", "category", "commune", "first_at", "updated_at", "incident_id")]
        assert found == ["resolved", "environment", "Bãi Cháy", at(1), at(9), "i-1"]


def test_the_reporter_and_what_only_matching_needs_are_not_stored(engine: Engine) -> None:
    tape = Tape()
    tape.add(topics.SIGNALS, "qn", signal(1))
    play(engine, tape)
    (row,) = rows(engine, schema.signals)
    assert "pseudonym-of-somebody" not in repr(row)
    assert json.loads(row["details"]) == {"channel": "app"}


def test_what_cannot_be_read_or_stored_holds_nothing_up(engine: Engine) -> None:
    tape = Tape()
    good = incident(1)
    bad = orjson.loads(encode(incident(2)))
    nul = orjson.loads(encode(incident(3, title="có \0 ở trong")))
    tape.add(topics.INCIDENTS, "x", b"no JSON")
    tape.add(topics.INCIDENTS, "x", b"[]")
    for changes in ({"updated_at": "yesterday"}, {"version": 2**70}, {"title": None}, {"history": [1]}):
        tape.add(topics.INCIDENTS, "x", orjson.dumps({**bad, **changes}) if changes.get("version") is None else
                 json.dumps({**bad, **changes}).encode())  # fmt: skip
    tape.add(topics.INCIDENTS, "x", orjson.dumps({**bad, "evidence_count": 2**40}))
    tape.add(topics.INCIDENTS, "x", orjson.dumps(nul))
    tape.add(topics.INCIDENTS, good.incident_id, good)
    written = play(engine, tape)
    assert written.records[topics.INCIDENTS, "unreadable"] == 6
    names = {row["incident_id"] for row in rows(engine, schema.incidents)}
    refused = written.records[topics.INCIDENTS, "refused"]
    # SQLite's integers have 64 bits, PostgreSQL's column has 32.
    assert refused == (1 if engine.dialect.name == "postgresql" else 0)
    assert names >= {good.incident_id, incident(3).incident_id}
    assert len(names) == 3 - refused
    with engine.connect() as connection:
        assert read_places(connection)[topics.INCIDENTS, 0].next_offset == len(tape.records)


def test_an_hour_has_each_moment_once_and_late_readings_correct_it(engine: Engine) -> None:
    tape = Tape()
    hour = START
    for minute, value in ((0, 10.0), (10, 30.0), (10, 30.0), (20, 20.0)):
        when = hour + timedelta(minutes=minute)
        tape.add(SENSORS, "station-1", reading(value, when), ms(when + timedelta(seconds=1)))
    late = hour + timedelta(minutes=50)
    tape.add(SENSORS, "station-1", reading(60.0, late), ms(late + timedelta(hours=70)))
    too_late = hour + timedelta(minutes=55)
    tape.add(SENSORS, "station-1", reading(1000.0, too_late), ms(hour + timedelta(hours=74)))
    tape.add(SENSORS, "station-1", reading(-5.0, hour + timedelta(minutes=30), status="02"), ms(late))
    early = hour + timedelta(minutes=59)
    tape.add(SENSORS, "station-1", reading(999.0, early), ms(early - timedelta(minutes=10)))
    tape.add(SENSORS, "station-1", b"{}", ms(late))
    for size in (1000, 1, 2):
        again(engine)
        play(engine, tape, size)
        (row,) = rows(engine, schema.telemetry_hours)
        assert row["hour"] == hour
        assert (row["count"], row["minimum"], row["maximum"], row["total"], row["bad"]) == (4, 10.0, 60.0, 120.0, 1)


def test_quality_counts_each_record_once_and_a_topic_made_anew_adds_to_it(engine: Engine) -> None:
    tape = Tape()
    for _ in range(5):
        tape.add(topics.HEALTH, "qn", health(7, [10, 9, 1, 10, 8, 7]))
    for size in (1000, 1):
        again(engine)
        play(engine, tape, size, {topics.HEALTH: "first"})
    received = select(func.sum(schema.quality_windows.c.received))
    with engine.connect() as connection:
        assert connection.scalar(received) == 50
    play(engine, tape, ids={topics.HEALTH: "second"})
    with engine.connect() as connection:
        assert connection.scalar(received) == 100


def test_a_state_is_the_one_that_was_told_last_however_often_the_topic_is_read(engine: Engine) -> None:
    tape = Tape()
    for minute, state in ((0, "good"), (10, "bad"), (20, "bad")):
        row = StateRow("air", "tram-1", "", state, {"index": 40.0 + minute}, 20.95, 107.08)
        tape.add(topics.HEALTH, "qn", states(minute, row, StateRow("site", "s-1", "viettel|4G", "in_service")))
    tape.add(topics.HEALTH, "qn", states(30, StateRow("site", "s-2", "viettel|4G", "")))
    tape.add(topics.HEALTH, "qn", orjson.dumps({"source": "bts", "at": at(31).isoformat(), "states": [{"of": "site"}]}))
    for size in (1000, 1):
        again(engine)
        written = play(engine, tape, size, {topics.HEALTH: "first"})
        assert written.records[topics.HEALTH, "unreadable"] == 1
        with engine.connect() as connection:
            (air,) = current_states(connection, "air")
            (site,) = current_states(connection, "site")
        assert (air["state"], air["since"], air["told_at"], air["lat"]) == ("bad", at(10), at(20), 20.95)
        assert orjson.loads(air["figures"]) == {"index": 60.0}
        assert (site["device"], site["part"], site["since"]) == ("s-1", "viettel|4G", at(0))
    anew = Tape()
    anew.add(topics.HEALTH, "qn", states(5, StateRow("air", "tram-1", "", "moderate")))
    play(engine, anew, ids={topics.HEALTH: "second"})
    with engine.connect() as connection:
        assert [row["state"] for row in current_states(connection, "air")] == ["moderate"]


def test_two_writers_do_not_go_on_from_one_position(engine: Engine, tape: Tape) -> None:
    first = {(record.topic, 0): 0 for record in tape.records}
    with engine.begin() as connection:
        places, _ = find_places(connection, first, dict.fromkeys(first, 1 << 40), {}, NOW)
    batch = tape.batches(100, places)[0]
    Writer(engine, READER).write(batch)
    before = content(engine)
    with pytest.raises(FencedError):
        Writer(engine, READER).write(batch)
    assert content(engine) == before


def test_rows_and_positions_are_written_together_or_not_at_all(
    engine: Engine, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {(record.topic, 0): 0 for record in tape.records}
    with engine.begin() as connection:
        places, _ = find_places(connection, first, dict.fromkeys(first, 1 << 40), {}, NOW)
    before = content(engine)

    def fails(*_: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr("connectors.store.writer.store_hours", fails)
    with pytest.raises(RuntimeError):
        Writer(engine, READER).write(tape.batches(1000, places)[0])
    assert content(engine) == before
    with engine.connect() as connection:
        assert read_places(connection) == places


def test_what_kafka_no_longer_has_is_said_and_a_topic_made_anew_is_read_from_its_first_record(engine: Engine) -> None:
    one, two, three, four = (topics.INCIDENTS, 0), (topics.SIGNALS, 0), (topics.AUDIT, 0), (topics.RECEIPTS, 0)
    ids = {topics.RECEIPTS: "a", topics.AUDIT: "b"}
    first = {one: 5, two: 0, three: 0, four: 0}
    with engine.begin() as connection:
        places, gaps = find_places(connection, first, dict.fromkeys(first, 9), ids, NOW)
        assert gaps == []
        assert (places[one], places[four]) == (Place(0, 5), Place(0, 0, "a"))
    moves = {each: (place, replace(place, next_offset=8)) for each, place in places.items()}
    Writer(engine, READER).write(Batch([], moves))
    first = {one: 20, two: 0, three: 8, four: 0}
    with engine.begin() as connection:
        end = {one: 30, two: 3, three: 9, four: 50}
        places, _ = find_places(connection, first, end, {**ids, topics.RECEIPTS: "c"}, NOW)
        found = {(gap.topic, gap.kind, gap.from_offset, gap.to_offset) for gap, _ in read_gaps(connection)}
        assert read_places(connection) == places
    assert places == {one: Place(0, 20), two: Place(1, 0), three: Place(0, 8, "b"), four: Place(1, 0, "c")}
    assert found == {
        (topics.INCIDENTS, "retention", 8, 20), (topics.SIGNALS, "recreated", 8, 0),
        (topics.RECEIPTS, "recreated", 8, 0),
    }  # fmt: skip


def test_old_rows_go_and_open_incidents_stay(engine: Engine, tape: Tape) -> None:
    closed = [replace(incident(number, 9), status="closed") for number in range(1, 11)]
    for state in closed:
        tape.add(topics.INCIDENTS, state.incident_id, state)
    play(engine, tape)
    settings = StoreSettings(
        keep_incident_days=30, keep_alert_days=30, keep_telemetry_days=30, keep_receipt_days=30, keep_audit_days=400
    )
    deleted = dict(delete_old(engine, settings, START + timedelta(days=40)))
    found = {name: len(rows) for name, rows in content(engine).items()}
    assert deleted == {"incidents": 10, "alerts": 30, "receipts": 30, "telemetry_hours": 6, "states": 2}
    assert (found["incidents"], found["incident_documents"], found["evidence"], found["transitions"]) == (
        20,
        20,
        20,
        80,
    )
    assert (found["alerts"], found["receipts"], found["audit"], found["telemetry_hours"]) == (0, 0, 30, 0)


def test_an_hour_that_takes_no_more_readings_forgets_its_moments_only(engine: Engine) -> None:
    tape = Tape()
    tape.add(SENSORS, "station-1", reading(10.0, START), ms(START))
    play(engine, tape)
    list(delete_old(engine, StoreSettings(), START + timedelta(days=20)))
    (row,) = rows(engine, schema.telemetry_hours)
    assert (row["count"], row["seen"]) == (1, None)
    again(engine)
    play(engine, tape)
    assert rows(engine, schema.telemetry_hours)[0]["count"] == 1


def test_migrating_again_changes_nothing_and_a_newer_release_is_left_alone(engine: Engine, tape: Tape) -> None:
    play(engine, tape)
    before = content(engine)
    assert migrate(engine).current
    assert content(engine) == before
    check_revision(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for use in (migrate, check_revision):
        with pytest.raises(StoreError, match="newer"):
            use(engine)


def test_a_database_without_tables_is_said_to_be_one(database_url: str) -> None:
    engine = open_writer(url_of(Settings.model_validate({"store": {"url": database_url}})))
    with pytest.raises(StoreError, match="ioc store migrate"):
        check_revision(engine)
    engine.dispose()


def test_a_reader_cannot_write(database_url: str) -> None:
    address, engine = opened(database_url)
    reader = open_reader(address)
    with pytest.raises(Exception, match="read"), reader.begin() as connection:
        connection.execute(schema.facts.insert().values(name="a", value="b"))
    reader.dispose()
    engine.dispose()


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "ở đây? 100%.db"
    reader = open_reader(url_of(Settings.model_validate({"store": {"path": path}})))
    with pytest.raises(OperationalError):
        reader.connect()
    assert not path.exists()
    writer = open_writer(url_of(Settings.model_validate({"store": {"path": path}})))
    migrate(writer)
    writer.dispose()
    with reader.connect() as connection:
        assert revision_of(connection).current
    reader.dispose()


@pytest.mark.parametrize("url", ["mysql://ioc:hidden@a/b", "nonsense hidden", "sqlite://"])
def test_an_address_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        url_of(Settings.model_validate({"store": {"url": url}}))
    assert "hidden" not in str(refused.value)


def test_the_default_is_a_file_under_home() -> None:
    assert make_url(url_of(Settings()).render_as_string()).get_backend_name() == "sqlite"
