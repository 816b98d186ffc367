from __future__ import annotations

import pytest

from ioc.events import Sensor
from ioc.events.units import METRICS, SAME, Meaning, meaning
from tests.unit.events.examples import check, vary


def reading(metric: str, value: float, unit: str) -> tuple[str, float, str]:
    event = check("sensors", vary("sensors", metric=metric, value=value, unit=unit))
    assert isinstance(event, Sensor), event
    return event.metric, event.value, event.unit


@pytest.mark.parametrize("metric", METRICS)
def test_the_canonical_pair_needs_no_conversion(metric: str) -> None:
    assert meaning(metric, METRICS[metric].unit) is SAME


@pytest.mark.parametrize(
    "unit", ["µg/m³", "μg/m³", "ug/m3", "µg/m3", "UG/M3", " µg / m³", "µg/Nm³", "ug/Nm3", "µg/m^3"]
)
@pytest.mark.parametrize("metric", ["pm2_5", "PM2.5", "PM2,5", "pm25", "Pm 2.5"])
def test_spellings_of_fine_dust(metric: str, unit: str) -> None:
    assert reading(metric, 37.5, unit) == ("pm2_5", 37.5, "µg/m³")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (("CO", 1.5, "mg/m³"), ("co", 1500.0, "µg/m³")),
        (("Fe", 500.0, "µg/L"), ("fe", 0.5, "mg/L")),
        (("TSS", 38.4, "mg/l"), ("tss", 38.4, "mg/L")),
        (("pH", 7.12, "-"), ("ph", 7.12, "pH")),
        (("Temp", 21.0, "oC"), ("temperature", 21.0, "°C")),
        (("Temp", 21.0, "℃"), ("temperature", 21.0, "°C")),
        (("Temp", 21.0, "ºC"), ("temperature", 21.0, "°C")),
        (("pressure", 101_325.0, "Pa"), ("pressure", 1013.25, "hPa")),
        (("wind_speed", 36.0, "km/h"), ("wind_speed", 10.0, "m/s")),
        (("water_level", 250.0, "cm"), ("water_level", 2.5, "m")),
        (("Flow", 2.0, "m³/s"), ("flow", 7200.0, "m³/h")),
        (("noise", 61.0, "dB(A)"), ("noise", 61.0, "dBA")),
        (("road_speed", 5.0, "m/s"), ("road_speed", 18.0, "km/h")),
        (("road_queue", 12000.0, "cm"), ("road_queue", 120.0, "m")),
        (("control_delay", 1.5, "min"), ("control_delay", 90.0, "s")),
        (("NH4", 0.3, "mg/L"), ("nh4", 0.3, "mg/L")),
    ],
)
def test_values_arrive_in_the_canonical_unit(sent: tuple[str, float, str], kept: tuple[str, float, str]) -> None:
    metric, value, unit = reading(*sent)
    assert (metric, unit) == (kept[0], kept[2])
    assert value == pytest.approx(kept[1], rel=1e-12)


@pytest.mark.parametrize("sentinel", [-9999.0, -999.0, 9999.0])
def test_what_loggers_send_for_no_reading_stays_recognisable(sentinel: float) -> None:
    assert reading("co", sentinel, "mg/m3") == ("co", sentinel, "µg/m³")


def test_a_metric_that_is_not_known_is_taken_in_any_unit() -> None:
    assert meaning("Độ rung", "mm/s") is SAME
    assert reading("Độ rung", 3.5, "mm/s") == ("Độ rung", 3.5, "mm/s")


def test_a_known_metric_in_a_foreign_unit_means_nothing() -> None:
    assert meaning("pm2_5", "mg/L") is None
    assert meaning("fe", "mg/m4") is None
    assert meaning("pm2_5", "mg/m3") == Meaning("pm2_5", "µg/m³", 1000.0)
