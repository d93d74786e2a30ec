"""A multi-layer perceptron whose hidden activations can be recorded and replaced."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from tolman.core.extent import check_weights
from tolman.core.ranges import NonNegativeInt, PositiveFloat, Range, Width
from tolman.models.base import AbstractModelConfig, Hook
from tolman.models.classifier import ACTIVATIONS, AbstractClassifier, Activation, dropout, to_real
from tolman.models.layers import Affine, make_affine, no_hook


@dataclasses.dataclass(frozen=True)
class Coding:
    """Units of fixed weights, the only path by which some inputs reach a network.

    Attributes:
        inputs: indices of these inputs.
        units: for each unit, the weights of these inputs, then a bias: constants that are neither trained nor decayed.
    """

    inputs: tuple[int, ...] = ()
    units: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.inputs)) < len(self.inputs) or min(self.inputs, default=0) < 0:
            raise ValueError(f"coded inputs are {self.inputs}; expected different indices from 0")
        if any(len(unit) != len(self.inputs) + 1 for unit in self.units) or bool(self.inputs) != bool(self.units):
            raise ValueError(f"coding units are {self.units}; expected {len(self.inputs)} weights and a bias for each")

    def check_fits(self, inputs: int, widths: Sequence[int]) -> None:
        """Raise `ValueError` where a network of that many inputs and these hidden widths has no room for it."""
        if self.units and not (max(self.inputs) < inputs - 1 and widths and len(self.units) < widths[0]):
            raise ValueError(
                f"{len(self.units)} coding units of inputs {self.inputs} do not fit {inputs} inputs and hidden layers "
                f"of {tuple(widths)}; expected other inputs besides, and other units in the first layer"
            )

    def __call__(self, x: Float[Array, " d"], trained: Affine) -> Float[Array, " m"]:
        """Return the first layer before its activation: fixed units, then trained ones, which see the other inputs."""
        if not self.units:
            return trained(x)
        fixed = jnp.array(self.units, x.dtype)
        coded = fixed[:, :-1] @ x[np.array(self.inputs)] + fixed[:, -1]
        return jnp.concatenate([coded, trained(jnp.delete(x, np.array(self.inputs)))])


@dataclasses.dataclass(frozen=True)
class MLPConfig(AbstractModelConfig):
    """A multi-layer perceptron.

    The default is that of Hermann and Lampinen (arXiv 2006.12433, section 4): five layers of weights, leaky ReLU.
    Slope and initial weights are our own choices.

    Attributes:
        widths: units of each hidden layer.
        activation: between layers.
        dropout: fraction of hidden units dropped in training.
        scale: initial weights have the standard deviation `scale / sqrt(fan-in)`: the square root of 2 is He's
            initialisation, 1 LeCun's, and 1 / sqrt(3) that of PyTorch's linear layers. Biases start at zero.
        coded: inputs that reach the network only through units of fixed weights, the first ones of the first hidden
            layer; its trained units do not see them.
        coding: for each of these units, the weights of the coded inputs, then its bias.
    """

    version: ClassVar[int] = 1

    widths: tuple[Width, ...] = (256, 128, 64, 64)
    activation: Activation = "leaky_relu"
    dropout: Annotated[float, Range(0, 1, below_high=True)] = 0.0
    scale: PositiveFloat = 1.0
    coded: tuple[NonNegativeInt, ...] = ()
    coding: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        pairs = itertools.pairwise(self.widths)
        check_weights(self, layers=1, weights_of_each=sum(first * second for first, second in pairs))
        Coding(self.coded, self.coding)

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> MLP:
        coding, size = Coding(self.coded, self.coding), math.prod(inputs)
        coding.check_fits(size, self.widths)
        shapes = list(itertools.pairwise((size, *self.widths, sum(outputs))))
        shapes[0] = (shapes[0][0] - len(coding.inputs), shapes[0][1] - len(coding.units))
        keys = jax.random.split(key, len(shapes))
        *layers, head = (make_affine(k, *shape, self.scale) for k, shape in zip(keys, shapes, strict=True))
        return MLP(
            layers=tuple(layers),
            head=head,
            groups=outputs,
            activation=self.activation,
            dropout=self.dropout,
            coding=coding,
        )


class MLP(AbstractClassifier):
    """A `Classifier`: maps an input of any shape, flattened, to logits `[o]`; unbatched, for `jax.vmap`.

    Activation sites, in order: `layers.{i}`, each `[width]`, after the activation (and after dropout, in training).
    """

    layers: tuple[Affine, ...]
    head: Affine
    groups: tuple[int, ...] = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    dropout: float = eqx.field(static=True)
    coding: Coding = eqx.field(static=True, default=Coding())

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of all activation sites."""
        return tuple(f"layers.{i}" for i in range(len(self.layers)))

    def __call__(
        self, x: Shaped[Array, "*s"], hook: Hook = no_hook, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, " o"]:
        """Return logits `[o]`; dropout happens only where a key is given."""
        x = jnp.ravel(to_real(x))
        for i, layer in enumerate(self.layers):
            x = ACTIVATIONS[self.activation](layer(x) if i else self.coding(x, layer))
            x = dropout(x, self.dropout, None if key is None else jax.random.fold_in(key, i))
            x = hook(f"layers.{i}", x)
        return self.head(x)
