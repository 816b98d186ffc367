from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.gateway.app import create_app
from connectors.gateway.openapi import EXAMPLES
from connectors.gateway.problems import KINDS
from connectors.gateway.services import Services
from ioc.events import SPECS, validate_one
from ioc.settings import Settings
from ioc.ves import shipped_ves_mapping
from ioc.vocabulary import SOURCES, Source


@pytest.fixture
async def contract(tmp_path: Path) -> dict[str, Any]:
    settings = Settings(home=tmp_path)
    document: dict[str, Any] = create_app(
        settings, Services(settings, ["province"], "unused"), shipped_ves_mapping()
    ).openapi()
    return document


async def test_every_route_of_the_design_is_described(contract: dict[str, Any]) -> None:
    routes = {f"{method.upper()} {path}" for path, methods in contract["paths"].items() for method in methods}
    assert routes == {
        *(f"POST /v1/{source}" for source in SOURCES),
        "POST /v1/events",
        "POST /eventListener/v7",
        "POST /eventListener/v7/eventBatch",
        "GET /v1/reports/{report_id}",
        "POST /v1/reports/{report_id}/rating",
        "GET /v1/incidents",
        "GET /v1/incidents/{incident_id}",
        "GET /v1/incidents/{incident_id}/evidence",
        "GET /v1/incidents/{incident_id}/why",
        "GET /v1/incidents/{incident_id}/standing",
        "GET /v1/incidents/{incident_id}/answers",
        "GET /v1/receipts",
        "GET /v1/publishers/{source}/figures",
        "GET /v1/figures/monthly",
        "GET /v1/map/places",
        "GET /v1/map/stations",
        "GET /v1/map/sites",
        "GET /v1/map/gates",
        "GET /v1/quality",
        "GET /v1/quality/devices",
        "POST /v1/incidents/{incident_id}/actions",
        "GET /v1/shifts/{centre}/log",
        "POST /v1/shifts/{centre}/log",
        "GET /v1/shifts/{centre}/handover",
        "POST /v1/shifts/{centre}/handover",
        "POST /v1/attachments",
        "GET /v1/attachments/{name}",
        "POST /v1/silences",
        "GET /v1/silences",
        "GET /v1/silences/{silence_id}",
        "DELETE /v1/silences/{silence_id}",
        "GET /api/v2/status",
        "GET /api/v2/receivers",
        "GET /api/v2/alerts",
        "GET /api/v2/alerts/groups",
        "GET /api/v2/silences",
        "GET /api/v2/silence/{silence_id}",
        "GET /v1/stream",
        "GET /v1/audit",
        "GET /v1/catalogue",
        "GET /v1/login",
        "GET /v1/login/provider",
        "GET /v1/login/provider/callback",
        "POST /v1/login",
        "POST /v1/logout",
        "GET /v1/session",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        "GET /asyncapi.json",
        "GET /schemas",
        "GET /schemas/{name}",
        "GET /docs",
        "GET /docs/{name}",
    }


async def test_every_reference_leads_somewhere(contract: dict[str, Any]) -> None:
    text = json.dumps(contract)
    schemas = contract["components"]["schemas"]
    assert {SPECS[source].model.__name__ for source in SOURCES} <= set(schemas)
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas


@pytest.mark.parametrize("source", SOURCES)
def test_examples_are_valid(source: Source) -> None:
    now = datetime(2026, 12, 31, tzinfo=UTC)
    outcome = validate_one(source, dict(EXAMPLES[source]), now=now, max_future=timedelta())
    assert isinstance(outcome, SPECS[source].model)


def test_problem_types_are_distinct() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)
