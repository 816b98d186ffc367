"""People whom an identity provider knows (OpenID Connect): its signed tokens, checked, become callers."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from jwt.exceptions import PyJWTError

from connectors.gateway.caller import OIDC_PREFIX, Caller
from connectors.gateway.identity.jwks import Jwks, ProviderAway
from connectors.gateway.problems import FORBIDDEN, PROVIDER_AWAY, UNAUTHORIZED, Problem
from ioc.events.identifiers import is_personal
from ioc.roles import ROLES, Role, rights
from ioc.settings import OidcSettings

_log = logging.getLogger(__name__)

_MAX_TOKEN: Final = 16_384
_MAX_NAME: Final = 60


def is_jwt(token: str) -> bool:
    """Whether a bearer token is a signed JWT by its form: three parts, of which none is ours."""
    return token.count(".") == 2 and not token.startswith("ioc")


class Oidc:
    """Checks tokens of one provider.

    Args:
        settings: Its issuer is set.
        centres: Codes of the province's centres; others in a token are passed over.

    """

    def __init__(self, settings: OidcSettings, centres: Collection[str]) -> None:
        self._settings = settings
        self._centres = frozenset(centres)
        self._jwks = Jwks(settings)
        self._roles: dict[str, list[Role]] = {}
        for line in settings.roles:
            theirs, _, ours = line.rpartition("=")
            self._roles.setdefault(theirs, []).extend(role for role in ROLES if role == ours)

    async def stop(self) -> None:
        """End what is going on."""
        await self._jwks.stop()

    async def caller(self, token: str) -> Caller:
        """Whose token it is.

        Raises:
            Problem: it is not valid (401), gives no role here (403), or cannot be checked now (503).

        """
        return self._known(await self.claims(token, self._settings.audience))

    async def visitor(self, id_token: str, access_token: str, nonce: str) -> Caller:
        """Whom the provider has just signed in for a page of ours.

        The ID token says who it is. What they are stands in the access token, where that is a JWT for this gateway, as
        providers put roles there; else in the ID token as well.

        Raises:
            Problem: as ``caller``; also where the ID token answers another question than ours (401).

        """
        who = await self.claims(id_token, self._settings.client_id)
        if not hmac.compare_digest(str(who.get("nonce", "")).encode(), nonce.encode()):
            raise _invalid()
        try:
            what = await self.claims(access_token, self._settings.audience) if is_jwt(access_token) else who
        except Problem as problem:
            if problem.kind is not UNAUTHORIZED:
                raise
            what = who  # an access token for somebody else is none of ours
        if what["sub"] != who["sub"]:
            raise _invalid()
        return self._known(who | what)

    def _known(self, claims: Mapping[str, Any]) -> Caller:
        roles = tuple(role for role in ROLES if role in self._mapped(claims))
        centres = [each for each in _texts(_at(claims, self._settings.centres_claim)) if each in self._centres]
        unit = next(iter(_texts(_at(claims, self._settings.unit_claim))), "")
        try:
            allowed = rights(roles, centres, unit)
        except ValueError:
            raise Problem(FORBIDDEN, "The token gives no role here, or not what the role needs.") from None
        person = _person_id(self._settings.issuer or "", claims["sub"])
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        return Caller.of_person("oidc", person, self._name(claims, person), roles=roles, rights=allowed, expires=ends)

    async def claims(self, token: str, audience: str | None) -> dict[str, Any]:
        """What a token says, if it is the provider's and for this audience.

        Raises:
            Problem: it is not valid (401), or cannot be checked now (503).

        """
        settings = self._settings
        if len(token) > _MAX_TOKEN:
            raise _invalid()
        try:
            header = jwt.get_unverified_header(token)
        except PyJWTError:
            raise _invalid() from None
        key_id, algorithm = header.get("kid"), header.get("alg")
        if not isinstance(key_id, str) or algorithm not in settings.algorithms:
            raise _invalid()
        try:
            key = await self._jwks.key(key_id)
        except ProviderAway:
            raise Problem(
                PROVIDER_AWAY, "The identity provider cannot be reached, and its key is not known yet.",
                headers={"Retry-After": "10"},
            ) from None  # fmt: skip
        if key is None:
            raise _invalid()
        try:
            # The bare key: what it may be used for is said by the list of algorithms, not by the token.
            claims: dict[str, Any] = jwt.decode(
                token, key.key, algorithms=list(settings.algorithms), issuer=settings.issuer,
                audience=audience, leeway=settings.leeway_s,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )  # fmt: skip
        except (PyJWTError, TypeError, ValueError) as error:
            _log.info("token_refused", extra={"reason": type(error).__name__})
            raise _invalid() from None
        return claims

    def _mapped(self, claims: Mapping[str, Any]) -> set[Role]:
        return {role for each in _texts(_at(claims, self._settings.roles_claim)) for role in self._roles.get(each, ())}

    def _name(self, claims: Mapping[str, Any], person: str) -> str:
        """What stands in commands and in the audit: an e-mail address or a phone number does not."""
        name = claims.get(self._settings.name_claim)
        fits = isinstance(name, str) and 0 < len(name) <= _MAX_NAME and name.isprintable() and not is_personal(name)
        return f"{OIDC_PREFIX}{name if fits else person}"


def _person_id(issuer: str, subject: str) -> str:
    """The same person of the same provider, without saying who."""
    return "u-" + hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:16]


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its path: providers nest roles (``realm_access.roles``), or use names with dots as they are."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(value: Any) -> list[str]:
    """A claim's values: a list, or words with spaces between them."""
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _invalid() -> Problem:
    return Problem(
        UNAUTHORIZED,
        "The token is not valid: check its issuer, audience, signature and times.",
        headers={"WWW-Authenticate": 'Bearer realm="ioc", error="invalid_token"'},
    )
