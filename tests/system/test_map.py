"""What the map and the board of data quality show, out of a store on either database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from shapely import Point
from shapely.geometry import shape
from sqlalchemy import Connection, Engine

from connectors.cli.atlas import Atlas
from connectors.cli.province import load_province
from connectors.gateway.atlas import _seen
from connectors.gateway.caller import Caller
from ioc import topics
from ioc.catalog.devices import COLUMNS
from ioc.records import Health, StateRow
from ioc.settings import Settings
from tests.system.stored import Tape, health
from tests.system.test_store_writer import opened, play

NOW = datetime.now(UTC).replace(microsecond=0)
AIR, SITE, OTHER = "tram-khi-1", "site-1", "site-2"


def register(folder: Path) -> Path:
    rows = [
        {"id": AIR, "source": "sensors", "class": "air-station", "name": "Trạm khí số 1", "lat": "20.9497",
         "lon": "107.0763", "interval_s": "60"},
        {"id": SITE, "source": "bts", "class": "base-station", "name": "Trạm phát sóng 1", "commune": "06673",
         "interval_s": "60"},
    ]  # fmt: skip
    lines = [",".join(COLUMNS), *(",".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    path = folder / "devices.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def atlas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Atlas, Engine]]:
    database = f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").database()
    settings = Settings.model_validate({"province": {"devices": register(tmp_path)}, "store": {"url": database}})
    _, engine = opened(database)
    yield Atlas(settings, load_province(settings)), engine
    engine.dispose()


def tell(engine: Engine, *rows: StateRow, ago: timedelta = timedelta()) -> None:
    tape = Tape()
    tape.add(topics.HEALTH, "22", Health("sensors", 0, NOW - ago, states=list(rows)))
    play(engine, tape, ids={topics.HEALTH: f"{rows[0].device}{ago}"})


def shown(engine: Engine, question: Any) -> Any:
    with engine.connect() as connection:
        assert isinstance(connection, Connection)
        return question(connection)


def caller(*centres: str) -> Caller:
    return Caller("key", "k", "tests", "tests", ("incidents:read",), centres)


def test_a_station_has_its_level_by_the_register_and_the_table(atlas: tuple[Atlas, Engine]) -> None:
    board, engine = atlas
    hour = NOW.replace(minute=0, second=0)
    tell(engine, StateRow("air", AIR, "", "poor", {"index": 117.0, "hour_end_s": hour.timestamp()}))
    (station,) = shown(engine, board.stations)
    assert (station["name"], station["level"], station["index"], station["hour_end"]) == (
        "Trạm khí số 1", 3, 117, hour,
    )  # fmt: skip
    assert (station["lat"], station["stale"]) == (20.9497, False)
    assert [(level["name"], level["rgb"]) for level in board.levels][:3] == [
        ("Tốt", [0, 228, 0]), ("Trung bình", [255, 255, 0]), ("Kém", [255, 126, 0]),
    ]  # fmt: skip
    own, foreign = caller(station["centre"]), caller("nowhere")
    assert (len(_seen(own, [station])), _seen(foreign, [station])) == (1, [])


def test_a_site_is_as_bad_as_its_worst_technology_and_says_when_it_was_told(atlas: tuple[Atlas, Engine]) -> None:
    board, engine = atlas
    old = timedelta(hours=20)
    tell(engine, StateRow("site", OTHER, "vina|4G", "in_service", {}, 20.95, 107.08), ago=old)
    tell(
        engine, StateRow("site", SITE, "viettel|4G", "in_service"), StateRow("site", SITE, "mobi|2G", "out_of_service")
    )
    one, other = shown(engine, board.sites)
    assert (one["id"], one["state"], one["commune"], one["stale"]) == (SITE, "out_of_service", "06673", False)
    assert [(cell["operator"], cell["technology"], cell["state"]) for cell in one["cells"]] == [
        ("mobi", "2G", "out_of_service"), ("viettel", "4G", "in_service"),
    ]  # fmt: skip
    assert (other["id"], other["lat"], other["stale"], other["told_at"]) == (OTHER, 20.95, True, NOW - old)


def test_a_gate_has_queue_yards_and_waits_by_direction(atlas: tuple[Atlas, Engine]) -> None:
    board, engine = atlas
    figures = {"waiting": 260.0, "backlog_h": 5.2, "fill/bai-1": 0.85, "wait_p90_s/durian": 5400.0}
    tell(engine, StateRow("gate", "cua-khau-1", "out", "high", figures), StateRow("gate", "cua-khau-1", "in", "calm"))
    (gate,) = shown(engine, board.gates)
    into, out = gate["directions"]
    assert (gate["state"], into["state"], out["waiting"], out["backlog_h"]) == ("high", "calm", 260.0, 5.2)
    assert (out["yards"], out["waits"]) == (
        [{"yard": "bai-1", "fill": 0.85}], [{"goods": "durian", "p90_s": 5400.0}],
    )  # fmt: skip


def test_devices_are_those_of_the_register(atlas: tuple[Atlas, Engine]) -> None:
    board, engine = atlas
    tell(engine, StateRow("device", AIR, "sensors", "silent"), StateRow("device", "left-long-ago", "sensors", "silent"))
    (device,) = shown(engine, board.devices)
    assert (device["id"], device["source"], device["class"], device["state"]) == (
        AIR,
        "sensors",
        "air-station",
        "silent",
    )


def test_quality_is_ordered_by_what_is_missing_and_owes_nothing_before_the_first_record(
    atlas: tuple[Atlas, Engine],
) -> None:
    board, engine = atlas
    tape = Tape()
    window_s = shown(engine, lambda connection: board.quality(connection, NOW, NOW))["window_s"]
    last = int(NOW.timestamp() // window_s) - 1
    owed = window_s // 60
    tape.add(topics.HEALTH, "22", health(last, [owed, owed, 0, owed, owed, owed], "sensors", "air-station"))
    tape.add(topics.HEALTH, "22", health(last, [10, 4, 1, 10, 10, 0], "cameras", ""))
    play(engine, tape, ids={topics.HEALTH: "q"})
    found = shown(engine, lambda connection: board.quality(connection, NOW - timedelta(days=1), NOW))
    rows = {(row["source"], row["class"]): row for row in found["rows"]}
    assert found["begin"] == datetime.fromtimestamp(last * window_s, UTC)
    assert (rows["sensors", "air-station"]["complete"], rows["sensors", None]["expected"]) == (1.0, owed)
    assert (rows["cameras", ""]["correct"], rows["cameras", ""]["clean"], rows["cameras", ""]["complete"]) == (
        0.4, 0.9, None,
    )  # fmt: skip
    # Base stations owe as many, and none came; then cameras, of which four of ten are right.
    assert [row["source"] for row in found["rows"]][:4] == ["bts", "bts", "cameras", "cameras"]
    empty = shown(
        engine, lambda connection: board.quality(connection, NOW - timedelta(days=3), NOW - timedelta(days=2))
    )
    assert empty["rows"] == []


def test_places_are_communes_each_with_an_outline_that_holds_its_point(
    atlas: tuple[Atlas, Engine],
) -> None:
    board, _ = atlas
    places = orjson.loads(orjson.dumps(board.places))
    assert (places["outlined_by"], places["tiles"]) == ("points", None)
    outlines = {each["properties"]["code"]: shape(each["geometry"]) for each in places["outlines"]["features"]}
    assert outlines.keys() == {commune["code"] for commune in places["communes"]}
    for commune in places["communes"]:
        assert outlines[commune["code"]].buffer(1e-4).contains(Point(commune["lon"], commune["lat"])), commune["name"]
