"""The four dimensions, exactly: what is counted, and what is divided by what.

Everything is counted per source, per class of device and per window of event time. A record that cannot be read has
no event time: it counts in the window in which Kafka accepted it. All ratios run from 0 (bad) to 1 (good); one whose
denominator is 0 does not exist, which is not the same as 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Final, Literal, NamedTuple

Dimension = Literal["correct", "complete", "clean", "live"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("correct", "complete", "clean", "live")


class Sums(NamedTuple):
    """Counts of one source, class and window; counts of parts of the input add up to those of the whole.

    Attributes:
        received: All records: valid, rejected and repeated ones.
        correct: Of them, those that are valid and whose measurement is plausible.
        repeated: Of them, those whose identity was seen before, with the same content or another.
        readable: Of them, those that have an event time.
        in_time: Of the readable, those that Kafka had within the source's allowance after their event time.
        complete: First records of registered devices, each device at most as often as it was expected to speak.
        conflicting: Of the repeated, those that say something else than the first record of their identity.

    """

    received: int = 0
    correct: int = 0
    repeated: int = 0
    readable: int = 0
    in_time: int = 0
    complete: int = 0
    conflicting: int = 0

    @classmethod
    def read(cls, row: Sequence[int]) -> Sums:
        """Counts as they were written: earlier releases wrote fewer, later ones may write more."""
        return cls(*row[: len(cls._fields)])

    def plus(self, other: Sums) -> Sums:
        """Counts of both."""
        return Sums(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def ratios(self, expected: int) -> Ratios:
        """The four dimensions.

        - correct = valid and plausible records / received records
        - complete = first records of registered devices, at most the expected number of each / expected records; it
          needs a register with intervals. A device under maintenance owes what it always owes: what it does not send
          is missing, however good the reason
        - clean = 1 − repeated records / received records. A repetition is a record whose identity (source, id) was seen
          before; the first wins. One with another content, that is, whose value is another, byte for byte, is a
          conflict: it is a repetition too, and is counted beside. What the first record said is remembered as long as
          its identity, but for telemetry that newer readings of its series have overtaken: of that a repetition is
          known, a conflict is not
        - live = records within the source's allowance / records with an event time. It is below 0.95 exactly when
          the 95th percentile of the delay exceeds the allowance.

        Args:
            expected: Records that the registered devices of the class should have sent in the window.

        """
        return Ratios(
            correct=self.correct / self.received if self.received else None,
            complete=min(1.0, self.complete / expected) if expected else None,
            clean=1.0 - self.repeated / self.received if self.received else None,
            live=self.in_time / self.readable if self.readable else None,
        )


class Ratios(NamedTuple):
    """The four dimensions, 0 to 1; none where there is nothing to divide by."""

    correct: float | None
    complete: float | None
    clean: float | None
    live: float | None

    def of(self, dimension: Dimension) -> float | None:
        """One of them."""
        return self[DIMENSIONS.index(dimension)]


def expected_records(window_s: int, interval_s: float) -> int:
    """How many records a device that speaks every ``interval_s`` owes a window, at least: whole intervals."""
    return floor(window_s / interval_s)
