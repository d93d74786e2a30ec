"""Protocols of models: the methods that training, acting and evaluation call.

A model is a pytree of float arrays, as every `equinox.Module` is, with the methods of `Model` and of one of
`SequenceModel`, `Policy` or `Classifier`. It need not inherit from any class. Its configuration is a subclass of
`AbstractModelConfig`, through which the registry finds it. A `ContinuationModel` is no such pytree: it keeps its
weights in another framework.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, Shaped

from tolman.core.experience import Experiences
from tolman.core.ranges import Checked

Backend = Literal["jax", "torch"]
"""The framework that a model is trained in."""

Hook = Callable[[str, Array], Array]
"""Called with the name of an activation site and its activations; its return value replaces them."""


@runtime_checkable
class Model(Protocol):
    """A pytree of arrays that learns from experiences and has activations to look at."""

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Return the mean loss over the weighted steps of a batch.

        Args:
            batch: experiences `[n, T]`.
            targets: the most weighted steps that a row has, a static bound.
            key: source of the randomness of training, such as dropout; None = deterministic.
        """
        ...

    def embed(self, rows: Experiences) -> np.ndarray:
        """Return one vector `[n, d]` for each experience."""
        ...

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        """Return the activations `[n, ...]` of every site, in the order in which they are computed."""
        ...


@runtime_checkable
class SequenceModel(Model, Protocol):
    """A model of token sequences."""

    def next_logprobs(self, rows: Experiences) -> Float[np.ndarray, "n v"]:
        """Return the log-probabilities of the token after the last valid step of each row."""
        ...

    def generate(
        self, rows: Experiences, steps: int, *, temperature: float = 0.0, key: PRNGKeyArray | None = None
    ) -> Int[np.ndarray, "n steps"]:
        """Continue each row by `steps` tokens.

        Args:
            rows: the prompts `[n, T]`.
            steps: tokens to generate.
            temperature: 0 takes the most probable token; otherwise tokens are sampled from the softmax of
                `logits / temperature`.
            key: source of the samples; needed where `temperature` is above 0.
        """
        ...


@runtime_checkable
class ContinuationModel(Protocol):
    """A model of text whose tokens are not the world's words, as subwords are: it scores and writes whole words."""

    @property
    def vocabulary(self) -> Sequence[str]:
        """The world's words."""
        ...

    def option_logprobs(self, rows: Experiences, options: Int[np.ndarray, "m o l"]) -> Float[np.ndarray, "m o"]:
        """Return the log-probability of each option after its prompt, summed over its tokens, in float32.

        Args:
            rows: the prompts `[m, T]`.
            options: word ids, `NONE`-padded; an option without words has the log-probability -inf.
        """
        ...

    def option_tokens(self, rows: Experiences, options: Int[np.ndarray, "m o l"]) -> Int[np.ndarray, "m o"]:
        """Return the number of tokens of each option after its prompt; 0 for an option without words."""
        ...

    def unconditional_logprobs(self, options: Int[np.ndarray, "k l"]) -> Float[np.ndarray, " k"]:
        """Return the log-probability of each option after a prefix that asks nothing, summed over its tokens."""
        ...

    def generate(self, rows: Experiences, steps: int) -> Int[np.ndarray, "m steps"]:
        """Continue each row greedily by up to `steps` words; `NONE` after its end, and for words of no vocabulary."""
        ...

    def embed(self, rows: Experiences) -> np.ndarray:
        """Return one vector `[n, d]` for each experience."""
        ...

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights that finetuning changed, by name; none before it."""
        ...

    def with_weights(self, weights: Mapping[str, np.ndarray]) -> ContinuationModel:
        """Return the model with such weights in place of its own, which it may change."""
        ...


@runtime_checkable
class Policy(Model, Protocol):
    """An actor-critic over observations: action logits and a value at every step. Unbatched, for `jax.vmap`.

    A cache is a pytree that holds all that the policy has read of one episode.
    """

    def start(
        self, observations: Shaped[Array, "t d"], length: Int[Array, ""], capacity: int
    ) -> tuple[PyTree, Float[Array, " a"], Float[Array, ""]]:
        """Read a prompt.

        Args:
            observations: the prompt, padded on the right.
            length: its valid steps.
            capacity: the number of later steps that the cache must hold.

        Returns:
            The cache, and the action logits and the value after the last valid step.
        """
        ...

    def step(
        self, cache: PyTree, observation: Shaped[Array, " d"]
    ) -> tuple[PyTree, Float[Array, " a"], Float[Array, ""]]:
        """Read one more observation; return the cache, action logits and value."""
        ...

    def hidden(self, observations: Shaped[Array, "t d"]) -> Float[Array, "t h"]:
        """Return the activations that the heads read, for a whole episode at once."""
        ...

    def heads(self, hidden: Float[Array, "*t h"]) -> tuple[Float[Array, "*t a"], Float[Array, "*t"]]:
        """Return action logits and values, in float32."""
        ...

    def goal_prediction_loss(
        self,
        hidden: Float[Array, "n t h"],
        observations: Shaped[Array, "n u d"],
        reward_step: Int[Array, "n t"],
        weight: Float[Array, "n t"],
    ) -> Float[Array, ""]:
        """Return the auxiliary loss of predicting the observation at which the reward comes; 0 = there is none.

        Args:
            hidden: as `hidden` returns it.
            observations: of the same episodes.
            reward_step: for each step, the index in `observations` at which its reward came; below 0 = never.
            weight: of each step.
        """
        ...


@runtime_checkable
class Classifier(Model, Protocol):
    """A model of labelled inputs, one input an experience."""

    def logits(self, rows: Experiences) -> Float[np.ndarray, "n o"]:
        """Return the logits of all values of all features, side by side."""
        ...


class AbstractModelConfig(Checked, abc.ABC):
    """A model's architecture.

    Subclasses are frozen dataclasses. Every field is static: another value compiles another program. `version` rises
    whenever the same configuration and key would give another model or another loss. Where `pretrained` is true,
    training begins from `start`, and learners may leave the weights as they are. `backend` chooses the trainer: models
    of `torch` are a `ContinuationModel`.
    """

    version: ClassVar[int]
    pretrained: ClassVar[bool] = False
    backend: ClassVar[Backend] = "jax"

    @abc.abstractmethod
    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Model:
        """Return a freshly initialised model.

        Args:
            inputs: shape of the input at one step; `()` for token ids.
            outputs: sizes of the groups of logits, each with a softmax of its own: the vocabulary of a sequence
                model, the actions of a policy, the number of values of each feature of a classifier.
            key: source of the initial weights.
        """

    @property
    def packed_length(self) -> int:
        """Most steps of an experience in rows packed with unrelated ones; 0 = the loss takes no such rows."""
        return 0

    def start(self, vocabulary: Sequence[str]) -> Model | ContinuationModel:
        """Return the pretrained model over a vocabulary.

        Raises:
            TypeError: the model is not pretrained.
        """
        raise TypeError(f"{type(self).__name__} over {len(vocabulary)} words is not pretrained; use make")

    def rebind(self, model: Any, vocabulary: Sequence[str], other: Sequence[str]) -> Model | ContinuationModel:
        """Return a finetuned model over another vocabulary; words of both keep what finetuning made of them.

        Args:
            model: as `start` returned it and finetuning changed it.
            vocabulary: its words.
            other: the words that it is to read and write.

        Raises:
            TypeError: the model is not pretrained.
        """
        del model
        raise TypeError(f"{type(self).__name__} is not pretrained: its {len(vocabulary)} words cannot be {len(other)}")
