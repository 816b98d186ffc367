"""Personal values of reports, sealed before anything is written."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from connectors.vault.vault import Vault
from ioc.events.report import Report
from ioc.privacy import NONCE_BYTES, seal, sealed_header
from ioc.privacy.personal import about, contact_of, parted


class ReportSealer:
    """What the gateway seals reports with; see :class:`ioc.privacy.Sealer`.

    Args:
        vault: Where the keys are; this process makes new ones.
        redact: Takes personal data out of a text, the same way as intake.

    """

    def __init__(self, vault: Vault, redact: Callable[[str], str]) -> None:
        self._vault = vault
        self._redact = redact

    def seal(self, reports: Sequence[tuple[str, Report]]) -> list[tuple[bytes, bytes | None]]:
        """Value and header's value of each report, in order.

        Raises:
            VaultError: the vault cannot be used.

        """
        parts = [parted(report, self._redact) for _, report in reports]
        personal = [n for n, part in enumerate(parts) if part.personal]
        keys = self._vault.keys_of([contact_of(*reports[n]) for n in personal]) if personal else []
        headers: dict[int, bytes] = {}
        for n, (ref, key) in zip(personal, keys, strict=True):
            source, report = reports[n]
            box = seal(key, parts[n].personal, about(source, report.id), secrets.token_bytes(NONCE_BYTES))
            headers[n] = sealed_header(ref, box)
        return [(part.value, headers.get(n)) for n, part in enumerate(parts)]

    def trouble(self) -> str:
        """Why the vault cannot be used now; empty where it can."""
        return self._vault.trouble()
