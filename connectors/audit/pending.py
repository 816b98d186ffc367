"""Entries that wait for Kafka: on disk before what they tell of goes on, so that it may be away meanwhile.

Making a key or an account has to work before there is a broker, and nobody reads personal data without leaving a trace
because Kafka is away. Whoever writes to ``ioc.audit`` from this machine next takes them along.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from ioc.audit import Entry

_FILE: Final = "pending.jsonl"
_ENTRY: Final = TypeAdapter(Entry)


class Pending:
    """The waiting entries of this machine.

    Args:
        folder: Of the audit, under the home folder.

    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def add(self, entries: Iterable[Entry]) -> None:
        """Put entries behind those that wait; on disk when it returns.

        Raises:
            OSError: the file cannot be written.

        """
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = b"".join(_ENTRY.dump_json(entry) + b"\n" for entry in entries)
        with self._locked("lock", fcntl.LOCK_EX):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle, "rb+") as file:
                size = file.seek(0, os.SEEK_END)
                if size:
                    file.seek(size - 1)
                    # A crash may have cut the last line off; the next one begins on a line of its own.
                    lines = lines if file.read(1) == b"\n" else b"\n" + lines
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())

    @property
    def waiting(self) -> bool:
        """Whether any do."""
        try:
            return self._path.stat().st_size > 0
        except OSError:
            return False

    @contextmanager
    def taken(self) -> Iterator[list[Entry]]:
        """The waiting entries; they are gone when the block ends without an exception.

        Nothing is given while another process has them. After a crash within the block they come again: the same
        ``entry_id`` tells that.

        Raises:
            OSError: the file cannot be read or written.

        """
        if not self.waiting:
            yield []
            return
        with self._locked("taken", fcntl.LOCK_EX | fcntl.LOCK_NB) as mine:
            if not mine:
                yield []
                return
            with self._locked("lock", fcntl.LOCK_EX):
                lines = self._path.read_bytes().splitlines(keepends=True)
            # A line that was cut off by a crash told of nothing that went on.
            whole = [line for line in lines if line.endswith(b"\n")]
            yield [entry for line in whole if (entry := _entry(line)) is not None]
            with self._locked("lock", fcntl.LOCK_EX):
                self._drop(sum(map(len, lines)))

    def _drop(self, length: int) -> None:
        rest = self._path.read_bytes()[length:]
        draft = self._path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(rest)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[bool]:
        handle = os.open(self._path.with_suffix(f".{name}"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, how)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(handle)


def _entry(line: bytes) -> Entry | None:
    try:
        return _ENTRY.validate_json(line)
    except ValidationError:
        return None
