"""How commands write to ``ioc.audit``: at once where Kafka answers, else from the disk as soon as it does."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError
from aiokafka.structs import RecordMetadata

from connectors.audit import AuditUnreadable, Chains, Pending, catch_up, folder
from connectors.cli.errors import CommandError
from connectors.cli.kafka import away, client_options, open_producer
from ioc.audit import Entry
from ioc.settings import Settings
from ioc.topics import AUDIT

_FORWARD_S: Final = 10.0
"""Longest time that a command spends on an audit that can wait."""
_TRANSACTION_MS: Final = 10_000


def actor(by: str | None = None) -> str:
    """Who runs a command: as was said, else the user of this machine."""
    return by or f"cli:{getpass.getuser()}"


class Trail:
    """An open way into the audit: a transactional producer and the chains that belong to it."""

    def __init__(self, producer: AIOKafkaProducer, chains: Chains) -> None:
        self.producer = producer
        self.chains = chains

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Callable[..., Awaitable[None]]]:
        """Open a transaction: what is sent by what this gives, and what is drawn of the chains, is written, or nothing.

        Raises:
            KafkaError: Kafka did not take it; ``ProducerFenced``: somebody else has this transactional id now.

        """
        sent: list[asyncio.Future[RecordMetadata]] = []

        async def send(topic: str, value: bytes | None, **options: Any) -> None:
            try:
                sent.append(await self.producer.send(topic, value, **options))
            except IllegalOperation:
                # After a failure aiokafka takes nothing more, and says no reason: what was sent before it has that.
                await asyncio.gather(*(one for one in sent if one.done()))
                raise

        try:
            async with self.producer.transaction():
                yield send
                await asyncio.gather(*sent)
        except BaseException:
            self.chains.undo()
            raise
        self.chains.committed()

    async def write(self, entries: Iterable[Entry]) -> None:
        """Write entries in a transaction of their own.

        Raises:
            KafkaError: Kafka did not take them.

        """
        async with self.transaction() as send:
            for key, value in self.chains.draw(entries):
                await send(AUDIT, value, key=key)


@asynccontextmanager
async def open_trail(
    settings: Settings, family: str = "cli", transactional_id: str | None = None
) -> AsyncIterator[Trail]:
    """Open the way into the audit.

    Args:
        settings: The effective ones.
        family: Of chains; all of a family are written under transactional ids that their writer had from the start.
        transactional_id: One for all of the family: who opens it ends the transactions of all others.

    Raises:
        Unavailable: Kafka does not answer.
        CommandError: the topic is missing, or the home folder cannot be written.

    """
    try:
        chains = Chains.claim(folder(settings.home), family)
    except OSError as error:
        raise CommandError(f"{folder(settings.home)} cannot be written: {error.strerror}") from None
    try:
        options = {"transactional_id": transactional_id or f"ioc-{chains.writer}"}
        async with open_producer(settings, transaction_timeout_ms=_TRANSACTION_MS, **options) as producer:
            try:
                await catch_up(client_options(settings), chains)
            except AuditUnreadable as error:
                raise CommandError(str(error)) from None
            except KafkaError as error:
                raise away(settings, error) from None
            try:
                yield Trail(producer, chains)
            finally:
                chains.undo()
                chains.save()
    finally:
        chains.release()


def note(settings: Settings, *entries: Entry) -> None:
    """Have it written down that something was done, or is about to be read: on disk before this returns.

    Raises:
        CommandError: it cannot be kept; what it is about must not be shown.

    """
    leave(settings, *entries)
    try:
        asyncio.run(asyncio.wait_for(forward(settings), _FORWARD_S))
    except (CommandError, KafkaError, OSError, TimeoutError):
        return  # a gateway of this machine, or the next command, takes it along


def leave(settings: Settings, *entries: Entry) -> None:
    """As :func:`note`, for what a gateway of this machine takes along within moments.

    Raises:
        CommandError: it cannot be kept.

    """
    try:
        Pending(folder(settings.home)).add(entries)
    except OSError as error:
        raise CommandError(f"this cannot be written down in {folder(settings.home)}: {error.strerror}") from None


async def forward(settings: Settings) -> None:
    """Write down what waits.

    Raises:
        Unavailable: Kafka does not answer.
        CommandError: the topic is missing, or the home folder cannot be written.

    """
    with Pending(folder(settings.home)).taken() as entries:
        if not entries:
            return
        try:
            async with open_trail(settings) as trail:
                await trail.write(entries)
        except KafkaError as error:
            raise away(settings, error) from None
