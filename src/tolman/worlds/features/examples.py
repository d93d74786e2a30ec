"""A training set and tests of labelled inputs, whatever the inputs look like."""

from __future__ import annotations

import dataclasses
import functools
from typing import Protocol

import numpy as np

from tolman.core.assemble import stack_corpora
from tolman.core.errors import UserError
from tolman.core.experience import Corpus, Experiences, TestSet
from tolman.core.world import CorpusSampler, Instance
from tolman.worlds.features.emitted import Emission
from tolman.worlds.features.joint import Joint, Values, independent
from tolman.worlds.features.labelled import (
    Outputs,
    bare_corpus,
    kept,
    kind_names,
    label_prompts,
    label_test,
    labelled_rows,
)

_ROUNDS = 200


class InputGenerator(Protocol):
    """Draws inputs that show given values."""

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The names of each feature's values."""
        ...

    def draw(self, values: Values, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Draw inputs `[n, ...]`."""
        ...


@dataclasses.dataclass(frozen=True)
class Sampler:
    """The source of inputs. `noise` enters training inputs only: tests ask what can be known."""

    joint: Joint
    stimuli: InputGenerator
    noise: float

    def test(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, Values]:
        """Draw inputs in which all features are present, equally frequent and unrelated."""
        values = independent(self.joint.counts, rng, n)
        return self.stimuli.draw(values, 0.0, rng), values

    def train(self, rng: np.random.Generator, n: int, held_out: frozenset[bytes]) -> tuple[np.ndarray, Values]:
        """Draw inputs by the joint distribution, none of which is among those held out."""
        values = self.joint.draw(rng, n)
        inputs = self.stimuli.draw(values, self.noise, rng)
        for _ in range(_ROUNDS):
            again = np.flatnonzero([row.tobytes() in held_out for row in inputs])
            if not len(again):
                return inputs, values
            # Only the input is drawn anew: the values keep their distribution.
            inputs[again] = self.stimuli.draw(Values(*(leaf[again] for leaf in values)), self.noise, rng)
        raise UserError("the tests use up all inputs with some values; raise block or lower test_items")


@dataclasses.dataclass(frozen=True)
class Examples:
    """Builds an instance of inputs and labels.

    Attributes:
        outputs: the labels; those after the first `features` are the target.
        features: number of features.
        sampler: the source of inputs.
        emission: writes them as tokens; None = labelled inputs for a classifier.
    """

    outputs: Outputs
    features: int
    sampler: Sampler
    emission: Emission | None

    def instance(self, train: int, test: int, rng: np.random.Generator, test_rng: np.random.Generator) -> Instance:
        """Return `train` labelled inputs, once for each kind of document, with tests on `test` others."""
        inputs, values = self.sampler.test(test_rng, test)
        held_out = frozenset(row.tobytes() for row in inputs)
        written = self.emission or self.outputs
        return Instance(
            vocabulary=written.vocabulary,
            palette=written.palette,
            kinds=self.kinds,
            memory_kinds=(),
            memory_length=1,
            most_targets=1 if self.emission is None else len(self.outputs.names),
            corpus=self._corpus(*self.sampler.train(rng, train, held_out)),
            tests=self._tests(inputs, values),
            samplers=self._samplers(held_out),
            groups=() if self.emission is not None else tuple(map(len, self.outputs.values)),
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the kinds of document."""
        return kind_names(self.outputs.names[: self.features], target=self._has_target)

    @property
    def _has_target(self) -> bool:
        return len(self.outputs.names) > self.features

    def _corpus(self, inputs: np.ndarray, values: Values) -> Corpus:
        labels = values.labels(self._has_target)
        rows = stack_corpora([self._rows(inputs, labels, kind) for kind in range(len(self.kinds))])
        return bare_corpus(rows, np.repeat(np.arange(len(self.kinds)), len(inputs)))

    def _rows(self, inputs: np.ndarray, labels: np.ndarray, kind: int) -> Experiences:
        asked = kept(labels, kind, self.features)
        if self.emission is None:
            return labelled_rows(inputs, asked)
        return self.emission.rows(inputs, labels, asked)

    def _samplers(self, held_out: frozenset[bytes]) -> dict[str, CorpusSampler]:
        """Return samplers of every kind of document over fresh inputs, as from an unlimited training set."""
        draws = (functools.partial(self._fresh, held_out, kind) for kind in range(len(self.kinds)))
        return dict(zip((f"fresh-{kind}" for kind in self.kinds), draws, strict=True))

    def _fresh(self, held_out: frozenset[bytes], kind: int, rng: np.random.Generator, n: int) -> Corpus:
        inputs, values = self.sampler.train(rng, n, held_out)
        return bare_corpus(self._rows(inputs, values.labels(self._has_target), kind), np.zeros(n))

    def _tests(self, inputs: np.ndarray, values: Values) -> tuple[TestSet, ...]:
        """Return a test per feature and, with a target, one that asks for the target in place of the feature.

        On these inputs features are unrelated, so nothing is right about the target: the fraction of answers that
        follow a feature shows the reliance on it (arXiv 2006.12433, supplement B).
        """
        features, outputs = range(self.features), self.outputs
        prompts = label_prompts(inputs, len(outputs.names))

        def test(name: str, label: int, right: np.ndarray, control: bool = False) -> TestSet:
            asked = prompts
            if self.emission is not None:
                asked = self.emission.prompts(inputs, values.labels(self._has_target), label)
            options = outputs.columns(label) if self.emission is None else self.emission.options(label)
            return label_test(name, "control" if control else "explicit", asked, options, right)

        explicit = [test(outputs.names[k], k, values.features[:, k]) for k in features]
        if not self._has_target:
            return tuple(explicit)
        follows = [self.sampler.joint.follows(k, values.features[:, k]) for k in features]
        return (
            *explicit,
            *(test(f"target-as-{outputs.names[k]}", self.features, follows[k], control=True) for k in features),
        )
