"""The lexicon's file is looked at between batches: a good change is taken up, a wrong one is refused and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ioc.classify import Classifier, Lexicon, LexiconError, LiveClassifier, Model

log = logging.getLogger(__name__)

_EVERY_S: Final = 2.0

Stamp = tuple[int, int]


class LexiconFile:
    """Keeps a classifier in step with a lexicon's file.

    A batch is judged whole by one lexicon: ``refresh`` is called before one, on the thread that judges. A round that
    is repeated may be judged by a newer one; each decision names the version that made it.
    """

    def __init__(self, path: Path, place_names: tuple[str, ...], model: Model, monotonic: Callable[[], float]) -> None:
        """Read the file for the first time.

        Raises:
            LexiconError: it is wrong.
            OSError: it cannot be read.

        """
        self._path = path
        self._place_names = place_names
        self._model = model
        self._monotonic = monotonic
        self._next_look = monotonic() + _EVERY_S
        self._stamp: Stamp | None = self._stat()
        self.live = LiveClassifier(self._read())

    def refresh(self) -> None:
        """Take up a changed file, at most every two seconds."""
        now = self._monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _EVERY_S
        try:
            stamp = self._stat()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self.live.replace(self._read())
        except LexiconError as error:
            log.error("%s was refused, the lexicon before it stays: %s", self._path, error)  # noqa: TRY400
        except OSError as error:
            if self._stamp is not None:
                log.error("%s cannot be read, its last lexicon stays: %s", self._path, error.strerror)  # noqa: TRY400
            self._stamp = None

    def _stat(self) -> Stamp:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Classifier:
        lexicon = Lexicon.load(self._path.read_bytes())
        log.info("lexicon %s read from %s", lexicon.version, self._path)
        return Classifier(lexicon, self._place_names, self._model)
