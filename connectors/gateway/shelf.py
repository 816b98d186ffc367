"""Where uploaded pictures are kept: a folder, or whatever else can do the same."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from connectors.gateway.pictures import TYPES, Picture
from ioc.events.photos import ATTACHMENT_ID
from ioc.identity import lettered

FOLDER: Final = "attachments"
_KEY_FILE: Final = "secret"
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 20
_PART: Final = ".part"
_FORGOTTEN_S: Final = 3600.0
"""A file that is still being written after so long was left by a crash."""


class ShelfFullError(Exception):
    """There is no room for another picture."""


class Shelf(Protocol):
    """Keeps pictures under ids that say nothing about them. Every call may block."""

    def put(self, picture: Picture) -> str:
        """Keep a picture; returns its id. The same picture again is the same id, and is kept for as long anew.

        Raises:
            ShelfFullError: there is no room.
            OSError: it cannot be kept now.

        """

    def get(self, name: str) -> tuple[bytes, str] | None:
        """Content and ending of a picture; none where there is no such id (any more)."""

    def has(self, name: str) -> bool:
        """Whether there is a picture of this id."""

    def clean(self, before_s: float) -> int:
        """Remove what was put last before a time (seconds since 1970); returns how many pictures went."""


def digest_name(key: bytes, content: bytes) -> str:
    """Id of a picture: a keyed digest, so that it says nothing about the picture, in letters."""
    return lettered(hmac.digest(key, content, hashlib.sha256)[:_ID_BYTES])


class FolderShelf:
    """Pictures in a folder, readable by its owner only; several processes may share it.

    A picture lies under the keyed digest of its content: equal ones once, and from an id nobody can tell whether it is
    of a picture that they have.

    Args:
        folder: Made with the first picture.
        max_bytes: Room for all of them.

    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._used: tuple[float, int] | None = None

    def put(self, picture: Picture) -> str:
        """See :class:`Shelf`, as for the rest."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = digest_name(self._key(), picture.content)
        path = self._path(name, picture.ending)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)
            return name
        if self._bytes() + len(picture.content) > self._max_bytes:
            raise ShelfFullError
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._write(path, picture.content)
        if self._used is not None:
            self._used = self._used[0], self._used[1] + len(picture.content)
        return name

    def get(self, name: str) -> tuple[bytes, str] | None:
        for path in self._candidates(name):
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes(), path.suffix[1:]
        return None

    def has(self, name: str) -> bool:
        return any(path.is_file() for path in self._candidates(name))

    def clean(self, before_s: float) -> int:
        count = 0
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):
                at = path.stat().st_mtime
                if path.suffix == _PART:
                    if at < time.time() - _FORGOTTEN_S:
                        path.unlink()
                elif at < before_s:
                    path.unlink()
                    count += 1
        self._used = None
        return count

    def _path(self, name: str, ending: str) -> Path:
        return self._folder / name[:2] / f"{name}.{ending}"

    def _candidates(self, name: str) -> list[Path]:
        # Whatever is no id never becomes part of a path.
        return [self._path(name, ending) for ending in TYPES] if ATTACHMENT_ID.fullmatch(name) else []

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/*") if path.is_file())

    def _bytes(self) -> int:
        """Bytes on the shelf; counted once an hour, because others of this folder add to it too."""
        now = time.monotonic()
        if self._used is None or now - self._used[0] > _FORGOTTEN_S:
            total = 0
            for path in self._files():
                with contextlib.suppress(FileNotFoundError):
                    total += path.stat().st_size
            self._used = now, total
        return self._used[1]

    def _key(self) -> bytes:
        """The folder's key of digests, made with its first picture; whoever comes second takes the first one's."""
        path = self._folder / _KEY_FILE
        try:
            return path.read_bytes()
        except FileNotFoundError:
            own = path.with_name(f"{uuid.uuid4().hex}{_PART}")
            self._write_new(own, secrets.token_bytes(_KEY_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(own, path)
            own.unlink()
            return path.read_bytes()

    def _write(self, path: Path, content: bytes) -> None:
        """Have a file there whole or not at all, also after a power cut."""
        part = path.with_name(f"{uuid.uuid4().hex}{_PART}")
        try:
            self._write_new(part, content)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    @staticmethod
    def _write_new(path: Path, content: bytes) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
