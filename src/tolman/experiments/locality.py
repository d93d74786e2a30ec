"""Locality: what a pretrained model could answer before it was finetuned on something else, asked again afterwards."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa

from tolman.core.experience import NONE, ItemResults, TestSet
from tolman.core.registry import named
from tolman.core.world import AbstractWorld, Instance
from tolman.models.base import AbstractModelConfig
from tolman.records.items import items_table
from tolman.training.evaluate import evaluate

NAME = "locality"
"""Of the test in records, and of its role."""


@dataclasses.dataclass(frozen=True)
class Locality:
    """Questions that have nothing to do with what a model is finetuned on.

    They are put to the pretrained model and to the finetuned one, which need not have the same words. A question with a
    name that occurs in what is learned is left out. After Meng et al. (arXiv 2202.05262), who ask of an edited model
    facts that the edit is not about.

    Attributes:
        world: they are tests of it.
        tests: names of these.
    """

    version: ClassVar[int] = 1

    world: AbstractWorld
    tests: tuple[str, ...]

    def config(self) -> dict[str, Any]:
        """Return everything that enters the results."""
        return {"version": self.version, "tests": list(self.tests), "world": named("worlds", self.world)}

    def measure(
        self, config: AbstractModelConfig, model: Any, instance: Instance, seed: int
    ) -> tuple[dict[str, Any], pa.Table]:
        """Return the numbers of a record's test, and its items: the questions that the pretrained model answered.

        Args:
            config: of the model; pretrained.
            model: finetuned on the instance.
            instance: what was learned.
            seed: draws the questions.
        """
        found = _answers(self, config, model, instance, seed)
        return _summary(found), pa.concat_tables([_items(each) for each in found])


class _Answers(NamedTuple):
    """The answers to the questions of a test.

    Attributes:
        test: the test.
        before, after: of the pretrained and of the finetuned model.
        asked: `[m]` whether no name of the question occurs in what was learned.
    """

    test: TestSet
    before: ItemResults
    after: ItemResults
    asked: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """`[m]` whether the pretrained model answered the question."""
        return self.asked & self.before.correct


def _answers(
    locality: Locality, config: AbstractModelConfig, model: Any, instance: Instance, seed: int
) -> list[_Answers]:
    asked, before = _before(locality, config, seed)
    other = config.rebind(model, instance.vocabulary, asked.vocabulary)
    tests = [asked.test(name) for name in locality.tests]
    learned = {word.lower() for word in instance.vocabulary}
    names = {
        token
        for token, (word, sort) in enumerate(zip(asked.vocabulary, asked.palette, strict=True))
        if sort == "entity" and word.lower() in learned
    }
    found = zip(tests, before, evaluate(other, tests), strict=True)
    return [_Answers(test, first, then, ~_mentions(test, names)) for test, first, then in found]


@functools.lru_cache(maxsize=8)
def _before(locality: Locality, config: AbstractModelConfig, seed: int) -> tuple[Instance, list[ItemResults]]:
    """Return the questions and what the pretrained model answers: the same for all that is finetuned at a seed."""
    asked = locality.world.draw(seed)
    return asked, evaluate(config.start(asked.vocabulary), [asked.test(name) for name in locality.tests])


def _mentions(test: TestSet, names: set[int]) -> np.ndarray:
    """Return for each question `[m]` whether it or its answer has one of these tokens."""
    tokens = np.array(sorted(names), int)
    prompts = np.isin(test.prompts.steps["token"], tokens) & test.prompts.valid
    options = np.isin(test.options[test.choice], tokens) & (test.options[test.choice] != NONE)
    return prompts.any(axis=1) | (options.any(axis=2) & test.correct).any(axis=1)


def _summary(found: Sequence[_Answers]) -> dict[str, Any]:
    """Return the numbers of a record's test: what is still known of what was known before.

    `n` and `accuracy` are of the questions that the pretrained model answered; `asked` counts all, of which `before`
    and `after` are the fractions that either answered.
    """
    known, asked = (np.concatenate([getattr(each, which) for each in found]) for which in ("known", "asked"))
    before, after = (np.concatenate([getattr(each, which).correct for each in found]) for which in ("before", "after"))
    lengths = np.concatenate([each.test.prompts.valid.sum(axis=1) for each in found])
    kinds = {kind: np.concatenate([getattr(each.test.chance, kind) for each in found]) for kind in _CHANCE}
    return {
        "role": NAME,
        "n": int(known.sum()),
        "accuracy": _mean(after[known]),
        "chance": {kind: _mean(values[asked]) for kind, values in kinds.items()},
        "recall": None,
        "precision": None,
        "exposure": None,
        "prompt_tokens": _mean(lengths[asked]),
        "asked": int(asked.sum()),
        "before": _mean(before[asked]),
        "after": _mean(after[asked]),
        "groups": {},
    }


_CHANCE = ("uniform", "elimination", "constant")


def _mean(values: np.ndarray) -> float:
    """Return the mean; 0 of nothing."""
    return float(values.mean()) if len(values) else 0.0


def _items(each: _Answers) -> pa.Table:
    known, after, chance = each.known, each.after, each.test.chance
    result = ItemResults(
        test=NAME,
        item_ids=tuple(np.array(after.item_ids)[known].tolist()),
        logprobs=after.logprobs[known],
        rank=after.rank[known],
        correct=after.correct[known],
        chance=dataclasses.replace(chance, **{kind: getattr(chance, kind)[known] for kind in _CHANCE}),
    )
    return items_table([result], {NAME: np.array(each.test.groups)[known].tolist()})
