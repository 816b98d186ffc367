"""What citizens write: normal forms, category and severity with reasons, personal data out."""

from __future__ import annotations

from ioc.classify.classifier import Classification, Classifier, LiveClassifier, Reason
from ioc.classify.lexicon import Lexicon, LexiconError, shipped_lexicon
from ioc.classify.model import Model, ModelError, shipped_model
from ioc.classify.personal import PLACEHOLDERS, Span
from ioc.classify.pseudonym import key_id, pseudonym
from ioc.classify.redact import Redacted, Redactor, redact

__all__ = [
    "PLACEHOLDERS",
    "Classification",
    "Classifier",
    "Lexicon",
    "LexiconError",
    "LiveClassifier",
    "Model",
    "ModelError",
    "Reason",
    "Redacted",
    "Redactor",
    "Span",
    "key_id",
    "pseudonym",
    "redact",
    "shipped_lexicon",
    "shipped_model",
]
