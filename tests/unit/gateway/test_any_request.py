"""Whatever is sent, the answer is a result or a problem, never a failure of ours, and quotes nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.gateway.app import create_app
from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.gateway.openapi import EXAMPLES
from connectors.gateway.services import Services
from ioc.events import BATCHED, STRUCTURED, TYPES
from ioc.settings import GatewaySettings, Settings
from ioc.ves import shipped_ves_mapping
from ioc.vocabulary import SCOPES, SOURCES

MARK = "mark7e1d"
"""Stands in every free text; it may come back as an id only."""

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text().map(lambda text: MARK + text)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
kinds = st.sampled_from(
    [
        "application/json",
        "application/x-ndjson",
        STRUCTURED,
        BATCHED,
        "",
    ]
)


@st.composite
def events(draw: st.DrawFn) -> tuple[str, object]:
    """A path and an event of its source with some fields changed, dropped or added."""
    source = draw(st.sampled_from(SOURCES))
    content: dict[str, Any] = dict(EXAMPLES[source])
    for name in draw(st.lists(st.sampled_from([*content, "lat", "source", "photos", "reporter", "alarm"]), max_size=3)):
        content[name] = draw(values)
    content.pop(draw(st.sampled_from([*content, "nothing"])), None)
    if not draw(st.booleans()):
        return f"/v1/{source}", content
    envelope = {"specversion": "1.0", "id": "1", "source": "tests", "type": TYPES[source], "data": content}
    envelope[draw(st.sampled_from([*envelope, "data_base64", "time"]))] = draw(values)
    return "/v1/events", draw(st.sampled_from([envelope, [envelope, content]]))


bodies = st.one_of(
    events(),
    st.tuples(st.sampled_from([f"/v1/{source}" for source in (*SOURCES, "events")]), values | st.binary(max_size=60)),
)
headers = st.dictionaries(
    st.sampled_from(
        ["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time", "content-encoding", "content-length"]
    ),
    st.sampled_from(["", "1", "1.0", "tests", "%", "%ff", '"', "a%00b", *TYPES.values()]),
    max_size=5,
)


@pytest.fixture
def served(tmp_path: Path) -> tuple[FastAPI, str]:
    """One application for all requests, and a token of it."""
    token = new_key(tmp_path / KEYS_FILE, "tests", SCOPES)[0]
    configuration = Settings(home=tmp_path, gateway=GatewaySettings(rate_per_key=1e9))
    return create_app(configuration, Services(configuration, ["province"], "unused"), shipped_ves_mapping()), token


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=bodies, kind=kinds, extra=headers)
async def test_any_request_has_an_answer(
    served: tuple[FastAPI, str], caplog: pytest.LogCaptureFixture, request: Any, kind: str, extra: dict[str, str]
) -> None:
    path, content = request
    app, token = served
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        with caplog.at_level(logging.ERROR):
            answer = await client.post(
                f"{path}?validate=true",
                content=body,
                headers={"authorization": f"Bearer {token}", **({"content-type": kind} if kind else {}), **extra},
            )
    assert not caplog.records
    told = answer.json()
    if answer.status_code == 200:
        # A batch of no events is one that was taken.
        assert not told["results"] or any(each["status"] == "valid" for each in told["results"])
    else:
        assert answer.status_code in {400, 403, 413, 415, 422}
        assert answer.headers["content-type"] == "application/problem+json"
        assert told["status"] == answer.status_code
    results = told.get("results", [])
    assert MARK not in json.dumps(
        [{**each, "id": None} for each in results] + [told.get("errors", []), told.get("detail")]
    )
