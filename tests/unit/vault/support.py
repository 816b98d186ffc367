"""A vault in a folder, and reports to seal with it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.vault import Registry, ReportSealer, Vault
from connectors.vault.vault import make_vault
from ioc.classify.redact import redact
from ioc.events import Report, Reporter
from ioc.privacy import MasterKeys

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Home:
    """A folder with a vault; every call opens it as another process would."""

    def __init__(self, folder: Path, *keys: bytes) -> None:
        self.path = folder / "vault.db"
        self.masters = MasterKeys(keys or [os.urandom(32)])
        self._open: list[Vault] = []
        make_vault(self.path, self.masters)

    def vault(self, *, masters: MasterKeys | None = None, writes: bool = True) -> Vault:
        self._open.append(Vault(self.path, masters or self.masters, writes=writes))
        return self._open[-1]

    def sealer(self) -> ReportSealer:
        return ReportSealer(self.vault(), lambda text: redact(text).text)

    def registry(self, masters: MasterKeys | None = None) -> Registry:
        return Registry(self.vault(masters=masters))

    def wrapped(self) -> list[bytes]:
        """Wrapped keys, as the table holds them."""
        with self.vault().table.session() as table:
            return [row[0] for row in table.rows("SELECT wrapped FROM reporters WHERE wrapped IS NOT NULL")]

    def files(self) -> bytes:
        """Every byte of the vault's files."""
        return b"".join(path.read_bytes() for path in sorted(self.path.parent.glob("vault.db*")))

    def close(self) -> None:
        for vault in self._open:
            vault.table.close()


def report(report_id: str = "r-1", text: str = "Cây đổ", **reporter: str) -> Report:
    return Report(id=report_id, occurred_at=NOW, text=text, reporter=Reporter(**reporter) if reporter else None)


def refs(sealed: list[tuple[bytes, bytes | None]]) -> list[Any]:
    """Names of the keys of sealed reports."""
    return [header and header[1:17] for _, header in sealed]
