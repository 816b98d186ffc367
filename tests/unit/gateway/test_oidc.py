"""Tokens of a real identity provider, over HTTP: what opens, what does not, and what its absence means."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.utils import base64url_encode

from connectors.gateway.caller import Caller
from connectors.gateway.identity import jwks
from connectors.gateway.identity.oidc import Oidc, is_jwt
from connectors.gateway.problems import Problem
from ioc.settings import OidcSettings
from tests.provider import AUDIENCE, Provider, running

ROLES = ("ops=operator", "/duty officers=duty_officer", "ops-unit=handling_unit", "root=admin")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def settings(provider: Provider, **changes: Any) -> OidcSettings:
    return OidcSettings(issuer=provider.issuer, audience=AUDIENCE, roles=ROLES, **changes)


@pytest.fixture
async def oidc(provider: Provider) -> AsyncIterator[Oidc]:
    oidc = Oidc(settings(provider), ["north", "south"])
    yield oidc
    await oidc.stop()


async def refused(oidc: Oidc, token: str) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        await oidc.caller(token)
    return caught.value.kind.status, caught.value.kind.code


async def test_a_token_becomes_a_caller_with_roles_and_centres(oidc: Oidc, provider: Provider) -> None:
    caller = await oidc.caller(provider.token(centres=["north", "elsewhere"]))
    assert (caller.kind, caller.name, caller.roles, caller.centres) == (
        "oidc",
        "oidc:hoa.tran",
        ("operator",),
        ("north",),
    )
    assert caller.allows("incidents:write")
    assert not caller.allows("admin")
    assert not caller.owns("operator")
    assert is_jwt(provider.token())


@pytest.mark.parametrize(
    ("claims", "roles", "unit"),
    [
        ({"roles": "ops-unit other", "unit": "so-xd"}, ("handling_unit",), "so-xd"),
        ({"roles": ["/duty officers"], "centres": "north south"}, ("duty_officer",), ""),
        ({"roles": ["root", "ops"], "centres": None}, ("operator", "admin"), ""),
    ],
)
async def test_claims_are_lists_or_words(
    oidc: Oidc, provider: Provider, claims: dict[str, Any], roles: tuple[str, ...], unit: str
) -> None:
    caller = await oidc.caller(provider.token(**claims))
    assert (caller.roles, caller.unit) == (roles, unit)


async def test_claims_are_found_by_path(provider: Provider) -> None:
    nested = Oidc(settings(provider, roles_claim="realm_access.roles", centres_claim="https://x.vn/c"), ["north"])
    token = provider.token(roles=None, centres=None, realm_access={"roles": ["ops"]}, **{"https://x.vn/c": ["north"]})
    assert (await nested.caller(token)).centres == ("north",)


@pytest.mark.parametrize("name", ["hoa@example.vn", "0912345678", "x" * 100, "", 7, "a\nb", None])
async def test_a_name_that_is_personal_or_no_name_is_replaced(oidc: Oidc, provider: Provider, name: Any) -> None:
    caller = await oidc.caller(provider.token(preferred_username=name))
    assert caller.name.startswith("oidc:u-")
    assert caller.name == f"oidc:{caller.id}"
    assert caller.id != (await oidc.caller(provider.token(sub="s-2"))).id


@pytest.mark.parametrize("claims", [{"roles": []}, {"roles": ["unknown"]}, {"roles": None}, {"centres": ["elsewhere"]}])
async def test_without_a_role_here_nothing_opens(oidc: Oidc, provider: Provider, claims: dict[str, Any]) -> None:
    assert await refused(oidc, provider.token(**claims)) == (403, "forbidden")


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1/other"},
        {"aud": "another"},
        {"aud": None},
        {"exp": NOW - 120},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": NOW + 3600},
    ],
    ids=", ".join,
)
async def test_a_token_for_others_or_of_another_time_is_refused(
    oidc: Oidc, provider: Provider, claims: dict[str, Any]
) -> None:
    assert await refused(oidc, provider.token(**claims)) == (401, "unauthorized")


async def test_clocks_may_differ_by_the_leeway(oidc: Oidc, provider: Provider) -> None:
    now = int(time.time())
    assert isinstance(await oidc.caller(provider.token(exp=now - 10, iat=now - 70)), Caller)


def signed_as_if_shared(kid: str, body: str, secret: bytes) -> str:
    """What an attacker makes of the provider's public key: our library does not sign like that."""
    head = base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode()).decode()
    sign = hmac.new(secret, f"{head}.{body}".encode(), "sha256").digest()
    return f"{head}.{body}.{base64url_encode(sign).decode()}"


