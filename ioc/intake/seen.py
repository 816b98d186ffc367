"""Which identities were seen before: id sets with a window, and newest times of telemetry.

Both remember 64-bit digests, not identities: a million remembered ids make a false repeat once in about
10^13 events, at a tenth of the memory. Of what was said they remember 32 bits: what contradicts it is taken for the
same once in four billion times.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable
from typing import Final, NamedTuple

import orjson

from ioc.identity import digest
from ioc.ports import Store

_HOUR_MS: Final = 3_600_000
_CHUNK_IDS: Final = 256
_TIME_BUCKETS: Final = 64
_ID_BYTES: Final = 8
_CONTENT_BYTES: Final = 4
_CONTENT_MASK: Final = 2**32 - 1
_HOUR_SHIFT: Final = 33
"""Below the hour: the content, and whether it is known."""
_MOST_RUNS: Final = 4
"""Of one series, besides the one that goes on."""

_Run = tuple[float, float, float]
"""Times that were seen: from the first on, one every so many seconds, to the last; whole seconds."""


class _Chunk(NamedTuple):
    """Identities, and beside each the content that it came with first."""

    identities: array[int]
    contents: array[int]

    def encode(self) -> bytes:
        return self.identities.tobytes() + self.contents.tobytes()

    @classmethod
    def decode(cls, raw: bytes) -> _Chunk:
        border = len(raw) // (_ID_BYTES + _CONTENT_BYTES) * _ID_BYTES
        return cls(array("Q", raw[:border]), array("I", raw[border:]))


class SeenIds:
    """Identities of the last ``window_ms``, by the time at which Kafka accepted them.

    The changelog holds chunks of up to 256 digests; the newest chunk is written again until it is full, so that
    a busy hour costs few keys and a quiet one few bytes.

    Attributes:
        conflicting: Whether what was found to be seen last had said something else before.

    """

    PREFIX: Final = b"said/"
    FORMER: Final = b"seen/"
    """Of what earlier releases wrote, without contents: it is read, and forgotten in its time."""

    def __init__(self, store: Store, *, window_ms: int, capacity: int) -> None:
        self._store = store
        self._window_ms = window_ms
        self._capacity = capacity
        self.conflicting = False
        self._known: dict[int, int] = {}
        """Hour and content of each identity, packed into one number."""
        self._chunks: dict[int, list[_Chunk]] = {}
        self._former: dict[int, list[tuple[bytes, array[int]]]] = {}
        self._dirty: set[tuple[int, int]] = set()
        for key, value in store.items():
            if key.startswith(self.PREFIX):
                _, hour_text, number_text = key.split(b"/")
                hour, number = int(hour_text), int(number_text)
                chunks = self._chunks.setdefault(hour, [])
                while len(chunks) <= number:
                    chunks.append(_Chunk(array("Q"), array("I")))
                chunks[number] = _Chunk.decode(value)
                for identity, content in zip(*chunks[number], strict=True):
                    self._known[identity] = hour << _HOUR_SHIFT | content << 1 | 1
            elif key.startswith(self.FORMER):
                hour, identities = int(key.split(b"/")[1]), array("Q", value)
                self._former.setdefault(hour, []).append((key, identities))
                self._chunks.setdefault(hour, [])
                for identity in identities:
                    self._known.setdefault(identity, hour << _HOUR_SHIFT)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, identity: int, at_ms: int, content: int = 0) -> bool:
        """Remember an identity; ``False`` if it was seen within the window.

        Args:
            identity: Digest of it.
            at_ms: When Kafka had it.
            content: 32 bits of what it says.

        """
        hour = at_ms // _HOUR_MS
        known = self._known.get(identity)
        if known is not None and (hour - (known >> _HOUR_SHIFT)) * _HOUR_MS <= self._window_ms:
            self.conflicting = bool(known & 1) and known >> 1 & _CONTENT_MASK != content
            return False
        chunks = self._chunks.get(hour)
        if chunks is None:
            chunks = self._chunks[hour] = []
        if not chunks or len(chunks[-1].identities) >= _CHUNK_IDS:
            chunks.append(_Chunk(array("Q"), array("I")))
        chunk = chunks[-1]
        chunk.identities.append(identity)
        chunk.contents.append(content)
        self._known[identity] = hour << _HOUR_SHIFT | content << 1 | 1
        self._dirty.add((hour, len(chunks) - 1))

        def undo() -> None:
            chunk.identities.pop()
            chunk.contents.pop()
            if not chunk.identities:
                chunks.pop()
                if not chunks and hour not in self._former:
                    self._chunks.pop(hour, None)
            if known is None:
                self._known.pop(identity, None)
            else:
                self._known[identity] = known

        self._store.journal(undo)
        return True

    def flush(self, now_ms: int) -> None:
        """Write what changed, and forget what left the window or exceeds the capacity (oldest hour first)."""
        for hour, number in self._dirty:
            chunks = self._chunks.get(hour)
            if chunks is not None and number < len(chunks):
                self._store.put(self._key(hour, number), chunks[number].encode())
        self._dirty.clear()
        limit = (now_ms - self._window_ms) // _HOUR_MS
        while self._chunks:
            oldest = min(self._chunks)
            if oldest >= limit and (len(self._known) <= self._capacity or len(self._chunks) == 1):
                break
            self._forget(oldest)

    def _forget(self, hour: int) -> None:
        chunks, former = self._chunks.pop(hour), self._former.pop(hour, [])
        held = [chunk.identities for chunk in chunks] + [identities for _, identities in former]
        forgotten = {
            identity: known
            for identities in held
            for identity in identities
            if (known := self._known.get(identity)) is not None and known >> _HOUR_SHIFT == hour
        }
        for identity in forgotten:
            del self._known[identity]
        for number in range(len(chunks)):
            self._store.delete(self._key(hour, number))
        for key, _ in former:
            self._store.delete(key)

        def undo() -> None:
            self._chunks[hour] = chunks
            if former:
                self._former[hour] = former
            self._known.update(forgotten)

        self._store.journal(undo)

    def _key(self, hour: int, number: int) -> bytes:
        return b"%s%d/%d" % (self.PREFIX, hour, number)


_Newest = tuple[float, str, int | None, float | None, float, tuple[_Run, ...], int]
"""The newest event of a series, and which times were seen before it. A plain tuple, for there is one per event.

