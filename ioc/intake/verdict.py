"""What became of one event."""

from __future__ import annotations

from typing import Final, NamedTuple

from ioc.records import Signal
from ioc.vocabulary import Outcome


class Verdict(NamedTuple):
    """Outcome of an event, and the signals that it made; one input counts once, whatever number it makes."""

    outcome: Outcome
    signals: tuple[Signal, ...] = ()


QUIET: Final = Verdict("quiet")
