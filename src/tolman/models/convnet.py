"""Small convolutional networks for drawn images, with and without residual connections."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from tolman.core.extent import check_weights
from tolman.core.ranges import PositiveFloat, Range, Width
from tolman.models.base import AbstractModelConfig, Hook
from tolman.models.classifier import ACTIVATIONS, AbstractClassifier, Activation, dropout, to_real
from tolman.models.layers import Affine, make_affine, no_hook


@dataclasses.dataclass(frozen=True)
class ConvnetConfig(AbstractModelConfig):
    """A convolutional network of stages.

    Every stage is a convolution, an activation and 2 x 2 max-pooling, then `blocks` blocks of two convolutions. With
    `residual`, a block adds its convolutions' output to its input (He et al., arXiv 1512.03385). Apart from that the
    two kinds differ only in the scale of initial weights, so that they can be compared. There is no normalisation:
    batch statistics would make an example's representation depend on its neighbours.

    Attributes:
        channels: of each stage.
        kernel: height and width of every convolution, odd.
        blocks: per stage.
        residual: blocks have residual connections.
        activation: after every convolution (in a residual block, after the sum).
        dropout: fraction of pooled channels dropped in training.
        scale: initial weights have the standard deviation `scale / sqrt(fan-in)`; the default is He's initialisation.
            The last convolution of a residual block starts smaller by the square root of the number of blocks.
    """

    version: ClassVar[int] = 1

    channels: tuple[Width, ...] = (16, 32, 64)
    kernel: Annotated[int, Range(1, 255)] = 3
    blocks: Annotated[int, Range(0, 1000)] = 1
    residual: bool = False
    activation: Activation = "relu"
    dropout: Annotated[float, Range(0, 1, below_high=True)] = 0.0
    scale: PositiveFloat = 2**0.5

    def __post_init__(self) -> None:
        convolutions = self.kernel**2 * (1 + 2 * self.blocks)
        check_weights(self, convolutions=convolutions, weights_of_each=sum(width**2 for width in self.channels))
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}; expected an odd number")
        if not self.channels:
            raise ValueError("channels are (); expected those of one stage or more")

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Convnet:
        if len(inputs) != 3 or min(inputs[:2]) < 2 ** len(self.channels):
            raise ValueError(f"inputs are {inputs}; expected (height, width, channels), {len(self.channels)} x halved")
        head, *keys = jax.random.split(key, 1 + len(self.channels))
        widths = (inputs[-1], *self.channels)
        stages = tuple(self._stage(k, a, b) for k, a, b in zip(keys, widths, widths[1:], strict=False))
        return Convnet(
            stages=stages,
            head=make_affine(head, widths[-1], sum(outputs), 1.0),
            groups=outputs,
            activation=self.activation,
            dropout=self.dropout,
        )

    def _stage(self, key: PRNGKeyArray, inputs: int, outputs: int) -> Stage:
        first, *keys = jax.random.split(key, 1 + self.blocks)
        blocks = tuple(self._block(k, outputs) for k in keys)
        return Stage(
            make_convolution(first, kernel=self.kernel, inputs=inputs, outputs=outputs, scale=self.scale), blocks
        )

    def _block(self, key: PRNGKeyArray, width: int) -> ConvBlock:
        inner, outer = jax.random.split(key)
        depth = max(1, self.blocks * len(self.channels))
        last = self.scale * (depth**-0.5 if self.residual else 1.0)
        shape = {"kernel": self.kernel, "inputs": width, "outputs": width}
        return ConvBlock(
            make_convolution(inner, **shape, scale=self.scale),
            make_convolution(outer, **shape, scale=last),
            self.residual,
        )


class Convolution(eqx.Module):
    """A `k` x `k` convolution of stride 1 that keeps height and width (zeros beyond the border).

    Computed as one matrix product over shifted copies of the image. Under `jax.vmap` over seeds, whose weights
    differ, that stays a batched product; XLA's own convolution would become a grouped one, which is slow on a CPU.
    """

    affine: Affine
    kernel: int = eqx.field(static=True)

    def __call__(self, x: Float[Array, "h w c"]) -> Float[Array, "h w m"]:
        return self.affine(shifted(x, self.kernel))


def make_convolution(key: PRNGKeyArray, *, kernel: int, inputs: int, outputs: int, scale: float) -> Convolution:
    """Return a freshly initialised convolution; its fan-in is `kernel**2 * inputs`."""
    return Convolution(make_affine(key, kernel * kernel * inputs, outputs, scale), kernel)


def shifted(x: Float[Array, "h w c"], kernel: int) -> Float[Array, "h w kkc"]:
    """Return each pixel's `kernel` x `kernel` neighbourhood, row by row, as its channels."""
    height, width, _ = x.shape
    edge = kernel // 2
    padded = jnp.pad(x, ((edge, edge), (edge, edge), (0, 0)))
    around = [padded[i : i + height, j : j + width] for i in range(kernel) for j in range(kernel)]
    return jnp.concatenate(around, axis=-1)


def halve(x: Float[Array, "h w c"]) -> Float[Array, "g v c"]:
    """2 x 2 max-pooling; an odd last row or column is left out."""
    height, width, channels = x.shape
    even = x[: height // 2 * 2, : width // 2 * 2]
    return even.reshape(height // 2, 2, width // 2, 2, channels).max(axis=(1, 3))


class ConvBlock(eqx.Module):
    """Two convolutions, with or without a residual connection around them."""

    inner: Convolution
    outer: Convolution
    residual: bool = eqx.field(static=True)

    def __call__(self, x: Float[Array, "h w c"], activation: str) -> Float[Array, "h w c"]:
        act = ACTIVATIONS[activation]
        branch = self.outer(act(self.inner(x)))
        return act(x + branch if self.residual else branch)


class Stage(eqx.Module):
    """A convolution that changes the number of channels, pooling, and blocks."""

    first: Convolution
    blocks: tuple[ConvBlock, ...]

    def __call__(self, x: Float[Array, "h w c"], activation: str) -> Float[Array, "g v m"]:
        x = halve(ACTIVATIONS[activation](self.first(x)))
        for block in self.blocks:
            x = block(x, activation)
        return x


class Convnet(AbstractClassifier):
    """A `Classifier`: maps an image `[h, w, c]` to logits `[o]`; unbatched, for `jax.vmap`.

    Images are real numbers or 8-bit intensities.

    Activation sites, in order: `stages.{i}` `[h / 2**(i + 1), w / 2**(i + 1), channels]`, after the stage's last
    activation, and `pool` `[channels]`, the mean over all positions (after dropout, in training).
    """

    stages: tuple[Stage, ...]
    head: Affine
    groups: tuple[int, ...] = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    dropout: float = eqx.field(static=True)

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of all activation sites."""
        return (*(f"stages.{i}" for i in range(len(self.stages))), "pool")

    def __call__(
        self, x: Shaped[Array, "h w c"], hook: Hook = no_hook, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, " o"]:
        """Return logits `[o]`; dropout happens only where a key is given."""
        x = to_real(x)
        for i, stage in enumerate(self.stages):
            x = hook(f"stages.{i}", stage(x, self.activation))
        pooled = hook("pool", dropout(jnp.mean(x, axis=(0, 1)), self.dropout, key))
        return self.head(pooled)
