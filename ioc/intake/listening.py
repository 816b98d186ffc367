"""Whether a site that says nothing is silent, or whether we could not hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from ioc.detect.bts.rules import Timing
from ioc.detect.bts.state import LONG_AGO

_GONE: Final = 2
"""Intervals without a word from any site of a collector, after which its return gives all of them time anew."""


class Speaker(Protocol):
    """What is read of a site."""

    @property
    def heard(self) -> int: ...
    @property
    def interval_s(self) -> float | None: ...


class Listening:
    """Knows when a partition listened, and through which collectors. All times are microseconds since 1970.

    Nothing of it is written down: after a start the waits begin again.

    Attributes:
        accepted_ms: When Kafka had the newest record since the last tick; 0: there was none.

    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._ticked = LONG_AGO
        self._behind = LONG_AGO
        self._spoke: dict[str, int] = {}
        self._returned: dict[str, int] = {}
        self.accepted_ms = 0

    def tick(self, now: int, collectors: Mapping[str, Sequence[Speaker]]) -> bool:
        """Look at what was heard since the last tick; whether silence means anything now.

        It does not within the grace after a start, after a pause in which nobody ticked, and while what is read was
        accepted long ago.
        """
        late = self._timing.settle_us
        if now - self._ticked > late or (self.accepted_ms and now - self.accepted_ms * 1000 > late):
            self._behind = now
        self._ticked, self.accepted_ms = now, 0
        for name, sites in collectors.items():
            before, spoke = self._spoke.get(name, LONG_AGO), max(site.heard for site in sites)
            if spoke > before:
                shortest = min(site.interval_s or self._timing.interval_s for site in sites)
                if before != LONG_AGO and spoke - before > _GONE * shortest * 1e6:
                    self._returned[name] = now
                self._spoke[name] = spoke
        return now - self._behind > self._timing.grace_us

    def due(self, heard: int, interval_s: float, collector: str | None, others: int) -> int | None:
        """When a site counts as silent that was last heard then; none while its collector may be what is silent.

        A site that shares its collector is only silent if another one behind it has spoken of a time after that: so a
        collector that fails, or that tells everything late, makes no site silent.
        """
        wait = int(self._timing.silent * interval_s * 1e6)
        if collector is None or others == 0:
            return heard + wait
        due = max(heard, self._returned.get(collector, LONG_AGO)) + wait
        return due if self._spoke.get(collector, LONG_AGO) > due else None
