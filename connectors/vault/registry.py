"""Who is in the vault: found, erased, wrapped anew. What an administrator does with it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from connectors.vault.vault import NAME, Vault, instant_text, prune, word_hash
from ioc.privacy import NONCE_BYTES
from ioc.privacy.personal import searched

_ROWS: Final = "SELECT ref, source, kind, wrapped, contact, created_at, erased_at FROM reporters"


class _Row(NamedTuple):
    ref: bytes
    source: str
    kind: str
    wrapped: bytes | None
    contact: bytes
    created_at: str
    erased_at: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One reporter, or one report that nobody signed, without personal data.

    Attributes:
        ref: Name of the key.
        source: The publisher.
        created_at: Since when there is a key.
        erased_at: When the key was erased; ``None`` while there is one.
        signed: Whether it is a person.
        name: What the person's pseudonyms are made of; empty where the key is gone or nobody signed. Personal: not
            to be shown.

    """

    ref: bytes
    source: str
    created_at: datetime
    erased_at: datetime | None
    signed: bool
    name: str


@dataclass(frozen=True, slots=True)
class Status:
    """How many are in the vault.

    Attributes:
        living: With a key.
        erased: Without.
        older: Keys that an earlier master key wraps, the index key among them.

    """

    living: int
    erased: int
    older: int


class Registry:
    """The vault as its administrator sees it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def sources(self) -> list[str]:
        """Publishers whose reporters are known."""
        with self._vault.table.session() as table:
            return [source for (source,) in table.rows("SELECT DISTINCT source FROM reporters ORDER BY source")]

    def status(self) -> Status:
        """How many are in the vault; opens it as well.

        Raises:
            VaultError: it cannot be used.

        """
        with self._vault.table.session() as table:
            self._vault.index_key(table)
            older = 0 if self._vault.index_is_current(table) else 1
            wrapped = [value for (value,) in table.rows("SELECT wrapped FROM reporters")]
        living = [value for value in wrapped if value is not None]
        older += sum(1 for value in living if not self._vault.masters.is_current(value))
        return Status(len(living), len(wrapped) - len(living), older)

    def find(self, word: str, sources: Sequence[str]) -> list[Entry]:
        """Whom an identifier means: the id, phone or e-mail of a reporter, or the id of a report that nobody signed."""
        with self._vault.table.session() as table:
            index_key = self._vault.index_key(table)
            found = [
                row
                for source in sources
                for row in table.rows(
                    f"{_ROWS} WHERE ref IN (SELECT ref FROM words WHERE word = ?) ORDER BY created_at, ref",  # noqa: S608 - a constant
                    word_hash(index_key, source, searched(word)),
                )
            ]
            return [self._entry(_Row(*row)) for row in found]

    def find_pseudonym(self, means: Callable[[str, str], bool]) -> list[Entry]:
        """Reporters with a key, by their pseudonym.

        Args:
            means: Whether source and name make the pseudonym. Only the keys behind pseudonyms tell, so all are tried.

        """
        with self._vault.table.session() as table:
            rows = table.rows(f"{_ROWS} WHERE erased_at IS NULL ORDER BY created_at, ref")
            entries = [self._entry(_Row(*row)) for row in rows]
        return [entry for entry in entries if entry.name and means(entry.source, entry.name)]

    def erase(self, entries: Sequence[Entry]) -> bool:
        """Erase keys and contact data for good; whether every trace is off the file's log as well.

        That they were there is remembered for a while (``vault.KEPT``), so that their records are told from those of
        somebody unknown.
        """
        now = datetime.now(UTC)
        with self._vault.table.transaction() as table:
            table.run_many(
                "UPDATE reporters SET wrapped = NULL, contact = NULL, erased_at = ? "
                "WHERE ref = ? AND erased_at IS NULL",
                [(instant_text(now), entry.ref) for entry in entries],
            )
            prune(table, now)
        return self._vault.table.scrub()

    def rewrap(self) -> int:
        """Wrap every key with the master key in use; how many were another's."""
        with self._vault.table.transaction() as table:
            rows = table.rows("SELECT ref, wrapped FROM reporters WHERE wrapped IS NOT NULL")
            older = [(ref, wrapped) for ref, wrapped in rows if not self._vault.masters.is_current(wrapped)]
            table.run_many(
                "UPDATE reporters SET wrapped = ? WHERE ref = ?",
                [(self._wrapped(ref, wrapped), ref) for ref, wrapped in older],
            )
            self._vault.rewrap_index_key(table)
        self._vault.table.scrub()
        return len(older)

    def _wrapped(self, ref: bytes, wrapped: bytes) -> bytes:
        return self._vault.masters.wrap(self._vault.unwrapped(wrapped, ref), ref, secrets.token_bytes(NONCE_BYTES))

    def _entry(self, row: _Row) -> Entry:
        name = ""
        if row.wrapped is not None and row.kind == "person":
            key = self._vault.unwrapped(row.wrapped, row.ref)
            name = self._vault.contact(key, row.ref, row.contact)[NAME]
        erased_at = datetime.fromisoformat(row.erased_at) if row.erased_at else None
        created_at = datetime.fromisoformat(row.created_at)
        return Entry(row.ref, row.source, created_at, erased_at, row.kind == "person", name)
