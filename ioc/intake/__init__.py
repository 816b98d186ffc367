"""From raw records to signals: decode, tell repeats, redact, locate, classify or evaluate, answer the publisher.

Everything here is a function of the records and of the state that the caller hands in; see ``README.md``.
"""

from __future__ import annotations

from ioc.intake.parts import IntakeParts
from ioc.intake.source import Intake

__all__ = ["Intake", "IntakeParts"]
