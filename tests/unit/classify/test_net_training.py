"""The model's network: what only words together say, the same each time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ioc.classify.model import NOT_CRITICAL, odds_of_critical
from ioc.classify.net_training import HIDDEN, Layers, learn


def classes(layers: Layers, texts: NDArray[np.float32]) -> list[int]:
    """The likeliest of each text."""
    logits = np.maximum(texts @ layers.inner + layers.inner_bias, 0) @ layers.outer + layers.outer_bias
    return [int(best) for best in logits.argmax(axis=1)]


def test_words_that_tell_together_and_not_alone_are_learnt() -> None:
    """Either of two words alone is one class, both or none are the other: no line tells that."""
    kinds = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.float32)
    texts, labels = csr_matrix(np.tile(kinds, (2_000, 1))), np.tile([0, 0, 1, 1], 2_000)
    layers = learn(texts, labels, 2, np.ones(len(labels)))
    assert classes(layers, kinds) == [0, 0, 1, 1]


def test_the_same_texts_give_the_same_network() -> None:
    texts, labels = csr_matrix(np.eye(6, dtype=np.float32)), np.array([0, 1, 2, 0, 1, 2])
    one, two = (learn(texts, labels, 3, np.ones(6)) for _ in range(2))
    assert one.inner.shape == (6, HIDDEN)
    assert all(np.array_equal(first, second) for first, second in zip(one, two, strict=True))


def test_odds_of_critical_are_of_all_its_classes_together() -> None:
    outer = np.zeros((1, NOT_CRITICAL + 2), np.float32)
    even = np.zeros(NOT_CRITICAL + 2, np.float32)
    even[NOT_CRITICAL:] = np.log(NOT_CRITICAL / 2)
    assert abs(float(odds_of_critical(np.zeros((1, 1), np.float32), outer, even)[0, 0])) < 1e-5
    outer[0, -1] = 5
    silent, loud = (odds_of_critical(np.array([[before]], np.float32), outer, even)[0, 0] for before in (-3, 3))
    assert abs(float(silent)) < 1e-5  # a unit below nothing says nothing
    assert float(loud) > 10
