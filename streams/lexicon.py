"""The lexicon's file is looked at all the time: a good change is taken up, a wrong one is refused and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.classify import Classifier, Lexicon, LexiconError, LiveClassifier, Model, shipped_lexicon
from streams.metrics import gauge

log = logging.getLogger(__name__)

_EVERY_S: Final = 2.0


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


class _Stamp(NamedTuple):
    """What changes when a file is written or another one is put in its place."""

    inode: int
    modified_ns: int
    size: int


class LexiconFile:
    """Keeps a classifier in step with a lexicon's file.

    A batch is judged whole by one lexicon: it asks the classifier of the moment once. A round that is repeated may be
    judged by a newer one; each decision names the version that made it.
    """

    def __init__(self, path: Path, place_names: tuple[str, ...], model: Model, figures: LexiconFigures) -> None:
        """Read the file for the first time.

        Raises:
            LexiconError: it is wrong.
            OSError: it cannot be read.

        """
        self._path = path
        self._place_names = place_names
        self._model = model
        self._figures = figures
        self._stamp: _Stamp | None = self._stat()
        self._complaint = ""
        lexicon = self._read()
        self._version = lexicon.version
        self.live = LiveClassifier(self._classifier(lexicon))
        self._announce()

    def look(self) -> None:
        """Take up a changed file; what is wrong with it is said once."""
        try:
            stamp = self._stat()
            if stamp == self._stamp:
                return
            lexicon = self._read()
            self._stamp = stamp
            self._complaint = ""
        except LexiconError as error:
            self._stamp = stamp
            self._complain(f"was refused: {error}")
            return
        except OSError as error:
            self._stamp = None
            self._complain(f"cannot be read: {error.strerror}")
            return
        if lexicon.version != self._version:
            self.live.replace(self._classifier(lexicon))
            self._version = lexicon.version
        self._announce()

    def _announce(self) -> None:
        log.info("lexicon %s is in force, read from %s", self._version, self._path)
        self._figures.in_force(self._version)

    def _complain(self, why: str) -> None:
        if why != self._complaint:
            log.error("%s %s; lexicon %s stays in force", self._path, why, self._version)
        self._complaint = why
        self._figures.refused()

    def _stat(self) -> _Stamp:
        found = self._path.stat()
        return _Stamp(found.st_ino, found.st_mtime_ns, found.st_size)

    def _read(self) -> Lexicon:
        return Lexicon.load(self._path.read_bytes())

    def _classifier(self, lexicon: Lexicon) -> Classifier:
        return Classifier(lexicon, self._place_names, self._model)


class LexiconWatch:
    """A thread that looks every two seconds, whether reports come or not: who edits sees at once what came of it."""

    def __init__(self, look: Callable[[], None], every_s: float = _EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._ended = Event()
        self._thread = Thread(target=self._run, name="lexicon", daemon=True)

    @property
    def running(self) -> bool:
        """Whether it still looks."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._look()


def shipped_classifier(place_names: tuple[str, ...], model: Model, figures: LexiconFigures) -> LiveClassifier:
    """The classifier with the lexicon that comes with the package."""
    lexicon = shipped_lexicon()
    log.info("lexicon %s is in force, the shipped one", lexicon.version)
    figures.in_force(lexicon.version)
    return LiveClassifier(Classifier(lexicon, place_names, model))