async def test_a_signature_of_another_key_or_kind_is_refused(oidc: Oidc, provider: Provider) -> None:
    kid = list(provider.keys)[-1]
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = (
        provider.keys[kid]
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    right = provider.token()
    head, body, sign = right.split(".")
    forged = [
        provider.token(kid=kid, key=other),
        signed_as_if_shared(kid, body, public),
        signed_as_if_shared("shared", body, b"secret"),
        provider.token(kid=kid, key="", algorithm="none"),
        provider.token(kid=kid, key=provider.keys[kid], algorithm="RS512"),
        f"{head}.{body}.",
        f"{head}.{body[:-2]}.{sign}",
        "a.b.c",
        right + "x" * 20_000,
    ]
    assert [await refused(oidc, token) for token in forged] == [(401, "unauthorized")] * len(forged)
    assert isinstance(await oidc.caller(right), Caller)


async def test_keys_are_fetched_once_and_again_for_a_new_one(
    oidc: Oidc, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await oidc.caller(provider.token())
    assert len(provider.asked) == 2
    provider.rotate()
    # Whoever makes up names of keys does not make us ask all the time.
    assert await refused(oidc, provider.token()) == (401, "unauthorized")
    assert len(provider.asked) == 2
    monkeypatch.setattr(jwks, "_AGAIN_S", 0.0)
    assert isinstance(await oidc.caller(provider.token()), Caller)


async def test_a_key_that_was_taken_back_opens_nothing_any_more(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_AGAIN_S", 0.0)
    oidc = Oidc(settings(provider), ["north"])
    before = provider.token()
    await oidc.caller(before)
    provider.rotate(keep=False)
    await oidc.caller(provider.token())
    assert await refused(oidc, before) == (401, "unauthorized")


async def test_while_the_provider_is_away_known_keys_open_and_new_ones_wait(
    oidc: Oidc, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_AGAIN_S", 0.0)
    await oidc.caller(provider.token())
    provider.stop()
    assert isinstance(await oidc.caller(provider.token()), Caller)
    provider.rotate()
    assert await refused(oidc, provider.token()) == (503, "identity-unavailable")
    provider.start()
    assert isinstance(await oidc.caller(provider.token()), Caller)


async def test_keys_grow_stale(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "_AGAIN_S", 0.0)
    oidc = Oidc(settings(provider).model_copy(update={"keys_s": 0.0, "stale_s": 60.0}), ["north"])
    await oidc.caller(provider.token())
    provider.stop()
    await oidc.caller(provider.token())
    oidc._jwks._fetched_at -= 61
    assert await refused(oidc, provider.token()) == (503, "identity-unavailable")
    await oidc.stop()


async def test_a_discovery_document_of_another_issuer_is_not_believed(oidc: Oidc, provider: Provider) -> None:
    provider.issuer_told = "http://127.0.0.1:1/other"
    assert await refused(oidc, provider.token()) == (503, "identity-unavailable")


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": None},
        {"roles": ()},
        {"roles": ("ops=king",)},
        {"roles": ("operator",)},
        {"algorithms": ("HS256",)},
        {"algorithms": ()},
        {"issuer": "http://idp.example.vn"},
        {"jwks_url": "http://idp.example.vn/keys"},
    ],
)
def test_what_would_be_unsafe_is_refused_at_the_start(changes: dict[str, Any]) -> None:
    good = {"issuer": "https://idp.example.vn", "audience": "ioc", "roles": ("ops=operator",)}
    OidcSettings(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        OidcSettings(**(good | changes))
