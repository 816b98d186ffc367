"""The parts of a running gateway, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from fastapi import APIRouter

from connectors.audit import Chains, Pending, folder
from connectors.gateway.access import Access
from connectors.gateway.album import Album
from connectors.gateway.effects import Effects
from connectors.gateway.hub import Hub
from connectors.gateway.identity.accounts import Accounts
from connectors.gateway.identity.oidc import Oidc
from connectors.gateway.identity.visits import Visits
from connectors.gateway.identity.web import WebLogin
from connectors.gateway.kafka import client_options
from connectors.gateway.keys import KeyRing, keys_path
from connectors.gateway.library import Library
from connectors.gateway.limits import Rates
from connectors.gateway.metrics import Metrics
from connectors.gateway.problems import DRAINING, NOT_WRITTEN_DOWN, UNAVAILABLE, Problem
from connectors.gateway.sealing import sealed
from connectors.gateway.view import feedback_view, incidents_view, silences_view
from connectors.gateway.writer import Record, Unavailable, Writer
from ioc.audit import Entry
from ioc.classify.redact import Redactor
from ioc.incidents.standing import Rules
from ioc.privacy import Sealer
from ioc.privacy.plates import NO_PLATES, PlateGuard
from ioc.settings import Settings
from ioc.topics import AUDIT, COMMANDS, RAW, RECEIPTS, SHIFTS, alert_topic

RETRY_AFTER_S = "2"


class Services:
    """Everything that routes need.

    Args:
        settings: The effective configuration.
        centres: Codes of the province's centres.
        transactional_id: Of this process alone.
        sealer: Seals the personal values of reports; they are written as they came without one.
        redactor: Takes personal data out of what operators and citizens say of incidents; knows the province's places.
        guard: Takes number plates out of camera and gate events.
        province: Code; commands that are about no incident go to its owner.
        zone: Of the province: windows of silences are its local times.
        library: Reads the store; without it nothing of the past, and no lists.
        rules: What of the province says who is told next, and what a silence hides; without them neither is told.

    """

    def __init__(
        self,
        settings: Settings,
        centres: Sequence[str],
        transactional_id: str,
        sealer: Sealer | None = None,
        redactor: Redactor | None = None,
        *,
        guard: PlateGuard = NO_PLATES,
        province: str = "",
        zone: tzinfo = UTC,
        library: Library | None = None,
        rules: Rules | None = None,
    ) -> None:
        options = client_options(settings)
        gateway = settings.gateway
        self.settings = gateway
        self.centres = tuple(centres)
        self.province = province
        self.zone = zone
        self.sealer = sealer
        self.redact = redactor or Redactor()
        self.guard = guard
        self.metrics = Metrics()
        self.options = options
        self.accounts = Accounts(settings.home)
        self.oidc = Oidc(settings.oidc, self.centres) if settings.oidc.issuer else None
        self.visits = Visits(settings.home)
        self.web_login = WebLogin(settings.oidc, self.oidc) if self.oidc and settings.oidc.client_id else None
        self.console_url = settings.oidc.console_url
        self.access = Access(
            KeyRing(keys_path(settings.home, gateway.keys_file)),
            Rates(
                gateway.rate_per_key,
                max(gateway.rate_per_key, float(gateway.max_batch_items)),
                least=float(gateway.max_batch_items),
            ),
            self.accounts,
            self.oidc,
            self.visits,
            secure_cookie=gateway.secure_cookie,
            limited=self.metrics.limited,
        )
        self._pending = Pending(folder(settings.home))
        self.writer = Writer(
            options,
            transactional_id,
            topics=[*RAW.values(), RECEIPTS, COMMANDS, SHIFTS, AUDIT],
            timeout_s=gateway.kafka_timeout_s,
            on_state=lambda up: self.metrics.broker(up=up),
            chains=Chains.of(folder(settings.home), transactional_id),
            pending=self._pending,
        )
        self.hub = Hub(options, [alert_topic(centre) for centre in self.centres])
        self.feedback = feedback_view(options)
        self.incidents = incidents_view(options)
        self.silences = silences_view(options)
        self.effects = Effects(options)
        self.library = library
        self.rules = rules
        self.album = Album.of(settings)
        self.draining = False
        self._ending: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect; returns at once, Kafka there or not."""
        self.metrics.broker(up=False)
        for part in (self.writer, self.hub, self.feedback, self.incidents, self.silences, self.effects, self.album):
            part.start()

    def drain(self) -> None:
        """Let open requests end: streams at once, those that wait for Kafka within a second."""
        if self.draining:
            return
        self.draining = True
        self.hub.wake_all()
        self._ending = asyncio.create_task(self.writer.stop())

    async def stop(self) -> None:
        """End everything within a few seconds, Kafka there or not."""
        self.drain()
        await asyncio.gather(
            self._ending or self.writer.stop(), self.hub.stop(), self.feedback.stop(), self.incidents.stop(),
            self.silences.stop(), self.effects.stop(), self.album.stop(),
        )  # fmt: skip
        if self.oidc is not None:
            await self.oidc.stop()
        self.accounts.close()
        self.visits.close()

    async def note(self, *entries: Entry) -> None:
        """Have what was done written down in the audit, Kafka there or not.

        Raises:
            Problem: it cannot be kept until then (503): what was asked for must not go on.

        """
        try:
            await asyncio.to_thread(self._pending.add, entries)
        except OSError:
            raise Problem(NOT_WRITTEN_DOWN, "The disk does not take the audit's entry.", headers=_retry()) from None

    async def waiting_for(self) -> list[str]:
        """What readiness waits for; empty when there is nothing."""
        vault = await asyncio.to_thread(self.sealer.trouble) if self.sealer is not None else ""
        waits = {
            "kafka": self.writer.up,
            "alerts": self.hub.ready,
            "feedback": self.feedback.ready,
            "incidents": self.incidents.ready,
            "silences": self.silences.ready,
            "vault": not vault,
            "stopping": not self.draining,
        }
        return [name for name, fine in waits.items() if not fine]


Part = Callable[[Services], APIRouter]
"""What another edge brings along: routes that are served by this process."""


async def written(services: Services, records: Sequence[Record], entries: Sequence[Entry] = ()) -> None:
    """Have Kafka commit the records, reports sealed where there is a vault: every way to the raw topics leads here.

    Args:
        services: The running parts.
        records: What is written.
        entries: What the audit says of it, in the same transaction.

    Raises:
        Problem: it did not, or they cannot be sealed (503).

    """
    if services.draining:
        raise Problem(DRAINING, "Another instance, or this one a moment later, takes it.", headers=_retry())
    if services.sealer is not None:
        records = await sealed(services.sealer, records)
    try:
        await services.writer.write(records, entries)
    except Unavailable:
        raise Problem(
            UNAVAILABLE,
            "Nothing was accepted. Send the whole request again; ids that are known already change nothing.",
            headers=_retry(),
        ) from None


def _retry() -> dict[str, str]:
    return {"Retry-After": RETRY_AFTER_S}
