"""Which stations serve a commune and a hamlet, from the register and the list of hamlets."""

from __future__ import annotations

from ioc.area.places import Served, places_of
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.catalog.devices import COLUMNS, DEVICES_FILE
from ioc.catalog.hamlets import HAMLETS_FILE

FILES = load_folder(common_data()) | load_folder(shipped_province())
REGISTER = f"""{",".join(COLUMNS)}
QN-1,bts,bts,,20.9617,107.029,06673,,,,viettel,4G;5G,,,,
QN-2,bts,bts,,20.9817,107.029,06673,,,,vnpt,4G,,,,
d-1,sensors,air-station,,20.9617,107.029,06673,,,,,,,,,
"""
HAMLETS = """id,name,commune,lat,lon,households,population,source
h-1,Khu 10,06673,20.9617,107.029,180,700,ví dụ
h-2,Khu 11,06673,20.9817,107.029,,,ví dụ
h-3,Khu xa,06673,21.2,107.3,10,40,ví dụ
"""


def test_communes_and_hamlets_have_the_stations_that_serve_them() -> None:
    files = FILES | {DEVICES_FILE: REGISTER.encode(), HAMLETS_FILE: HAMLETS.encode()}
    catalogue = load_catalogue(files)
    name = catalogue.communes["06673"].name
    one, other = {"QN-1": frozenset({"4G", "5G"})}, {"QN-2": frozenset({"4G"})}
    assert list(places_of(catalogue, reach_km=1.0).served) == [
        Served(name, one | other),
        Served(f"Khu 10 ({name})", one, 700),
        Served(f"Khu 11 ({name})", other),
    ]  # the third is reached by none: nobody knows what serves it


def test_without_a_register_nobody_is_served_by_anything() -> None:
    assert list(places_of(load_catalogue(FILES), reach_km=5.0).served) == []
