"""What citizens write: normal forms, category and severity with reasons, personal data out."""

from __future__ import annotations

from ioc.classify.classifier import Classification, Classifier, Reason
from ioc.classify.lexicon import Lexicon, LexiconError, shipped_lexicon
from ioc.classify.normalise import Normalised, Normaliser, fold, normalise

__all__ = [
    "Classification",
    "Classifier",
    "Lexicon",
    "LexiconError",
    "Normalised",
    "Normaliser",
    "Reason",
    "fold",
    "normalise",
    "shipped_lexicon",
]
