"""What a model is to everything else: made from a configuration, trained by its loss, asked by likelihood."""

from __future__ import annotations

import abc
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from tolman.core.experience import Experiences, TestSet

Hook = Callable[[str, Array], Array]
"""Called with a site's name and its activations; what it returns replaces them."""


def read_only(site: str, value: Array) -> Array:
    """The hook that leaves every activation as it is."""
    del site
    return value


class AbstractModel(eqx.Module):
    """A pytree of float arrays that can be trained on experiences and asked tests."""

    @abc.abstractmethod
    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Mean loss over the weighted steps of `batch[n, T]`, of which no row has more than `targets`.

        `key` draws what is random in training, dropout for example; None = nothing is.
        """

    @abc.abstractmethod
    def logprobs(self, rows: Experiences, test: TestSet) -> np.ndarray:
        """Log-probabilities `[m, o]` of a test's options after `rows[m, T]`, -inf where a list has fewer options."""

    @abc.abstractmethod
    def embed(self, rows: Experiences) -> np.ndarray:
        """The model's own vectors `[n, d]` for rows `[n, T]`."""

    @abc.abstractmethod
    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        """Every site's activations for rows `[n, T]`: `[n, ...]`, in the order in which they are computed."""


class AbstractModelConfig(abc.ABC):
    """A model's shape. Subclasses are frozen dataclasses; every field is static: a change compiles another program.

    `version` rises whenever the same configuration and key would give another model or another loss.
    """

    version: ClassVar[int]

    @abc.abstractmethod
    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Any:
        """A freshly initialised model.

        Args:
            inputs: shape of one step's input; `()` for token ids.
            outputs: sizes of the groups of logits, each with a softmax of its own: the vocabulary for a model of
                tokens, the number of values of each feature for a classifier.
            key: what the weights are drawn from.
        """


def record(run: Callable[[Hook], Any]) -> dict[str, Array]:
    """The activations that `run` shows to a hook, by site."""
    # Programs return plain dictionaries sorted by name.
    seen: dict[str, Array] = OrderedDict()

    def hook(site: str, value: Array) -> Array:
        seen[site] = value
        return value

    run(hook)
    return seen
