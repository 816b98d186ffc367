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


@cache
def rules() -> Rules:
    return load_rules(SHIPPED.read_bytes(), ZONE)


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
