"""The folder that files arrive in: what is there, what has stopped changing, and where handled files go.

Whoever may upload may also leave links there, so none is ever followed.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ioc.stations import Fault, is_data_file

_MAX_DEPTH: Final = 8
REASONS: Final = ".reasons.tsv"
"""Added to a quarantined file's name: which lines were refused, and why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What changes when a file changes."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder.

    Attributes:
        path: Below the folder; bytes that are no UTF-8 as Python escapes them.
        signature: As it was when it was looked at.

    """

    path: str
    signature: Signature

    @property
    def parts(self) -> list[str]:
        """Folders and the name."""
        return list(Path(self.path).parts)


Closed = Callable[[str, OSError], None]
"""Is told of a folder that cannot be looked into, and why."""


def scan(folder: Path, closed: Closed) -> list[Found]:
    """Every data file below a folder; a folder in it that cannot be looked into is told and left out.

    Raises:
        OSError: the folder itself cannot be read.

    """
    return list(_walk(folder, "", 0, closed))


def _walk(folder: Path, below: str, depth: int, closed: Closed) -> Iterator[Found]:
    try:
        entries = os.scandir(folder / below)
    except FileNotFoundError:
        if not below:
            raise
        return  # gone in the meantime
    except OSError as error:
        if not below:
            raise
        closed(below, error)
        return
    with entries:
        for entry in entries:
            path = str(Path(below) / entry.name)
            try:
                if entry.is_dir(follow_symlinks=False):
                    if depth < _MAX_DEPTH and not entry.name.startswith("."):
                        yield from _walk(folder, path, depth + 1, closed)
                elif is_data_file(entry.name) and entry.is_file(follow_symlinks=False):
                    yield Found(path, _signature(entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                continue


def _signature(found: os.stat_result) -> Signature:
    return Signature(found.st_size, found.st_mtime_ns, found.st_ino)


class Settling:
    """Since when each file has not changed, by a clock that never goes back."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[Signature, float]] = {}

    def look(self, found: Sequence[Found], now: float) -> dict[str, float]:
        """Take note of what is there now; seconds of rest by path. What is no longer there is forgotten."""
        since: dict[str, tuple[Signature, float]] = {}
        for file in found:
            before = self._since.get(file.path)
            since[file.path] = before if before and before[0] == file.signature else (file.signature, now)
        self._since = since
        return {path: now - begin for path, (_, begin) in since.items()}


def read(folder: Path, file: Found) -> bytes | None:
    """Content of a file, if it still is what was found; ``None`` if it has changed.

    Raises:
        OSError: it may not be read.

    """
    try:
        handle = os.open(folder / file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP}:
            return None
        raise
    with os.fdopen(handle, "rb") as content:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode) or _signature(before) != file.signature:
            return None
        raw = content.read(file.signature.size + 1)
        return raw if _signature(os.fstat(handle)) == file.signature and len(raw) == file.signature.size else None


class Archive:
    """Where handled files go: ``done`` and ``quarantine``, in a folder per day, under the path that they had."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, file: Found, raw: bytes, day: str, *, good: bool) -> str:
        """Where a file will go, below the archive; another file of the same name and day is not in its way.

        Args:
            file: Which.
            raw: Its content, or what else tells it from others of its name.
            day: ``YYYYMMDD``.
            good: Whether all its lines are.

        """
        shelf = Path("done" if good else "quarantine") / day / file.path
        there = self._folder / shelf
        if there.exists() and there.read_bytes() != raw:
            shelf = shelf.with_name(f"{shelf.stem}.{blake2b(raw, digest_size=4).hexdigest()}{shelf.suffix}")
        return str(shelf)

    def explain(self, shelf: str, faults: Sequence[Fault]) -> None:
        """Write beside a file's place which of its lines were refused, and why."""
        path = self._folder / (shelf + REASONS)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [("line", "code", "reason", "text")]
        rows += [(str(fault.line), fault.code, fault.reason, _visible(fault.text)) for fault in faults]
        draft = path.with_name(f".{blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}.draft")
        draft.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
        draft.replace(path)

    def retract(self, shelf: str) -> None:
        """Take back the reasons of a file that turned out to be only half of one."""
        (self._folder / (shelf + REASONS)).unlink(missing_ok=True)

    def take(self, folder: Path, file: Found, shelf: str) -> None:
        """Move a file to its place.

        Raises:
            OSError: it cannot be moved; it is where it was.

        """
        source, target = folder / file.path, self._folder / shelf
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            draft = target.with_name(f".{target.name}.draft")
            shutil.copy2(source, draft, follow_symlinks=False)
            draft.replace(target)
            source.unlink()

    def prune(self, before_day: str) -> int:
        """Delete the days before a day; how many."""
        gone = 0
        for shelf in ("done", "quarantine"):
            folder = self._folder / shelf
            for day in folder.iterdir() if folder.is_dir() else ():
                if day.name.isdecimal() and day.name < before_day:
                    shutil.rmtree(day)
                    gone += 1
        return gone


def shown(path: str) -> str:
    """A path for logs and terminals, whatever bytes it has."""
    return _visible(path)


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
