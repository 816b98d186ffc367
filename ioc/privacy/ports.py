"""What the gateway and the intake ask of a vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, get_args

from ioc.events.report import Report

Unsealed = Literal["opened", "erased", "unknown", "unavailable", "damaged"]
"""What became of a report's box: opened; its key is erased; the vault has never had its key; the vault cannot be
read; it does not open."""
OUTCOMES: Final[tuple[Unsealed, ...]] = get_args(Unsealed)

HEADER: Final = "ioc-sealed"
"""Kafka header with a report's box. A header, so that the value stays a report that anybody may read."""


class VaultError(Exception):
    """The vault cannot be used now; the text is one sentence for whoever looks after it."""


class KeySource(Protocol):
    """Where keys are read."""

    def key(self, ref: bytes) -> bytes | None:
        """A reporter's key by its name; ``None`` when it was erased.

        Raises:
            KeyError: there has never been one of this name.
            VaultError: the vault cannot be read.

        """


class Sealer(Protocol):
    """Takes personal values out of reports."""

    def seal(self, reports: Sequence[tuple[str, Report]]) -> list[tuple[bytes, bytes | None]]:
        """The value and the header's value of each report (source and report), in order; may block.

        Raises:
            VaultError: the vault cannot be used; nothing may be written.

        """

    def trouble(self) -> str:
        """Why the vault cannot be used now; empty where it can; may block."""
