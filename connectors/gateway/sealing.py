"""Reports on their way to Kafka, their personal values sealed; where that cannot be done, nothing is written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectors.gateway.problems import VAULT_AWAY, Problem
from connectors.gateway.writer import Record
from ioc.events import Report
from ioc.privacy import Sealer, VaultError
from ioc.privacy.ports import HEADER
from ioc.topics import RAW

_log = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = "10"
"""Longer than for Kafka: a vault is put right by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord(Record):
    """A report's record, with what it says: who seals it does not read it again.

    Attributes:
        source: The publisher.
        report: What ``value`` says.

    """

    source: str
    report: Report


async def sealed(sealer: Sealer, records: Sequence[Record]) -> list[Record]:
    """The records in order, reports among them sealed.

    Raises:
        Problem: the vault cannot be used (503).
        TypeError: a report comes without what it says: it must not be written as it is.

    """
    reports = [record for record in records if isinstance(record, ReportRecord)]
    if any(record.topic == RAW["reports"] and not isinstance(record, ReportRecord) for record in records):
        raise TypeError("a report that cannot be sealed is not written")
    if not reports:
        return list(records)
    try:
        # Beside the loop: redaction takes time, and a new reporter's key has to be on disk first.
        parts = iter(await asyncio.to_thread(sealer.seal, [(record.source, record.report) for record in reports]))
    except VaultError as error:
        _log.error("vault_unavailable", extra={"why": str(error)})
        raise Problem(
            VAULT_AWAY,
            "Nothing was accepted: reports are not written unsealed. Send the whole request again.",
            headers={"Retry-After": _RETRY_AFTER_S},
        ) from None
    return [_with(record, *next(parts)) if isinstance(record, ReportRecord) else record for record in records]


def _with(record: Record, value: bytes, header: bytes | None) -> Record:
    headers = record.headers if header is None else [*record.headers, (HEADER, header)]
    return Record(record.topic, record.key, value, headers)
