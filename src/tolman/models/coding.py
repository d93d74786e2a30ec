"""A first hidden layer that is told how to code some of its inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from tolman.models.layers import Affine


@dataclasses.dataclass(frozen=True)
class Coding:
    """Units of fixed weights through which alone some inputs reach a network.

    Attributes:
        inputs: indices of these inputs.
        units: for each unit the inputs' weights, then its bias. They are constants: nothing trains or decays them.
    """

    inputs: tuple[int, ...] = ()
    units: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.inputs)) < len(self.inputs) or min(self.inputs, default=0) < 0:
            raise ValueError(f"coded inputs are {self.inputs}; expected different indices from 0")
        if any(len(unit) != len(self.inputs) + 1 for unit in self.units) or bool(self.inputs) != bool(self.units):
            raise ValueError(f"coding units are {self.units}; expected {len(self.inputs)} weights and a bias for each")

    def check_fits(self, inputs: int, widths: Sequence[int]) -> None:
        """Raises `ValueError` where a network of that many inputs and these hidden layers has no room for it."""
        if self.units and not (max(self.inputs) < inputs - 1 and widths and len(self.units) < widths[0]):
            raise ValueError(
                f"{len(self.units)} coding units of inputs {self.inputs} do not fit {inputs} inputs and hidden layers "
                f"of {tuple(widths)}; expected other inputs besides, and other units in the first layer"
            )

    def __call__(self, x: Float[Array, " d"], trained: Affine) -> Float[Array, " m"]:
        """The first layer before its activation: fixed units, then trained ones, which see only the other inputs."""
        if not self.units:
            return trained(x)
        fixed = jnp.array(self.units, x.dtype)
        coded = fixed[:, :-1] @ x[np.array(self.inputs)] + fixed[:, -1]
        return jnp.concatenate([coded, trained(jnp.delete(x, np.array(self.inputs)))])
