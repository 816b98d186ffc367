"""Events with only what a test is about, and the shipped province's limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import ioc.catalog
from ioc.detect import Rules, load_rules
from ioc.events.sensor import Sensor

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""12:00 in Việt Nam."""

SHIPPED = Path(ioc.catalog.__file__).parent / "common" / "thresholds.toml"
READING_LIMITS = Path(__file__).parents[2] / "data" / "reading_limits.toml"


def with_reading_limits(shipped: str) -> str:
    """The shipped limits, and such of single readings of gases and dust, which the shipped ones judge by means."""
    return shipped.replace("[air]\n", f"{READING_LIMITS.read_text()}\n[air]\n", 1)


@cache
def rules() -> Rules:
    return load_rules(with_reading_limits(SHIPPED.read_text()).encode(), ZONE)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def reading(
    value: float,
    minutes: float = 0,
    *,
    metric: str = "so2",
    unit: str = "µg/m³",
    status: str | None = "00",
    device: str = "tram-1",
) -> Sensor:
    return Sensor(device_id=device, metric=metric, value=value, unit=unit, observed_at=after(minutes), status=status)
