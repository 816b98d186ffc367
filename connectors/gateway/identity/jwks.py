"""The public keys of an identity provider: fetched when needed, kept while it is away, followed as they rotate."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from typing import Any, Final

import httpx
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from ioc.settings import OidcSettings

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5.0
_MAX_BYTES: Final = 1_000_000
_AGAIN_S: Final = 10.0
"""An unknown key asks the provider at most so often: anybody can make up names of keys."""
_DISCOVERY: Final = "/.well-known/openid-configuration"


class ProviderAway(Exception):
    """The provider does not answer, or with something else than keys."""


class Jwks:
    """Keys by their ids.

    Args:
        settings: Where they are and how long they are good for.

    """

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._issuer = (settings.issuer or "").rstrip("/")
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> PyJWK | None:
        """The key with this id, or ``None`` where the provider has none.

        Raises:
            ProviderAway: whether it has one cannot be told now.

        """
        now = asyncio.get_running_loop().time()
        age = now - self._fetched_at
        if age > self._settings.stale_s:
            self._keys = {}
        known = self._keys.get(key_id)
        if known is not None:
            if age > self._settings.keys_s and (self._renewing is None or self._renewing.done()):
                self._renewing = asyncio.create_task(self._renew())
            return known
        async with self._lock:
            if key_id not in self._keys:
                await self._fetch_if_due()
        return self._keys.get(key_id)

    async def stop(self) -> None:
        """End what is going on."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def _renew(self) -> None:
        async with self._lock:
            with contextlib.suppress(ProviderAway):
                await self._fetch_if_due()

    async def _fetch_if_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._tried_at >= _AGAIN_S:
            self._tried_at = now
            try:
                self._keys = await self._fetch()
            except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError, PyJWTError) as error:
                if not self._failed:
                    _log.warning("identity_provider_away", extra={"reason": type(error).__name__})
                self._failed = True
            else:
                self._fetched_at = now
                if self._failed:
                    _log.info("identity_provider_back")
                self._failed = False
        if self._failed:
            raise ProviderAway

    async def _fetch(self) -> dict[str, PyJWK]:
        context = ssl.create_default_context(cafile=self._settings.cafile)
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, verify=context, trust_env=False) as client:
            url = self._settings.jwks_url
            if url is None:
                found = await _json(client, self._issuer + _DISCOVERY)
                if str(found["issuer"]).rstrip("/") != self._issuer:
                    raise ValueError("the discovery document is of another issuer")
                url = str(found["jwks_uri"])
                if not url.startswith("https://") and not self._issuer.startswith("http://"):
                    raise ValueError("keys are fetched by https")
            keys = (await _json(client, url))["keys"]
        return {each["kid"]: key for each in keys if (key := _signing(each)) is not None}


def _signing(content: dict[str, Any]) -> PyJWK | None:
    """A key that signs and has a name; others, and kinds that are not known here, are passed over."""
    if "kid" not in content or content.get("use", "sig") != "sig" or content.get("kty") == "oct":
        return None
    try:
        return PyJWK(content)
    except PyJWTError:
        return None


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    body = b""
    async with client.stream("GET", url) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError("no document")
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _MAX_BYTES:
                raise ValueError("too large")
    return orjson.loads(body)
