"""What a detector at the province's owner is, and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ioc.ports import Store
from ioc.records import Health, Signal


@dataclass(slots=True)
class AreaWriter:
    """Takes what a detector changes and says within one round.

    Attributes:
        store: State of the owner's partition; it is written only, detectors hold what they wrote.
        signals: What was said, to be written to ``ioc.signals`` with the round; it comes back as every signal does.

    """

    store: Store
    signals: list[Signal] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    """What is to be shown of devices, to be written to ``ioc.health`` with the round; detectors pass it over."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write an entry of the state; the key begins with the detector's prefix."""
        self.store.put(key, value)

    def delete(self, key: bytes) -> None:
        """Remove an entry of the state."""
        self.store.delete(key)

    def undo(self, inverse: Callable[[], None]) -> None:
        """Hand over the inverse of a change in memory, for the case that the round fails."""
        self.store.journal(inverse)

    def emit(self, signal: Signal) -> None:
        """Say something. The signal's id depends on what is said alone, so that saying it twice is saying it once."""
        self.signals.append(signal)

    def tell(self, health: Health) -> None:
        """Say how devices are, to whoever shows it."""
        self.healths.append(health)


class AreaDetector(Protocol):
    """Sees all signals and health summaries of a province, in order; its state is durable.

    Its future depends on what it was given and on the times in it, never on a clock of its own. ``prefix`` begins the
    keys of its state.
    """

    prefix: bytes

    def load(self, key: bytes, value: bytes, /) -> None:
        """Take over one entry of the stored state, in any order.

        Raises:
            ValueError: the entry is damaged.

        """

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter, /) -> Signal | None:
        """See a signal before the incidents do, those of area detectors too.

        Returns:
            The signal, or another in its place, or none: then it is held back, and the detector owes its effect.

        """

    def health(self, health: Health, now: datetime, writer: AreaWriter, /) -> None:
        """See which devices spoke."""

    def tick(self, now: datetime, writer: AreaWriter, /) -> None:
        """Do what time alone does; runs about every second."""

    def gauges(self, now: datetime, /) -> Mapping[tuple[str, ...], float]:
        """Metric name and label values to the figure as it is now."""
