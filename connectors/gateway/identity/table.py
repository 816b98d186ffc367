"""The accounts' tables in an SQLite file that only its owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ACCOUNTS_FILE: Final = "accounts.db"
"""Name of the file under the home folder."""

_SCHEMA: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    """CREATE TABLE accounts (
        name TEXT PRIMARY KEY, roles TEXT NOT NULL, centres TEXT NOT NULL, unit TEXT NOT NULL,
        password TEXT, one_time TEXT, one_time_ends TEXT, made_at TEXT NOT NULL, disabled_at TEXT, seen_at TEXT)""",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL REFERENCES accounts, ends TEXT NOT NULL)""",
    "CREATE INDEX sessions_of ON sessions (name)",
    "CREATE TABLE failures (who BLOB PRIMARY KEY, count INTEGER NOT NULL, at TEXT NOT NULL)",
)
_VERSION: Final = 1
_BUSY_S: Final = 2.0


class AccountsError(Exception):
    """The accounts' file cannot be used; the message is one sentence for a person."""


class Table:
    """A connection to the file, opened when it is first needed and again when the file is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a file: whether there was ever an account."""
        return self._path.exists()

    @contextmanager
    def transaction(self, *, makes: bool = False) -> Iterator[sqlite3.Connection]:
        """A writing transaction for one caller at a time; on disk when the block ends, or nothing of it.

        Args:
            makes: Make the file where there is none.

        Raises:
            AccountsError: the file cannot be used.

        """
        with self._lock, self._errors():
            connection = self._open(makes=makes)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query answers; nothing where there is no file.

        Raises:
            AccountsError: the file cannot be used.

        """
        with self._lock, self._errors():
            if not self.exists:
                return []
            return self._open(makes=False).execute(statement, values).fetchall()

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            raise AccountsError(f"the accounts in {self._path} cannot be used: {error}") from None
        except OSError as error:
            self.close()
            raise AccountsError(f"the accounts in {self._path} cannot be used: {error.strerror}") from None

    def _open(self, *, makes: bool) -> sqlite3.Connection:
        if makes and not self.exists:
            _make(self._path)
        stat = self._path.stat()
        if self._connection is not None and self._opened != (stat.st_dev, stat.st_ino):
            self.close()
        if self._connection is None:
            self._connection = _connect(self._path)
            self._opened = stat.st_dev, stat.st_ino
        return self._connection


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.execute("BEGIN")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('salt', ?)", (secrets.token_bytes(32),))
            connection.execute("COMMIT")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        with contextlib.suppress(FileExistsError):  # another process was quicker: its file is as good
            os.link(draft, path)  # whole, and never over another one
    finally:
        draft.unlink()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{path.absolute()}?mode=rw", uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except BaseException:
        connection.close()
        raise
    if version != _VERSION:
        connection.close()
        raise AccountsError(f"the accounts in {path} were made by another version of this program")
    return connection
