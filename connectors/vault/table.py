"""The vault's tables in an SQLite file: opened, created, and never taken for granted.

The statements of this package are such that PostgreSQL runs them as they are, with its own marks for parameters.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ioc.privacy.ports import VaultError

FORMAT: Final = b"1"
_SCHEMA: Final = (
    "CREATE TABLE vault (name TEXT PRIMARY KEY, value BYTEA NOT NULL)",
    """CREATE TABLE reporters (
        ref BYTEA PRIMARY KEY, lookup BYTEA NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL,
        wrapped BYTEA, contact BYTEA, created_at TEXT NOT NULL, erased_at TEXT)""",
    "CREATE UNIQUE INDEX living ON reporters (lookup) WHERE erased_at IS NULL",
    "CREATE INDEX erased ON reporters (erased_at) WHERE erased_at IS NOT NULL",
    "CREATE INDEX unsigned ON reporters (created_at) WHERE kind = 'report'",
    "CREATE TABLE words (word BYTEA NOT NULL, ref BYTEA NOT NULL, PRIMARY KEY (word, ref))",
    "CREATE INDEX words_of ON words (ref)",
)
_BUSY_S: Final = 2.0
"""Longest wait for another process's write; writes take milliseconds."""
_CHECKPOINT_TRIES: Final = 20


class Table:
    """A connection to the file, opened when it is first needed and again when the file is another one.

    Args:
        path: The file.
        writes: Whether this process may write.

    """

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.path = path
        self._writes = writes
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def session(self) -> Iterator[Table]:
        """The table for one caller at a time.

        Raises:
            VaultError: the file is missing, is no vault, or cannot be read or written now.

        """
        with self._lock:
            try:
                self._open()
                yield self
            except sqlite3.Error as error:
                self._forget()
                raise VaultError(f"the vault {self.path} cannot be used: {error}") from None
            except OSError as error:
                self._forget()
                raise VaultError(f"the vault {self.path} cannot be used: {error.strerror}") from None

    @contextmanager
    def transaction(self) -> Iterator[Table]:
        """One transaction of a session; on disk when the block ends, or nothing of it.

        Raises:
            VaultError: as :meth:`session`.

        """
        with self.session():
            self.run("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                if self._connection is not None and self._connection.in_transaction:
                    self.run("ROLLBACK")
                raise
            self.run("COMMIT")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query answers, within a session."""
        assert self._connection is not None
        return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: object) -> int:
        """Run a statement within a session; how many rows it changed."""
        assert self._connection is not None
        return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row, within a session."""
        assert self._connection is not None
        self._connection.executemany(statement, rows)

    def scrub(self) -> bool:
        """Take what was deleted off the write-ahead log as well; whether it is gone.

        ``secure_delete`` has overwritten it in the file. Readers of the moment may hold the log for a little longer.
        """
        with self.session():
            for _ in range(_CHECKPOINT_TRIES):
                busy = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
                if not busy:
                    return True
                threading.Event().wait(0.1)
        return False

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._forget()

    def _open(self) -> None:
        try:
            now = self.path.stat()
        except FileNotFoundError:
            self._forget()
            raise VaultError(f"there is no vault at {self.path}: `ioc privacy init` makes one") from None
        # A file that was removed or replaced lives on for who has it open, and keys written there would be lost.
        if self._connection is not None and self._opened != (now.st_dev, now.st_ino):
            self._forget()
        if self._connection is None:
            self._connection = _connect(self.path, writes=self._writes)
            self._opened = (now.st_dev, now.st_ino)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def create(path: Path, values: dict[str, bytes]) -> None:
    """Make an empty vault that only its owner may read.

    Args:
        path: Where; nothing may be there.
        values: What every opening looks at: see :mod:`connectors.vault.vault`.

    Raises:
        FileExistsError: there is a vault.
        OSError: the folder cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.execute("BEGIN")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.executemany("INSERT INTO vault (name, value) VALUES (?, ?)", list(values.items()))
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        os.link(draft, path)  # whole, and never over another one
    finally:
        draft.unlink()


def _connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{path.absolute()}?mode=rw", uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a key is on disk before anything is sealed with it
        connection.execute("PRAGMA secure_delete = ON")
        if not writes:
            connection.execute("PRAGMA query_only = ON")
        found = connection.execute("SELECT value FROM vault WHERE name = 'format'").fetchone()
    except BaseException:
        connection.close()
        raise
    if found is None or found[0] != FORMAT:
        connection.close()
        raise VaultError(f"the vault {path} was made by another version of this program")
    return connection
