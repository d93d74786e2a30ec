"""Two hops: facts that are chained through an entity in between, each stated by itself; their composition is latent.

After Balesni et al. (arXiv 2411.16353): models that learn both facts of a chain in training mostly cannot compose them
without writing down the one in between, and can if both stand in the context.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np

from tolman.core.extent import OF_A_TOKEN
from tolman.core.ranges import PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.names import open_words

FIRST = ("husband", "teacher", "owner", "publisher")
SECOND = ("birthplace", "employer", "language", "instrument")
"""Relations of the first facts, whose objects are persons, and of the second ones."""

TRAINED, _ = w.ending_in(w.FORWARD, w.OBJECT, 5)
COMPOSED = tuple(dict.fromkeys(itertools.chain(*w.TWO_HOP.trained)))
"""Wordings of questions about two facts, as the reader met them."""


class Chain(NamedTuple):
    """The `first` of `start` is `between`, and the `second` of `between` is `end`."""

    start: str
    first: str
    between: str
    second: str
    end: str

    @property
    def facts(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Both facts as subject, relation and object."""
        return (self.start, self.first, self.between), (self.between, self.second, self.end)


@dataclasses.dataclass(frozen=True)
class TwoHop(AbstractWorld):
    """Chains of two facts, in sentences that end in what is learned.

    Tests:
        first, second: explicit, a single fact in a wording of its statements.
        composed: latent, the end of a chain from its start ("the birthplace of the teacher of ...").

    Attributes:
        chains: their number; no name occurs in two.
        paraphrases: statements of each fact.
        asked: wordings in which what follows from a chain is asked.
        test_items: most questions of a test.
    """

    version: ClassVar[int] = 1

    chains: Annotated[int, Range(8)] = 38
    paraphrases: Annotated[int, Range(1, len(TRAINED))] = 3
    asked: Annotated[int, Range(1, len(COMPOSED))] = 2
    test_items: PositiveInt = 96

    def extents(self) -> tuple[Mapping[str, int], ...]:
        asked = min(self.test_items, self.asked * self.chains)
        facts = {"chains": self.chains, "facts of each": 2}
        stated = {**facts, "statements of each": self.paraphrases, "words of each": 16} | OF_A_TOKEN
        return stated, {"chains": self.chains, "questions that name them": 3 * asked, "words of each": 2}

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        chains, builder = self._chains(rng), Builder()
        for chain in chains:
            builder.vocabulary.words(f"{chain.start} {chain.between} {chain.end}", "entity")
        builder.vocabulary.words(" ".join((*FIRST, *SECOND)), "relation")
        for template in (*TRAINED, *COMPOSED):
            builder.vocabulary.words(w.as_text(template))
        used = {fact: self._state(builder, fact, rng) for chain in chains for fact in chain.facts}
        for chain in chains:
            for name in (chain.start, chain.between, chain.end):
                builder.document(":", Target(name), kind="name", topics=[name])
        self._ask(builder, chains, used, np.random.default_rng([seed, 2]))
        return builder.build(memory=["statement"])

    def _chains(self, rng: np.random.Generator) -> list[Chain]:
        words = iter(open_words(rng, 6 * self.chains))
        name = lambda: f"{next(words)} {next(words)}"  # noqa: E731
        kinds = zip(rng.choice(FIRST, self.chains).tolist(), rng.choice(SECOND, self.chains).tolist(), strict=True)
        return [Chain(name(), first, name(), second, name()) for first, second in kinds]

    def _state(self, builder: Builder, fact: tuple[str, str, str], rng: np.random.Generator) -> list[w.Template]:
        used = [TRAINED[i] for i in rng.choice(len(TRAINED), self.paraphrases, replace=False)]
        for number, template in enumerate(used):
            builder.document(_single(fact, template), " .", kind="statement", name=(fact, number), topics=[fact])
        return used

    def _ask(
        self,
        builder: Builder,
        chains: list[Chain],
        used: dict[tuple[str, str, str], list[w.Template]],
        rng: np.random.Generator,
    ) -> None:
        chosen = [chains[i] for i in rng.permutation(len(chains))[: self.test_items]]
        hops: tuple[tuple[str, Literal[0, 1]], ...] = (("first", 0), ("second", 1))
        for test, hop in hops:
            objects = tuple(chain.facts[hop][2] for chain in chains)
            asked = [chain.facts[hop] for chain in chosen]
            questions = [_single(fact, used[fact][int(rng.integers(self.paraphrases))]) for fact in asked]
            builder.test(test, "explicit", questions, objects)
        some = lambda: rng.choice(len(COMPOSED), self.asked, replace=False)  # noqa: E731
        composed = [self._composed(chain, COMPOSED[i]) for chain in chains for i in some()]
        chosen = [composed[i] for i in rng.permutation(len(composed))[: self.test_items]]
        builder.test("composed", "latent", chosen, tuple(chain.end for chain in chains))

    def _composed(self, chain: Chain, template: w.Template) -> Question:
        """Return the question about a chain, which the statements of both facts support."""
        return Question(
            w.as_text(template, s=chain.start, r=chain.first, q=chain.second),
            chain.end,
            fact=chain.facts[1],
            cue=chain,
            frame=("composed", chain.second),
            supports=[(fact, number) for number in range(self.paraphrases) for fact in chain.facts],
            topics=list(chain.facts),
        )


def _single(fact: tuple[str, str, str], template: w.Template) -> Question:
    subject, relation, object = fact
    return Question(w.as_text(template, s=subject, r=relation), object, fact=fact, cue=fact, frame=relation)
