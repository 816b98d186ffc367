"""What the owner remembers of devices: when each was heard, what was told, and how both are written down."""

from __future__ import annotations

from array import array
from struct import Struct
from typing import Final, NamedTuple, Protocol

import numpy as np
import orjson

from ioc.area.liveness.roll import BUCKETS, Ints, Roll
from ioc.vocabulary import Source

PREFIX: Final = b"live/"
CLOCK: Final = PREFIX + b"clock"
TIMES: Final = PREFIX + b"t/"
CONDITIONS: Final = PREFIX + b"c/"
FAULTS: Final = PREFIX + b"f/"
MAINTAINED: Final = PREFIX + b"m/"

_ROW: Final = Struct("<Qq")
"""Digest of source and device; the newest time heard, or minus the time since when it is known."""


class Condition(NamedTuple):
    """A silence that was told; times in milliseconds since 1970.

    Attributes:
        raised: When it was told.
        source: Of its signals.
        back: Time that was heard first since; 0: nothing yet.
        ended: When it was over, where its devices have had no chance to speak since; 0: it goes on.

    """

    raised: int
    source: Source
    back: int = 0
    ended: int = 0


Key = tuple[str, str]
"""Level, or ``device``; and name."""


class Writes(Protocol):
    """Where changes go."""

    def put(self, key: bytes, value: bytes, /) -> None: ...
    def delete(self, key: bytes, /) -> None: ...


class Times:
    """When each device was heard.

    Element by slot: milliseconds since 1970; of devices never heard, minus the time since when they are known; 0: not
    known yet. They change all the time, so they are written down on a timer, many to a record.
    """

    def __init__(self, roll: Roll) -> None:
        self._roll = roll
        self.raw = array("q", bytes(8 * len(roll.devices)))
        self.view: Ints = np.frombuffer(self.raw, np.int64)
        self.dirty: set[int] = set()

    def hear(self, slot: int, at: int) -> int | None:
        """A device was heard at a time; returns what to put back, or none where nothing is newer.

        What a device says of the time before it was known tells nothing: it has never been heard still.
        """
        before = self.raw[slot]
        if at <= abs(before):
            return None
        self.raw[slot] = at
        self.dirty.add(self._roll.digests[slot] % BUCKETS)
        return before

    def restore(self, slot: int, before: int) -> None:
        """Take back the last change of a device."""
        self.raw[slot] = before

    def meet(self, now: int) -> list[int]:
        """Devices that are new to the owner are known from now on; returns their slots."""
        new: list[int] = np.flatnonzero((self.view == 0) & self._roll.watched).tolist()
        for slot in new:
            self.raw[slot] = -now
            self.dirty.add(self._roll.digests[slot] % BUCKETS)
        return new

    def write(self, writer: Writes) -> set[int]:
        """Write down what has changed; returns the buckets, should they have to be written again."""
        written, self.dirty = self.dirty, set()
        for bucket in sorted(written):
            rows = (_ROW.pack(self._roll.digests[slot], self.raw[slot]) for slot in self._roll.buckets[bucket])
            writer.put(TIMES + b"%02x" % bucket, b"".join(rows))
        return written

    def load(self, raw: bytes) -> None:
        """Take over one bucket; devices that are no longer registered are left out."""
        if len(raw) % _ROW.size:
            raise ValueError(f"times of devices come in {_ROW.size} bytes each, found {len(raw)}")
        for digest, at in _ROW.iter_unpack(raw):
            if (slot := self._roll.by_digest.get(digest)) is not None:
                self.raw[slot] = at


def condition_key(key: Key) -> bytes:
    """Key of a condition in the state."""
    return CONDITIONS + f"{key[0]}/{key[1]}".encode()


def encode_condition(condition: Condition) -> bytes:
    """Write a condition."""
    return orjson.dumps(tuple(condition))


def decode_condition(key: bytes, raw: bytes) -> tuple[Key, Condition]:
    """Read :func:`encode_condition` and its key."""
    level, _, name = key.removeprefix(CONDITIONS).decode().partition("/")
    return (level, name), Condition(*orjson.loads(raw))
