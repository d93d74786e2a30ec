"""Statements read backwards, with names kept whole."""

from __future__ import annotations

import dataclasses
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
    words: ClassVar[tuple[str, ...]] = (".",)

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        del rng
        return Augmented([source.written(_reversed(source, tokens)) for tokens in source.statements])


def _reversed(source: Source, tokens: list[int]) -> list[int]:
    stop = source.tokens(".")
    end = stop if tokens[-1:] == stop else []
    parts = source.parts(tokens[: len(tokens) - len(end)])
    return [*(t for part in parts[::-1] for t in (part if source.is_name[part[0]] else part[::-1])), *end]
