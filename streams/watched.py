"""Files that people edit are looked at all the time: a good change is taken up, a wrong one is refused and said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from prometheus_client import Gauge

log = logging.getLogger(__name__)

_EVERY_S: Final = 2.0


class Versioned(Protocol):
    """What is read of a file: its version is that of the file's content."""

    @property
    def version(self) -> str: ...


_T = TypeVar("_T", bound=Versioned)
_C_contra = TypeVar("_C_contra", contravariant=True)
_L = TypeVar("_L", bound="Live[Any]")


class _Stamp(NamedTuple):
    """What changes when a file is written or another one is put in its place."""

    inode: int
    modified_ns: int
    size: int


class WatchedFile(Generic[_T]):
    """Keeps what decides in step with a file.

    Args:
        path: The file.
        what: Its name in messages.
        read: From its content; raises ``ValueError`` where it is wrong.
        in_force: Called with what was read, at the start and whenever the file is the one in force again.
        refused: Called where the file is wrong or away, and what was read before stays in force.

    Raises:
        ValueError: it is wrong at the start.
        OSError: it cannot be read at the start.

    """

    def __init__(
        self,
        path: Path,
        what: str,
        read: Callable[[bytes], _T],
        in_force: Callable[[_T], None],
        refused: Callable[[], None],
    ) -> None:
        self._path = path
        self._what = what
        self._read = read
        self._in_force = in_force
        self._refused = refused
        self._complaint = ""
        self._stamp: _Stamp | None = _stamp(path)
        self._found = read(path.read_bytes())
        self._announce()

    def look(self) -> None:
        """Take up a changed file; what is wrong with it is said once."""
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            raw = self._path.read_bytes()
        except OSError as error:
            self._stamp = None
            self._complain(f"cannot be read: {error.strerror}")
            return
        self._stamp = stamp
        try:
            self._found = self._read(raw)
        except ValueError as error:
            self._complain(f"was refused: {error}")
            return
        self._complaint = ""
        self._announce()

    def _announce(self) -> None:
        log.info("%s %s is in force, read from %s", self._what, self._found.version, self._path)
        self._in_force(self._found)

    def _complain(self, why: str) -> None:
        if why != self._complaint:
            log.error("%s %s; %s %s stays in force", self._path, why, self._what, self._found.version)
        self._complaint = why
        self._refused()


class FolderStamp:
    """What changes when files are written, added, removed or exchanged: several files seen as one thing.

    Args:
        paths: Files, and folders whose files count.
        without: Names of files that do not count.

    """

    def __init__(self, paths: Sequence[Path], without: Collection[str] = ()) -> None:
        self._paths = paths
        self._without = without
        self._seen: object = None
        self._settled: object = None

    def changed(self) -> bool | None:
        """Whether the files are others than when this was last true; None while they are still being written to.

        What is edited or copied file by file is not taken for finished before it was the same at two looks.

        Raises:
            OSError: a file or folder cannot be looked at.

        """
        now = self._now()
        if now != self._seen:
            self._seen = now
            return None
        if now == self._settled:
            return False
        self._settled = now
        return True

    def again(self) -> None:
        """The change could not be taken up; the next look finds it again."""
        self._settled = None

    def _now(self) -> tuple[tuple[str, _Stamp], ...]:
        files = [
            file
            for path in self._paths
            for file in (sorted(path.iterdir()) if path.is_dir() else [path])
            if file.name not in self._without
        ]
        return tuple((str(file), _stamp(file)) for file in files)


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return _Stamp(found.st_ino, found.st_mtime_ns, found.st_size)


class Live(Protocol[_C_contra]):
    """What decides now; something else may take its place between records."""

    def replace(self, found: _C_contra, /) -> None:
        """It decides from now on."""


def in_step(
    path: Path,
    what: str,
    read: Callable[[bytes], _T],
    hold: Callable[[_T], _L],
    *,
    up: Gauge,
    looks: list[Callable[[], None]],
) -> _L:
    """What decides, kept in step with a file; what looks at the file joins ``looks``.

    Args:
        path: See :class:`WatchedFile`, as for ``what``, ``read`` and what is raised.
        what: See there.
        read: See there.
        hold: What decides, from what was read first.
        up: 1 while the file is the one in force.
        looks: Of a :class:`FileWatch`.

    """
    held: list[_L] = []

    def in_force(found: _T) -> None:
        if held:
            held[0].replace(found)
        else:
            held.append(hold(found))
        up.set(1)

    looks.append(WatchedFile(path, what, read, in_force, lambda: up.set(0)).look)
    return held[0]


class FileWatch:
    """A thread that looks every two seconds, whether records come or not: who edits sees at once what came of it."""

    def __init__(self, looks: Sequence[Callable[[], None]], every_s: float = _EVERY_S) -> None:
        self._looks = looks
        self._every_s = every_s
        self._ended = Event()
        self._thread = Thread(target=self._run, name="files", daemon=True)

    @property
    def running(self) -> bool:
        """Whether it still looks."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to look, where there is something to look at."""
        if self._looks:
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            for look in self._looks:
                look()
