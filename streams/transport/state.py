"""State that moves with the round: an undo log for what fails, changelog records for what is committed."""

from __future__ import annotations

from collections.abc import Callable, ItemsView
from typing import Final, NamedTuple

NOTE_SEPARATOR: Final = "\n"
"""Between the engine's own mark and the agent's note, in the offset's metadata."""
MAX_NOTE_BYTES: Final = 3_800
"""The broker's ``offset.metadata.max.bytes`` is 4,096; the mark needs some."""


class Savepoint(NamedTuple):
    """A place in a state's undo log."""

    undo: int
    after: int


class PartitionState:
    """Keys and values of one agent and one partition number, shared by the agent's co-partitioned topics.

    Keys and values are bytes. Writes count when the round's transaction commits; if it does not, they are undone.
    In-memory objects that an agent derives from its state join in with ``journal`` (called to undo) and
    ``after_commit`` (called once the round is committed).
    """

    __slots__ = ("_after", "_data", "_note", "_released", "_undo", "partition")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self._data: dict[bytes, bytes] = {}
        self._undo: list[tuple[bytes, bytes | None] | Callable[[], None]] = []
        self._after: list[Callable[[], None]] = []
        self._note = ""
        self._released = False

    # ---- for agents -------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """The value, or None."""
        return self._data.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value; writing what is there already costs and changes nothing."""
        old = self._data.get(key)
        if old != value:
            self._undo.append((key, old))
            # A copy has no room behind its content; what a serialiser returns may have kilobytes.
            self._data[key] = bytes(memoryview(value))

    def delete(self, key: bytes) -> None:
        """Remove a key; one that is not there is no error."""
        old = self._data.pop(key, None)
        if old is not None or self._released:
            self._undo.append((key, old))

    def items(self) -> ItemsView[bytes, bytes]:
        """Live view; do not write while iterating."""
        return self._data.items()

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, key: bytes) -> bool:
        return key in self._data

    @property
    def note(self) -> str:
        """A few bytes that live beside the committed offset instead of in the changelog.

        They cost nothing: no record, no partition more in the transaction. For what changes with every batch, such
        as counters. Only agents with one input topic have it; it is lost with the group's offsets.
        """
        return self._note

    @note.setter
    def note(self, text: str) -> None:
        if len(text.encode()) > MAX_NOTE_BYTES:
            raise ValueError(f"a note has at most {MAX_NOTE_BYTES} bytes")
        before, self._note = self._note, text

        def undo() -> None:
            self._note = before

        self._undo.append(undo)

    def journal(self, undo: Callable[[], None]) -> None:
        """Have ``undo`` called if the writes up to here are taken back (in reverse order, among the other writes).

        A whole round or a part of it may be taken back, so undo exactly the change made beside this call.
        """
        self._undo.append(undo)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called once, after this round's transaction is committed; never if it is not."""
        self._after.append(callback)

    # ---- for the engine ---------------------------------------------------------------------------------------

    def load(self, key: bytes, value: bytes | None) -> None:
        """A changelog record while recovering."""
        if value is None:
            self._data.pop(key, None)
        else:
            self._data[key] = value

    def load_note(self, text: str) -> None:
        """The note that was committed with the offset at which this partition begins."""
        self._note = text

    def release(self) -> None:
        """The agent's own objects hold everything: from here on only what the round at hand writes is kept."""
        self._released = True
        self._data.clear()

    @property
    def dirty(self) -> bool:
        """Was anything written or journalled since the last commit?"""
        return bool(self._undo or self._after)

    def savepoint(self) -> Savepoint:
        return Savepoint(len(self._undo), len(self._after))

    def rollback_to(self, mark: Savepoint) -> None:
        """Undo what came after the savepoint, newest first."""
        undo, data = self._undo, self._data
        while len(undo) > mark.undo:
            entry = undo.pop()
            if not isinstance(entry, tuple):
                entry()
            elif entry[1] is None:
                data.pop(entry[0], None)
            else:
                data[entry[0]] = entry[1]
        del self._after[mark.after :]

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog of the round: each changed key once, with its value now (None: removed)."""
        data = self._data
        keys = dict.fromkeys(entry[0] for entry in self._undo if isinstance(entry, tuple))
        return [(key, data.get(key)) for key in keys]

    def commit(self) -> None:
        self._undo.clear()
        if self._released:
            self._data.clear()
        after, self._after = self._after, []
        for callback in after:
            callback()

    def rollback(self) -> None:
        self.rollback_to(Savepoint(0, 0))
