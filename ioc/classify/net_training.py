"""Learns the small network of the model: what is critical, from n-grams that tell it together and not alone.

One hidden layer, softmax over kinds of reports, Adam; numpy and scipy alone. A line weighs each n-gram once for all
texts; hidden units weigh it by what else the text says: "kẹt" beside "thang máy" is another thing than beside "xe".
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ioc.classify.model import Floats

HIDDEN: Final = 24
_EPOCHS: Final = 10
_BATCH: Final = 512
_RATE: Final = 0.004
"""Of learning, at the beginning; falls evenly to nothing."""
_DROPPED: Final = 0.5
"""Share of a text's n-grams that are not seen each time, so that none is relied upon alone."""
_FIRST: Final = 0.9
_SECOND: Final = 0.999
"""Of the running means of gradients and of their squares, what stays each time."""


class Layers(NamedTuple):
    """Weights from n-grams to hidden units and from these to classes, with what is added in each."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats


def learn(matrix: Any, labels: NDArray[np.intp], classes: int, importance: NDArray[Any]) -> Layers:
    """Layers that tell the classes of the rows of a sparse matrix; the same for the same input."""
    chance = np.random.default_rng(0)
    rows, columns = matrix.shape
    layers = Layers(
        (chance.standard_normal((columns, HIDDEN)) * 0.1).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        (chance.standard_normal((HIDDEN, classes)) / np.sqrt(HIDDEN)).astype(np.float32),
        np.zeros(classes, np.float32),
    )
    means, squares = ([np.zeros_like(weights) for weights in layers] for _ in range(2))
    step = 0
    for epoch in range(_EPOCHS):
        rate = _RATE * (1 - epoch / _EPOCHS)
        order = chance.permutation(rows)
        for start in range(0, rows, _BATCH):
            own = order[start : start + _BATCH]
            step += 1
            texts = matrix[own]
            texts.data *= (chance.random(len(texts.data)) > _DROPPED).astype(np.float32) / (1 - _DROPPED)
            gradients = _gradients(layers, texts, labels[own], importance[own])
            for layer, gradient in enumerate(gradients):
                means[layer] += (1 - _FIRST) * (gradient - means[layer])
                squares[layer] += (1 - _SECOND) * (gradient * gradient - squares[layer])
                scale = np.sqrt(squares[layer] / (1 - _SECOND**step)) + 1e-8
                layers[layer][...] -= rate / (1 - _FIRST**step) * means[layer] / scale
    return layers


def _gradients(layers: Layers, texts: Any, labels: NDArray[np.intp], importance: NDArray[Any]) -> Layers:
    """Of the mean log loss."""
    before = texts @ layers.inner + layers.inner_bias
    hidden = np.maximum(before, 0)
    logits = hidden @ layers.outer + layers.outer_bias
    wrong = np.exp(logits - logits.max(axis=1, keepdims=True))
    wrong /= wrong.sum(axis=1, keepdims=True)
    wrong[np.arange(len(labels)), labels] -= 1
    wrong *= (importance / importance.sum())[:, None].astype(np.float32)
    back = (wrong @ layers.outer.T) * (before > 0)
    return Layers(texts.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0))
