"""What is open is told, also what the view has let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.cli.library import StoreLibrary
from connectors.cli.province import load_province
from connectors.gateway.library import LibraryAwayError
from connectors.gateway.open_incidents import open_incidents
from connectors.gateway.view import CompactedView, IncidentRow, incident_row
from connectors.store.database import migrate, open_writer, url_of
from connectors.store.positions import find_places
from connectors.store.telemetry import HourReader
from connectors.store.writer import Writer
from ioc.records import Incident, encode
from ioc.settings import Settings
from ioc.topics import INCIDENTS
from tests.system.stored import Tape, at, incident
from tests.system.test_store_writer import NOW

COUNT = 8


def some() -> list[Incident]:
    """Every third is over; the newest last."""
    return [
        incident(number, updated_at=at(number), status="closed" if number % 3 == 0 else "routed")
        for number in range(COUNT)
    ]


def view_of(incidents: Sequence[Incident], room: int) -> CompactedView[IncidentRow]:
    view = CompactedView({}, INCIDENTS, read=incident_row, identify=lambda row: row.incident_id, max_keys=room)
    for offset, each in enumerate(incidents):
        view._take(INCIDENTS, 0, offset, each.incident_id.encode(), encode(each), int(NOW.timestamp() * 1000))
    return view


@pytest.fixture
def library(tmp_path: Path) -> StoreLibrary:
    settings = Settings.model_validate({"home": tmp_path, "store": {"url": f"sqlite:///{tmp_path / 'store.db'}"}})
    engine = open_writer(url_of(settings))
    migrate(engine)
    tape = Tape()
    for each in some():
        tape.add(INCIDENTS, each.incident_id, each)
    with engine.begin() as writing:
        places, _ = find_places(writing, {(INCIDENTS, 0): 0}, {(INCIDENTS, 0): 1 << 40}, {}, NOW)
    writer = Writer(engine, HourReader(lambda _: True, timedelta(minutes=5), timedelta(hours=72)))
    for batch in tape.batches(1000, places):
        writer.write(batch)
    engine.dispose()
    return StoreLibrary(settings, load_province(settings))


OPEN = {each.incident_id for each in some() if each.status == "routed"}


async def test_a_view_with_room_is_enough(tmp_path: Path) -> None:
    missing = StoreLibrary(Settings(home=tmp_path), load_province(Settings(home=tmp_path)))
    rows = await open_incidents(view_of(some(), COUNT + 1), missing)
    assert {row.incident_id for row in rows} == OPEN


async def test_what_a_full_view_has_let_go_comes_from_the_store_once(library: StoreLibrary) -> None:
    view = view_of(some(), 3)
    assert {row.incident_id for row in await open_incidents(view, None)} < OPEN
    rows = await open_incidents(view, library)
    assert sorted(row.incident_id for row in rows) == sorted(OPEN)


async def test_a_store_that_is_away_and_needed_is_told(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "store": {"url": f"sqlite:///{tmp_path / 'none.db'}"}})
    with pytest.raises(LibraryAwayError):
        await open_incidents(view_of(some(), 3), StoreLibrary(settings, load_province(settings)))
