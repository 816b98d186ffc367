"""Which identities were seen before: id sets with a window, and newest times of telemetry.

Both remember 64-bit digests, not identities: a million remembered ids make a false repeat once in about
10^13 events, at a tenth of the memory.
"""

from __future__ import annotations

import zlib
from array import array
from typing import Final

import orjson

from ioc.identity import digest
from ioc.ports import Store

_HOUR_MS: Final = 3_600_000
_CHUNK_IDS: Final = 256
_TIME_BUCKETS: Final = 64


class SeenIds:
    """Identities of the last ``window_ms``, by the time at which Kafka accepted them.

    The changelog holds chunks of up to 256 digests; the newest chunk is written again until it is full, so that
    a busy hour costs few keys and a quiet one few bytes.
    """

    PREFIX: Final = b"seen/"

    def __init__(self, store: Store, *, window_ms: int, capacity: int) -> None:
        self._store = store
        self._window_ms = window_ms
        self._capacity = capacity
        self._hour_of: dict[int, int] = {}
        self._chunks: dict[int, list[array[int]]] = {}
        self._dirty: set[tuple[int, int]] = set()
        for key, value in store.items():
            if key.startswith(self.PREFIX):
                _, hour_text, number_text = key.split(b"/")
                hour, number = int(hour_text), int(number_text)
                chunks = self._chunks.setdefault(hour, [])
                while len(chunks) <= number:
                    chunks.append(array("Q"))
                chunks[number] = array("Q", value)
                for identity in chunks[number]:
                    self._hour_of[identity] = hour

    def __len__(self) -> int:
        return len(self._hour_of)

    def add(self, identity: int, at_ms: int) -> bool:
        """Remember an identity; ``False`` if it was seen within the window."""
        hour = at_ms // _HOUR_MS
        known = self._hour_of.get(identity)
        if known is not None and (hour - known) * _HOUR_MS <= self._window_ms:
            return False
        chunks = self._chunks.get(hour)
        if chunks is None:
            chunks = self._chunks[hour] = []
        if not chunks or len(chunks[-1]) >= _CHUNK_IDS:
            chunks.append(array("Q"))
        chunk = chunks[-1]
        chunk.append(identity)
        self._hour_of[identity] = hour
        self._dirty.add((hour, len(chunks) - 1))

        def undo() -> None:
            chunk.pop()
            if not chunk:
                chunks.pop()
                if not chunks:
                    self._chunks.pop(hour, None)
            if known is None:
                self._hour_of.pop(identity, None)
            else:
                self._hour_of[identity] = known

        self._store.journal(undo)
        return True

    def flush(self, now_ms: int) -> None:
        """Write what changed, and forget what left the window or exceeds the capacity (oldest hour first)."""
        for hour, number in self._dirty:
            chunks = self._chunks.get(hour)
            if chunks is not None and number < len(chunks):
                self._store.put(self._key(hour, number), chunks[number].tobytes())
        self._dirty.clear()
        limit = (now_ms - self._window_ms) // _HOUR_MS
        while self._chunks:
            oldest = min(self._chunks)
            if oldest >= limit and (len(self._hour_of) <= self._capacity or len(self._chunks) == 1):
                break
            self._forget(oldest)

    def _forget(self, hour: int) -> None:
        chunks = self._chunks.pop(hour)
        forgotten = [identity for chunk in chunks for identity in chunk if self._hour_of.get(identity) == hour]
        for identity in forgotten:
            del self._hour_of[identity]
        for number in range(len(chunks)):
            self._store.delete(self._key(hour, number))

        def undo() -> None:
            self._chunks[hour] = chunks
            self._hour_of.update(dict.fromkeys(forgotten, hour))

        self._store.journal(undo)

    def _key(self, hour: int, number: int) -> bytes:
        return b"%s%d/%d" % (self.PREFIX, hour, number)


class NewestTimes:
    """Newest event time per telemetry series, and a bounded set of late events.

    An event later than the newest of its series is new without further memory. One at the same time or earlier is
    new only if it is not among the late ones remembered. What a crash makes it forget (at most one checkpoint
    interval) is idempotent downstream, where signals are keyed by id.

    A series without an event for ``window_ms`` is forgotten: names that publishers stopped using, or made up, do not
    pile up. What comes that late says nothing about now anyway.
    """

    PREFIX: Final = b"newest/"

    def __init__(self, store: Store, *, window_ms: int, checkpoint_ms: int, late_capacity: int) -> None:
        self._store = store
        self._window_s = window_ms / 1000
        self._checkpoint_ms = checkpoint_ms
        self._late_capacity = late_capacity
        self._newest: dict[str, tuple[float, str]] = {}
        self._late: dict[int, None] = {}
        self._dirty: set[str] = set()
        self._checkpointed_ms: int | None = None
        self._undo: dict[str, tuple[float, str] | None] = {}
        self._undo_late: list[int] = []
        for key, value in store.items():
            if key.startswith(self.PREFIX):
                for series, (at, event_id) in orjson.loads(value).items():
                    self._newest[series] = (at, event_id)

    def __len__(self) -> int:
        return len(self._newest)

    def begin(self) -> None:
        """Start a batch: one undo step covers all of its events."""
        touched: dict[str, tuple[float, str] | None] = {}
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

    def add(self, series: str, at: float, event_id: str) -> bool | None:
        """Judge one event of a series.

        Args:
            series: Name of the series: publisher, device, metric.
            at: Event time in Unix seconds.
            event_id: The publisher's id, or empty where series and time are the identity.

        Returns:
            ``True`` if it is the newest, ``None`` if it is late but new, ``False`` if it was seen.

        """
        newest = self._newest.get(series)
        if newest is None or at > newest[0]:
            if series not in self._undo:
                self._undo[series] = newest
            self._newest[series] = (at, event_id)
            self._dirty.add(series)
            return True
        if at == newest[0] and event_id == newest[1]:
            return False
        identity = digest(series, f"{at}\0{event_id}")
        if identity in self._late:
            return False
        self._late[identity] = None
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
        content: dict[int, dict[str, tuple[float, str]]] = {_bucket(series): {} for series in self._dirty}
        self._dirty.clear()
        for series, newest in self._newest.items():
            if (bucket := _bucket(series)) in content:
                content[bucket][series] = newest
        for bucket, entries in content.items():
            self._store.put(b"%s%d" % (self.PREFIX, bucket), orjson.dumps(entries))

    def _forget(self, before_s: float) -> None:
        gone = {series: newest for series, newest in self._newest.items() if newest[0] < before_s}
        for series in gone:
            del self._newest[series]
        self._dirty.update(gone)

        def undo() -> None:
            for series, newest in gone.items():
                self._newest.setdefault(series, newest)

        self._store.journal(undo)


def _bucket(series: str) -> int:
    return zlib.crc32(series.encode()) % _TIME_BUCKETS
