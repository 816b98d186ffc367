"""Which unit each metric has, and what other spellings mean: data, and one look-up.

Air: thresholds are in µg/m³ (QCVN 05:2023, VN_AQI); Nm³ is taken for m³. Water: mg/L (QCVN 08:2023). Names are
those of Circular 10/2021 (its ``PM2,5`` has a comma) and of common stations.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

SENTINELS: Final = frozenset({-9999.0, -999.0, 9999.0})
"""Values by which loggers say "no reading"; never converted, so that they stay recognisable."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A canonical unit, and the factor to it of every other spelling (compared as ``_fold_unit`` does)."""

    unit: str
    factors: Mapping[str, float]


class Meaning(NamedTuple):
    """Canonical metric and unit of a pair that was sent, and the factor that its values take."""

    metric: str
    unit: str
    factor: float


SAME: Final = Meaning("", "", 1.0)
"""Nothing to convert."""

_AIR: Final = Quantity(
    "µg/m³",
    {
        "ug/m3": 1.0, "ug/nm3": 1.0, "ugm-3": 1.0, "ugm3": 1.0,
        "mg/m3": 1e3, "mg/nm3": 1e3, "ng/m3": 1e-3, "g/m3": 1e6,
    },
)  # fmt: skip
_WATER: Final = Quantity("mg/L", {"mg/l": 1.0, "mgl-1": 1.0, "ug/l": 1e-3, "g/l": 1e3, "g/m3": 1.0, "mg/dm3": 1.0})
_SHARE: Final = Quantity("%", {"%": 1.0, "%rh": 1.0, "%v": 1.0, "%vol": 1.0, "percent": 1.0})
_TEMPERATURE: Final = Quantity("°C", {"°c": 1.0, "c": 1.0, "oc": 1.0, "degc": 1.0, "celsius": 1.0})
_PRESSURE: Final = Quantity(
    "hPa", {"hpa": 1.0, "mbar": 1.0, "mb": 1.0, "pa": 0.01, "kpa": 10.0, "bar": 1e3, "mmhg": 1.333224}
)
_SPEED: Final = Quantity(
    "m/s", {"m/s": 1.0, "ms-1": 1.0, "km/h": 1 / 3.6, "kmh": 1 / 3.6, "kph": 1 / 3.6, "kt": 0.514444, "knot": 0.514444}
)
_ANGLE: Final = Quantity("°", {"°": 1.0, "o": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "độ": 1.0})
_RAIN: Final = Quantity("mm", {"mm": 1.0, "cm": 10.0, "l/m2": 1.0})
_RAIN_RATE: Final = Quantity("mm/h", {"mm/h": 1.0, "mm/hr": 1.0, "mmh-1": 1.0})
_LEVEL: Final = Quantity("m", {"m": 1.0, "cm": 0.01, "mm": 0.001})
_NOISE: Final = Quantity("dBA", {"dba": 1.0, "db(a)": 1.0, "db": 1.0})
_ACIDITY: Final = Quantity("pH", {"ph": 1.0, "-": 1.0, "1": 1.0, "none": 1.0})
_FLOW: Final = Quantity(
    "m³/h",
    {
        "m3/h": 1.0, "m3/hr": 1.0, "m3/giờ": 1.0, "m3/s": 3600.0, "l/s": 3.6, "l/h": 1e-3, "l/min": 0.06,
        "m3/d": 1 / 24, "m3/day": 1 / 24, "m3/ngày": 1 / 24,
    },
)  # fmt: skip
_COLOUR: Final = Quantity("Pt-Co", {"pt-co": 1.0, "ptco": 1.0, "pt/co": 1.0, "tcu": 1.0})
_TURBIDITY: Final = Quantity("NTU", {"ntu": 1.0, "fnu": 1.0})
_CONDUCTIVITY: Final = Quantity("µS/cm", {"us/cm": 1.0, "ms/cm": 1e3, "s/m": 1e4})
_SALINITY: Final = Quantity("‰", {"‰": 1.0, "ppt": 1.0, "psu": 1.0, "g/l": 1.0})
_RISK: Final = Quantity("cấp", {"cap": 1.0, "level": 1.0, "-": 1.0, "1": 1.0, "none": 1.0})
_RADIATION: Final = Quantity("W/m²", {"w/m2": 1.0, "wm-2": 1.0})
_ROAD_SPEED: Final = Quantity("km/h", {"km/h": 1.0, "kmh": 1.0, "kph": 1.0, "m/s": 3.6, "ms-1": 3.6})
_DELAY: Final = Quantity("s", {"s": 1.0, "sec": 1.0, "min": 60.0, "ms": 1e-3})

