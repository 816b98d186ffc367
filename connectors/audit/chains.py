"""The chains of one writer: where each stands, kept in a file that one process at a time holds.

What Kafka has decides. The file only says from where on the topic has to be read to know where the chains stand, and
keeps their heads apart from the topic: a topic whose newest records were cut off no longer reaches them.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from ioc.audit import Anchor, Entry, Head, link, read_link

_log = logging.getLogger(__name__)

_MAX_SLOTS: Final = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds.

    Attributes:
        writer: Name of the chains.
        heads: By actor.
        offsets: First offset of each partition that is not yet in the heads.

    """

    writer: str
    heads: dict[str, Head] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)


_FILE: Final = TypeAdapter(_Kept)


class Chains:
    """Where the chains of one writer stand. Records are drawn, written to Kafka, and only then count."""

    def __init__(self, path: Path, kept: _Kept, lock: int | None = None) -> None:
        self._path = path
        self._lock = lock
        self._heads = dict(kept.heads)
        self._drawn: dict[str, Head] = {}
        self._changed = False
        self.writer = kept.writer
        self.offsets = dict(kept.offsets)

    @classmethod
    def of(cls, folder: Path, writer: str) -> Self:
        """The chains of a writer whose name nobody else has while this process runs, as its transactional id.

        Args:
            folder: Of the audit, under the home folder.
            writer: Its name.

        """
        path = folder / f"{writer}.json"
        kept = _read(path)
        return cls(path, kept if kept is not None and kept.writer == writer else _Kept(writer))

    @classmethod
    def claim(cls, folder: Path, family: str) -> Self:
        """Take the lowest free chains of a family of writers.

        Args:
            folder: Of the audit, under the home folder.
            family: What kind of process writes: ``gateway``, ``cli`` …

        Raises:
            OSError: the folder cannot be written, or all are taken.

        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(_MAX_SLOTS):
            path = folder / f"{family}-{number}.json"
            lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            kept = _read(path)
            if kept is None:
                kept = _Kept(f"{family}-{uuid.uuid4().hex[:16]}")
                _write(path, kept)
            return cls(path, kept, lock)
        raise OSError(f"all {_MAX_SLOTS} writers of {family} under {folder} are taken")

    def draw(self, entries: Iterable[Entry]) -> list[tuple[bytes, bytes]]:
        """Keys and values of the entries' records, the next ones of their chains."""
        records = []
        for entry in entries:
            head = self._drawn.get(entry.actor) or self._heads.get(entry.actor)
            value, self._drawn[entry.actor] = link(entry, self.writer, head)
            records.append((entry.actor.encode(), value))
        return records

    def committed(self, ends: Iterable[tuple[int, int]] = ()) -> None:
        """What was drawn is in Kafka; ``ends`` are partitions with the offset behind what was written there."""
        if self._drawn:
            self._heads |= self._drawn
            self._changed = True
        self._drawn = {}
        for partition, end in ends:
            self.offsets[partition] = max(end, self.offsets.get(partition, 0))

    def undo(self) -> None:
        """What was drawn is not in Kafka, or nobody knows: then the topic has to be read again from ``offsets``."""
        self._drawn = {}

    def saw(self, partition: int, offset: int, value: bytes | None) -> None:
        """Take up a record of the topic that was committed: ours move their chain on."""
        found = read_link(value)
        if found is not None and found.chain == self.writer:
            head = self._heads.get(found.actor)
            if head is None or found.seq > head.seq:
                self._heads[found.actor] = found.head
                self._changed = True
        self.offsets[partition] = offset + 1

    def save(self) -> bool:
        """Keep the heads; whether there was anything new.

        Raises:
            OSError: the file cannot be written.

        """
        if not self._changed:
            return False
        _write(self._path, _Kept(self.writer, dict(self._heads), dict(self.offsets)))
        self._changed = False
        return True

    def anchors(self) -> list[Anchor]:
        """The heads, by actor."""
        return [Anchor(self.writer, actor, head) for actor, head in sorted(self._heads.items())]

    def release(self) -> None:
        """Let another process have the chains."""
        if self._lock is not None:
            os.close(self._lock)


def anchors(folder: Path) -> Iterator[Anchor]:
    """Heads of all chains that this machine has written, as they were kept last."""
    for path in sorted(folder.glob("*-*.json")):
        kept = _read(path)
        if kept is not None:
            yield from (Anchor(kept.writer, actor, head) for actor, head in sorted(kept.heads.items()))


def _read(path: Path) -> _Kept | None:
    try:
        return _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        # Another writer's chains begin then; these stay as they are in the topic.
        _log.warning("audit_heads_unreadable", extra={"file": path.name})
        with contextlib.suppress(FileNotFoundError):
            path.replace(path.with_suffix(".broken"))
        return None


def _write(path: Path, kept: _Kept) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_FILE.dump_json(kept))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
