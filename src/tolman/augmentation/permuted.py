"""Statements with their parts in another order."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source
from tolman.core.ranges import Range


@dataclasses.dataclass(frozen=True)
class Permuted(AbstractAugmentation):
    """Each statement with its names and the words between them in random order, names and runs of words kept whole.

    After semantic-aware permutation training (Guo et al., arXiv 2403.00758); its segments come from a language model,
    ours are the names and what stands between them.

    Attributes:
        copies: permutations of each statement, drawn independently.
    """

    version: ClassVar[int] = 1

    copies: Annotated[int, Range(1, 100)] = 2

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        shuffled = (self._permuted(source.parts(t), rng) for t in source.statements for _ in range(self.copies))
        return Augmented([source.written(tokens) for tokens in shuffled])

    def _permuted(self, parts: list[list[int]], rng: np.random.Generator) -> list[int]:
        return [token for place in rng.permutation(len(parts)) for token in parts[place]]
