"""Token sequences: an input's bits, then the values of its features in an order of choice."""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.core.experience import NONE, Experiences
from tolman.worlds.features.labelled import Outputs

ZERO, ONE, ABSENT, GIVES, FIRST_OUTPUT = range(5)
SIGNS = (("0", "input"), ("1", "input"), ("_", "absent"), ("→", "marker"))


@dataclasses.dataclass(frozen=True)
class Emission:
    """Rows of `units` input tokens, an arrow, and one token per label of `outputs`, in the given order.

    Attributes:
        outputs: the labels, whose columns follow the tokens of `SIGNS`.
        order: indices of the labels as they are emitted.
    """

    outputs: Outputs
    order: tuple[int, ...]

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Texts of all tokens."""
        return (*(text for text, _ in SIGNS), *self.outputs.vocabulary)

    @property
    def palette(self) -> tuple[str, ...]:
        """Sorts of all tokens."""
        return (*(sort for _, sort in SIGNS), *self.outputs.palette)

    def rows(self, inputs: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> Experiences:
        """Return inputs `[n, units]` of -1, 0, +1 and labels `[n, l]` as rows; those `asked[n, l]` carry loss.

        A label that is `NONE` is emitted as the token of an absent unit, without loss.
        """
        n, units = inputs.shape
        emitted = [self._tokens(k, labels[:, k]) for k in self.order]
        tokens = np.concatenate([_bits(inputs), np.full((n, 1), GIVES), np.stack(emitted, axis=1)], axis=1)
        weight = np.zeros(tokens.shape, np.float32)
        weight[:, units + 1 :] = ((asked != NONE) & (labels != NONE))[:, list(self.order)]
        return _all_valid(tokens, weight)

    def prompts(self, inputs: np.ndarray, labels: np.ndarray, k: int) -> Experiences:
        """Return rows up to where label k is to be emitted: the input and the true values of the labels before it."""
        given = inputs.shape[1] + 1 + self.order.index(k)
        tokens = self.rows(inputs, labels, labels).steps["token"][:, :given]
        return _all_valid(tokens, np.zeros(tokens.shape, np.float32))

    def options(self, k: int) -> np.ndarray:
        """Return the tokens `[v]` of label k's values."""
        return FIRST_OUTPUT + self.outputs.columns(k)

    def _tokens(self, k: int, labels: np.ndarray) -> np.ndarray:
        return np.where(labels == NONE, ABSENT, self.options(k)[np.maximum(labels, 0)])


def _bits(inputs: np.ndarray) -> np.ndarray:
    return np.where(inputs == 0, ABSENT, np.where(inputs > 0, ONE, ZERO))


def _all_valid(tokens: np.ndarray, weight: np.ndarray) -> Experiences:
    tokens = tokens.astype(np.int32)
    return Experiences({"token": tokens}, weight, np.ones(tokens.shape, bool), np.zeros_like(tokens))
