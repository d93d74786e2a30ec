"""Simple reversals: told that s R o, can it say what o stands in R's inverse to?

After Lampinen et al. (arXiv 2509.16189) and the scale that Illusion (arXiv 2604.04943, App. A.1) reports
for it: 1,000 entities, 20 relations, 200 facts held out. Filler counts, in-context documents and copies per fact
are our own choices.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.questions import Examiner, standard_tests
from tolman.worlds.statements import (
    KINDS,
    Documents,
    FactBase,
    Supposition,
    Wording,
    fresh_facts,
    make_corpus,
    make_samplers,
)


@dataclasses.dataclass(frozen=True)
class Reversals(AbstractWorld):
    """Entities under relations that are permutations, so that every question has one answer.

    Attributes:
        entities: number of entities (one token each).
        relations: number of relations (a relation token and a direction token each).
        held_out: facts stated forward only; their reverses are the latent test.
        fillers: vocabulary of meaningless filler words; few, so that their matches say little to a retriever.
        filler: most filler tokens before and after a single statement.
        inner_filler: most filler tokens in each gap of an in-context document.
        copies: documents per fact and direction, each in other filler.
        max_premises: most facts that a transient document supposes.
        test_items: most items per test.
    """

    version: ClassVar[int] = 2

    entities: int = 128
    relations: int = 8
    held_out: int = 64
    fillers: int = 2
    filler: int = 5
    inner_filler: int = 2
    copies: int = 8
    max_premises: int = 6
    test_items: int = 128

    def __post_init__(self) -> None:
        if not 0 < self.held_out < self.entities * self.relations:
            raise UserError(f"held_out is {self.held_out}; expected 1 to {self.entities * self.relations - 1} facts")
        if self.max_premises < 1 or self.entities < 2 * self.max_premises:
            raise UserError(f"max_premises is {self.max_premises}; expected 1 to half of the {self.entities} entities")

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        words, base = self._base(rng)
        plan = Documents(self.copies, self.filler, self.inner_filler, self._length())
        return Instance(
            vocabulary=tuple(text for text, _ in words),
            palette=tuple(sort for _, sort in words),
            kinds=KINDS,
            memory_kinds=("statement",),
            memory_length=4 + 2 * self.filler,
            most_targets=max(2, self.max_premises),
            corpus=make_corpus(base, plan, rng),
            tests=self._tests(base, plan, np.random.default_rng([seed, 2])),
            samplers=self._samplers(base),
        )

    def _length(self) -> int:
        return max(4 + 2 * self.filler, 8 + 3 * self.inner_filler)

    def _samplers(self, base: FactBase) -> dict[str, CorpusSampler]:
        names = np.arange(self.entities)
        fresh = fresh_facts(base, names, names)
        length = len(base.suppose) + 8 * self.max_premises + (2 * self.max_premises + 1) * self.inner_filler
        lesson = Supposition(self.max_premises, self.inner_filler, length)
        short = len(base.suppose) + 16 + 5 * self.inner_filler
        return make_samplers(base, fresh, lesson, short)

    def _base(self, rng: np.random.Generator) -> tuple[list[tuple[str, str]], FactBase]:
        words = [("→", "direction"), ("←", "direction"), ("suppose", "marker")]
        entity, relation = len(words), len(words) + self.entities
        words += [(f"e{i}", "entity") for i in range(self.entities)]
        words += [(f"r{i}", "relation") for i in range(self.relations)]
        filler = len(words)
        words += [(f"w{i}", "filler") for i in range(self.fillers)]
        facts = self._facts(rng)
        held = np.zeros(len(facts), bool)
        held[rng.choice(len(facts), self.held_out, replace=False)] = True
        base = FactBase(
            facts=facts,
            held=held,
            names=tuple((entity + i,) for i in range(self.entities)),
            relations=tuple(
                (Wording((), (relation + i, 0), ()), Wording((), (relation + i, 1), ())) for i in range(self.relations)
            ),
            filler=tuple(range(filler, len(words))),
            suppose=(2,),
        )
        return words, base

    def _facts(self, rng: np.random.Generator) -> np.ndarray:
        subjects = np.arange(self.entities)
        blocks = [
            np.stack([subjects, np.full_like(subjects, r), rng.permutation(self.entities)], axis=1)
            for r in range(self.relations)
        ]
        return np.concatenate(blocks)

    def _tests(self, base: FactBase, plan: Documents, rng: np.random.Generator) -> tuple[TestSet, ...]:
        def label(fact: int) -> str:
            s, r, o = base.facts[fact]
            return f"e{s}|r{r}|e{o}"

        return standard_tests(base, Examiner(base, plan, label, rng), self.test_items, rng)
