"""When a source was listened to: time in which nobody listened is no device's silence.

Each intake partition gives account of what it heard, also of nothing. A source is listened to while all its partitions
do so in time and have read what was there to read. Where one does not (a restart, a rebalance, a broker that is away, a
backlog), a pause begins; it ends when listening has held for the grace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

Span = tuple[int, int]
"""From and to, milliseconds since 1970."""


@dataclass(slots=True)
class _Source:
    accounts: dict[int, int] = field(default_factory=dict)
    """Newest account of each partition; 0: one that is known from before."""
    gap: int | None = None
    """Account after which a partition gave none for too long, though it does again."""
    listened: int = 0
    """Newest moment at which all was listened to."""
    paused: int | None = None
    """Beginning of the pause that goes on."""
    steady: int | None = None
    """Since when all accounts are in time."""
    pauses: list[Span] = field(default_factory=list)


class Listening:
    """The pauses of every source.

    Args:
        sources: Those to follow.
        gap_ms: Without an account for longer, a partition is not listened to.
        grace_ms: How long accounts have to be in time before a pause ends.

    """

    def __init__(self, sources: Iterable[str], *, gap_ms: int, grace_ms: int) -> None:
        self._gap_ms = gap_ms
        self._grace_ms = grace_ms
        self._sources = {source: _Source() for source in sources}

    def account(self, source: str, partition: int, at: int, *, read_to: int | None = None) -> None:
        """A partition gives account.

        Args:
            source: Whose records it reads.
            partition: Its number.
            at: When, milliseconds since 1970.
            read_to: When Kafka accepted the newest record that it has read since its account before; ``None``: there
                was nothing to read.

        """
        known = self._sources.get(source)
        if known is None:
            return
        if read_to is not None and at - read_to > self._gap_ms:
            at = 0  # it reads what came in meanwhile: whoever is silent now is not known yet
        before = known.accounts.get(partition, 0)
        known.accounts[partition] = max(before, at)
        if before and at - before > self._gap_ms:
            known.gap = before if known.gap is None else min(known.gap, before)

    def tick(self, now: int, horizon_ms: int) -> bool:
        """Time has passed.

        Args:
            now: Milliseconds since 1970.
            horizon_ms: Pauses that ended longer ago make no difference to anyone.

        Returns:
            Whether a pause began or ended.

        """
        changed = False
        for source in self._sources.values():
            accounts = source.accounts.values()
            if source.gap is not None or not accounts or now - min(accounts) > self._gap_ms:
                source.steady = None
                if source.paused is None:
                    last = source.gap or min(accounts, default=0) or source.listened or now
                    source.paused = max(last, source.pauses[-1][1]) if source.pauses else last
                    changed = True
                source.gap = None
                continue
            if source.steady is None:
                source.steady = now
                if source.paused is None:  # the first tick finds everything in time: what was before is not known
                    source.paused = source.listened or now
                    changed = True
            if source.paused is not None and now - source.steady >= self._grace_ms:
                source.pauses.append((source.paused, now))
                source.paused = None
                changed = True
            if source.paused is None:
                source.listened = now
                if source.pauses and now - source.pauses[0][1] > horizon_ms:
                    del source.pauses[0]
        return changed

    def pauses(self, source: str, now: int) -> list[Span]:
        """Pauses of a source that still matter, the one that goes on among them; they do not overlap."""
        known = self._sources[source]
        return known.pauses if known.paused is None else [*known.pauses, (known.paused, now)]

    def encode(self) -> bytes:
        """All that has to survive."""
        return orjson.dumps(
            {name: [each.listened, sorted(each.accounts), each.pauses] for name, each in self._sources.items()}
        )

    def load(self, raw: bytes) -> None:
        """Take over what :meth:`encode` wrote: nothing was listened to since."""
        for name, (listened, partitions, pauses) in orjson.loads(raw).items():
            if (known := self._sources.get(name)) is not None:
                known.listened = listened
                known.accounts = dict.fromkeys(partitions, 0)
                known.pauses = [(since, to) for since, to in pauses]
