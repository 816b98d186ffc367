"""Shift logs in the store, the same in either database: entries kept once, and how things stand."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import shifts
from connectors.store.database import open_reader
from connectors.store.retention import delete_old
from ioc import topics
from ioc.records import Silence
from ioc.settings import StoreSettings
from ioc.shifts import MAX_LISTED, ShiftEntry
from tests.system.stored import Tape, at, decision, incident
from tests.system.test_store_writer import new_database, opened, play

NOW = at(2_000)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MANY = MAX_LISTED + 5


def entry(name: str, minute: float, centre: str = "ha-long", **changes: object) -> ShiftEntry:
    values = {"kind": "note", "by": "desk", "text": f"Ghi chú {name}"}
    return ShiftEntry(name, centre, at=at(minute), **(values | changes))  # type: ignore[arg-type]


def silenced(number: int, silence: str, minute: float = 1) -> object:
    inputs = {"silence": silence}
    return decision(
        number, decision_id=f"q-{number}-{silence}-{minute}", kind="silence", outcome="silenced", inputs=inputs,
        at=at(minute),
    )  # fmt: skip


def silence(name: str, **changes: object) -> Silence:
    values: dict[str, object] = {
        "kind": "silence", "owner": "x", "reason": "y", "centres": ["ha-long"], "communes": [], "matchers": [],
        "windows": [], "starts_at": at(0), "ends_at": at(3_000), "created_at": at(0), "created_by": "x",
    }  # fmt: skip
    return Silence(name, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    _, engine = opened(new_database(request, tmp_path_factory))
    tape = Tape()
    for each in (
        entry("b", 20), entry("a", 20), entry("first", 10), entry("other", 15, "cam-pha"),
        entry("over", 30, kind="handover", to="ca đêm"), entry("older", 5, kind="handover"), entry("last", 40),
    ):  # fmt: skip
        tape.add(topics.SHIFTS, each.centre, each)
    tape.add(topics.SHIFTS, "ha-long", entry("a", 50, text="Viết lại lịch sử"))
    tape.add(topics.SHIFTS, "ha-long", b"{}")
    seen = {"acknowledged_at": at(3), "acknowledged_by": "x"}
    states = (
        incident(1, severity="low"),
        incident(2, severity="critical", opened_at=at(9), **seen),
        incident(3, severity="critical", opened_at=at(8), overdue=True, **seen),
        incident(4, status="needs_info", **seen),
        incident(5, status="closed"),
        incident(6, centre="cam-pha"),
        incident(7, **seen), incident(8, **seen), incident(9, **seen),
    )  # fmt: skip
    for state in (*states, *(incident(1000 + number, centre="mong-cai") for number in range(MANY))):
        tape.add(topics.INCIDENTS, state.incident_id, state)
    for told in (
        silenced(2, "s-on"), silenced(7, "s-over"), silenced(8, "s-ended"), silenced(6, "s-on"),
        silenced(9, "s-over", 2), silenced(9, "s-window", 3), silenced(4, "s-night"), silenced(1, "s-unknown"),
    ):  # fmt: skip
        tape.add(topics.DECISIONS, "x", told)
    for each in (
        silence("s-on"), silence("s-over", ends_at=at(1_999)), silence("s-ended", ended_at=at(100)),
        # Now is Saturday, 17:20 local time.
        silence("s-window", windows=[{"days": ["sat"], "start": "17:00", "end": "18:00"}]),
        silence("s-night", windows=[{"days": ["sat"], "start": "22:00", "end": "05:00"}]),
    ):  # fmt: skip
        tape.add(topics.SILENCES, each.silence_id, each)
    assert play(engine, tape, 10_000).records[topics.SHIFTS, "unreadable"] == 1
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    reader = open_reader(engine.url)
    with reader.connect() as connection:
        yield connection
    reader.dispose()


def names(rows: object) -> list[str]:
    return [row["entry_id"] for row in rows]  # type: ignore[attr-defined]


def test_a_log_is_read_in_order_of_time_and_page_by_page(connection: Connection) -> None:
    whole = shifts.find_entries(connection, "ha-long")
    assert names(whole) == ["older", "first", "a", "b", "over", "last"]
    assert "Ghi chú a" in whole[2]["document"]
    assert names(shifts.find_entries(connection, "ha-long", since=at(20))) == ["a", "b", "over", "last"]
    assert names(shifts.find_entries(connection, "ha-long", after=(at(20), "a"), limit=2)) == ["b", "over"]
    assert names(shifts.find_entries(connection, "cam-pha")) == ["other"]


def test_the_newest_handover_counts(connection: Connection) -> None:
    last = shifts.last_handover(connection, "ha-long")
    assert last is not None
    assert last["entry_id"] == "over"
    assert shifts.last_handover(connection, "cam-pha") is None


def test_what_is_handed_over_is_the_gravest_first(connection: Connection) -> None:
    def of(*numbers: int) -> dict[str, object]:
        return {"count": len(numbers), "incidents": [incident(number).incident_id for number in numbers]}

    assert shifts.standing(connection, "ha-long", NOW, ZONE) == {
        "open": of(3, 2, 4, 7, 8, 9, 1),
        "overdue": of(3),
        # 7's silence is over, 8's was ended, 4's holds at night; 9 fell under another one since.
        "silenced": of(2, 9),
        "unanswered": of(4, 1),
    }
    assert shifts.standing(connection, "uong-bi", NOW, ZONE)["open"] == {"count": 0, "incidents": []}


def test_many_incidents_are_counted_and_not_all_named(connection: Connection) -> None:
    group = shifts.standing(connection, "mong-cai", NOW, ZONE)["open"]
    assert (group["count"], len(group["incidents"])) == (MANY, MAX_LISTED)


def test_old_entries_go(engine: Engine, connection: Connection) -> None:
    settings = StoreSettings(keep_shift_days=1)
    gone = [name for name, _ in delete_old(engine, settings, at(60 * 24 + 15)) if name == "shift_entries"]
    assert gone
    assert names(shifts.find_entries(connection, "ha-long")) == ["a", "b", "over", "last"]
