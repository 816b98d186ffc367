"""From files to Kafka: each reading once, each file to its end, the oldest first."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from aiokafka.errors import KafkaError

from connectors.stations.files import Archive, Found, Settling, read, scan, shown
from connectors.stations.ledger import Ledger
from connectors.stations.link import Link, TopicMissingError
from connectors.stations.metrics import Metrics
from ioc.settings import StationsSettings
from ioc.stations import Content, Fault, Key, Reading, StationReader, made_at, once, station_of

_log = logging.getLogger(__name__)

_BATCH_READINGS: Final = 5_000
_BATCH_FILES: Final = 500
_PROBE_S: Final = 2.0
_PRUNE_S: Final = 3600.0
_BACKOFF_S: Final = 0.5
_EXPECTED: Final = (KafkaError, OSError, TimeoutError, sqlite3.Error, TopicMissingError)
"""What the world does; everything else is logged with its trace, and tried again as well."""


@dataclass(slots=True)
class Totals:
    """What became of files and their lines."""

    files: int = 0
    quarantined: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _Batch:
    readings: list[Reading] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)
    files: list[tuple[Found, str]] = field(default_factory=list)
    duplicate: int = 0
    rejected: int = 0
    quarantined: int = 0

    @property
    def full(self) -> bool:
        return len(self.readings) >= _BATCH_READINGS or len(self.files) >= _BATCH_FILES


class Watcher:
    """Watches one folder.

    Args:
        settings: The configuration.
        folder: That files arrive in.
        archive: For handled files.
        reader: What reads them.
        ledger: What is remembered.
        metrics: What is counted.
        connect: Opens the way to Kafka.

    """

    def __init__(
        self,
        settings: StationsSettings,
        *,
        folder: Path,
        archive: Archive,
        reader: StationReader,
        ledger: Ledger,
        metrics: Metrics,
        connect: Callable[[], Awaitable[Link]],
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._archive = archive
        self._reader = reader
        self._ledger = ledger
        self._metrics = metrics
        self._connect = connect
        self._settling = Settling()
        self._unreadable: dict[str, str] = {}
        self._unmovable: set[str] = set()
        self._closed: set[str] = set()
        self._sent: tuple[int, _Batch] | None = None
        self._next_prune = 0.0
        self._told = ""
        self._stop = asyncio.Event()
        self.totals = Totals()
        self.trouble: list[str] = ["kafka"]

    def stop(self) -> None:
        """Let the batch end that is on its way, and no other begin."""
        self._stop.set()

    async def run(self, *, until_empty: bool = False) -> None:
        """Watch until :meth:`stop`, or until no file waits any more.

        Raises:
            Exception: only with ``until_empty``: what stood in the way.

        """
        while not self._stop.is_set():
            link: Link | None = None
            try:
                link = await self._connect()
                await self._settle_pending(link)
                self._say([])
                if await self._rounds(link, until_empty=until_empty):
                    return
            except Exception as error:
                self._say([_why(error)], error)
                if until_empty:
                    raise
            finally:
                self._metrics.broker(up=False)
                if link is not None:
                    await link.close()
            self._count_waiting()
            await self._rest(_BACKOFF_S)

    async def _rounds(self, link: Link, *, until_empty: bool) -> bool:
        """Look, send, tidy up, again and again; ``True`` when no file waits any more."""
        self._metrics.broker(up=True)
        next_probe = monotonic() + _PROBE_S
        while not self._stop.is_set():
            waiting = await self._round(link)
            await self._tidy(linger_s=0.0 if until_empty else self._settings.linger_s)
            if until_empty and not waiting:
                return True
            if monotonic() >= next_probe:
                await link.probe()
                next_probe = monotonic() + _PROBE_S
            await self._rest(self._settings.poll_s)
        return False

    async def _settle_pending(self, link: Link) -> None:
        """Find out what became of the batch that a crash or a lost answer left open."""
        number = self._ledger.pending()
        if number is None:
            return
        if await link.has(number):
            self._ledger.finish(number)
            if self._sent is not None and self._sent[0] == number:
                self._count(self._sent[1])
        else:
            self._ledger.abandon(number)
        _log.info("batch_settled", extra={"number": number})

    async def _round(self, link: Link) -> int:
        """Handle what is ready; how many files still wait."""
        fresh, rest_s = self._look()
        ready = [file for file in fresh if rest_s[file.path] >= self._settings.settle_s]
        ready.sort(key=self._age)
        batch = _Batch()
        through = 0
        for file in ready:
            if self._stop.is_set():
                break
            if self._add(batch, file, rest_s[file.path]):
                through += 1
            if batch.full:
                await self._commit(link, batch)
                batch = _Batch()
        if batch.files and not self._stop.is_set():
            await self._commit(link, batch)
        waiting = len(fresh) - through
        self._metrics.waiting(waiting)
        return waiting - sum(1 for file in fresh if file.path in self._unreadable)

    def _look(self) -> tuple[list[Found], dict[str, float]]:
        """Files that are not through, and for how long each has not changed."""
        found = scan(self._folder, self._cannot_look)
        marks = self._ledger.marks()
        self._ledger.forget(marks.keys() - {file.path for file in found})
        fresh = [file for file in found if file.path not in marks or marks[file.path].signature != file.signature]
        self._unreadable = {file.path: self._unreadable[file.path] for file in fresh if file.path in self._unreadable}
        return fresh, self._settling.look(fresh, monotonic())

    def _count_waiting(self) -> None:
        with contextlib.suppress(OSError, sqlite3.Error):
            self._metrics.waiting(len(self._look()[0]))

    def _age(self, file: Found) -> tuple[float, str]:
        made = made_at(file.parts[-1], self._reader.zone)
        return (made.timestamp() if made else file.signature.mtime_ns / 1e9, file.path)

    def _add(self, batch: _Batch, file: Found, rest_s: float) -> bool:
        """Add a file to the batch; ``False`` if it is not to be read yet."""
        now = datetime.now(UTC)
        if file.signature.size > self._settings.max_file_bytes:
            reason = f"the file has more than {self._settings.max_file_bytes} bytes"
            raw = repr(file.signature).encode()
            content = Content((), (Fault(0, "too_large", reason),), finished=True)
        else:
            try:
                found = read(self._folder, file)
            except OSError as error:
                self._cannot_read(file, error)
                return False
            if found is None:
                return False
            raw = found
            content = self._reader.read(raw, station_of(file.parts), now)
        if not content.finished and rest_s < self._settings.unfinished_s:
            return False
        keys = [reading.key for reading in content.readings]
        known = self._ledger.known(keys) | batch.keys
        fresh, repeated = once(content.readings, known)
        shelf = self._archive.place(file, raw, self._day(now), good=not content.faults)
        self._explain(file, shelf, content)
        batch.readings += fresh
        batch.keys.update(reading.key for reading in fresh)
        batch.files.append((file, shelf))
        batch.duplicate += repeated
        batch.rejected += len(content.faults)
        batch.quarantined += bool(content.faults)
        return True

    def _explain(self, file: Found, shelf: str, content: Content) -> None:
        before = self._ledger.mark(file.path)
        if before is not None and before.shelf != shelf:
            self._archive.retract(before.shelf)
        if content.faults:
            first = content.faults[0]
            _log.warning(
                "file_has_bad_lines",
                extra={
                    "file": shown(file.path), "lines": len(content.faults), "kept": len(content.readings),
                    "first_line": first.line, "first_reason": first.reason, "reasons": shown(shelf),
                },
            )  # fmt: skip
            self._archive.explain(shelf, content.faults)

    def _cannot_read(self, file: Found, error: OSError) -> None:
        why = error.strerror or type(error).__name__
        if self._unreadable.get(file.path) != why:
            self._unreadable[file.path] = why
            _log.warning("file_unreadable", extra={"file": shown(file.path), "reason": why})

    def _cannot_look(self, folder: str, error: OSError) -> None:
        if folder not in self._closed:
            self._closed.add(folder)
            _log.warning("folder_unreadable", extra={"folder": shown(folder), "reason": error.strerror})

    def _cannot_move(self, file: Found, error: OSError) -> None:
        """Say it once: the file is through, and stays where it is."""
        if file.path not in self._unmovable:
            self._unmovable.add(file.path)
            _log.warning("file_cannot_be_moved", extra={"file": shown(file.path), "reason": error.strerror})

    async def _commit(self, link: Link, batch: _Batch) -> None:
        """Send a batch: written down before, through when Kafka has all of it."""
        number = self._ledger.begin([*batch.keys], batch.files, int(datetime.now(UTC).timestamp()))
        self._sent = number, batch
        if batch.readings:
            await link.write(batch.readings, number)
        self._ledger.finish(number)
        self._count(batch)

    def _count(self, batch: _Batch) -> None:
        self._sent = None
        done = len(batch.files) - batch.quarantined
        self._metrics.files(done=done, quarantined=batch.quarantined)
        self._metrics.readings(accepted=len(batch.readings), duplicate=batch.duplicate, rejected=batch.rejected)
        self.totals.files += len(batch.files)
        self.totals.quarantined += batch.quarantined
        self.totals.accepted += len(batch.readings)
        self.totals.duplicate += batch.duplicate
        self.totals.rejected += batch.rejected
        _log.info("files_sent", extra={"files": len(batch.files), "readings": len(batch.readings)})

    async def _tidy(self, *, linger_s: float) -> None:
        """Move away what has lain long enough, and delete what is too old."""
        now = datetime.now(UTC)
        due = [
            (Found(path, mark.signature), mark.shelf)
            for path, mark in self._ledger.marks().items()
            if mark.noted_s + linger_s <= now.timestamp()
        ]
        for begin in range(0, len(due), _BATCH_FILES):
            # A crash before they are forgotten does no harm: what is not in the folder is forgotten anyway.
            self._ledger.forget(
                [file.path for file, shelf in due[begin : begin + _BATCH_FILES] if self._moved(file, shelf)]
            )
            await asyncio.sleep(0)  # others want to be answered
            if self._stop.is_set():
                return
        if monotonic() >= self._next_prune:
            self._next_prune = monotonic() + _PRUNE_S
            oldest = now - timedelta(days=self._settings.keep_days)
            self._archive.prune(self._day(oldest))
            self._ledger.prune(int(oldest.timestamp()))

    def _moved(self, file: Found, shelf: str) -> bool:
        """Move a file to its place, unless it grew: then the next look reads it again."""
        if self._changed(file):
            return False
        try:
            self._archive.take(self._folder, file, shelf)
        except OSError as error:
            self._cannot_move(file, error)
            return False
        return True

    def _changed(self, file: Found) -> bool:
        try:
            there = (self._folder / file.path).lstat()
        except OSError:
            return True
        signature = file.signature
        return (there.st_size, there.st_mtime_ns, there.st_ino) != (
            signature.size, signature.mtime_ns, signature.inode,
        )  # fmt: skip

    def _day(self, at: datetime) -> str:
        return at.astimezone(self._reader.zone).strftime("%Y%m%d")

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    def _say(self, trouble: Sequence[str], error: Exception | None = None) -> None:
        """Log a trouble when it comes and when it goes, not with every attempt."""
        self.trouble = list(trouble)
        told = "; ".join(trouble)
        if told == self._told:
            return
        self._told = told
        if trouble:
            trace = None if isinstance(error, _EXPECTED) else error
            _log.warning("cannot_send", extra={"reason": told}, exc_info=trace)
        else:
            _log.info("kafka_reached")


def _why(error: Exception) -> str:
    if isinstance(error, TopicMissingError):
        return str(error)
    if isinstance(error, sqlite3.Error):
        return f"the ledger cannot be written: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"Kafka does not answer ({type(error).__name__})"
