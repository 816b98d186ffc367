"""What the pure agents need from the engine, as protocols: a batch in, state beside it, outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol


class Batch(Protocol):
    """Records of one partition in offset order; all sequences have the same length."""

    @property
    def topic(self) -> str: ...
    @property
    def values(self) -> Sequence[bytes | None]: ...
    @property
    def headers(self) -> Sequence[Sequence[tuple[str, bytes | None]]]: ...
    @property
    def timestamps_ms(self) -> Sequence[int]: ...
    def __len__(self) -> int: ...


class Store(Protocol):
    """State of one partition: rolls back with the round, survives with it."""

    note: str
    """A few bytes that are committed beside the input offset rather than in the changelog."""

    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, value: bytes) -> None: ...
    def delete(self, key: bytes) -> None: ...
    def items(self) -> Iterable[tuple[bytes, bytes]]: ...
    def journal(self, undo: Callable[[], None]) -> None:
        """Remember how to take back a change to an object beside the store, should the round fail."""


class Output(Protocol):
    """Records to be written in the round's transaction."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        *,
        partition: int | None = None,
    ) -> None: ...
    def dead_letter(self, index: int, reason: str, message: str, pointer: str = "") -> None: ...
