"""A backup file: a compressed tar archive whose last member lists the others with their digests."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import orjson

from connectors.backup.chosen import chosen, is_database

FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_FILES: Final = "home/"
_CHUNK: Final = 1 << 20
_COMPRESSION: Final = 1
"""Most of it are databases; more than the fastest wins a tenth and takes five times as long."""
_MAX_MANIFEST: Final = 64 << 20


class BackupError(Exception):
    """The backup cannot be made or used; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup: its name below the home folder, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself.

    Attributes:
        version: Of the product that made it.
        made_at: When.
        files: Everything in it.

    """

    version: str
    made_at: datetime
    files: tuple[Kept, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files)


def create(
    target: Path, home: Path, *, version: str, now: datetime, elsewhere: Mapping[str, Path] | None = None
) -> Contents:
    """Make a backup; the file appears when it is whole.

    Args:
        target: The file; nobody but its owner can read it. One that is there stays.
        home: Home folder of an installation, which may be running.
        version: Of the product.
        now: The current time.
        elsewhere: Files that are configured to be outside the home folder, by the name that they have in it otherwise.

    Raises:
        BackupError: there is nothing to keep, a database is damaged, the file exists or would be in the home folder, or
            a folder cannot be used.

    """
    if target.exists():
        raise BackupError(f"{target} is there already")
    if target.absolute().is_relative_to(home.absolute()):
        raise BackupError(f"{target} is in the home folder itself: the next backup would have this one in it")
    sources = {name.as_posix(): home / name for name in chosen(home)}
    sources |= {name: path for name, path in (elsewhere or {}).items() if path.is_file()}
    if not sources:
        raise BackupError(f"there is nothing to keep in {home}")
    try:
        with tempfile.TemporaryDirectory(prefix=".ioc-backup-", dir=target.parent) as folder:
            draft = Path(folder) / "draft"
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                contents = _write(file, sources, Path(folder) / "copy", version, now)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, target)  # never over another one
    except FileExistsError:
        raise BackupError(f"{target} is there already") from None
    except OSError as error:
        raise BackupError(f"the backup {target} cannot be written: {error.strerror}") from None
    return contents


def check(path: Path) -> Contents:
    """Read a backup to its end and compare every file with its digest.

    Raises:
        BackupError: it is damaged, cut off, or of another kind.

    """
    with _opened(path) as archive:
        return _walk(archive, None)


def restore(path: Path, home: Path, elsewhere: Mapping[str, Path] | None = None) -> Contents:
    """Put a backup into an empty home folder, or none of it.

    Args:
        path: The backup.
        home: A folder that is not there or has nothing in it.
        elsewhere: As :func:`create` takes it: where files go that are configured to be outside.

    Raises:
        BackupError: the backup cannot be used, or there is something in the way.

    """
    outside = dict(elsewhere or {})
    in_the_way = [path for path in outside.values() if path.exists()]
    if home.exists() and any(home.iterdir()):
        in_the_way.append(home)
    if in_the_way:
        raise BackupError(f"{in_the_way[0]} is not empty: nothing that is there is overwritten")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".ioc-restore-", dir=home.parent) as folder:
            unpacked = Path(folder) / "home"
            with _opened(path) as archive:
                contents = _walk(archive, unpacked)
            for name, target in outside.items():
                if (unpacked / name).exists():
                    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    shutil.move(unpacked / name, target)
            unpacked.replace(home)
    except OSError as error:
        raise BackupError(f"the backup cannot be put into {home}: {error.strerror}") from None
    return contents


def _write(file: IO[bytes], sources: Mapping[str, Path], copy: Path, version: str, now: datetime) -> Contents:
    kept = []
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_COMPRESSION, format=tarfile.PAX_FORMAT) as archive:
        for name, path in sources.items():
            with contextlib.suppress(FileNotFoundError):  # a file that ended its life meanwhile
                kept.append(_add(archive, name, _settled(path, copy), now))
        contents = Contents(version, now, tuple(kept))
        listed = orjson.dumps({"format": FORMAT} | asdict(contents), option=orjson.OPT_INDENT_2)
        archive.addfile(_entry(_MANIFEST, len(listed), now), io.BytesIO(listed))
    return contents


def _settled(path: Path, copy: Path) -> Path:
    """The file itself, or a copy as of one moment where it is a database."""
    if not is_database(path):
        return path
    copy.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            found = target.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"the database {path} cannot be copied: {error}") from None
    if found != "ok":
        raise BackupError(f"the database {path} is damaged: {found}")
    return copy


def _add(archive: tarfile.TarFile, name: str, path: Path, now: datetime) -> Kept:
    with path.open("rb") as file:
        # What grows meanwhile (a log of heads, a picture) is kept as long as it is now.
        size = os.fstat(file.fileno()).st_size
        reader = _Digested(file, size)
        archive.addfile(_entry(_FILES + name, size, now), reader)
    return Kept(name, size, reader.hexdigest())


def _entry(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(now.timestamp())
    return entry


class _Digested(io.RawIOBase):
    """A file, at most so many bytes of it, whose digest is known when it has been read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self._sha = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(self._left, size if size >= 0 else self._left))
        self._left -= len(data)
        self._sha.update(data)
        return data

    def hexdigest(self) -> str:
        return self._sha.hexdigest()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r|gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "damaged or cut off"
        raise BackupError(f"the backup {path} cannot be read: {reason}") from None


def _walk(archive: tarfile.TarFile, into: Path | None) -> Contents:
    """Go through a backup once: digest everything, unpack it if a folder is given, then compare with its list."""
    found: dict[str, Kept] = {}
    contents: Contents | None = None
    if into is not None:
        into.mkdir(mode=0o700)
    for member in archive:
        file = archive.extractfile(member) if member.isreg() else None
        if file is None or contents is not None:
            raise BackupError("the backup has something in it that does not belong there")
        if member.name == _MANIFEST:
            contents = _listed(file.read(_MAX_MANIFEST))
            continue
        name = _safe(member.name)
        found[name] = _take(file, name, None if into is None else into / name)
    if contents is None:
        raise BackupError("the backup was cut off: its list of contents is missing")
    for each in contents.files:
        if found.pop(each.name, None) != each:
            raise BackupError(f"{each.name} is damaged or missing in the backup")
    if found:
        raise BackupError(f"{min(found)} is in the backup and not in its list")
    return contents


def _safe(name: str) -> str:
    """The name below the home folder of a member."""
    path = PurePosixPath(name.removeprefix(_FILES))
    if not name.startswith(_FILES) or path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError("the backup has a name in it that leads out of the home folder")
    return path.as_posix()


def _take(file: IO[bytes], name: str, target: Path | None) -> Kept:
    sha, size = hashlib.sha256(), 0
    with contextlib.ExitStack() as stack:
        out: IO[bytes] | None = None
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            out = stack.enter_context(os.fdopen(handle, "wb"))
        while data := file.read(_CHUNK):
            sha.update(data)
            size += len(data)
            if out is not None:
                out.write(data)
    return Kept(name, size, sha.hexdigest())


def _listed(data: bytes) -> Contents:
    try:
        tree: dict[str, Any] = orjson.loads(data)
        if tree["format"] != FORMAT:
            raise BackupError("the backup was made by another release and cannot be read by this one")
        files = tuple(Kept(each["name"], each["size"], each["sha256"]) for each in tree["files"])
        return Contents(tree["version"], datetime.fromisoformat(tree["made_at"]), files)
    except (ValueError, KeyError, TypeError):
        raise BackupError("the backup's list of contents cannot be read") from None
