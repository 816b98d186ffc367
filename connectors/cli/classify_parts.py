"""Lexicon and model that the settings name, else the shipped ones."""

from __future__ import annotations

from pathlib import Path

from connectors.cli.errors import Misconfigured
from ioc.classify import Lexicon, LexiconError, Model, ModelError, shipped_lexicon, shipped_model
from ioc.settings import Settings


def load_lexicon(settings: Settings) -> Lexicon:
    """The lexicon.

    Raises:
        Misconfigured: with file, line and reason.

    """
    path = settings.classify.lexicon
    try:
        return Lexicon.load(_read(path)) if path else shipped_lexicon()
    except LexiconError as error:
        raise Misconfigured(f"{path}: {error}") from None


def load_model(settings: Settings) -> Model:
    """The model.

    Raises:
        Misconfigured: with file and reason.

    """
    path = settings.classify.model
    try:
        return Model.load(_read(path)) if path else shipped_model()
    except ModelError as error:
        raise Misconfigured(f"{path}: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
