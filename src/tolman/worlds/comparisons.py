"""Comparisons of invented entities, each stated from one side ("femp is older than glon") and asked from the other.

After the nonsense reversals of Lampinen et al. (arXiv 2505.00661): 100 facts that compare two entities by one of 28
features, each in 10 articles with a short opener, asked by a choice of two answers. The features here are the 16 whose
words the pretrained reader knows; the default, 100 facts in two sentences each, fits a context of 1,900 words.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np

from tolman.core.extent import OF_A_TOKEN
from tolman.core.ranges import Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.names import open_words

Choice = Literal["name", "comparative"]

FEATURES = tuple((w.CLOSED[word], w.CLOSED[opposite]) for word, opposite in w.COMPARATIVES)
"""A comparative and its opposite."""

TRAINED, HELD_OUT = (
    tuple(t for t in templates if t[-3:] == w.COMPARISON_FORM[-3:])
    for templates in w.ending_in(w.COMPARISON, w.OBJECT, 6)
)
"""Sentences that end in "older than" and an entity, after the other one."""

OPENERS = tuple(
    opener
    for opener in dict.fromkeys(itertools.chain(*w.OPENERS.trained))
    if len(opener) <= 2 and not {*opener} & {*itertools.chain(*w.COMPARATIVES)}
)
"""Short ones, and not "later ,", which is a comparative too."""

LENGTH = max(map(len, OPENERS)) + max(map(len, TRAINED)) + 1
"""Most words of a statement with its full stop; every name is one word."""


class Comparison(NamedTuple):
    """A fact from one side: `first` is `comparative` than `second`.

    Attributes:
        group: number of the group of both entities.
        first, comparative, second: what is said.
        opposite: of the comparative.
        others: the entities that `first` and `second` are compared with by another feature.
    """

    group: int
    first: str
    comparative: str
    second: str
    opposite: str
    others: tuple[str, str]

    @property
    def reversed(self) -> Comparison:
        """The same fact from the other side."""
        others = self.others[1], self.others[0]
        return Comparison(
            group=self.group,
            first=self.second,
            comparative=self.opposite,
            second=self.first,
            opposite=self.comparative,
            others=others,
        )


@dataclasses.dataclass(frozen=True)
class Comparisons(AbstractWorld):
    """Groups of four entities, of which two (here a and b) come first in all their sentences, the others second.

    A group has four facts: "a is older than c", "b is younger than d", "a is heavier than d", "b is lighter than c". So
    neither an entity nor a comparative alone tells an answer, and each comparative is stated as often as its opposite.
    The end of a sentence, from where answers differ, is learned. Documents of the kind "name" hold an entity alone, so
    that every one of them is a target somewhere.

    Tests:
        forward: explicit, a fact in the words of one of its statements.
        rephrased: explicit, the same in wordings of which no document has one.
        reversed: latent, a fact from the other side, with the opposite comparative.

    Attributes:
        groups: their number.
        paraphrases: statements of each fact, each with an opener.
        choice: what the two answers are. "name": after "c is younger than", the two that c is compared with; who takes
            opposites for the same answers this. "comparative": after "c is", "younger than a" and "older than a", as
            published.
        test_items: most questions of a test, which asks about whole groups.
    """

    version: ClassVar[int] = 1

    groups: Annotated[int, Range(2)] = 25
    paraphrases: Annotated[int, Range(1, len(TRAINED))] = 2
    choice: Choice = "name"
    test_items: Annotated[int, Range(4)] = 100

    def extents(self) -> tuple[Mapping[str, int], ...]:
        facts = {"groups": self.groups, "facts of each": 4, "statements of each": self.paraphrases}
        return ({**facts, "words of each": LENGTH} | OF_A_TOKEN,)

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        groups, builder = self._groups(rng), Builder()
        facts = list(itertools.chain(*groups))
        for fact in facts:
            builder.vocabulary.words(f"{fact.first} {fact.second}", "entity")
        builder.vocabulary.words(" ".join(itertools.chain(*FEATURES)), "relation")
        for template in (*TRAINED, *HELD_OUT, *OPENERS):
            builder.vocabulary.words(w.as_text(template))
        stated = {fact: self._state(builder, fact, rng) for fact in facts}
        for group, (one, other, *_) in enumerate(groups):  # two facts have all four names
            for name in (one.first, one.second, other.first, other.second):
                builder.document(":", Target(name), kind="name", topics=[group])
        self._ask(builder, groups, stated, np.random.default_rng([seed, 2]))
        return builder.build(memory=["statement"], length=LENGTH, memory_length=LENGTH)

    def _groups(self, rng: np.random.Generator) -> list[list[Comparison]]:
        names = np.array(open_words(rng, 4 * self.groups)).reshape(self.groups, 4).tolist()
        return [_group(number, four, rng) for number, four in enumerate(names)]

    def _state(self, builder: Builder, fact: Comparison, rng: np.random.Generator) -> list[w.Template]:
        """State a fact, and return the wordings used."""
        used = _opened(rng, self.paraphrases)
        for template in used:
            builder.document(asked(fact, template, self.choice), ".", kind="statement", topics=[fact.group])
        return used

    def _ask(
        self,
        builder: Builder,
        groups: list[list[Comparison]],
        stated: dict[Comparison, list[w.Template]],
        rng: np.random.Generator,
    ) -> None:
        def add(test: str, role: Literal["explicit", "latent"], ask: Callable[[Comparison], Question]) -> None:
            chosen = rng.permutation(len(groups))[: self.test_items // 4]
            builder.test(test, role, [ask(fact) for number in chosen for fact in groups[number]])

        some = lambda templates: templates[int(rng.integers(len(templates)))]  # noqa: E731
        add("forward", "explicit", lambda fact: asked(fact, some(stated[fact]), self.choice))
        add("rephrased", "explicit", lambda fact: asked(fact, some(HELD_OUT), self.choice))
        add("reversed", "latent", lambda fact: asked(fact.reversed, some(_opened(rng, 1)), self.choice))


def _group(number: int, names: list[str], rng: np.random.Generator) -> list[Comparison]:
    """Return the facts of a group, by two features."""
    a, b, c, d = names
    features = rng.choice(len(FEATURES), 2, replace=False)
    (more, less), (much, little) = (rng.permutation(FEATURES[feature]).tolist() for feature in features)
    return [
        Comparison(group=number, first=a, comparative=more, second=c, opposite=less, others=(d, b)),
        Comparison(group=number, first=b, comparative=less, second=d, opposite=more, others=(c, a)),
        Comparison(group=number, first=a, comparative=much, second=d, opposite=little, others=(c, b)),
        Comparison(group=number, first=b, comparative=little, second=c, opposite=much, others=(d, a)),
    ]


def _opened(rng: np.random.Generator, count: int) -> list[w.Template]:
    """Return different wordings, each with an opener before it."""
    chosen = rng.choice(len(TRAINED), count, replace=False)
    return [(*OPENERS[int(rng.integers(len(OPENERS)))], *TRAINED[i]) for i in chosen]


def asked(fact: Comparison, template: w.Template, choice: Choice) -> Question:
    """Return a fact as a question whose answer ends the sentence."""
    if choice == "name":
        prompt, answer, wrong = w.as_text(template, fact.first, fact.comparative), fact.second, fact.others[0]
    else:
        prompt = w.as_text(template[:-3], fact.first)
        answer, wrong = (f"{word} than {fact.second}" for word in (fact.comparative, fact.opposite))
    return Question(
        prompt,
        answer,
        fact=frozenset((fact.first, fact.second)),
        cue=(fact.first, fact.second),
        frame=None,  # two answers are left in any case
        options=sorted((answer, wrong)),
        topics=[fact.group],
    )
