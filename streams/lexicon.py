"""The lexicon in force: that of a file, reread when it changes, or the one that comes with the package."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.classify import Classifier, Lexicon, LiveClassifier, Model, shipped_lexicon
from streams.metrics import gauge
from streams.watched import WatchedFile

log = logging.getLogger(__name__)


class LexiconFigures:
    """Shows which lexicon and model decide, and whether the lexicon's file is the one in force."""

    def __init__(self, registry: CollectorRegistry, model_version: str) -> None:
        self._info = gauge(metrics.CLASSIFIER_INFO, registry)
        self._up = gauge(metrics.LEXICON_UP, registry)
        self._model = model_version
        self._shown: str | None = None

    def in_force(self, version: str) -> None:
        """The lexicon of this version decides from now on."""
        self._info.labels(version, self._model).set(1)
        if self._shown not in (None, version):
            self._info.remove(self._shown, self._model)
        self._shown = version
        self._up.set(1)

    def refused(self) -> None:
        """The file is wrong or away; an older lexicon decides."""
        self._up.set(0)


def watched_classifier(
    path: Path, place_names: tuple[str, ...], model: Model, figures: LexiconFigures
) -> tuple[LiveClassifier, Callable[[], None]]:
    """A classifier in step with a lexicon's file, and what looks at the file.

    A batch is judged whole by one lexicon: it asks the classifier of the moment once. A round that is repeated may be
    judged by a newer one; each decision names the version that made it.

    Raises:
        LexiconError: it is wrong.
        OSError: it cannot be read.

    """
    live: LiveClassifier | None = None

    def in_force(lexicon: Lexicon) -> None:
        nonlocal live
        classifier = Classifier(lexicon, place_names, model)
        if live is None:
            live = LiveClassifier(classifier)
        else:
            live.replace(classifier)
        figures.in_force(lexicon.version)

    file = WatchedFile(path, "lexicon", Lexicon.load, in_force, figures.refused)
    assert live is not None, "the file was read"
    return live, file.look


def shipped_classifier(place_names: tuple[str, ...], model: Model, figures: LexiconFigures) -> LiveClassifier:
    """The classifier with the lexicon that comes with the package."""
    lexicon = shipped_lexicon()
    log.info("lexicon %s is in force, the shipped one", lexicon.version)
    figures.in_force(lexicon.version)
    return LiveClassifier(Classifier(lexicon, place_names, model))
