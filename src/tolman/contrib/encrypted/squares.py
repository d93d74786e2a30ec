"""The plain network that can be evaluated under encryption: linear layers with squares between them, in NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tolman.core.errors import UserError

MAX_WIDTH = 16

Layers = Sequence[tuple[np.ndarray, np.ndarray]]


def evaluate_plain(layers: Layers, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Return activations `[n, width]` of the plain network at every site: `input`, `linear1`, `square1`, `linear2`, ...

    Args:
        layers: weights `[in, out]` and bias `[out]` of each linear layer; between layers every unit is squared.
        inputs: `[n, in]`.
    """
    sites = {"input": inputs}
    value = inputs
    for i, (weights, bias) in enumerate(layers, start=1):
        sites[f"linear{i}"] = value = value @ weights + bias
        if i < len(layers):
            sites[f"square{i}"] = value = value**2
    return sites


def fold_biases(layers: Layers) -> list[np.ndarray]:
    """Return matrices for `x @ W + b` on vectors that end with a constant one; all but the last keep the one."""
    folded = []
    for i, (weights, bias) in enumerate(layers):
        matrix = np.vstack([weights, bias])
        if i < len(layers) - 1:
            one = np.zeros((len(matrix), 1))
            one[-1] = 1
            matrix = np.hstack([matrix, one])
        folded.append(matrix)
    return folded


def check(layers: Layers, inputs: np.ndarray) -> None:
    """Raise `UserError` where layers and inputs do not fit together or cannot be encrypted."""
    _check_shapes(layers, inputs)
    widths = [bias.size for _, bias in layers]
    if max(widths) > MAX_WIDTH:
        raise UserError(f"layers have {widths} units; expected at most {MAX_WIDTH}: train a narrower network")
    if not all(np.isfinite(x).all() for x in (inputs, *(x for layer in layers for x in layer))):
        raise UserError("inputs, weights or biases hold NaN or infinite values; expected finite numbers")
    if not (layers[-1][0].any() or layers[-1][1].any()):
        raise UserError("the last layer is all zeros, so that there is nothing to compute; expected a trained network")


def _check_shapes(layers: Layers, inputs: np.ndarray) -> None:
    shapes = [(weights.shape, bias.shape) for weights, bias in layers]
    if not layers or any(len(w) != 2 or 0 in w or w[1:] != b for w, b in shapes):
        raise UserError(f"layers have the shapes {shapes}; expected weights [in, out] and a bias [out] in each")
    if any(b[0] != w[0] for (_, b), (w, _) in itertools.pairwise(shapes)):
        raise UserError(
            f"layers have the shapes {shapes}; expected each to have as many inputs as the one before has outputs"
        )
    if inputs.ndim != 2 or inputs.shape[1] != shapes[0][0][0] or not len(inputs):
        raise UserError(f"inputs have the shape {inputs.shape}; expected [n, {shapes[0][0][0]}] and at least one input")
