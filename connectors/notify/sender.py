"""Sends what waits in the outbox: for each subscription one message at a time, until it is taken or given up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from connectors.notify.metrics import Metrics
from connectors.notify.outbox import Entry, Message, Outbox
from connectors.notify.sinks import Refusal, Sinks
from ioc.notify import Subscription
from ioc.notify.timing import HOUR, Waiting, pause, ready

_log = logging.getLogger(__name__)

TOGETHER: Final = 50
"""Alerts of one message; a CloudEvent is always by itself."""
_LOOKED_AT: Final = 1_000
_LONGEST_S: Final = 30.0
_SHORTEST_S: Final = 0.2


class Sender:
    """Sends for one subscription.

    Args:
        subscription: Gives the subscription of the moment; ``None``: it is no more.
        outbox: What waits.
        sinks: The ways.
        metrics: What is shown.
        zone: Of quiet hours.
        patience: How long a message is tried before it is given up.

    """

    def __init__(
        self,
        subscription: Callable[[], Subscription | None],
        outbox: Outbox,
        sinks: Sinks,
        metrics: Metrics,
        *,
        zone: tzinfo,
        patience: timedelta,
    ) -> None:
        self._subscription = subscription
        self._outbox = outbox
        self._sinks = sinks
        self._metrics = metrics
        self._zone = zone
        self._patience = patience
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look again: something came."""
        self._wake.set()

    async def run(self) -> None:
        """Send until the subscription is no more."""
        while (subscription := self._subscription()) is not None:
            self._wake.clear()
            again = await self._step(subscription, datetime.now(UTC))
            if again is None:
                wait_s = _LONGEST_S
            else:
                wait_s = min(max((again - datetime.now(UTC)).total_seconds(), _SHORTEST_S), _LONGEST_S)
            if again is not None and again <= datetime.now(UTC):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _step(self, subscription: Subscription, now: datetime) -> datetime | None:
        """Send at most one message; when to look again, ``None``: when something comes."""
        message = self._outbox.begun(subscription.name)
        if message is None:
            chosen, again = self._chosen(subscription, now)
            if not chosen:
                return again
            message = self._outbox.bind(chosen, now)
        if message.next > now:
            return message.next
        entries = self._outbox.of_message(message)
        refusal = await self._sinks.send(subscription, [each.notice for each in entries], message.id, now)
        return self._settle(subscription, message, entries, refusal)

    def _chosen(self, subscription: Subscription, now: datetime) -> tuple[list[Entry], datetime | None]:
        entries = self._outbox.waiting(subscription.name, _LOOKED_AT)
        sent = self._outbox.sent_since(subscription.name, now - HOUR)
        waiting = [Waiting(each.severity, each.taken) for each in entries]
        indexes, again = ready(subscription, waiting, sent, now, self._zone)
        most = 1 if subscription.sink == "cloudevents" else TOGETHER
        return [entries[index] for index in indexes[:most]], again

    def _settle(
        self, subscription: Subscription, message: Message, entries: list[Entry], refusal: Refusal | None
    ) -> datetime:
        now = datetime.now(UTC)
        if refusal is None:
            self._outbox.done(message, subscription.name, now)
            self._metrics.ended(subscription.name, "sent", len(entries))
            return now
        extra = {"subscription": subscription.name, "attempts": message.attempts + 1, "reason": refusal.reason}
        if refusal.final or now - message.begun >= self._patience:
            self._outbox.bury(message, refusal.reason, now)
            self._metrics.ended(subscription.name, "dead", len(entries))
            _log.error("notify_given_up", extra=extra | {"alerts": len(entries)})
            return now
        again = now + pause(message.attempts + 1, refusal.after)
        self._outbox.failed(message, refusal.reason, again)
        self._metrics.retried(subscription.name)
        _log.warning("notify_not_taken", extra=extra)
        return again
