"""How what a partition follows is now: told to whoever shows it, as it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple, Protocol

from ioc.ports import Store
from ioc.records import Health, StateRow
from ioc.vocabulary import Source

AGAIN_S: Final = 6 * 3_600.0
"""Everything is told again so often: ``ioc.health`` keeps a day, and who reads it anew must find all of it."""

_MOST_TOLD: Final = 1_000
"""Rows of one record, so that none grows without bound."""


class Subject(NamedTuple):
    """What has a state: see :class:`ioc.records.StateRow` for the parts."""

    of: Literal["air", "site", "gate", "device"]
    device: str
    part: str = ""


class Shown(NamedTuple):
    """The state of it; what is equal is not told again."""

    state: str
    figures: tuple[tuple[str, float], ...] = ()
    lat: float | None = None
    lon: float | None = None


_GONE: Final = Shown("")


class Shows(Protocol):
    """A companion whose subjects have a state that people look at."""

    def shown(self, now_ms: int, /) -> Mapping[Subject, Shown]:
        """All that is known now; it is asked for every few seconds."""


class StateTeller:
    """Compares what is with what was told. It lives in memory: after a start all is told once.

    Args:
        source: Whose records the partition has.
        partition: Its number.
        store: State of the partition.
        shows: Who knows states.
        every_s: Between two comparisons.

    """

    def __init__(self, source: Source, partition: int, store: Store, shows: Sequence[Shows], *, every_s: float) -> None:
        self._source = source
        self._partition = partition
        self._store = store
        self._shows = tuple(shows)
        self._every_ms = every_s * 1000
        self._told: Mapping[Subject, Shown] = {}
        self._looked_ms = 0
        self._all_ms = 0

    def healths(self, now_ms: int) -> Iterator[Health]:
        """What is to be told; if the round fails, it waits again."""
        if not self._shows or 0 <= now_ms - self._looked_ms < self._every_ms:
            return
        before = self._told, self._looked_ms, self._all_ms

        def undo() -> None:
            self._told, self._looked_ms, self._all_ms = before

        self._store.journal(undo)
        told = self._told
        now: dict[Subject, Shown] = {}
        for each in self._shows:
            now |= each.shown(now_ms)
        anew = now_ms - self._all_ms >= AGAIN_S * 1000
        rows = [
            _row(subject, shown)
            for subject, shown in now.items()
            if anew or ((known := told.get(subject)) is not shown and known != shown)
        ]
        rows += [_row(subject, _GONE) for subject in told.keys() - now.keys()]
        self._told, self._looked_ms = now, now_ms
        if anew:
            self._all_ms = now_ms
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        yield from state_healths(self._source, self._partition, at, rows)


def state_healths(source: Source, partition: int, at: datetime, rows: Sequence[StateRow]) -> Iterator[Health]:
    """Records that tell these rows."""
    for part, start in enumerate(range(0, len(rows), _MOST_TOLD)):
        yield Health(source, partition, at, states=[*rows[start : start + _MOST_TOLD]], part=part)


def _row(subject: Subject, shown: Shown) -> StateRow:
    return StateRow(*subject, shown.state, dict(shown.figures), shown.lat, shown.lon)
