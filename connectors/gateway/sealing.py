"""Reports on their way to Kafka, their personal values sealed; where that cannot be done, nothing is written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from connectors.gateway.items import Outcome
from connectors.gateway.problems import VAULT_AWAY, Problem
from connectors.gateway.writer import Record
from ioc.privacy import Sealer, VaultError
from ioc.privacy.ports import HEADER

_log = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = "10"
"""Longer than for Kafka: a vault is put right by a person."""


async def sealed(sealer: Sealer, outcomes: Sequence[Outcome]) -> list[Record]:
    """Records of the accepted items, in order.

    Raises:
        Problem: the vault cannot be used (503).

    """
    reports = [
        (outcome.source, outcome.report)
        for outcome in outcomes
        if outcome.record is not None and outcome.report is not None
    ]
    try:
        # Beside the loop: redaction takes time, and a new reporter's key has to be on disk first.
        parts = iter(await asyncio.to_thread(sealer.seal, reports) if reports else [])
    except VaultError as error:
        _log.error("vault_unavailable", extra={"why": str(error)})
        raise Problem(
            VAULT_AWAY,
            "Nothing was accepted: reports are not written unsealed. Send the whole request again.",
            headers={"Retry-After": _RETRY_AFTER_S},
        ) from None
    return [
        outcome.record if outcome.report is None else _with(outcome.record, *next(parts))
        for outcome in outcomes
        if outcome.record is not None
    ]


def _with(record: Record, value: bytes, header: bytes | None) -> Record:
    headers = record.headers if header is None else [*record.headers, (HEADER, header)]
    return replace(record, value=value, headers=headers)