* its time, Unix seconds
* its own id; empty where series and time are its identity
* 32 bits of what it said; none: not known
* beginning of the run of regular times that it continues; none: it is part of no run
* seconds between two times of that run; 0: it is the first one
* runs before that one, the newest first
* number of the series' bucket in the changelog, which is the row without it
"""


def _saw(newest: _Newest, at: float) -> bool:
    """Whether a time is one of a series' runs; all of them are whole seconds, so this is exact."""
    last, _, _, first, step, older, _ = newest
    if first is not None and _within((first, step, last), at):
        return True
    return any(_within(run, at) for run in older)


def _within(run: _Run, at: float) -> bool:
    first, step, last = run
    return first <= at <= last and (at == first or (step > 0 and (at - first) % step == 0))


class NewestTimes:
    """Newest event time per telemetry series, runs of regular times before it, and a bounded set of late events.

    An event later than the newest of its series is new without further memory. One at the same time or earlier is
    new only if its time is in none of the runs and it is not among the late ones remembered. Runs cost next to nothing:
    a station that speaks every five minutes is one run, and a gap begins the next one; of a series four are kept
    besides the one that goes on. They are for events whose identity is series and time, at whole seconds: of those with
    ids of their own, and of irregular ones, a repetition of what is not the newest is known from its second time on.
    What a crash makes it forget (at most one checkpoint interval) is idempotent downstream, where signals are keyed by
    id.

    A series without an event for ``window_ms`` is forgotten: names that publishers stopped using, or made up, do not
    pile up. What comes that late says nothing about now anyway.

    Attributes:
        conflicting: Whether what was found to be seen last had said something else before. Of a time in a run nobody
            remembers what it said: it is taken for the same.

    """

    PREFIX: Final = b"newest/"

    def __init__(self, store: Store, *, window_ms: int, checkpoint_ms: int, late_capacity: int) -> None:
        self._store = store
        self._window_s = window_ms / 1000
        self._checkpoint_ms = checkpoint_ms
        self._late_capacity = late_capacity
        self.conflicting = False
        self._newest: dict[str, _Newest] = {}
        self._late: dict[int, int] = {}
        self._dirty: set[int] = set()
        """Buckets: of the series, each would be held by its name twice."""
        self._checkpointed_ms: int | None = None
        self._undo: dict[str, _Newest | None] = {}
        self._undo_late: list[int] = []
        for key, value in store.items():
            if key.startswith(self.PREFIX):
                for series, row in orjson.loads(value).items():
                    self._newest[series] = _restored(_bucket(series), *row)

    def __len__(self) -> int:
        return len(self._newest)

    def begin(self) -> None:
        """Start a batch: one undo step covers all of its events."""
        touched: dict[str, _Newest | None] = {}
        late: list[int] = []
        self._undo, self._undo_late = touched, late

        def undo() -> None:
            for series, old in touched.items():
                if old is None:
                    self._newest.pop(series, None)
                else:
                    self._newest[series] = old
            for identity in late:
                self._late.pop(identity, None)

        self._store.journal(undo)

    def add(self, series: str, at: float, event_id: str, content: int = 0) -> bool | None:
        """Judge one event of a series.

        Args:
            series: Name of the series: publisher, device, metric.
            at: Event time in Unix seconds.
            event_id: The publisher's id, or empty where series and time are the identity.
            content: 32 bits of what it says.

        Returns:
            ``True`` if it is the newest, ``None`` if it is late but new, ``False`` if it was seen.

        """
        newest = self._newest.get(series)
        if newest is None or at > newest[0]:
            if series not in self._undo:
                self._undo[series] = newest
            bucket = _bucket(series) if newest is None else newest[6]
            if newest is not None and at - newest[0] == newest[4] and not event_id:
                self._newest[series] = (at, event_id, content, newest[3], newest[4], newest[5], bucket)
            else:
                self._newest[series] = _begun(newest, at, event_id, content, bucket)
            self._dirty.add(bucket)
            return True
        if at == newest[0] and event_id == newest[1]:
            self.conflicting = newest[2] is not None and newest[2] != content
            return False
        if not event_id and _saw(newest, at):
            self.conflicting = False
            return False
        identity = digest(series, f"{at}\0{event_id}")
        known = self._late.get(identity)
        if known is not None:
            self.conflicting = known != content
            return False
        self._late[identity] = content
        self._undo_late.append(identity)
        return None

    def flush(self, now_ms: int) -> None:
        """Write newest times down if the checkpoint interval has passed, and bound the late set."""
        while len(self._late) > self._late_capacity:
            self._late.pop(next(iter(self._late)))
        if self._checkpointed_ms is None:
            self._checkpointed_ms = now_ms
        if now_ms - self._checkpointed_ms < self._checkpoint_ms or not self._dirty:
            return
        self._checkpointed_ms = now_ms
        self._forget(now_ms / 1000 - self._window_s)
        content: dict[int, dict[str, tuple[object, ...]]] = {bucket: {} for bucket in self._dirty}
        self._dirty.clear()
        for series, newest in self._newest.items():
            if (bucket := newest[6]) in content:
                content[bucket][series] = newest[:6]
        for bucket, entries in content.items():
            self._store.put(b"%s%d" % (self.PREFIX, bucket), orjson.dumps(entries))

    def _forget(self, before_s: float) -> None:
        gone = {series: newest for series, newest in self._newest.items() if newest[0] < before_s}
        for series in gone:
            del self._newest[series]
        self._dirty.update(newest[6] for newest in gone.values())

        def undo() -> None:
            for series, newest in gone.items():
                self._newest.setdefault(series, newest)

        self._store.journal(undo)


def _begun(newest: _Newest | None, at: float, event_id: str, content: int, bucket: int) -> _Newest:
    """The newest event after one that does not go on in step: it sets a run's step, or begins a run."""
    older: tuple[_Run, ...] = ()
    whole = not event_id and at % 1.0 == 0.0
    if newest is not None:
        last, _, _, first, step, older, _ = newest
        if first is not None:
            if whole and step == 0.0:
                return at, event_id, content, first, at - last, older, bucket
            older = ((first, step, last), *older[: _MOST_RUNS - 1])
    return at, event_id, content, at if whole else None, 0.0, older, bucket


def _restored(  # noqa: PLR0917  # a row as it was written
    bucket: int,
    at: float,
    event_id: str,
    content: int | None = None,
    first: float | None = None,
    step: float = 0.0,
    older: Iterable[_Run] = (),
) -> _Newest:
    """A row of a checkpoint; earlier releases wrote time and id alone."""
    return at, event_id, content, first, step, tuple((since, every, to) for since, every, to in older), bucket


def _bucket(series: str) -> int:
    return zlib.crc32(series.encode()) % _TIME_BUCKETS
