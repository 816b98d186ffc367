"""The gateway as the commands see it: where it is, which key opens it, and its answers as sentences."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx

from connectors.cli.errors import CommandError, Unavailable
from ioc.settings import Settings

KEY_VARIABLE: Final = "IOC_KEY"
URL_VARIABLE: Final = "IOC_URL"
TOKEN_FILE: Final = "operator.token"  # noqa: S105 - a file name
"""Name, under the home folder, of the operator's token that `ioc up` leaves there for its owner (mode 0600)."""

EXIT_NO_PERMISSION: Final = 77
"""The key is missing, wrong or does not allow this: ``EX_NOPERM`` of sysexits.h."""

_TIMEOUT: Final = httpx.Timeout(15.0, connect=3.0)


def gateway_url(settings: Settings, given: str | None = None) -> str:
    """Address of the gateway: the option, else ``IOC_URL``, else this machine's."""
    if url := given or os.environ.get(URL_VARIABLE):
        return url.rstrip("/")
    host = settings.gateway.host if settings.gateway.host not in {"0.0.0.0", "::"} else "127.0.0.1"
    return f"http://{host}:{settings.gateway.port}"


def token_path(settings: Settings) -> Path:
    """Where `ioc up` leaves the operator's token."""
    return settings.home / TOKEN_FILE


def find_token(settings: Settings, given: str | None = None) -> str:
    """The key to use: the option, else ``IOC_KEY``, else the operator's token of this machine.

    Raises:
        CommandError: there is none.

    """
    if token := given or os.environ.get(KEY_VARIABLE):
        return token
    path = token_path(settings)
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise CommandError(
            f"no key: give --key, set {KEY_VARIABLE}, or start `ioc up` here (it leaves one in {path})",
            EXIT_NO_PERMISSION,
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", EXIT_NO_PERMISSION) from None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said.

    Attributes:
        status: HTTP status.
        body: Decoded JSON; empty if there was none.

    """

    status: int
    body: dict[str, Any]

    def sentence(self) -> str:
        """The problem in words, with the bad fields."""
        text = str(self.body.get("detail") or self.body.get("title") or f"the gateway answered {self.status}")
        fields = "; ".join(field_sentence(error) for error in self.body.get("errors", ()))
        return f"{text} {fields}".strip() if fields else text


def field_sentence(error: dict[str, Any]) -> str:
    """One bad field: its JSON pointer and what was expected."""
    return f"{error.get('pointer') or '(whole document)'}: {error.get('message') or error.get('code')}"


class Gateway:
    """One connection to the gateway; a context manager."""

    def __init__(self, settings: Settings, *, url: str | None = None, key: str | None = None) -> None:
        self.url = gateway_url(settings, url)
        token = find_token(settings, key)
        self._client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, source: str, body: bytes, content_type: str) -> Answer:
        """Send events of a source.

        Raises:
            Unavailable: no answer, or Kafka is away.
            CommandError: the key does not open it, or the request as a whole is refused.

        """
        return self._ask("POST", f"/v1/{source}", content=body, headers={"Content-Type": content_type})

    def report(self, report_id: str) -> Answer:
        """What the citizen may see of a report; 404 while nothing is known."""
        return self._ask("GET", f"/v1/reports/{report_id}")

    def incident(self, incident_id: str, what: str = "") -> Answer:
        """An incident as a whole, or its ``why`` or ``evidence``."""
        return self._ask("GET", f"/v1/incidents/{incident_id}" + (f"/{what}" if what else ""))

    def shift(
        self, centre: str, what: str, *, wanted: dict[str, Any] | None = None, chosen: dict[str, str] | None = None
    ) -> Answer:
        """A centre's ``log`` or ``handover``, read, or written where something is ``wanted``."""
        path = f"/v1/shifts/{centre}/{what}"
        return self._ask("GET", path, params=chosen) if wanted is None else self._ask("POST", path, json=wanted)

    def silence(self, wanted: dict[str, Any]) -> Answer:
        """Ask for a silence, a maintenance window or an emergency mode.

        Raises:
            Unavailable: no answer, or Kafka is away.
            CommandError: the key does not open it.

        """
        return self._ask("POST", "/v1/silences", json=wanted)

    def silences(self, **chosen: str) -> Answer:
        """Those in force, and with ``over=true`` those that have ended."""
        return self._ask("GET", "/v1/silences", params=chosen)

    def one_silence(self, silence_id: str) -> Answer:
        """One of them; 404 while it is not known."""
        return self._ask("GET", f"/v1/silences/{silence_id}")

    def end_silence(self, silence_id: str, reason: str) -> Answer:
        """End one before its time."""
        return self._ask("DELETE", f"/v1/silences/{silence_id}", params={"reason": reason})

    def _ask(self, method: str, path: str, **options: Any) -> Answer:
        try:
            response = self._client.request(method, path, **options)
        except httpx.TransportError as error:
            raise Unavailable(
                f"the gateway does not answer at {self.url} ({type(error).__name__}): start it with `ioc up`"
            ) from None
        return checked(response)


def checked(response: httpx.Response) -> Answer:
    """The answer, unless it says that nothing can be had.

    Raises:
        Unavailable: 429 and 5xx.
        CommandError: 401 and 403.

    """
    try:
        decoded = response.json()
    except ValueError:
        decoded = None
    answer = Answer(response.status_code, decoded if isinstance(decoded, dict) else {})
    if response.status_code in {401, 403}:
        raise CommandError(f"the gateway refuses the key: {answer.sentence()}", EXIT_NO_PERMISSION)
    if response.status_code == 429 or response.status_code >= 500:
        wait = response.headers.get("Retry-After")
        later = f"; try again in {wait} s" if wait else ""
        raise Unavailable(f"{answer.sentence()} (HTTP {response.status_code}){later}")
    return answer
