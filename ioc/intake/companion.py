"""What follows a source's events beside the detector, on one partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ioc.detect.model import Finding


class Notice(NamedTuple):
    """News that no event brought: a time ran out.

    Attributes:
        finding: What is said; ``device``, ``kind`` and ``at`` make it one and the same however often it is said.
        at: Event time, aware.
        lat: WGS 84 degrees, with ``lon``; none: where the register has the device.
        lon: See ``lat``.

    """

    finding: Finding
    at: datetime
    lat: float | None = None
    lon: float | None = None


Gauges = Mapping[tuple[str, ...], float]
"""Metric name and label values to the figure of this partition; figures of several partitions are added."""


class Companion(Protocol):
    """Sees each event that is valid, new and not too late. What it remembers lives in the partition's store.

    It reads the store when it is made and only writes afterwards: the engine keeps no entry that was written.

    It keeps its hands off the state unless something changed: a quiet event must cost next to nothing.
    """

    def take(self, event: Any, at_s: float, accepted_ms: int, /) -> Finding | None:
        """Take in one event.

        Args:
            event: Of the source's model.
            at_s: Event time, Unix seconds.
            accepted_ms: When Kafka had it.

        """

    def tick(self, now_ms: int, /) -> Iterable[Notice]:
        """Do what time alone does; runs about every second, whether there are events or not."""

    def flush(self, now_ms: int, /) -> None:
        """Write down what is due, at the end of a batch; ``now_ms`` is the time of its newest record."""

    def gauges(self, now_ms: int, /) -> Gauges:
        """Figures as they are now."""
