"""What a simulator has made: marked where people and programs see it, and kept apart from what is real."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ioc.records import Signal

SUFFIX: Final = " (mô phỏng)"
"""Ends every title of something made: it stands wherever a title does, in alerts, the console and exports."""
FIELD: Final = "synthetic"
"""In a signal's evidence, true for what is made."""


def is_synthetic(signal: Signal) -> bool:
    """Whether a signal is about something made."""
    return signal.evidence.get(FIELD) is True


def marked(signal: Signal) -> Signal:
    """The signal, marked as made; one that is marked stays as it is."""
    if is_synthetic(signal):
        return signal
    return replace(signal, title=signal.title + SUFFIX, evidence=signal.evidence | {FIELD: True})
