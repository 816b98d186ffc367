"""States of one partition that time alone changes too: written with the batch, taken up again, due in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Final, Generic, TypeVar

from ioc.ports import Store

_SETTLE_MS: Final = 10_000
"""Nothing is over while its partition is being read: what would have kept it open may be in the next batch."""

_T = TypeVar("_T")


class TimedStates(Generic[_T]):
    """Immutable states by key, each with the instant at which time changes it.

    Args:
        store: State of the partition.
        prefix: Of these entries' keys.
        encode: From a state to its bytes.
        decode: The inverse.
        due: When time changes a state, microseconds since 1970; none: never.

    """

    def __init__(
        self,
        store: Store,
        prefix: bytes,
        encode: Callable[[_T], bytes],
        decode: Callable[[bytes], _T],
        due: Callable[[str, _T], int | None],
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._encode = encode
        self._due = due
        self._dirty: set[str] = set()
        self._timers: list[tuple[int, str]] = []
        self._waits: dict[str, int] = {}
        self._touched_ms: dict[str, int] = {}
        self._now_ms: int | None = None
        self._loaded_ms: int | None = None
        self._states: dict[str, _T] = {
            key[len(prefix) :].decode(): decode(value) for key, value in store.items() if key.startswith(prefix)
        }
        for key, state in self._states.items():
            self._schedule(key, state)
        self.get = self._states.get

    def __len__(self) -> int:
        return len(self._states)

    def put(self, key: str, state: _T) -> None:
        """Change a state by an event; it is written with :meth:`flush`."""
        self.turn(key, state)
        if self._now_ms is not None:
            self._touched_ms[key] = self._now_ms

    def turn(self, key: str, state: _T | None) -> None:
        """Change a state by time, or forget it (``None``); it is written with :meth:`flush`."""
        self._store.journal(partial(self._set, key, self._states.get(key)))
        self._set(key, state)
        self._dirty.add(key)

    def flush(self) -> None:
        """Write what changed."""
        for key in self._dirty:
            state = self._states.get(key)
            if state is None:
                self._store.delete(self._prefix + key.encode())
            else:
                self._store.put(self._prefix + key.encode(), self._encode(state))
        self._dirty.clear()

    def due(self, now_ms: int) -> Iterator[tuple[str, _T]]:
        """States that time changes now, in order of their instants; each has to be turned."""
        self._now_ms = now_ms
        if self._loaded_ms is None:
            self._loaded_ms = now_ms
        timers, again = self._timers, []
        while timers and timers[0][0] <= now_ms * 1000:
            at, key = heappop(timers)
            if self._waits.get(key) != at:
                continue  # an earlier timer took its place
            del self._waits[key]
            state = self._states.get(key)
            due = None if state is None else self._due(key, state)
            if state is None or due is None:
                continue
            quiet_ms = self._touched_ms.get(key, self._loaded_ms) + _SETTLE_MS
            if due > now_ms * 1000 or quiet_ms > now_ms:
                again.append((key, max(due, quiet_ms * 1000)))
                continue
            self._touched_ms.pop(key, None)
            yield key, state
        for key, at in again:
            self._wait(key, at)

    def _set(self, key: str, state: _T | None) -> None:
        if state is None:
            self._states.pop(key, None)
            self._touched_ms.pop(key, None)
        else:
            self._states[key] = state
            self._schedule(key, state)

    def _schedule(self, key: str, state: _T) -> None:
        due = self._due(key, state)
        if due is not None and due < self._waits.get(key, due + 1):
            self._wait(key, due)

    def _wait(self, key: str, at: int) -> None:
        """One timer per key: a later instant is found when the earlier one has come."""
        self._waits[key] = at
        heappush(self._timers, (at, key))
