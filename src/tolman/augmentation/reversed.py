"""Statements read backwards, with names kept whole."""

from __future__ import annotations

import dataclasses
import itertools
from typing import ClassVar

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source


@dataclasses.dataclass(frozen=True)
class Reversed(AbstractAugmentation):
    """Each statement with its words in reverse order, those of a name excepted.

    "Ann Lee wrote Blue Sky ." becomes "Blue Sky wrote Ann Lee .": entity-preserving reversal (Golovneva et al.,
    arXiv 2403.13799). A full stop stays at the end.
    """

    version: ClassVar[int] = 1

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        del rng
        return Augmented([source.written(_reversed(source, tokens)) for tokens in source.statements])


def _reversed(source: Source, tokens: list[int]) -> list[int]:
    sentence = source.sentence(tokens)
    parts = [part if is_name else part[::-1] for is_name, part in source.marked(sentence)]
    return [*itertools.chain(*parts[::-1]), *tokens[len(sentence) :]]
