"""What is done to incidents from the table of ``ioc watch``, through the gateway: once, whatever is interrupted."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any, Final

import httpx

from connectors.cli.errors import CommandError, Unavailable
from connectors.cli.gateway_client import checked
from ioc.vocabulary import Action

_TIMEOUT: Final = httpx.Timeout(15.0, connect=3.0)
_TRIES: Final = 4
_PAUSE_S: Final = 1.0
_WAIT: Final = {"wait": "10"}
"""Seconds that the gateway waits for the effect, at most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed.

    Attributes:
        done: Whether the incident is known to be as it was asked for.
        words: For the person at the terminal.
        wants_reason: It was refused for want of a reason.

    """

    done: bool
    words: str
    wants_reason: bool = False


class Deeds:
    """Acts on incidents and reads them."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False)

    async def close(self) -> None:
        """End the connection."""
        await self._client.aclose()

    async def act(self, incident_id: str, action: Action, reason: str = "") -> Outcome:
        """Do something to an incident; a request whose answer was lost is sent again and done once."""
        path = f"/v1/incidents/{incident_id}/actions"
        body = {"action": action, "reason": reason}
        once = {"Idempotency-Key": str(uuid.uuid4())}
        for left in reversed(range(_TRIES)):
            try:
                answer = checked(await self._client.post(path, params=_WAIT, json=body, headers=once))
            except (httpx.TransportError, Unavailable) as error:
                if not left:
                    why = str(error) if isinstance(error, Unavailable) else type(error).__name__
                    return Outcome(done=False, words=f"chưa gửi được · not sent: {why}")
                await asyncio.sleep(_PAUSE_S)
            except CommandError as error:
                return Outcome(done=False, words=str(error))
            else:
                break
        if answer.status == 202:
            if answer.body.get("result") == "pending":
                return Outcome(done=False, words="đang xử lý, chưa rõ kết quả · on its way, not known to be done yet")
            return Outcome(done=True, words="xong · done")
        errors = answer.body.get("errors", ())
        wants = not reason and any(each.get("pointer") == "/reason" for each in errors)
        return Outcome(done=False, words=answer.sentence(), wants_reason=wants)

    async def incident(self, incident_id: str) -> dict[str, Any] | str:
        """An incident as it is now, or why it cannot be read."""
        try:
            answer = checked(await self._client.get(f"/v1/incidents/{incident_id}"))
        except httpx.TransportError as error:
            return f"the gateway does not answer ({type(error).__name__})"
        except CommandError as error:
            return str(error)
        return answer.body if answer.status == 200 else answer.sentence()
