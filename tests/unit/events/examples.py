"""One full example of each source, and how to vary it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ioc.events import Event, validate_one
from ioc.records import FieldError
from ioc.vocabulary import Source

NOW = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
MAX_FUTURE = timedelta(minutes=5)
ABSENT = object()

FULL: Mapping[Source, dict[str, Any]] = {
    "reports": {
        "id": "r-1",
        "occurred_at": "2026-10-01T08:15:00+07:00",
        "text": "Cây đổ chắn ngang đường ở phường Bãi Cháy",
        "lat": 20.9517,
        "lon": 107.0456,
        "accuracy_m": 12.5,
        "address": "Đường Hạ Long",
        "category_hint": "traffic",
        "photos": ["https://example.vn/1.jpg", "s3://photos/2"],
        "channel": "app",
        "locale": "vi",
        "reporter": {"id": "u-7", "name": "Nguyễn Văn A", "phone": "0912345678", "email": "a@example.vn"},
        "source": "urn:app:ha-long",
        "synthetic": False,
    },
    "sensors": {
        "device_id": "air-0007",
        "metric": "pm2_5",
        "value": 37.5,
        "unit": "µg/m³",
        "observed_at": "2026-10-01T08:15:00+07:00",
        "id": "s-1",
        "status": "00",
        "lat": 20.9517,
        "lon": 107.0456,
        "source": "urn:stations",
        "synthetic": False,
    },
    "cameras": {
        "id": "c-1",
        "camera_id": "cam-12",
        "kind": "smoke",
        "observed_at": "2026-10-01T08:15:00+07:00",
        "confidence": 0.87,
        "label": "khói",
        "zone": "bến xe",
        "plate": "14A-123.45",
        "snapshot": "https://example.vn/c.jpg",
        "ended_at": "2026-10-01T08:16:00+07:00",
        "dwell_s": 60.0,
        "lat": 20.9517,
        "lon": 107.0456,
        "source": "urn:nvr",
        "synthetic": False,
    },
    "bts": {
        "site_id": "QNH-0213",
        "operator": "VNPT",
        "technology": "4G",
        "observed_at": "2026-10-01T08:15:00+07:00",
        "id": "b-1",
        "state": "degraded",
        "rsrp_dbm": -112.5,
        "rsrq_db": -15.5,
        "sinr_db": -2.0,
        "users": 41,
        "prb_ratio": 0.93,
        "alarm": {
            "severity": "major",
            "condition": "powerLoss",
            "problem": "Mất điện lưới",
            "raised_at": "2026-10-01T08:10:00+07:00",
        },
        "interval_s": 300.0,
        "measured_by": "site",
        "lat": 20.9517,
        "lon": 107.0456,
        "source": "urn:oss:vnpt",
        "synthetic": False,
    },
    "gate": {
        "gate_id": "bac-luan-2",
        "direction": "out",
        "kind": "passage",
        "observed_at": "2026-10-01T08:15:00+07:00",
        "id": "g-1",
        "vehicle_ref": "a1b2c3",
        "goods": "durian",
        "state": "yard_waiting",
        "vehicles_waiting": 212,
        "yard_fill_ratio": 0.85,
        "yard": "yard-1",
        "lanes_open": 3,
        "perishable": True,
        "inspections": {"customs": "passed", "quarantine": "pending", "border_guard": None},
        "yard_capacity": 400,
        "arrivals_per_hour": 41,
        "crossings_per_hour": 38,
        "lat": 21.5353,
        "lon": 107.9703,
        "source": "urn:gate",
        "synthetic": False,
    },
    "security": {
        "id": "x-1",
        "asset_id": "web-01",
        "kind": "brute_force",
        "severity": "high",
        "observed_at": "2026-10-01T08:15:00+07:00",
        "technique": "T1110",
        "description": "1.200 lần đăng nhập sai trong 5 phút",
        "count": 1200,
        "source": "urn:soc",
        "synthetic": False,
    },
}

REQUIRED: Mapping[Source, tuple[str, ...]] = {
    "reports": ("id", "occurred_at", "text"),
    "sensors": ("device_id", "metric", "value", "unit", "observed_at"),
    "cameras": ("id", "camera_id", "kind", "observed_at", "confidence"),
    "bts": ("site_id", "operator", "technology", "observed_at"),
    "gate": ("gate_id", "direction", "kind", "observed_at"),
    "security": ("id", "asset_id", "kind", "severity", "observed_at"),
}

TIME_FIELD: Mapping[Source, str] = dict.fromkeys(FULL, "observed_at") | {"reports": "occurred_at"}


def vary(source: Source, /, **changes: Any) -> dict[str, Any]:
    """The full example with some fields replaced, or left out where the change is ``ABSENT``."""
    content = deepcopy(FULL[source]) | changes
    return {name: value for name, value in content.items() if value is not ABSENT}


def raw(source: Source, /, **changes: Any) -> bytes:
    """JSON of :func:`vary`."""
    return orjson.dumps(vary(source, **changes))


def check(source: Source, data: object) -> Event | list[FieldError]:
    """Validate at the examples' time."""
    return validate_one(source, data, now=NOW, max_future=MAX_FUTURE)


def faults(source: Source, data: object) -> list[tuple[str, str]]:
    """Pointer and code of everything that is wrong."""
    outcome = check(source, data)
    return [(error.pointer, error.code) for error in outcome] if isinstance(outcome, list) else []
