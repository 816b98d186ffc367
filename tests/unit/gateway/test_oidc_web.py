"""Signing in at a real identity provider from a browser: who comes back, and who is turned away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.gateway.identity.oidc import Oidc
from connectors.gateway.identity.visits import Visits
from connectors.gateway.identity.web import WebLogin
from connectors.gateway.problems import Problem
from ioc.settings import OidcSettings
from tests.provider import AUDIENCE, CLIENT, Provider, running

BACK = "https://ioc.example.vn/v1/login/provider/callback"
NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def settings(provider: Provider, **changes: Any) -> OidcSettings:
    roles = ("ops=operator", "root=admin")
    return OidcSettings(issuer=provider.issuer, audience=AUDIENCE, roles=roles, client_id=CLIENT, **changes)


@pytest.fixture
async def web(provider: Provider) -> AsyncIterator[WebLogin]:
    oidc = Oidc(settings(provider), ["north", "south"])
    yield WebLogin(settings(provider), oidc)
    await oidc.stop()


def sent_back(there: str) -> dict[str, str]:
    """What a browser comes back with that went where it was sent."""
    answer = httpx.get(there)
    assert answer.headers["location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def refused(web: WebLogin, kept: str, state: str, code: str) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        await web.finish(BACK, kept, state, code)
    return caught.value.kind.status, caught.value.kind.code


async def test_who_signs_in_there_is_known_here(web: WebLogin, provider: Provider) -> None:
    there, kept = await web.begin(BACK)
    asked = parse_qs(urlsplit(there).query)
    assert (asked["scope"], asked["code_challenge_method"]) == (["openid profile"], ["S256"])
    assert kept.rpartition(".")[2] not in there  # the verifier stays with the browser
    came = sent_back(there)
    caller = await web.finish(BACK, kept, came["state"], came["code"])
    assert (caller.kind, caller.name, caller.roles, caller.centres) == (
        "oidc", "oidc:hoa.tran", ("operator",), ("north",),
    )  # fmt: skip
    assert caller.id == (await Oidc(settings(provider), ["north"]).caller(provider.token())).id


async def test_a_code_is_for_the_browser_that_asked_and_for_once(web: WebLogin) -> None:
    there, kept = await web.begin(BACK)
    came = sent_back(there)
    _, others = await web.begin(BACK)
    failed = (401, "login-failed")
    assert await refused(web, others, came["state"], came["code"]) == failed
    assert await refused(web, "", came["state"], came["code"]) == failed
    assert await refused(web, kept, came["state"], "") == failed
    assert await refused(web, f"{came['state']}.n.other-verifier", came["state"], came["code"]) == failed
    assert await refused(web, kept, came["state"], came["code"]) == failed  # it was used with the other verifier


async def test_an_answer_to_another_question_is_none(web: WebLogin, provider: Provider) -> None:
    for claims in ({"nonce": "another"}, {"nonce": None}, {"aud": "somebody-else"}, {"sub": "s-2"}):
        provider.id_claims = claims
        there, kept = await web.begin(BACK)
        came = sent_back(there)
        assert (await refused(web, kept, came["state"], came["code"]))[0] == 401, claims


async def test_roles_may_stand_in_either_token(web: WebLogin, provider: Provider) -> None:
    provider.id_claims = {"roles": ["root"]}
    provider.visitor = {"aud": "another-api"}
    there, kept = await web.begin(BACK)
    came = sent_back(there)
    assert (await web.finish(BACK, kept, came["state"], came["code"])).roles == ("admin",)
    provider.id_claims, provider.visitor = {}, {"roles": ["guests"]}
    there, kept = await web.begin(BACK)
    came = sent_back(there)
    assert await refused(web, kept, came["state"], came["code"]) == (403, "forbidden")


async def test_a_client_may_have_a_secret(provider: Provider) -> None:
    provider.secret = "the client's own"
    for secret, right in (("the client's own", True), ("another", False)):
        configured = settings(provider, client_secret=SecretStr(secret))
        web = WebLogin(configured, Oidc(configured, ["north"]))
        there, kept = await web.begin(BACK)
        came = sent_back(there)
        if right:
            await web.finish(BACK, kept, came["state"], came["code"])
        else:
            assert await refused(web, kept, came["state"], came["code"]) == (401, "login-failed")


async def test_a_provider_that_is_away_is_said_to_be(web: WebLogin, provider: Provider) -> None:
    there, kept = await web.begin(BACK)
    came = sent_back(there)
    provider.stop()
    assert await refused(web, kept, came["state"], came["code"]) == (503, "identity-unavailable")
    assert (await web.begin(BACK))[0].startswith(provider.issuer)  # where it is was learned before
    fresh = WebLogin(settings(provider), Oidc(settings(provider), []))
    with pytest.raises(Problem) as caught:
        await fresh.begin(BACK)
    assert caught.value.kind.status == 503
    provider.start()
    provider.issuer_told = "https://another.example"
    with pytest.raises(Problem):
        await fresh.begin(BACK)


async def test_a_visit_is_looked_up_and_ends(web: WebLogin, tmp_path: Path) -> None:
    there, kept = await web.begin(BACK)
    came = sent_back(there)
    caller = await web.finish(BACK, kept, came["state"], came["code"])
    visits = Visits(tmp_path)
    assert visits.find("iocv_0123456789abcdef_" + "x" * 43, NOW) is None
    token, name = visits.begin(caller, NOW, timedelta(hours=8))
    found = visits.find(token, NOW)
    assert found is not None
    assert (found.id, found.caller.id, found.caller.name, found.caller.roles) == (
        name, caller.id, caller.name, caller.roles,
    )  # fmt: skip
    assert (found.caller.scopes, found.caller.centres) == (caller.scopes, caller.centres)
    assert found.caller.expires == NOW + timedelta(hours=8)
    assert visits.find(token[:-1] + ("A" if token[-1] != "A" else "B"), NOW) is None
    assert visits.find(token, NOW + timedelta(hours=8)) is None
    assert token.rpartition("_")[2] not in (tmp_path / "accounts.db").read_bytes().decode("latin-1")
    visits.end(name)
    assert visits.find(token, NOW) is None
    visits.close()


def test_what_a_client_needs_is_said() -> None:
    with pytest.raises(ValidationError, match="needs an issuer"):
        OidcSettings(client_id=CLIENT)
    with pytest.raises(ValidationError, match="https"):
        OidcSettings(issuer="https://id.example.vn", audience="ioc", roles=("a=admin",), console_url="http://ioc.vn")
