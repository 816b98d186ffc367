"""From a province folder's files to checked tables: nothing half-right gets past here."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from ioc.catalog.devices import DEVICES_FILE, Device, read_devices
from ioc.catalog.duties import COLUMNS as DUTY_COLUMNS
from ioc.catalog.duties import FILE as DUTY_FILE
from ioc.catalog.duties import Duties
from ioc.catalog.errors import CatalogueError
from ioc.catalog.gazetteer import (
    EVERYDAY_FILE,
    GAZETTEER_FILE,
    SPELLINGS_FILE,
    read_everyday,
    read_landmarks,
    read_spellings,
)
from ioc.catalog.geometry import KM_PER_DEGREE
from ioc.catalog.hamlets import HAMLETS_FILE, Hamlet, read_hamlets
from ioc.catalog.model import Centre, Commune, Department, Everyday, Landmark, LegacyUnit, Province, Spelling
from ioc.catalog.programme import (
    PROGRAMME_FILE,
    TRIALS_FILE,
    GapProgramme,
    Trial,
    read_programme,
    read_trials,
)
from ioc.catalog.tables import Row, read_rows, read_text
from ioc.catalog.words import split_unit
from ioc.clocks import CALENDAR_FILE, Calendar, read_calendar
from ioc.text.normalise import normalise
from ioc.tomlfile import ConfigError
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE

PROVINCE_FILE: Final = "province.toml"
FILES: Final = (PROVINCE_FILE, "centres.csv", "communes.csv", "legacy_units.csv", "departments.csv", DUTY_FILE)
"""What a province's folder must hold; other files in it belong to other parts."""

OPTIONAL_FILES: Final = (
    GAZETTEER_FILE, SPELLINGS_FILE, EVERYDAY_FILE, DEVICES_FILE, PROGRAMME_FILE, TRIALS_FILE, HAMLETS_FILE,
    CALENDAR_FILE,
)  # fmt: skip
"""What a province may add: without them, places are found by the names of units alone, no device is expected, and every
target time is one around the clock."""

_PERIOD: Final = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Tables:
    """A province's data, checked."""

    province: Province
    timezone: ZoneInfo
    centres: dict[str, Centre]
    communes: dict[str, Commune]
    legacy: tuple[LegacyUnit, ...]
    landmarks: tuple[Landmark, ...]
    spellings: tuple[Spelling, ...]
    everyday: Everyday
    departments: dict[str, Department]
    duties: Duties
    devices: dict[str, Device]
    programme: GapProgramme
    trials: Mapping[str, Trial]
    hamlets: tuple[Hamlet, ...]
    version: str


def read_tables(files: Mapping[str, bytes], on: date | None) -> Tables:
    """All tables as they are in force on a day; ``None``: the newest state, that is rows without an end.

    Raises:
        CatalogueError: a file is missing or something in one is wrong.

    """
    province, timezone = _read_province(files)
    centres = {
        row.text("code"): Centre(row.text("code"), row.text("name"), row.text("kind"))
        for row in _in_force(files, "centres.csv", ("code", "name", "kind"), on)
    }
    if PROVINCE_CENTRE not in centres:
        raise CatalogueError("centres.csv", 0, "code", f"no row {PROVINCE_CENTRE!r}: it gets what fits nowhere else")
    communes = _read_communes(files, province, centres, on)
    departments = {
        row.text("code"): Department(row.text("code"), row.text("name"), row.optional("phone"))
        for row in _in_force(files, "departments.csv", ("code", "name", "phone"), on)
    }
    legacy = _read_legacy(files, province, communes)
    unit_names = _unit_names(communes, legacy)
    landmarks = read_landmarks(files, communes, unit_names)
    spellings = read_spellings(files, unit_names)
    duties = Duties(read_rows(files, DUTY_FILE, DUTY_COLUMNS), timezone, _calendar(files, timezone))
    digest = hashlib.sha256()
    for name in (*FILES, *(name for name in OPTIONAL_FILES if name in files)):
        digest.update(name.encode() + b"\0" + files[name] + b"\0")
    return Tables(
        province,
        timezone,
        centres,
        communes,
        legacy,
        landmarks,
        spellings,
        read_everyday(files),
        departments,
        duties,
        read_devices(files, province, communes),
        *_mobile(files, province, communes),
        read_hamlets(files, province, communes),
        digest.hexdigest()[:12],
    )


def _mobile(
    files: Mapping[str, bytes], province: Province, communes: Mapping[str, Commune]
) -> tuple[GapProgramme, Mapping[str, Trial]]:
    try:
        return read_programme(files, province, communes), read_trials(files)
    except ConfigError as error:
        raise CatalogueError(error.file, error.line, error.key, error.problem) from None


