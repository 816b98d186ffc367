"""Keys of reporters: found, made, read. No key stays in memory, so an erased one is gone everywhere at once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from connectors.vault.table import FORMAT, Table, create
from ioc.privacy import KEY_BYTES, NONCE_BYTES, REF_BYTES, Damaged, MasterKeys, VaultError, open_box, seal
from ioc.privacy.personal import Contact

FILE: Final = "vault.db"
KEPT: Final = timedelta(days=60)
"""So long it is remembered that somebody was erased, and keys of reports that nobody signed are kept: their raw copies
exist for 38 days at most (``ioc.topics``)."""
_INDEX_KEY: Final = "index_key"
_INDEX_NAME: Final = b"index"

NAME: Final = "known_as"
"""In a contact box: what pseudonyms are made of; of a report that nobody signed its id."""

Key = tuple[bytes, bytes]
"""Name and key."""


def vault_path(home: Path, configured: Path | None) -> Path:
    """Where the vault is."""
    return configured or home / FILE


def make_vault(path: Path, masters: MasterKeys) -> None:
    """Make an empty vault under the master key in use.

    Raises:
        FileExistsError: there is one.
        OSError: the folder cannot be written.

    """
    index_key = masters.wrap(secrets.token_bytes(KEY_BYTES), _INDEX_NAME, secrets.token_bytes(NONCE_BYTES))
    create(path, {"format": FORMAT, _INDEX_KEY: index_key})


class Vault:
    """One process's view of the vault.

    A person is found by an HMAC of source and identifier under an index key that the vault keeps wrapped: neither a
    rotation of the master keys nor one of the pseudonym keys moves anybody.

    Args:
        path: The file.
        masters: The master keys.
        writes: Whether this process may make keys; a worker only reads.

    """

    def __init__(self, path: Path, masters: MasterKeys, *, writes: bool) -> None:
        self.masters = masters
        self.table = Table(path, writes=writes)

    def key(self, ref: bytes) -> bytes | None:
        """A reporter's key by its name; see :class:`ioc.privacy.KeySource`."""
        with self.table.session() as table:
            found = table.rows("SELECT wrapped FROM reporters WHERE ref = ?", ref)
        if not found:
            raise KeyError(ref)
        wrapped = found[0][0]
        return None if wrapped is None else self.unwrapped(wrapped, ref)

    def keys_of(self, contacts: Sequence[Contact]) -> list[Key]:
        """Keys of some reporters, in order; made where there are none, on disk before this returns.

        Contact data that is new goes into the reporter's box.

        Raises:
            VaultError: the vault cannot be used.

        """
        with self.table.session() as table:
            index_key = self.index_key(table)
            changed = False
            keys: list[Key] = []
            for contact in contacts:
                key, same = self._known(table, index_key, contact)
                changed = changed or not same
                keys += [key] if key else []
            if not changed:
                return keys
        with self.table.transaction() as table:
            prune(table, datetime.now(UTC))
            return [self._settled(table, index_key, contact) for contact in contacts]

    def trouble(self) -> str:
        """Why the vault cannot be used now; empty where it can."""
        try:
            with self.table.session() as table:
                self.index_key(table)
        except VaultError as error:
            return str(error)
        return ""

    def index_key(self, table: Table) -> bytes:
        """The key behind the look-ups.

        Raises:
            VaultError: none of the master keys is this vault's.

        """
        found = table.rows("SELECT value FROM vault WHERE name = ?", _INDEX_KEY)
        if not found:
            raise VaultError(f"the vault {self.table.path} has lost its index key: restore it from a copy")
        return self.unwrapped(found[0][0], _INDEX_NAME)

    def index_is_current(self, table: Table) -> bool:
        """Whether the master key in use wraps the index key."""
        ((wrapped,),) = table.rows("SELECT value FROM vault WHERE name = ?", _INDEX_KEY)
        return self.masters.is_current(wrapped)

    def rewrap_index_key(self, table: Table) -> None:
        """Wrap the index key with the master key in use."""
        wrapped = self.masters.wrap(self.index_key(table), _INDEX_NAME, secrets.token_bytes(NONCE_BYTES))
        table.run("UPDATE vault SET value = ? WHERE name = ?", wrapped, _INDEX_KEY)

    def unwrapped(self, wrapped: bytes, name: bytes) -> bytes:
        """A key that the vault keeps.

        Raises:
            VaultError: none of the master keys opens it.

        """
        try:
            return self.masters.unwrap(wrapped, name)
        except Damaged:
            raise VaultError(
                f"the vault {self.table.path} does not open with IOC_PRIVACY__VAULT_KEY, nor with "
                "IOC_PRIVACY__PREVIOUS_VAULT_KEYS"
            ) from None

    def contact(self, key: bytes, ref: bytes, box: bytes) -> dict[str, str]:
        """What is known of a reporter: the fields of the contact, and under :data:`NAME` what names it.

        Raises:
            VaultError: the box is damaged.

        """
        try:
            content: dict[str, str] = orjson.loads(open_box(key, box, _about(ref)))
        except Damaged:
            raise VaultError(f"the vault {self.table.path} is damaged: restore it from a copy") from None
        return content

    def _known(self, table: Table, index_key: bytes, contact: Contact) -> tuple[Key | None, bool]:
        """Key of a reporter, and whether all that the contact says is known."""
        found = table.rows(
            "SELECT ref, wrapped, contact FROM reporters WHERE lookup = ? AND erased_at IS NULL",
            _lookup(index_key, contact),
        )
        if not found:
            return None, False
        ref, wrapped, box = found[0]
        key = self.unwrapped(wrapped, ref)
        known = self.contact(key, ref, box)
        return (ref, key), _content(contact).items() <= known.items()

    def _settled(self, table: Table, index_key: bytes, contact: Contact) -> Key:
        """Key of a reporter within a transaction, made if need be, with all that the contact says."""
        key, same = self._known(table, index_key, contact)
        if key and same:
            return key
        if key is None:
            key = secrets.token_bytes(REF_BYTES), secrets.token_bytes(KEY_BYTES)
            ref, plain = key
            content = _content(contact)
            table.run(
                "INSERT INTO reporters (ref, lookup, source, kind, wrapped, contact, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                ref, _lookup(index_key, contact), contact.source, _kind(contact),
                self.masters.wrap(plain, ref, secrets.token_bytes(NONCE_BYTES)),
                _boxed(plain, ref, content), instant_text(datetime.now(UTC)),
            )  # fmt: skip
        else:
            ref, plain = key
            ((box,),) = table.rows("SELECT contact FROM reporters WHERE ref = ?", ref)
            content = self.contact(plain, ref, box) | _content(contact)
            table.run("UPDATE reporters SET contact = ? WHERE ref = ?", _boxed(plain, ref, content), ref)
        table.run_many(
            "INSERT INTO words (word, ref) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(word_hash(index_key, contact.source, word), ref) for word in contact.words],
        )
        return key


