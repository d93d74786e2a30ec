"""The answers to all latent questions: a ceiling, not a remedy."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source, Written, answered
from tolman.core.experience import NONE, TestSet


@dataclasses.dataclass(frozen=True)
class Closure(AbstractAugmentation):
    """Each latent question of the tests with its answers: what follows from the statements, as far as tests ask for it.

    It shows what a model would know if nothing were left to infer. No claim may rest on it.
    """

    version: ClassVar[int] = 1

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        del rng
        latent = (test for test in source.tests if test.role == "latent")
        made = {tuple(document.tokens): document for test in latent for document in _answered(test)}
        return Augmented(list(made.values()))


def _answered(test: TestSet) -> list[Written]:
    out = list[Written]()
    for item in range(len(test)):
        prompt = test.prompts.steps["token"][item][test.prompts.valid[item]].tolist()
        for answer in test.options[test.choice[item]][test.correct[item]]:
            tokens = answer[answer != NONE].tolist()
            out.append(answered(prompt, tokens))
    return out
