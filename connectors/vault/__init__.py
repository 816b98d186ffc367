"""The vault: a key per reporter, so that erasing the key erases the person. See ``README.md``."""

from __future__ import annotations

from connectors.vault.registry import Entry, Registry, Status
from connectors.vault.sealer import ReportSealer
from connectors.vault.table import Table, create
from connectors.vault.vault import Vault

__all__ = ["Entry", "Registry", "ReportSealer", "Status", "Table", "Vault", "create"]
