"""Simple reversals: stated that s R o, can a model say what o stands in R's inverse to?

After Lampinen et al. (arXiv 2509.16189) and the scale that Illusion (arXiv 2604.04943, App. A.1) reports
for it: 1,000 entities, 20 relations, 200 facts held out. Filler counts, in-context documents and copies per fact
are our own choices.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.inputs import InputFile
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.documents import Vocabulary
from tolman.worlds.premises import PremiseDocuments, fresh_facts, premise_samplers
from tolman.worlds.questions import RelationTests, standard_tests
from tolman.worlds.relations import KINDS, CorpusPlan, FactBase, Wording, make_corpus


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
        max_premises: most premises of a document that is sampled afresh.
        test_items: most items per test.
    """

    version: ClassVar[int] = 2
    inputs: ClassVar[Mapping[str, InputFile]] = {
        "facts": InputFile(help="Your own table of facts, in place of invented ones.", makes="facts")
    }

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
        vocabulary = Vocabulary()
        base = self._base(vocabulary, rng)
        length = max(4 + 2 * self.filler, 8 + 3 * self.inner_filler)
        plan = CorpusPlan(self.copies, self.filler, self.inner_filler, length)
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=KINDS,
            memory_kinds=("statement",),
            memory_length=4 + 2 * self.filler,
            most_targets=max(2, self.max_premises),
            corpus=make_corpus(base, plan, rng),
            tests=self._tests(base, plan, np.random.default_rng([seed, 2])),
            samplers=self._samplers(base),
        )

    def _base(self, vocabulary: Vocabulary, rng: np.random.Generator) -> FactBase:
        forward, reverse = vocabulary.symbols(("→", "←"), "direction")
        opening = vocabulary.symbol("suppose", "marker")
        entities = vocabulary.symbols([f"e{i}" for i in range(self.entities)], "entity")
        relations = vocabulary.symbols([f"r{i}" for i in range(self.relations)], "relation")
        filler = vocabulary.symbols([f"w{i}" for i in range(self.fillers)], "filler")
        facts = self._facts(rng)
        held = np.zeros(len(facts), bool)
        held[rng.choice(len(facts), self.held_out, replace=False)] = True
        return FactBase(
            facts=facts,
            held=held,
            names=tuple((entity,) for entity in entities),
            relations=tuple((Wording((), (r, forward), ()), Wording((), (r, reverse), ())) for r in relations),
            filler=filler,
            opening=(opening,),
        )

    def _facts(self, rng: np.random.Generator) -> np.ndarray:
        """Draw every entity's fact under every relation, `[f, 3]`."""
        subjects = np.arange(self.entities)
        blocks = [
            np.stack([subjects, np.full_like(subjects, r), rng.permutation(self.entities)], axis=1)
            for r in range(self.relations)
        ]
        return np.concatenate(blocks)

    def _samplers(self, base: FactBase) -> dict[str, CorpusSampler]:
        names = np.arange(self.entities)
        fixed = len(base.opening) + (2 * self.max_premises + 1) * self.inner_filler
        long = PremiseDocuments(
            base=base,
            fresh=fresh_facts(base, names, names),
            max_premises=self.max_premises,
            filler=self.inner_filler,
            length=fixed + 8 * self.max_premises,
        )
        return premise_samplers(long, short_length=len(base.opening) + 16 + 5 * self.inner_filler)

    def _tests(self, base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> tuple[TestSet, ...]:
        def label(fact: int) -> str:
            subject, relation, obj = base.facts[fact]
            return f"e{subject}|r{relation}|e{obj}"

        return standard_tests(RelationTests(base, plan, label, rng), self.test_items, rng)
