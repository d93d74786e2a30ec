"""A multi-layer perceptron whose hidden activations can be read and replaced."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from tolman.models.base import AbstractModelConfig, Hook, read_only
from tolman.models.classifier import AbstractClassifier
from tolman.models.coding import Coding
from tolman.models.layers import ACTIVATIONS, Activation, Affine, check_activation, drop, make_affine, real


@dataclasses.dataclass(frozen=True)
class MLPConfig(AbstractModelConfig):
    """The network's shape. Every field is static: a change compiles another program.

    The default is that of Hermann and Lampinen (arXiv 2006.12433, section 4): five layers of weights, leaky ReLU.
    Slope and initial weights are our own choices.

    Attributes:
        widths: units of each hidden layer.
        activation: between layers.
        dropout: share of hidden units dropped in training.
        scale: initial weights have the standard deviation `scale / sqrt(fan-in)`: the square root of 2 is He's
            initialisation, 1 LeCun's, and 1 / sqrt(3) that of PyTorch's linear layers. Biases start at zero.
        coded: input units that reach the network through units of fixed weights alone, the first ones of the first
            hidden layer; its trained units do not see them.
        coding: for each of these units the weights of the coded inputs, then its bias.
    """

    version: ClassVar[int] = 1

    widths: tuple[int, ...] = (256, 128, 64, 64)
    activation: Activation = "leaky_relu"
    dropout: float = 0.0
    scale: float = 1.0
    coded: tuple[int, ...] = ()
    coding: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        Coding(self.coded, self.coding)
        check_activation(self.activation, self.dropout, self.scale)
        if any(width < 1 for width in self.widths):
            raise ValueError(f"widths are {self.widths}; expected 1 or more units in each layer")

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
    """Maps an input of any shape, flattened, to logits `[o]`; unbatched, so `jax.vmap` it.

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
        self, x: Shaped[Array, "*s"], hook: Hook = read_only, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, " o"]:
        """Logits `[o]`; dropout happens only where a key is given."""
        x = jnp.ravel(real(x))
        for i, layer in enumerate(self.layers):
            x = ACTIVATIONS[self.activation](layer(x) if i else self.coding(x, layer))
            x = drop(x, self.dropout, None if key is None else jax.random.fold_in(key, i))
            x = hook(f"layers.{i}", x)
        return self.head(x)
