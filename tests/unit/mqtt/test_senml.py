"""Preset ``senml``: the rules of RFC 8428 on packs of our own."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mqtt.support import NOW, decode, faults, values

SENML = """
[[topic]]
filters = ["senml/#"]
preset = "senml"
publisher = "lab"
"""
T0 = NOW.timestamp() - 60


def read(*pack: dict[str, Any], mapping: str = SENML, retained: bool = False) -> Any:
    return decode(mapping, "senml/x", list(pack), retained=retained)


def test_one_reading_named_by_a_device_urn_is_what_its_unit_says() -> None:
    decoded = read({"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1, "t": T0})
    assert values(decoded) == [
        {"device_id": "urn:dev:ow:10e2073a01080063", "metric": "temperature", "value": 23.1, "unit": "°C",
         "observed_at": "2026-11-27T02:59:00Z"}
    ]  # fmt: skip


def test_base_fields_hold_until_they_are_replaced() -> None:
    decoded = read(
        {"bn": "urn:dev:ow:10e2073a0108006:", "bt": T0, "bu": "A", "bver": 5, "n": "voltage", "u": "V", "v": 120.1},
        {"n": "current", "t": -5, "v": 1.2},
        {"bn": "urn:dev:ow:ff_", "bv": 10, "n": "current", "v": 1.3},
    )
    assert [(one["device_id"], one["metric"], one["value"], one["unit"]) for one in values(decoded)] == [
        ("urn:dev:ow:10e2073a0108006", "voltage", 120.1, "V"),
        ("urn:dev:ow:10e2073a0108006", "current", 1.2, "A"),
        ("urn:dev:ow:ff", "current", 11.3, "A"),
    ]
    assert values(decoded)[1]["observed_at"] == "2026-11-27T02:58:55Z"


def test_times_near_zero_count_from_now() -> None:
    decoded = read({"bn": "room-1/", "n": "humidity", "u": "%RH", "v": 60, "t": -30})
    assert values(decoded)[0] == {
        "device_id": "room-1", "metric": "humidity", "value": 60.0, "unit": "%", "observed_at": "2026-11-27T02:59:30Z",
    }  # fmt: skip
    assert faults(read({"n": "a:b", "u": "V", "v": 1}, retained=True)) == [("/0/t", "missing")]


def test_a_position_goes_to_the_readings_of_its_device() -> None:
    decoded = read(
        {"bn": "urn:dev:mac:0024befffe804ff1:", "bt": T0, "n": "temp", "u": "Cel", "v": 20},
        {"u": "lat", "v": 20.95},
        {"u": "lon", "v": 107.07},
    )
    assert [(one["metric"], one["lat"], one["lon"]) for one in values(decoded)] == [("temperature", 20.95, 107.07)]
    assert read({"n": "urn:dev:ow:1", "u": "lat", "v": 20.95, "t": T0}).passed == "position"


def test_topic_levels_and_the_mapping_name_what_the_pack_does_not() -> None:
    mapping = (
        SENML.replace("senml/#", "senml/{device_id}")
        + '[[topic.metric]]\nfrom = "t1"\nmetric = "temperature"\nunit = "°C"\n'
    )
    decoded = read({"n": "t1", "v": 21, "t": T0}, mapping=mapping)
    assert values(decoded)[0] == {
        "device_id": "x", "metric": "temperature", "value": 21.0, "unit": "°C", "observed_at": "2026-11-27T02:59:00Z",
    }  # fmt: skip


def test_a_bad_record_costs_itself_only() -> None:
    decoded = read(
        {"bn": "d:", "bt": T0, "n": "temp", "u": "Cel", "v": 1},
        {"n": "label", "vs": "text"},
        {"n": "temp", "u": "Cel", "v": "1"},
        {"n": "temp", "v": 1},
        {"n": "é", "u": "V", "v": 1},
        {"n": "open", "u": "1", "vb": True},
        {"n": "sum", "u": "J", "s": 3},
        {"n": "none"},
    )
    assert [(one["metric"], one["value"]) for one in values(decoded)] == [("temperature", 1.0), ("open", 1.0)]
    assert faults(decoded) == [
        ("/1/vs", "not_allowed"), ("/2/v", "type"), ("/3/u", "missing"), ("/4/n", "characters"),
        ("/6/s", "not_allowed"), ("/7/v", "missing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pack", "fault"),
    [
        ({"n": "a:b"}, ("", "type")),
        ([], ("", "empty")),
        ([7], ("/0", "type")),
        ([{"bver": 11, "n": "a:b", "u": "V", "v": 1}], ("/0/bver", "not_allowed")),
        ([{"n": "a:b", "u": "V", "v": 1, "must_": 1}], ("/0", "not_allowed")),
        ([{"bn": 7}], ("/0/bn", "type")),
        ([{"bt": T0}], ("", "missing")),
        ([{"n": "a:b", "u": "V", "v": 1, "t": 1e300}], ("/0/t", "out_of_range")),
    ],
)
def test_a_pack_that_cannot_be_resolved_is_refused_whole(pack: object, fault: tuple[str, str]) -> None:
    decoded = decode(SENML, "senml/x", pack)
    assert (decoded.records, faults(decoded)) == ([], [fault])


_number = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@given(
    readings=st.lists(st.tuples(st.sampled_from("abc"), _number, st.integers(0, 3600)), min_size=1, max_size=8),
    base=_number,
)
def test_a_pack_with_base_fields_says_what_the_resolved_pack_says(
    readings: list[tuple[str, float, int]], base: float
) -> None:
    packed: list[dict[str, Any]] = [{"bn": "dev-1:", "bt": T0 - 4000, "bu": "V", "bv": base}]
    packed += [{"n": name, "v": value, "t": time} for name, value, time in readings]
    resolved = [
        {"n": f"dev-1:{name}", "u": "V", "v": base + value, "t": T0 - 4000 + time} for name, value, time in readings
    ]
    first, second = values(read(*packed)), values(read(*resolved))
    assert len(first) == len(second) == len(readings)
    for one, other in zip(first, second, strict=True):
        assert math.isclose(one.pop("value"), other.pop("value"))
        assert one == other
