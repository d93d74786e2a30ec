"""A document in the making: what it has stated, and what may still be asked."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from tolman.worlds.reading.names import LENGTHS, Name, Names
from tolman.worlds.reading.wordings import FILLERS, OPENERS, STOP, Template, Tokens, Wordings

T = TypeVar("T")

INFERENCES = ("reversed", "two-hop", "syllogism", "comparison", "inheritance", "reverse", "link", "cloze-reversed")
SKILLS = ("same", "not-stated", "restate", "cloze-same", *INFERENCES)
"""What questions ask for. The inferences give what no statement says in that direction."""

HOPS = 2
"""Most intermediate results of a question."""

PLAIN = 2
"""Wordings of a class that plain documents use."""

OPENED = 0.08
"""Fraction of the statements that begin with an opener such as "note that"."""

REPLACED = 0.15
"""Probability that a word of a wording is another one, in documents with word noise."""

INSERTED = 0.06
"""Probability that a word stands between two words of a wording, in documents with word noise."""


class Question(NamedTuple):
    """A question.

    Attributes:
        skill: what it asks for.
        prompt: the tokens up to the answer.
        answer: without its full stop.
        hops: the first word of each intermediate result, at most `HOPS`.
    """

    skill: str
    prompt: list[int]
    answer: Tokens
    hops: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Number of tokens, with the answer and its full stop."""
        return len(self.prompt) + len(self.answer) + 1


class Cloze(NamedTuple):
    """A document's own wording of a relation: the words before the subject, between the names, and after the object."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


class Fact(NamedTuple):
    """A fact, and whether it was stated forwards (subject before object)."""

    subject: Name
    relation: Name
    object: Name
    forward: bool

    @property
    def names(self) -> tuple[Name, Name]:
        """The subject and the object."""
        return self.subject, self.object


class Shares(NamedTuple):
    """The content of documents: what they state, and what they ask.

    Attributes:
        only_facts: fraction of the documents that state nothing but facts.
        syllogism: fraction of what else is stated that is a syllogism.
        inheritance: fraction of it that is a hierarchy; the rest are comparisons.
        pairs: questions about two facts, as a fraction of the statements; at least one is asked where it can be.
        facts: fraction of the facts that are asked for by themselves.
        focused: whether facts come in groups of much alike ones.
    """

    only_facts: float = 0.35
    syllogism: float = 0.3
    inheritance: float = 0.5
    pairs: float = 0.5
    facts: float = 1.0
    focused: bool = False


class Style(NamedTuple):
    """The manner in which documents are written.

    Attributes:
        pool: ids of the open words.
        block: most tokens of a statement, or of a question with its answer.
        inferences: whether questions ask for inferences; if not, for what is stated, in the direction in which it is.
        held_out: whether wordings are those held out for tests.
        plain: whether wordings are a few short ones.
        noise: fraction of the documents that replace some words of the wordings by others.
        shares: what is stated and asked.
        lengths: of names (see `tolman.worlds.reading.names`).
    """

    pool: Sequence[int]
    block: int
    inferences: bool = True
    held_out: bool = False
    plain: bool = False
    noise: float = 0.5
    shares: Shares = Shares()
    lengths: Sequence[float] = LENGTHS


@dataclasses.dataclass
class Draft:
    """Statements of a document, drawn one by one.

    Attributes:
        rnd: source of randomness.
        style: how it is written.
        names: drawer of its names.
        room: most tokens of all statements.
        statements: as yet in the order in which they were drawn.
        length: tokens of all statements.
        refused: statements in succession that did not fit; after three of them the document is full.
        facts: facts that may be asked.
        objects: what is stated, by subject and relation.
        subjects: the same, by object and relation.
        cloze: relations that have a wording of their own.
        compared: names with the pairs of comparatives by which they were compared.
        uniform: whether each class of sentences is always worded alike, as in a table.
        usual: the wordings in use if so, by the class's identity.
        noisy: whether some words of the wordings are replaced by others.
    """

    rnd: random.Random
    style: Style
    names: Names
    room: int
    statements: list[list[int]] = dataclasses.field(default_factory=list)
    length: int = 0
    refused: int = 0
    facts: list[Fact] = dataclasses.field(default_factory=list)
    objects: dict[tuple[Name, Name], Name] = dataclasses.field(default_factory=dict)
    subjects: dict[tuple[Name, Name], Name] = dataclasses.field(default_factory=dict)
    cloze: dict[Name, Cloze] = dataclasses.field(default_factory=dict)
    compared: dict[tuple[Name, tuple[int, ...]], None] = dataclasses.field(default_factory=dict)
    uniform: bool = False
    usual: dict[int, Template] = dataclasses.field(default_factory=dict)
    noisy: bool = False

    @property
    def full(self) -> bool:
        """True once statements no longer fit."""
        return self.refused >= 3

    def chance(self, probability: float) -> bool:
        """Return true with that probability."""
        return self.rnd.random() < probability

    def one(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.rnd.random() * len(options))]

    def wording(self, wordings: Wordings) -> Template:
        """Return one of the wordings that this document may use; one of few words always uses the same."""
        if self.style.plain:
            return self.one(wordings.trained[:PLAIN])[0]
        if made := self.usual.get(id(wordings)):
            return made
        made = self.one(self.one(wordings.held_out if self.style.held_out else wordings.trained))
        if self.uniform:
            self.usual[id(wordings)] = made
        return made

    def varied(self, wordings: Wordings) -> Template:
        """Return a wording as `wording` does, with word noise in a noisy document."""
        made = self.wording(wordings)
        return self._noised(made) if self.noisy else made

    def _noised(self, template: Template) -> Template:
        out = list[int]()
        for word in template:
            # Never beside a name, which would then seem to be longer.
            if out and word >= 0 and out[-1] >= 0 and self.chance(INSERTED):
                out.append(self.one(FILLERS))
            out.append(self.one(FILLERS) if word in FILLERS and self.chance(REPLACED) else word)
        return tuple(out)

    def state(self, *sentences: list[int]) -> bool:
        """Add statements, all or none; return whether they fit."""
        made = [self._closed(sentence) for sentence in sentences]
        length = sum(map(len, made))
        if self.length + length > self.room or max(map(len, made)) > self.style.block:
            self.refused += 1
            return False
        self.statements += made
        self.length += length
        self.refused = 0
        return True

    def _closed(self, sentence: list[int]) -> list[int]:
        opener = self.wording(OPENERS) if self.chance(OPENED) else ()
        return [*opener, *sentence, STOP]
