"""Signing people in at an identity provider from a browser: the authorization code flow with PKCE (RFC 7636).

What has to be remembered between going there and coming back (state, nonce, verifier) is in a cookie of the browser
that went, which no script reads and no other site sends; nothing is kept here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import orjson

from connectors.gateway.caller import Caller
from connectors.gateway.identity.oidc import Oidc
from connectors.gateway.problems import LOGIN_FAILED, PROVIDER_AWAY, Problem
from ioc.settings import OidcSettings

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 10.0
_MAX_BYTES: Final = 1_000_000
_KNOWN_S: Final = 3600.0
"""How long the provider's addresses are used before they are asked for again."""
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider lets people sign in, and where codes become tokens."""

    authorization: str
    token: str


class WebLogin:
    """The flow with one provider.

    Args:
        settings: Its issuer and the client's id are set.
        oidc: Checks the tokens.

    """

    def __init__(self, settings: OidcSettings, oidc: Oidc) -> None:
        self._settings = settings
        self._oidc = oidc
        self._issuer = (settings.issuer or "").rstrip("/")
        self._endpoints: Endpoints | None = None
        self._asked_at = 0.0

    async def begin(self, redirect: str) -> tuple[str, str]:
        """Where to send a browser, and what it has to bring along when it comes back.

        Args:
            redirect: Address that the provider sends it back to.

        Raises:
            Problem: the provider does not say where (503).

        """
        endpoints = await self._where()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self._settings.client_id, "redirect_uri": redirect,
            "scope": " ".join(self._settings.scopes), "state": state, "nonce": nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        mark = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{mark}{urlencode(asked)}", f"{state}.{nonce}.{verifier}"

    async def finish(self, redirect: str, kept: str, state: str, code: str) -> Caller:
        """Who has come back.

        Args:
            redirect: As given to ``begin``.
            kept: What the browser brought along.
            state: What the provider sent back of it.
            code: What becomes tokens; empty where the provider refused.

        Raises:
            Problem: the browser is not the one that went, or the provider does not take the code (401); it gives no
                role here (403); the provider does not answer (503).

        """
        parts = kept.split(".")
        if len(parts) != 3 or not code or not hmac.compare_digest(parts[0].encode(), state.encode()):
            raise _failed()
        _, nonce, verifier = parts
        tokens = await self._tokens(redirect, code, verifier)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise _failed()
        return await self._oidc.visitor(id_token, access_token if isinstance(access_token, str) else "", nonce)

    async def _tokens(self, redirect: str, code: str, verifier: str) -> dict[str, Any]:
        endpoints = await self._where()
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        client, secret = self._settings.client_id or "", self._settings.client_secret
        auth = httpx.BasicAuth(client, secret.get_secret_value()) if secret is not None else None
        if auth is None:
            sent["client_id"] = client
        try:
            status, body = await self._ask("POST", endpoints.token, data=sent, auth=auth)
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise self._away(error) from None
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise self._away(ValueError(f"status {status}"))
        if status != httpx.codes.OK or not isinstance(body, dict):
            _log.info("code_refused", extra={"status": status})
            raise _failed()
        return body

    async def _where(self) -> Endpoints:
        now = asyncio.get_running_loop().time()
        if self._endpoints is not None and now - self._asked_at < _KNOWN_S:
            return self._endpoints
        try:
            _, told = await self._ask("GET", self._issuer + _DISCOVERY)
            found = _endpoints(told, self._issuer)
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            if self._endpoints is not None:
                return self._endpoints  # they hardly ever change
            raise self._away(error) from None
        self._endpoints, self._asked_at = found, now
        return found

    async def _ask(self, method: str, url: str, **content: Any) -> tuple[int, Any]:
        context = ssl.create_default_context(cafile=self._settings.cafile)
        body = b""
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S, verify=context, trust_env=False) as client,
            client.stream(method, url, headers={"accept": "application/json"}, **content) as answer,
        ):
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    raise ValueError("too large")
        return answer.status_code, orjson.loads(body or b"null")

    @staticmethod
    def _away(error: Exception) -> Problem:
        _log.warning("identity_provider_away", extra={"reason": type(error).__name__})
        return Problem(PROVIDER_AWAY, "The identity provider does not answer.", headers={"Retry-After": "10"})


def _endpoints(told: Any, issuer: str) -> Endpoints:
    """Addresses of a discovery document, if it is the issuer's and they are as safe as it is."""
    if str(told["issuer"]).rstrip("/") != issuer:
        raise ValueError("the discovery document is of another issuer")
    found = Endpoints(str(told["authorization_endpoint"]), str(told["token_endpoint"]))
    safe = all(each.startswith("https://") for each in (found.authorization, found.token))
    if not safe and issuer.startswith("https://"):
        raise ValueError("people sign in by https")
    return found


def _failed() -> Problem:
    return Problem(LOGIN_FAILED, "The identity provider's answer is not one to a question of this browser.")