METRICS: Final[Mapping[str, Quantity]] = {
    **dict.fromkeys(("pm1", "pm2_5", "pm10", "tsp", "so2", "no2", "no", "nox", "co", "o3", "nh3", "h2s"), _AIR),
    **dict.fromkeys(("dust", "hg_vapour"), _AIR),
    **dict.fromkeys(("tss", "cod", "bod5", "do", "nh4", "no3", "po4", "tp", "tn", "toc", "cl"), _WATER),
    **dict.fromkeys(("fe", "mn", "as", "cd", "pb", "cr6", "cu", "zn", "ni", "hg", "f", "cn", "oil"), _WATER),
    **dict.fromkeys(("humidity", "o2", "battery"), _SHARE),
    **dict.fromkeys(("temperature", "water_temperature"), _TEMPERATURE),
    "pressure": _PRESSURE,
    "wind_speed": _SPEED,
    "wind_gust": _SPEED,
    "wind_direction": _ANGLE,
    **dict.fromkeys(("rainfall", "rain_1h", "rain_12h", "rain_24h"), _RAIN),
    "rain_rate": _RAIN_RATE,
    "water_level": _LEVEL,
    "tide_level": _LEVEL,
    "noise": _NOISE,
    "ph": _ACIDITY,
    "flow": _FLOW,
    "color": _COLOUR,
    "turbidity": _TURBIDITY,
    "conductivity": _CONDUCTIVITY,
    "salinity": _SALINITY,
    "solar_radiation": _RADIATION,
    "disaster_risk_level": _RISK,
    "road_occupancy": _SHARE,
    "road_speed": _ROAD_SPEED,
    "road_queue": _LEVEL,
    "control_delay": _DELAY,
}
"""Canonical name of a metric to its quantity."""

_ALIASES: Final[Mapping[str, str]] = {
    "temp": "temperature", "rh": "humidity", "p": "pressure", "pm": "dust", "vhg": "hg_vapour", "bod": "bod5",
    "windspeed": "wind_speed", "winddir": "wind_direction", "rain": "rainfall", "waterlevel": "water_level",
    "tide": "tide_level", "leq": "noise", "laeq": "noise", "colour": "color", "watertemp": "water_temperature",
}  # fmt: skip


def _fold_metric(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _fold_unit(unit: str) -> str:
    # NFKC turns the micro sign into mu, ³ into 3 and ℃ into °C; º (ordinal) becomes o.
    plain = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("−", "-").replace("·", "").replace("^", "")
    return unicodedata.normalize("NFC", "".join(plain.split()).lower())


_BY_FOLDED_NAME: Final[Mapping[str, str]] = {_fold_metric(name): name for name in METRICS} | {**_ALIASES}
_FACTORS: Final[Mapping[str, Mapping[str, float]]] = {
    quantity.unit: {**quantity.factors, _fold_unit(quantity.unit): 1.0} for quantity in METRICS.values()
}


@lru_cache(maxsize=4096)
def meaning(metric: str, unit: str) -> Meaning | None:
    """Canonical form of a metric and its unit.

    Returns:
        :data:`SAME` if they are in canonical form, ``None`` if the metric is known and the unit is none of its
        units. A metric that is not known is taken as it is, in any unit.

    """
    name = _BY_FOLDED_NAME.get(_fold_metric(metric))
    if name is None:
        return SAME if metric.isprintable() else Meaning(metric, unit, 1.0)
    canonical = METRICS[name].unit
    if (metric, unit) == (name, canonical):
        return SAME
    factor = _FACTORS[canonical].get(_fold_unit(unit))
    return None if factor is None else Meaning(name, canonical, factor)


def unit_of(metric: str) -> str:
    """Canonical unit of a known metric, however it is spelled."""
    return METRICS[_BY_FOLDED_NAME[_fold_metric(metric)]].unit
