"""Inputs of many independent features, of which some are easy to compute and others hard.

After Lampinen, Chan and Hermann (arXiv 2405.05847), whose settings are not public, and their published ancestor,
Hermann and Lampinen (arXiv 2006.12433): features have the same role, all being asked for alike, and differ in
complexity, prevalence, predictivity or availability. Sizes, codes and pictures are our own choices.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from tolman.core.config import Config
from tolman.core.errors import UnknownName, UserError
from tolman.core.ranges import Fraction, PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.features.boolean import function
from tolman.worlds.features.domains import Domains
from tolman.worlds.features.emitted import Emission
from tolman.worlds.features.examples import Examples, Sampler
from tolman.worlds.features.joint import Joint, agreement_of
from tolman.worlds.features.labelled import Outputs
from tolman.worlds.features.pictures import ATTRIBUTES, ImageRenderer

if TYPE_CHECKING:
    from tolman.core.view import View

TARGET = "target"


@dataclasses.dataclass(frozen=True)
class Features(AbstractWorld):
    """Inputs of several features, and a network is asked for all of them.

    Lists with one entry per feature may have a single entry, which then holds for all.

    Attributes:
        form: `binary` vectors, drawn `image`s, or `tokens` of which a decoder emits the features.
        features: each as `name:function`, the functions being `bit`, `xor`, `parityK`, `majorityK`, `andorK`,
            `modM` and `modMxK`; images have `shape`, `colour`, `texture`. Empty: `easy:bit` and `hard:xor`, or all
            three of an image.
        block: input units of each feature's domain (not of images).
        availability: copies of every unit that carries a feature, per feature; empty = 1 (not of images).
        prevalence: fraction of training inputs in which a feature is present and labelled, per feature; empty = 1. A
            feature that is absent leaves its domain at 0; in an image it is shown and only not labelled.
        predictivity: P(feature agrees with a common target), per feature; the target is then one more output. Empty
            = no target. Where a feature disagrees, its other values are equally likely.
        correlation: of any two features in training, from 0 to below 1.
        noise: P(a training input's unit is flipped), or the standard deviation of an image's pixels in 0 to 1.
        values: values of each feature of an image.
        size: pixels along an image's side.
        order: the order in which a sequence model emits the features (and `target`, best as the last one, since tests
            give none); empty = as listed.
        train_items: inputs of the finite training set.
        test_items: inputs that all tests share.
    """

    version: ClassVar[int] = 1

    form: Literal["binary", "image", "tokens"] = "binary"
    features: tuple[str, ...] = ()
    block: PositiveInt = 16
    availability: tuple[PositiveInt, ...] = ()
    prevalence: tuple[Fraction, ...] = ()
    predictivity: tuple[Fraction, ...] = ()
    correlation: Annotated[float, Range(0, 0.999)] = 0.0
    noise: Annotated[float, Range(0, 0.5)] = 0.0
    values: Annotated[int, Range(2, min(map(len, ATTRIBUTES.values())))] = 4
    size: Annotated[int, Range(16, 256)] = 32
    order: tuple[str, ...] = ()
    train_items: PositiveInt = 4096
    test_items: PositiveInt = 1024

    def __post_init__(self) -> None:
        _check(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        return tuple(name for name, _ in self._pairs)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The features' functions, or the attributes of an image."""
        return tuple(sort for _, sort in self._pairs)

    @property
    def stimuli(self) -> Domains | ImageRenderer:
        """The source of the inputs."""
        if self.form == "image":
            return ImageRenderer(self.names, self.values, self.size)
        return Domains(tuple(map(function, self.sorts)), self.block, self.per_feature("availability", 1))

    @property
    def outputs(self) -> Outputs:
        """The groups of outputs: every feature's, then the target's."""
        values = self.stimuli.values
        if not self.predictivity:
            return Outputs(self.names, self.sorts, values)
        numbers = tuple(map(str, range(len(values[0]))))
        return Outputs((*self.names, TARGET), (*self.sorts, TARGET), (*values, numbers))

    def per_feature(self, parameter: str, default: Config) -> tuple[Config, ...]:
        """Return a parameter's entries, one per feature."""
        given = getattr(self, parameter) or (default,)
        return given * len(self.names) if len(given) == 1 else given

    def extents(self) -> tuple[Mapping[str, int], ...]:
        items = self.train_items + self.test_items
        if self.form == "image":
            return ({"images": items, "pixels of each": self.size**2, "colours": 3},)
        return ({"inputs": items, "features": len(self.names), "units of each": self.block, "numbers of each": 3},)

    def draw(self, seed: int) -> Instance:
        sampler = Sampler(self._joint(np.random.default_rng([seed, 0])), self.stimuli, self.noise)
        emission = self._emission() if self.form == "tokens" else None
        examples = Examples(self.outputs, len(self.names), sampler, emission)
        return examples.instance(
            self.train_items, self.test_items, np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
        )

    def view(self, instance: Instance, width: int, colour: bool) -> View | None:
        from tolman.core.input_view import InputView

        return None if self.form == "tokens" else InputView(instance, width, colour, self.block)

    def terms(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return intermediate terms of the features' functions, read from binary inputs `[n, units]` without noise.

        Of an XOR they are its two bits and the terms of its two natural codings (AND with OR; each bit without
        the other), of a longer parity the parities of all smaller sets, and so on.

        Returns:
            Columns `[n]` of bool by `feature: term`, for example `hard: x0 and x1`.

        Raises:
            UserError: the inputs are images.
        """
        stimuli = self.stimuli
        if isinstance(stimuli, ImageRenderer):
            raise UserError("features of images have no intermediate terms; use the form binary")
        return stimuli.terms(inputs, self.names)

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        if self.form == "image":
            return [(name, name) for name in self.features or ATTRIBUTES]
        pairs = [feature.partition(":") for feature in self.features or ("easy:bit", "hard:xor")]
        return [(name.strip(), sort.strip()) for name, _, sort in pairs]

    def _joint(self, rng: np.random.Generator) -> Joint:
        counts = tuple(map(len, self.stimuli.values))
        alone = tuple(1 / count for count in counts)
        agreement = tuple(agreement_of(self.correlation, count) for count in counts) if self.correlation else alone
        # Which shape goes with which colour is drawn; a bit that agrees with the target is the target.
        pairing = [rng.permutation(count) if self.form == "image" else np.arange(count) for count in counts]
        return Joint(
            counts,
            self.per_feature("predictivity", 0.0) if self.predictivity else agreement,
            self.per_feature("prevalence", 1.0),
            tuple(tuple(map(int, order)) for order in pairing),
        )

    def _emission(self) -> Emission:
        outputs = self.outputs
        return Emission(outputs, tuple(outputs.names.index(name) for name in self.order or outputs.names))


def _check(world: Features) -> None:
    _check_names(world)
    for name in ("availability", "prevalence", "predictivity"):
        given = getattr(world, name)
        if len(given) not in (0, 1, len(world.names)):
            raise UserError(f"{name} has {len(given)} entries; expected one, or one per feature ({len(world.names)})")
    _check_images(world)
    counts = tuple(map(len, world.stimuli.values))
    if (world.predictivity or world.correlation) and len(set(counts)) > 1:
        raise UserError(
            f"features of {counts} values cannot agree: with predictivity or correlation, all need the same"
        )
    if world.predictivity and world.correlation:
        raise UserError("predictivity already says how features correlate; leave correlation at 0")
    if world.order and sorted(world.order) != sorted(world.outputs.names):
        raise UserError(f"order is {', '.join(world.order)}; expected each of {', '.join(world.outputs.names)} once")


def _check_names(world: Features) -> None:
    for name, sort in world._pairs:
        if world.form == "image" and name not in ATTRIBUTES:
            raise UnknownName("feature of an image", name, ATTRIBUTES)
        if not name or not sort or name == TARGET:
            raise UserError(f"the feature {name!r} is not written as name:function, for example hard:xor")
    if len(set(world.names)) < len(world.names):
        raise UserError(f"features are called {', '.join(world.names)}; expected different names")


def _check_images(world: Features) -> None:
    if world.form == "image" and world.availability:
        raise UserError("availability counts input units, of which an image has none of its own; leave it out")
