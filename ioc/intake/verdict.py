"""What became of one event."""

from __future__ import annotations

from typing import Final, NamedTuple

from ioc.records import Signal
from ioc.vocabulary import Outcome


class Verdict(NamedTuple):
    """Outcome of an event, and the signal that it made, if any."""

    outcome: Outcome
    signal: Signal | None = None


QUIET: Final = Verdict("quiet")
