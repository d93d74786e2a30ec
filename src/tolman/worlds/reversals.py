"""Reversals of invented facts: a model is trained on "s R o" and asked for the inverse, "o R⁻¹ ?".

After Lampinen et al. (arXiv 2509.16189) and the scale that Illusion (arXiv 2604.04943, App. A.1) reports
for it: 1,000 entities, 20 relations, 200 facts held out. Filler counts, in-context documents and copies per fact
are our own choices.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.extent import FRESH, OF_A_TOKEN, OF_A_WORD
from tolman.core.inputs import InputFile
from tolman.core.ranges import Fraction, NonNegativeInt, PositiveInt, Range, require
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.documents import Document, Vocabulary, Wording, filler_gaps, sampler
from tolman.worlds.relation_tests import RelationTests, standard_tests
from tolman.worlds.relations import (
    FORWARD,
    KINDS,
    REVERSE,
    CorpusPlan,
    FactBase,
    FreshFacts,
    Statement,
    fresh_facts,
    make_corpus,
    write,
)


@dataclasses.dataclass(frozen=True)
class Reversals(AbstractWorld):
    """Entities under relations that are one to one, so that every question has one answer.

    Attributes:
        entities: number of entities (one token each).
        coverage: fraction of the entities that are subjects of a relation, and of those that are its objects, drawn
            apart: what is only an object was never asked for in the forward direction.
        relations: number of relations (a relation token and a direction token each).
        held_out: facts stated forward only; their reverses are the latent test.
        fillers: vocabulary of meaningless filler words; few, so that their matches say little to a retriever.
        filler: most filler tokens before and after a single statement.
        inner_filler: most filler tokens in each gap of an in-context document.
        copies: documents per fact and direction, each in other filler.
        max_premises: most premises of a document that is sampled afresh.
        test_items: most items per test.
        full_stop: whether statements end in a full stop, without which a model that was pretrained on sentences does
            not read them.
        targets: what bears loss: `answers`, or `all` tokens but the first, as in usual language modelling.
    """

    version: ClassVar[int] = 4
    inputs: ClassVar[Mapping[str, InputFile]] = {
        "facts": InputFile(help="Your own table of facts, in place of invented ones.", makes="facts")
    }

    entities: Annotated[int, Range(2)] = 128
    coverage: Fraction = 0.5
    relations: PositiveInt = 8
    held_out: PositiveInt = 64
    fillers: PositiveInt = 2
    filler: NonNegativeInt = 5
    inner_filler: NonNegativeInt = 2
    copies: PositiveInt = 8
    max_premises: PositiveInt = 6
    test_items: PositiveInt = 128
    full_stop: bool = dataclasses.field(default=False, metadata={"key": "changed"})
    targets: Literal["answers", "all"] = dataclasses.field(default="answers", metadata={"key": "changed"})

    def __post_init__(self) -> None:
        if self._covered < 2:
            raise UserError(
                f"coverage is {self.coverage:g} of {self.entities} entities; expected a fraction that leaves 2 or more"
            )
        require(self, "held_out", 1, self._covered * self.relations - 1, given="entities")
        require(self, "max_premises", 1, self.entities // 2, given="entities")

    @property
    def _covered(self) -> int:
        """Facts of a relation."""
        return round(self.coverage * self.entities)

    @property
    def _statement_length(self) -> int:
        return 4 + self.full_stop

    def extents(self) -> tuple[Mapping[str, int], ...]:
        longest = self._statement_length + self.filler + self.inner_filler
        corpus = {
            "entities": self.entities,
            "relations": self.relations,
            "documents of each fact": 2 * (self.copies + 1),
            "tokens of each": 2 * longest,
        } | OF_A_TOKEN
        drawn = {"premises": self.max_premises, "tokens of each": 2 * longest, "documents at a time": FRESH}
        return corpus, drawn | OF_A_TOKEN, {"filler words": self.fillers} | OF_A_WORD

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        vocabulary = Vocabulary()
        base = self._base(vocabulary, rng)
        statement = self._statement_length
        length = max(statement + 2 * self.filler, 2 * statement + 3 * self.inner_filler)
        plan = CorpusPlan(self.copies, self.filler, self.inner_filler, length, self.targets == "all")
        premises = self._premises(base)
        answers = max(2, self.max_premises) * (1 + self.full_stop)
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=KINDS,
            memory_kinds=("statement",),
            memory_length=statement + 2 * self.filler,
            most_targets=max(length, premises.length) - 1 if self.targets == "all" else answers,
            corpus=make_corpus(base, plan, rng),
            tests=self._tests(base, plan, np.random.default_rng([seed, 2])),
            samplers=premise_samplers(premises, len(base.opening) + 4 * statement + 5 * self.inner_filler),
        )

    def _base(self, vocabulary: Vocabulary, rng: np.random.Generator) -> FactBase:
        forward, reverse = vocabulary.symbols(("→", "←"), "direction")
        opening = vocabulary.symbol("suppose", "marker")
        entities = vocabulary.symbols([f"e{i}" for i in range(self.entities)], "entity")
        relations = vocabulary.symbols([f"r{i}" for i in range(self.relations)], "relation")
        filler = vocabulary.symbols([f"w{i}" for i in range(self.fillers)], "filler")
        end = vocabulary.symbols((".",), "marker") if self.full_stop else ()
        facts = self._facts(rng)
        held = np.zeros(len(facts), bool)
        held[rng.choice(len(facts), self.held_out, replace=False)] = True
        return FactBase(
            facts=facts,
            held=held,
            names=tuple((entity,) for entity in entities),
            relations=tuple((Wording((), (r, forward), end), Wording((), (r, reverse), end)) for r in relations),
            filler=filler,
            opening=(opening,),
        )

    def _facts(self, rng: np.random.Generator) -> np.ndarray:
        """Draw the facts of all relations, `[f, 3]`."""

        def some() -> np.ndarray:
            return rng.permutation(self.entities)[: self._covered]

        drawn = [(np.sort(some()), some()) for _ in range(self.relations)]
        return np.concatenate([np.stack([s, np.full_like(s, r), o], 1) for r, (s, o) in enumerate(drawn)])

    def _premises(self, base: FactBase) -> PremiseDocuments:
        """Return the documents that are sampled afresh, the long ones."""
        names = np.arange(self.entities)
        fixed = len(base.opening) + (2 * self.max_premises + 1) * self.inner_filler
        return PremiseDocuments(
            base=base,
            fresh=fresh_facts(base, names, names),
            max_premises=self.max_premises,
            filler=self.inner_filler,
            length=fixed + 2 * self._statement_length * self.max_premises,
            all_tokens=self.targets == "all",
        )

    def _tests(self, base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> tuple[TestSet, ...]:
        def label(fact: int) -> list[str]:
            return [f"{sort}{number}" for sort, number in zip("ere", base.facts[fact], strict=True)]

        tests = RelationTests(base, plan, label, rng)
        return standard_tests(tests, self.test_items, rng)


@dataclasses.dataclass(frozen=True)
class PremiseDocuments:
    """Documents that state 1 to `max_premises` fresh facts as premises, then the reverses of all of them.

    Only the reverses carry loss, as a premise cannot be predicted, or with `all_tokens` every token but the first. The
    number of premises is uniform, since a reader that has met one fact alone soon tells two apart.

    Attributes:
        base: how facts are worded, and which of them are held out.
        fresh: draws the premises.
        max_premises: most premises of a document.
        filler: most filler tokens in each gap.
        length: tokens per row.
        reversed_premises: fraction of the premises that are stated in reverse, as memory holds explicit facts too:
            their reverses are to be copied, not turned.
        related: false for the matched control, which asks for other fresh facts than it states: the same layout, token
            for token, with nothing to read and nothing to memorise.
        all_tokens: whether all tokens but the first carry loss.
    """

    base: FactBase
    fresh: FreshFacts
    max_premises: int
    filler: int
    length: int
    reversed_premises: float = 0.0
    related: bool = True
    all_tokens: bool = False

    def draw(self, rng: np.random.Generator) -> Document:
        """Return a document."""
        base, count = self.base, int(rng.integers(1, self.max_premises + 1))
        premises = self.fresh(rng, count)
        facts = np.concatenate([premises, premises if self.related else self._others(premises, rng)])
        directions = np.where(rng.random(count) < self.reversed_premises, REVERSE, FORWARD)
        statements = [Statement(i, int(direction), 0.0) for i, direction in enumerate(directions)]
        statements += [Statement(count + int(i), REVERSE, 1.0) for i in rng.permutation(count)]
        gaps = filler_gaps(base.filler, rng, self.filler, len(statements) + 1)
        gaps[0] = [*base.opening, *gaps[0]]
        document = write(base, facts, statements, gaps)
        return document.predicted() if self.all_tokens else document

    def _others(self, premises: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw as many facts, none of which asks what a premise answers."""
        stated = set(map(tuple, premises[:, 1:].tolist()))
        while True:
            facts = self.fresh(rng, len(premises))
            if stated.isdisjoint(map(tuple, facts[:, 1:].tolist())):
                return facts


def premise_samplers(long: PremiseDocuments, short_length: int) -> dict[str, CorpusSampler]:
    """Return samplers of long documents, of short ones with at most two premises, and of the matched controls of both.

    Only short documents, which keep reading alive while the world is learned, also have reversed premises: at first
    copying would be the easier thing to learn.
    """
    short = dataclasses.replace(
        long, max_premises=min(2, long.max_premises), length=short_length, reversed_premises=0.15
    )
    return {
        f"{size}-{content}": sampler(dataclasses.replace(form, related=content == "in-context").draw, form.length)
        for content in ("in-context", "unrelated")
        for size, form in (("long", long), ("short", short))
    }