def _calendar(files: Mapping[str, bytes], timezone: ZoneInfo) -> Calendar | None:
    if CALENDAR_FILE not in files:
        return None
    try:
        return read_calendar(files[CALENDAR_FILE], timezone)
    except ConfigError as error:
        raise CatalogueError(error.file, error.line, error.key, error.problem) from None


def _unit_names(communes: Mapping[str, Commune], legacy: tuple[LegacyUnit, ...]) -> frozenset[str]:
    """Bare names of all units and districts, in matching form."""
    full = (
        *(commune.name for commune in communes.values()),
        *(name for unit in legacy for name in (*unit.names, unit.district)),
    )
    return frozenset(normalise(split_unit(name)[1]).text for name in full)


def _read_province(files: Mapping[str, bytes]) -> tuple[Province, ZoneInfo]:
    try:
        data = tomllib.loads(read_text(files, PROVINCE_FILE))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(PROVINCE_FILE, 0, "", str(error)) from None
    texts = [_value(data, key, str) for key in ("code", "name_vi", "name_en", "timezone")]
    box = _value(data, "bbox", dict)
    numbers = [float(_value(box, key, (int, float))) for key in ("south", "west", "north", "east", "margin_km")]
    province = Province(*texts, *numbers)
    if not (-90 <= province.south < province.north <= 90 and -180 <= province.west < province.east <= 180):
        raise CatalogueError(PROVINCE_FILE, 0, "bbox", "expected south < north and west < east, in degrees")
    try:
        timezone = ZoneInfo(province.timezone)
    except (ValueError, OSError, KeyError):
        raise CatalogueError(PROVINCE_FILE, 0, "timezone", f"{province.timezone!r} is no time zone") from None
    return province, timezone


def _value(data: Mapping[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(data.get(key), kind):
        raise CatalogueError(PROVINCE_FILE, 0, key, "is missing or of the wrong kind")
    return data[key]


def _in_force(files: Mapping[str, bytes], file: str, columns: tuple[str, ...], on: date | None) -> list[Row]:
    """Rows in force, each code once."""
    rows: dict[str, Row] = {}
    for row in read_rows(files, file, (*columns, *_PERIOD)):
        period = row.period()
        if (period.last is not None) if on is None else (on not in period):
            continue
        if row.text("code") in rows:
            raise row.error("code", f"{row.text('code')!r} stands in line {rows[row.text('code')].line} already")
        rows[row.text("code")] = row
    return list(rows.values())


def _position(row: Row, province: Province) -> tuple[float | None, float | None]:
    """Within the box and its margin: a slip of the pen must not move a commune to another province."""
    margin = province.margin_km / KM_PER_DEGREE
    lat = row.degrees("lat", province.south - margin, province.north + margin)
    lon = row.degrees("lon", province.west - margin, province.east + margin)
    if (lat is None) != (lon is None):
        raise row.error("lon", "lat and lon must both stand, or neither")
    return lat, lon


def _read_communes(
    files: Mapping[str, bytes], province: Province, centres: Mapping[str, Centre], on: date | None
) -> dict[str, Commune]:
    columns = ("code", "name", "centre", "centre_also", "lat", "lon", "common")
    communes: dict[str, Commune] = {}
    for row in _in_force(files, "communes.csv", columns, on):
        code = row.text("code")
        if len(code) != 5 or not code.isdecimal() or code == UNLOCATED_COMMUNE:
            raise row.error("code", f"expected five digits, not {UNLOCATED_COMMUNE}, found {code!r}")
        centre_also = row.several("centre_also", centres, "centre of centres.csv")
        if not split_unit(row.text("name"))[0]:
            raise row.error("name", "expected a unit word before the name, like Phường or Xã")
        communes[code] = Commune(
            code,
            row.text("name"),
            row.among("centre", centres, "centre of centres.csv"),
            centre_also[0] if centre_also else None,
            *_position(row, province),
            row.flag("common"),
        )
    if not any(commune.lat is not None for commune in communes.values()):
        raise CatalogueError("communes.csv", 0, "lat", "no commune in force has a position")
    return communes


def _read_legacy(
    files: Mapping[str, bytes], province: Province, communes: Mapping[str, Commune]
) -> tuple[LegacyUnit, ...]:
    columns = ("code", "name", "district", "new_code", "new_code_also", "lat", "lon", "other_names", "common", *_PERIOD)
    units = []
    for row in read_rows(files, "legacy_units.csv", columns):
        others = tuple(name.strip() for name in row.cells["other_names"].split(";") if name.strip())
        row.period()
        units.append(
            LegacyUnit(
                row.text("code"),
                (row.text("name"), *others),
                row.text("district"),
                (
                    row.among("new_code", communes, "commune of communes.csv"),
                    *row.several("new_code_also", communes, "commune of communes.csv"),
                ),
                *_position(row, province),
                row.flag("common"),
            )
        )
    return tuple(units)
