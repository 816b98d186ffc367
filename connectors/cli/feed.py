"""Alerts as they come, from the gateway: resumed without a gap after an interruption, and honest about one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import orjson

from connectors.cli.errors import CommandError, Unavailable
from connectors.cli.gateway_client import Answer, checked
from ioc.vocabulary import AlertReason, Category, Severity

SILENCE_S: Final = 25.0
"""A stream that is silent for so long is dead, whatever the socket says: heartbeats come every 10 s."""
_CONNECT_S: Final = 5.0
_RETRY_FIRST_S: Final = 0.3
_RETRY_MOST_S: Final = 5.0


Alert = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts.

    Attributes:
        centres: Codes of centres; empty means all.
        severities: Empty means all, as for the rest.
        categories: Of the incident.
        reasons: Why an alert was written.
        communes: Codes.
        units: Codes of the units in charge.
        history: How many past alerts come first.

    """

    centres: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    categories: tuple[Category, ...] = ()
    reasons: tuple[AlertReason, ...] = ()
    communes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    history: int = 0

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """Values by the field of an alert that has to have one of them; what is empty does not matter."""
        asked: dict[str, tuple[str, ...]] = {
            "centre": self.centres, "severity": self.severities, "category": self.categories, "reason": self.reasons,
            "commune": self.communes, "unit": self.units,
        }  # fmt: skip
        return {name: values for name, values in asked.items() if values}

    def among(self, alert: Alert) -> bool:
        """Whether an alert is one of those asked for."""
        return all(alert.get(name) in values for name, values in self.filters.items())


@dataclass(frozen=True, slots=True)
class Connected:
    """From now on what comes is live."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing can come: what is shown may be out of date.

    Attributes:
        since: When the other side was last heard of.
        why: In words.

    """

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Some alerts were missed for good."""

    why: str


@dataclass(frozen=True, slots=True)
class News:
    """An alert.

    Attributes:
        alert: As it was written.
        place: Where to go on after it.

    """

    alert: Alert
    place: str


@dataclass(frozen=True, slots=True)
class Here:
    """All that was there is told; what follows is live.

    Attributes:
        place: Where to go on.

    """

    place: str


Notice = News | Here | Connected | Lost | Gap


@dataclass(slots=True)
class _Event:
    """One server-sent event while its lines come in."""

    name: str = ""
    data: str = ""
    id: str | None = None


async def from_gateway(url: str, token: str, wanted: Wanted, place: str | None = None) -> AsyncGenerator[Notice, None]:
    """Follow ``GET /v1/stream`` for ever.

    Args:
        url: Of the gateway.
        token: Key.
        wanted: Which alerts.
        place: Where an earlier one ended; its history is what was missed since.

    Raises:
        CommandError: the gateway refuses the key or the question; trying again would not help.

    """
    last_id = place
    lost: Lost | None = None
    heard = datetime.now(UTC)
    pause = _RETRY_FIRST_S
    timeout = httpx.Timeout(SILENCE_S, connect=_CONNECT_S)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, trust_env=False) as client:
        while True:
            try:
                async with client.stream("GET", "/v1/stream", **_question(wanted, last_id)) as response:
                    await _check(response)
                    lost, pause, heard = None, _RETRY_FIRST_S, datetime.now(UTC)
                    yield Connected()
                    async with aclosing(_events(response)) as events:
                        async for event in events:
                            heard = datetime.now(UTC)
                            last_id = event.id or last_id
                            if (notice := _notice(event, last_id)) is not None:
                                yield notice
                why = "the gateway ended the stream"
            except (httpx.TransportError, Unavailable) as error:
                why = str(error) if isinstance(error, Unavailable) else type(error).__name__
            if lost is None:
                lost = Lost(heard, why)
                yield lost
            await asyncio.sleep(pause)
            pause = min(pause * 2, _RETRY_MOST_S)


def _question(wanted: Wanted, last_id: str | None) -> dict[str, Any]:
    params = {name: ",".join(values) for name, values in wanted.filters.items()}
    if last_id is not None:
        return {"params": params, "headers": {"Last-Event-ID": last_id}}
    return {"params": {**params, "history": str(wanted.history)}}


async def _check(response: httpx.Response) -> None:
    if response.status_code == 200:
        return
    await response.aread()
    answer: Answer = checked(response)
    raise CommandError(f"the gateway refuses the stream: {answer.sentence()}")


async def _events(response: httpx.Response) -> AsyncGenerator[_Event, None]:
    """Server-sent events (HTML living standard, 9.2): a blank line ends one, a colon begins a comment."""
    event = _Event()
    async for text in response.aiter_lines():
        if not text:
            yield event  # an empty one too, after a heartbeat: somebody is there
            event = _Event()
            continue
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            event.data = f"{event.data}\n{value}" if event.data else value
        elif name == "event":
            event.name = value
        elif name == "id":
            event.id = value


def _notice(event: _Event, place: str | None) -> Notice | None:
    if event.name == "gap":
        return Gap("Kafka no longer keeps all alerts since the interruption")
    if not event.data:
        return Here(event.id) if event.id else None
    if event.name not in {"", "message", "alert"}:
        return None
    try:
        alert = orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None
    return News(alert, place or "") if isinstance(alert, dict) and "incident_id" in alert else None