def word_hash(index_key: bytes, source: str, word: str) -> bytes:
    """Under what a word that people are found by stands in the table."""
    return hmac.digest(index_key, f"word\0{source}\0{word}".encode(), "sha256")


def instant_text(at: datetime) -> str:
    """A time as the tables hold it: texts of later times are greater."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def prune(table: Table, now: datetime) -> None:
    """Forget what no raw copy needs any more, within a transaction."""
    before = instant_text(now - KEPT)
    for gone in ("erased_at < ?", "kind = 'report' AND created_at < ?"):
        table.run(f"DELETE FROM words WHERE ref IN (SELECT ref FROM reporters WHERE {gone})", before)  # noqa: S608 - constants
        table.run(f"DELETE FROM reporters WHERE {gone}", before)  # noqa: S608 - constants


def _kind(contact: Contact) -> str:
    return "person" if contact.signed else "report"


def _lookup(index_key: bytes, contact: Contact) -> bytes:
    return hmac.digest(index_key, f"{_kind(contact)}\0{contact.source}\0{contact.name}".encode(), "sha256")


def _content(contact: Contact) -> dict[str, str]:
    return {NAME: contact.name} | contact.fields


def _boxed(key: bytes, ref: bytes, content: dict[str, str]) -> bytes:
    return seal(key, orjson.dumps(content), _about(ref), secrets.token_bytes(NONCE_BYTES))


def _about(ref: bytes) -> bytes:
    return b"ioc contact\0" + ref
