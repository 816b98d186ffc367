"""The shipped lexicon with the shipped province's place names, made once."""

from __future__ import annotations

import pytest

from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, Redactor, shipped_lexicon


@pytest.fixture(scope="session")
def place_names() -> tuple[str, ...]:
    return load_catalogue(load_folder(shipped_province())).place_names


@pytest.fixture(scope="session")
def classifier(place_names: tuple[str, ...]) -> Classifier:
    return Classifier(shipped_lexicon(), place_names)


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor(load_catalogue(load_folder(shipped_province())).public_names)
