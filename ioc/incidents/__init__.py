"""From signals to incidents: what belongs together, whose it is, how far it is, who is told.

One :class:`~ioc.incidents.book.IncidentBook` owns a province. It is pure: signals, commands and time go in, whole
states, alerts, answers and reasons come out.
"""

from __future__ import annotations

from ioc.incidents.book import IncidentBook
from ioc.incidents.changes import Changes, Measure
from ioc.incidents.correlation import CorrelationRules, load_correlation
from ioc.incidents.feedback import FeedbackTexts, load_feedback_texts
from ioc.incidents.lifecycle import FINISHED, TRANSITIONS, allowed

__all__ = [
    "FINISHED",
    "TRANSITIONS",
    "Changes",
    "CorrelationRules",
    "FeedbackTexts",
    "IncidentBook",
    "Measure",
    "allowed",
    "load_correlation",
    "load_feedback_texts",
]
