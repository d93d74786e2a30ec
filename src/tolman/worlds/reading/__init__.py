"""Reading: endless fresh documents, and questions about them that take an inference.

No fact is ever repeated, and words mean nothing outside a document, so that only reading helps. Documents state facts,
syllogisms, hierarchies and comparisons in many wordings; questions ask for what they say in the other direction, for
what two of them say together, or that nothing follows.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from tolman.core.errors import UnknownName
from tolman.core.experience import Corpus
from tolman.core.extent import FRESH, OF_A_TOKEN
from tolman.core.ranges import NonNegativeInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.documents import Document, Row, as_corpus
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.documents import new_draft
from tolman.worlds.reading.draft import Shares, Style
from tolman.worlds.reading.facts import draw_relations
from tolman.worlds.reading.items import DRAWERS
from tolman.worlds.reading.names import MOST_WORDS, open_words
from tolman.worlds.reading.rows import LARGE, MEDIUM, SMALL, RowSampler, Size
from tolman.worlds.reading.tests import draw_tests

SIMPLE = Shares(only_facts=0.7)
"""Mostly single facts."""
FOCUSED = Shares(only_facts=0.8, focused=True)
"""Mostly facts that are easily mistaken for one another."""
CHAINED = Shares(only_facts=0.4, syllogism=0.2, inheritance=0.75, pairs=1.0, facts=0.3)
"""Two facts in a row, and hierarchies, more often than elsewhere."""
STATEMENTS = 256
"""Number of statements in the corpus."""


@dataclasses.dataclass(frozen=True)
class Reading(AbstractWorld):
    """Documents of fresh facts with questions, drawn anew throughout training.

    Attributes:
        words: number of open words, of which names and relations are made.
        context: steps of each half of a training row: the statements of its documents, then questions about them.
        block: most tokens of a statement, or of a question with its answer.
        inferences: whether training asks for inferences. False is the matched control: it asks for what is stated, in
            the same direction. Tests are the same.
        test_items: questions of each test; 0 for none. Answers are generated.
        choices: whether each test is there a second time, answered by ranking options.
        skills: names of the tests that are drawn, in wordings held out of training; none: every test.
    """

    version: ClassVar[int] = 6

    words: Annotated[int, Range(512, MOST_WORDS)] = 2048
    context: Annotated[int, Range(128)] = 768
    block: Annotated[int, Range(24)] = 32
    inferences: bool = True
    test_items: NonNegativeInt = 100
    choices: bool = False
    skills: tuple[str, ...] = dataclasses.field(default=(), metadata={"key": "changed"})

    def __post_init__(self) -> None:
        for name in self.skills:
            if name not in DRAWERS:
                raise UnknownName("test of reading", name, DRAWERS)

    def extents(self) -> tuple[Mapping[str, int], ...]:
        statements = {"statements": STATEMENTS, "words of each": self.block} | OF_A_TOKEN
        tests = {"tests": len(self.skills or DRAWERS), "questions of each": self.test_items}
        asked = {**tests, "words of each": 8 * self.block} | OF_A_TOKEN
        return statements, asked, {"steps of a row": 2 * self.context, "rows at a time": FRESH} | OF_A_TOKEN

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        style = Style(range(len(w.CLOSED), len(w.CLOSED) + self.words), self.block, self.inferences)
        most_targets = 2 * self.context // 5
        return Instance(
            vocabulary=(*w.CLOSED, *open_words(rng, self.words)),
            palette=(*map(_sort, w.CLOSED), *["entity"] * self.words),
            kinds=("statement",),
            memory_kinds=("statement",),
            memory_length=self.block,
            most_targets=most_targets,
            corpus=_statements(random.Random(f"{seed} statements"), style),
            tests=draw_tests(seed, style, self.test_items, self.choices, self.skills),
            samplers={
                kind: RowSampler(styled, sizes, self.context, most_targets)
                for kind, (styled, sizes) in _kinds(style).items()
            },
        )


def _kinds(style: Style) -> dict[str, tuple[Style, tuple[Size, ...]]]:
    """Return the kinds of training documents: how they are written, and how long they are."""
    plain = style._replace(plain=True, noise=0.0)
    return {
        "plain": (plain._replace(shares=SIMPLE), (LARGE,)),
        "facts": (style, (SMALL, MEDIUM, LARGE, LARGE)),
        "plain-chained": (plain._replace(shares=CHAINED), (SMALL, MEDIUM, LARGE)),
        "chained": (style._replace(shares=CHAINED), (SMALL, MEDIUM, LARGE)),
        "focused": (style._replace(shares=FOCUSED), (SMALL, MEDIUM, LARGE, LARGE)),
    }


def _sort(word: str) -> str:
    return "word" if word[0].isalpha() else "marker"


def _statements(rnd: random.Random, style: Style) -> Corpus:
    """Return single facts in their standard wording, each a row whose object is the target."""
    draft = new_draft(rnd, style, STATEMENTS, room=STATEMENTS * style.block)
    rows = list[Row]()
    for topic in range(STATEMENTS):
        (relation,) = draw_relations(draft, 1)
        document, object = Document(), draft.names.name()
        document.extend(w.fill(w.FORWARD_FORM[:-1], draft.names.name(), relation))
        document.extend((*object, w.STOP), weight=1.0)
        rows.append(Row(0, document, topics=(topic,)))
    return as_corpus(rows, style.block)
