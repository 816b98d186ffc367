"""The programme against gaps, trial sites and hamlets."""

from __future__ import annotations

import pytest

from ioc.catalog import CatalogueError, Device, load_catalogue, load_folder, shipped_province
from ioc.catalog.hamlets import HAMLETS_FILE, serving
from ioc.catalog.programme import PROGRAMME_FILE, TRIALS_FILE

FILES = load_folder(shipped_province())
SPOT = """
[[spot]]
id = "s-1"
name = "Khu A"
commune = "06652"
state = "on_air"
lat = 21.0
lon = 107.0
source = "s"
date = 2026-01-31
"""
HEAD = "id,name,commune,lat,lon,households,population,source\n"


def programme(text: str) -> bytes:
    return FILES[PROGRAMME_FILE] + text.encode()


def test_the_shipped_programme_has_the_published_figures_and_no_invented_spot() -> None:
    shipped = load_catalogue(FILES).programme
    assert (shipped.stations, shipped.stations_on_air, shipped.spots) == (54, 25, ())
    assert shipped.counts() == {"planned": 32, "on_air": 34, "verified": 0}
    assert sum(shipped.counts().values()) == 66


def test_named_spots_are_counted_by_what_is_known_of_them() -> None:
    known = load_catalogue(FILES | {PROGRAMME_FILE: programme(SPOT)}).programme
    assert known.counts() == {"planned": 32, "on_air": 35, "verified": 0}
    assert known.counts({"s-1"}) == {"planned": 32, "on_air": 34, "verified": 1}
    (spot,) = known.spots
    assert spot.wants("viettel", "4G")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SPOT + SPOT, "spot\\[1\\].id: is listed twice"),
        (SPOT.replace("06652", "99999"), "commune"),
        (SPOT.replace("lon = 107.0\n", ""), "both stand"),
        (SPOT.replace("21.0", "51.0"), "box"),
        (SPOT.replace("on_air", "verified"), "must be one of planned, on_air"),
        (SPOT.replace("name", "nam"), "name: is missing"),
        (SPOT + "height = 3\n", "not known"),
    ],
)
def test_a_wrong_spot_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(CatalogueError, match=problem):
        load_catalogue(FILES | {PROGRAMME_FILE: programme(text)})


def test_more_stations_on_air_than_there_are_is_a_mistake() -> None:
    wrong = FILES[PROGRAMME_FILE].replace(b"stations = 54", b"stations = 24")
    with pytest.raises(CatalogueError, match="not be more than"):
        load_catalogue(FILES | {PROGRAMME_FILE: wrong})


def test_the_shipped_trial_sites_are_the_two_published_ones() -> None:
    trials = load_catalogue(FILES).trials
    assert {(trial.name, trial.technology) for trial in trials.values()} == {
        ("Liên cơ quan số 2", "5G"), ("Tuần Châu", "5G"),
    }  # fmt: skip


def test_a_trial_site_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(CatalogueError, match="listed twice"):
        load_catalogue(FILES | {TRIALS_FILE: FILES[TRIALS_FILE] + FILES[TRIALS_FILE]})


def test_without_the_files_a_province_has_none_of_it() -> None:
    bare = {name: raw for name, raw in FILES.items() if name not in {PROGRAMME_FILE, TRIALS_FILE}}
    catalogue = load_catalogue(bare)
    assert not any(catalogue.programme.counts().values())
    assert catalogue.trials == {}
    assert catalogue.hamlets == ()


def test_hamlets_are_read_with_their_people() -> None:
    rows = HEAD + "h-1,Khu A,06652,21.0,107.0,180,700,s\nh-2,Khu B,06652,21.1,107.1,,,s\n"
    first, second = load_catalogue(FILES | {HAMLETS_FILE: rows.encode()}).hamlets
    assert (first.name, first.households, first.population) == ("Khu A", 180, 700)
    assert (second.households, second.population) == (0, 0)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("h-1,A,06652,21.0,107.0,1,1,\n", "source"),
        ("h-1,A,06652,,107.0,1,1,s\n", "lat"),
        ("h-1,A,99999,21.0,107.0,1,1,s\n", "commune"),
        ("h-1,A,06652,21.0,107.0,1,many,s\n", "population"),
        ("h-1,A,06652,21.0,107.0,-1,1,s\n", "households"),
        ("h-1,A,06652,21.0,107.0,1,1,s\nh-1,B,06652,21.0,107.0,1,1,s\n", "id"),
    ],
)
def test_a_wrong_hamlet_is_refused_with_its_line_and_column(row: str, column: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(FILES | {HAMLETS_FILE: (HEAD + row).encode()})
    assert caught.value.column == column
    assert caught.value.line >= 2


def site(name: str, lat: float | None, lon: float | None, source: str = "bts") -> Device:
    return Device(name, source, "base-station", name, lat, lon, None, None, None, (), None, (), None, None, (), False)  # type: ignore[arg-type]


def test_a_hamlet_is_served_by_the_sites_that_reach_it() -> None:
    rows = HEAD + (
        "h-1,A,06652,21.00,107.00,10,40,s\nh-2,B,06652,21.01,107.00,20,80,s\nh-3,C,06685,21.30,107.30,30,120,s\n"
        "h-4,D,06685,21.50,107.90,40,160,s\n"
    )
    hamlets = load_catalogue(FILES | {HAMLETS_FILE: rows.encode()}).hamlets
    devices = [
        site("a", 21.00, 107.01), site("b", 21.03, 107.00), site("c", 21.30, 107.31),
        site("camera", 21.00, 107.00, "cameras"), site("far", 21.2, 107.9), site("nowhere", None, None),
    ]  # fmt: skip
    found = {hamlet.id: [one.id for one in sites] for hamlet, sites in serving(hamlets, devices, reach_km=3)}
    assert found == {"h-1": ["a"], "h-2": ["a", "b"], "h-3": ["c"]}
    assert list(serving((), devices, 3)) == []
