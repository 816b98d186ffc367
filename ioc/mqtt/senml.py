"""Preset ``senml``: Sensor Measurement Lists, RFC 8428, in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ioc.mqtt.documents import Unreadable, a_number, a_text, from_unix, parse, refuse
from ioc.mqtt.drafts import Draft, Read
from ioc.mqtt.mapping import Entry
from ioc.mqtt.message import Received

_VERSION: Final = 10
_RELATIVE_BELOW: Final = 2**28
"""Times below it are seconds from now (RFC 8428, 4.5.3)."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")
_DEVICE_URN: Final = re.compile(r"(urn:dev:[a-z0-9]+:[A-Za-z0-9\-.]+)[:/_]?(.*)")
"""RFC 9039; what follows the device is which of its sensors."""
_SEPARATORS: Final = ":/_-."
_VALUES: Final = ("v", "vs", "vb", "vd")
_FIELDS: Final = frozenset({"bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "s", "t", "ut", *_VALUES})

UNITS: Final[Mapping[str, str]] = {"Cel": "°C", "%RH": "%", "%EL": "%", "/": "1"}
"""Names of the SenML units registry that are not ours; the others are taken as they are."""
METRIC_OF_UNIT: Final[Mapping[str, str]] = {
    "Cel": "temperature", "%RH": "humidity", "%EL": "battery", "Pa": "pressure", "lx": "illuminance", "pH": "ph",
    "S/m": "conductivity", "W/m2": "solar_radiation",
}  # fmt: skip
"""What a value without a name of its own measures, where its unit leaves no doubt."""
_POSITION: Final = ("lat", "lon")


@dataclass(slots=True)
class _Base:
    name: str = ""
    time: float = 0.0
    unit: str = ""
    value: float = 0.0


def read_senml(received: Received) -> Read:
    """Resolve a pack: every record with a number becomes a reading, ``lat`` and ``lon`` the place of its device."""
    pack = parse(received.message.payload)
    if not isinstance(pack, list):
        raise refuse("", "type", "must be a JSON array of SenML records")
    if not pack:
        raise refuse("", "empty", "must have at least one record")
    read = Read()
    base = _Base()
    positions: dict[str, dict[str, float]] = {}
    for index, record in enumerate(pack):
        pointer = f"/{index}"
        if not isinstance(record, dict):
            read.faults.append(refuse(pointer, "type", "must be a JSON object"))
            continue
        _understand(record, pointer)
        _rebase(base, record, pointer)  # what it breaks, it breaks for all that follow
        try:
            draft = _reading(received, base, record, pointer)
        except Unreadable as fault:
            read.faults.append(fault)
            continue
        if draft is None:
            continue
        if draft.fields["unit"] in _POSITION:
            positions.setdefault(draft.fields["device_id"], {})[draft.fields["unit"]] = draft.fields["value"]
        else:
            read.drafts.append(draft)
    for draft in read.drafts:
        place = positions.get(draft.fields["device_id"], {})
        if len(place) == len(_POSITION):
            draft.fields.update(place)
    if not read.drafts and not read.faults:
        if positions:
            read.passed = "position"
        else:
            raise refuse("", "missing", "must have a record with a value")
    return read


def _understand(record: Mapping[str, Any], pointer: str) -> None:
    """Refuse the whole pack for what RFC 8428 (4.4) does not allow to be passed over."""
    for name in record:
        if name.endswith("_") and name not in _FIELDS:
            raise refuse(pointer, "not_allowed", "has a field that must be understood and is not known")
    if "bver" in record and not 0 < a_number(record["bver"], f"{pointer}/bver") <= _VERSION:
        raise refuse(f"{pointer}/bver", "not_allowed", f"must be at most {_VERSION}")


def _rebase(base: _Base, record: Mapping[str, Any], pointer: str) -> None:
    if "bn" in record:
        base.name = a_text(record["bn"], f"{pointer}/bn")
    if "bt" in record:
        base.time = a_number(record["bt"], f"{pointer}/bt")
    if "bu" in record:
        base.unit = a_text(record["bu"], f"{pointer}/bu")
    if "bv" in record:
        base.value = a_number(record["bv"], f"{pointer}/bv")


def _reading(received: Received, base: _Base, record: Mapping[str, Any], pointer: str) -> Draft | None:
    given = [name for name in _VALUES if name in record]
    if not given and "s" not in record:
        if "n" in record:
            raise refuse(f"{pointer}/v", "missing", "required")
        return None  # base fields only
    if given not in (["v"], ["vb"]):
        name = given[0] if given else "s"
        raise refuse(f"{pointer}/{name}", "not_allowed", "only numbers (v) and truth values (vb) are readings")
    own = a_text(record.get("n", ""), f"{pointer}/n")
    full = base.name + own
    if not _NAME.fullmatch(full):
        raise refuse(f"{pointer}/n", "characters", "must begin with a letter or digit and have A-Z a-z 0-9 - : . / _")
    unit = a_text(record.get("u", base.unit), f"{pointer}/u")
    constants = received.constants()
    device, metric = _names(base.name, own, unit, constants)
    rule = next((one for one in received.entry.metrics if one.place.parts[-1:] == [metric]), None)
    if rule is not None:
        metric = rule.metric
    if not device or not metric:
        raise refuse(f"{pointer}/n", "missing", "must name the device and what it measures")
    value = _value(base, record, given[0], pointer)
    time = base.time + a_number(record.get("t", 0), f"{pointer}/t")
    if time < _RELATIVE_BELOW:
        if received.message.retained:
            raise refuse(f"{pointer}/t", "missing", "required in a retained message")
        time += received.now.timestamp()
    content: dict[str, Any] = {
        "device_id": device,
        "metric": metric,
        "value": value,
        "observed_at": from_unix(time, f"{pointer}/t"),
        "unit": UNITS.get(unit, unit) or _unit_of(received.entry, metric),
        **constants,
    }
    places = {
        name: f"{pointer}/{field}"
        for name, field in (
            ("value", given[0]),
            ("observed_at", "t"),
            ("unit", "u"),
            ("device_id", "n"),
            ("metric", "n"),
        )
        if name not in constants
    }
    if not content["unit"]:
        raise refuse(f"{pointer}/u", "missing", "required")
    return Draft("sensors", content, pointer, places)


def _value(base: _Base, record: Mapping[str, Any], name: str, pointer: str) -> float:
    if name == "v":
        return base.value + a_number(record["v"], f"{pointer}/v")
    if not isinstance(record["vb"], bool):
        raise refuse(f"{pointer}/vb", "type", "must be true or false")
    return float(record["vb"])


def _names(base: str, own: str, unit: str, constants: Mapping[str, Any]) -> tuple[str, str]:
    """Which device, and what it measures.

    What the mapping says wins. A device URN (RFC 9039) ends where its identifier does; else the base name is the device
    and the name the metric; else the last ``:`` or ``/`` parts them; else the name is the device.
    """
    full = base + own
    if "device_id" in constants:
        metric = own or full
        return str(constants["device_id"]), METRIC_OF_UNIT.get(unit, metric) if not own and not base else metric
    if urn := _DEVICE_URN.fullmatch(full):
        device, metric = urn[1], urn[2]
    elif base and own:
        device, metric = base.rstrip(_SEPARATORS), own
    else:
        place = max(full.rfind(":"), full.rfind("/"))
        device, metric = (full[:place], full[place + 1 :]) if place > 0 else (full, "")
    return device, metric or METRIC_OF_UNIT.get(unit, unit if unit in _POSITION else "")


def _unit_of(entry: Entry, metric: str) -> str:
    return next((one.unit for one in entry.metrics if one.metric == metric), "")
