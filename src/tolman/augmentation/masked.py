"""Statements to reconstruct from a copy in which a name is masked."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source, Written


@dataclasses.dataclass(frozen=True)
class Masked(AbstractAugmentation):
    """Each statement after a copy of itself in which one name is "_": one document for each of its names.

    After masked finetuning (arXiv 2510.09885), which masks random tokens and asks for the text in an instruction. Here
    whole names are masked, as one word of a name would give away the others, and only the masked name bears loss.
    """

    version: ClassVar[int] = 1
    words: ClassVar[tuple[str, ...]] = ("_", ".")

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        del rng
        return Augmented([made for tokens in source.statements for made in self._each(source, tokens)])

    def _each(self, source: Source, tokens: list[int]) -> list[Written]:
        gap, stop = source.tokens("_"), source.tokens(".")
        parts, out = source.parts(tokens), list[Written]()
        for place, part in enumerate(parts):
            if source.is_name[part[0]]:
                copy = [token for i, each in enumerate(parts) for token in (gap if i == place else each)]
                copy += [] if copy[-1:] == stop else stop
                start = len(copy) + sum(map(len, parts[:place]))
                made = source.written([*copy, *tokens], start)
                end = start + len(part)
                out.append(Written(made.tokens, [w if i < end else 0.0 for i, w in enumerate(made.weight)]))
        return out
