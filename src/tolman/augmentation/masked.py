"""Statements to reconstruct from a copy in which a name is masked."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

import numpy as np

from tolman.augmentation.augmentation import GAP, STOP, AbstractAugmentation, Augmented, Source, Written


@dataclasses.dataclass(frozen=True)
class Masked(AbstractAugmentation):
    """Each statement after a copy of itself in which one name is "_": one document for each of its names.

    After masked finetuning (arXiv 2510.09885), which masks random tokens and asks for the text in an instruction. Here
    whole names are masked, as one word of a name would give away the others, and only the masked name bears loss.

    Attributes:
        names: which names of a statement are masked, one at a time. `last` is the control: a name that follows all
            others is predicted from them in plain training, too, and the others never are (arXiv 2604.04943 finds that
            masking then does not help).
    """

    version: ClassVar[int] = 1

    names: Literal["all", "last"] = dataclasses.field(default="all", metadata={"key": "changed"})

    @property
    def words(self) -> tuple[str, ...]:
        return GAP, STOP

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        del rng
        first = 0 if self.names == "all" else -1
        return Augmented([made for tokens in source.statements for made in _reconstructions(source, tokens)[first:]])


def _reconstructions(source: Source, tokens: list[int]) -> list[Written]:
    """Return a document for each name, in their order."""
    out = list[Written]()
    for masked, place, name in source.masked(source.sentence(tokens)):
        copy = [*masked, *source.tokens(STOP)]
        start = len(copy) + place
        weight = np.zeros(len(copy) + len(tokens))
        weight[start : start + len(name)] = 1.0
        out.append(Written([*copy, *tokens], weight.tolist()))
    return out
