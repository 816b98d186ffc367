"""The VES listener without Kafka: whatever is sent, the answer is a result or a requestError, and quotes nothing."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.gateway.app import create_app
from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.gateway.openapi import VES_EXAMPLE
from connectors.gateway.problems import DRAINING, INTERNAL, INVALID, KINDS, RATE, TOO_LARGE, Kind, Problem
from connectors.gateway.services import Services
from connectors.gateway.ves_errors import in_words_of, request_error
from ioc.records import FieldError
from ioc.settings import GatewaySettings, Settings
from ioc.ves import Sample, shipped_ves_mapping, translate
from tests.ves import fault, heartbeat, measurement, syslog

MARK = "mark7e1d"
PUBLISHER = "urn:example:oss"
NOW = datetime.now(UTC)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text().map(lambda text: MARK + text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def events(draw: st.DrawFn) -> object:
    """A valid event, or one with a member changed or dropped, or anything else."""
    event: dict[str, Any] = json.loads(
        json.dumps(
            draw(st.sampled_from([fault("MAJOR", NOW), heartbeat(NOW), measurement(NOW, {"rsrp": "-99"}), syslog(NOW)]))
        )
    )
    for _ in range(draw(st.integers(0, 2))):
        part = draw(st.sampled_from([event, *event.values()]))
        if isinstance(part, dict) and part:
            part[draw(st.sampled_from([*part]))] = draw(values)
    return draw(st.sampled_from([event, event, draw(values)]))


bodies = st.one_of(
    st.builds(lambda event: {"event": event}, events()),
    st.builds(lambda several: {"eventList": several}, st.lists(events(), max_size=4)),
    values,
)


@pytest.fixture
def served(tmp_path: Path) -> tuple[FastAPI, str]:
    """One application for all requests, and credentials of it."""
    token, _ = new_key(tmp_path / KEYS_FILE, PUBLISHER, ["telemetry:write"])
    configuration = Settings(home=tmp_path, gateway=GatewaySettings(rate_per_key=1e9))
    app = create_app(configuration, Services(configuration, ["province"], "unused"), shipped_ves_mapping())
    return app, base64.b64encode(f"{PUBLISHER}:{token}".encode()).decode()


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=bodies | st.binary(max_size=40), path=st.sampled_from(["", "/eventBatch"]))
async def test_any_request_has_an_answer(
    served: tuple[FastAPI, str], caplog: pytest.LogCaptureFixture, content: object, path: str
) -> None:
    app, credentials = served
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        with caplog.at_level(logging.ERROR):
            answer = await client.post(
                f"/eventListener/v7{path}?validate=true",
                content=body,
                headers={"authorization": f"Basic {credentials}", "content-type": "application/json"},
            )
    assert not caplog.records
    assert answer.headers["x-latestversion"] == "7.2.1"
    told = answer.json()
    if answer.status_code == 200:
        assert any(each["status"] == "valid" for each in told["results"])
        told = [each["errors"] for each in told["results"]]
    else:
        assert answer.status_code == 400
        (name,) = told["requestError"]
        assert name in {"serviceException", "policyException"}
    assert MARK not in json.dumps(told)


@pytest.mark.parametrize("query", ["validate=perhaps", "validate="])
async def test_a_query_that_makes_no_sense_is_refused_in_the_words_of_the_standard(
    served: tuple[FastAPI, str], query: str
) -> None:
    app, credentials = served
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.post(f"/eventListener/v7?{query}", headers={"authorization": f"Basic {credentials}"})
    assert answer.status_code == 400
    assert answer.json()["requestError"]["serviceException"]["messageId"] == "SVC0002"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_problem_has_words_in_the_standard_whose_variables_its_text_names(kind: Kind) -> None:
    answer = request_error(Problem(kind, "Words.", [FieldError("/event", "invalid", "expected")]))
    (found,) = json.loads(bytes(answer.body))["requestError"].values()
    assert found["messageId"][:3] in {"SVC", "POL"}
    named = [number for number in range(1, 9) if f"%{number}" in found["text"]]
    assert named == list(range(1, len(found["variables"]) + 1))


@pytest.mark.parametrize(("kind", "status"), [(INVALID, 400), (TOO_LARGE, 400), (RATE, 429), (DRAINING, 503),
                                              (INTERNAL, 500)])  # fmt: skip
def test_the_status_is_the_standards_where_it_has_one(kind: Kind, status: int) -> None:
    assert request_error(Problem(kind, "Words.")).status_code == status


def test_the_words_are_for_the_listeners_paths_alone() -> None:
    problem = Problem(RATE, "Words.", headers={"Retry-After": "2"})
    assert in_words_of("/v1/bts", problem).media_type == "application/problem+json"
    own = in_words_of("/eventListener/v7/eventBatch", problem)
    assert (own.media_type, own.headers["retry-after"]) == ("application/json", "2")


def test_the_documents_example_is_valid() -> None:
    at = datetime(2026, 12, 31, tzinfo=UTC) - timedelta(days=1)
    assert isinstance(translate(VES_EXAMPLE, shipped_ves_mapping(), "operator-a", at), Sample)
