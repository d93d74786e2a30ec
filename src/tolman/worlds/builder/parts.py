"""The parts of documents and tests: words, targets, and questions with their answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np


class Target(NamedTuple):
    """Words of a document that a model learns to predict, and that answer no question.

    Attributes:
        text: the words.
        fact: names what they express (see `Question`).
        weight: loss weight of each word.
    """

    text: str
    fact: Hashable = None
    weight: float = 1.0


class Question(NamedTuple):
    """A question with its answer: trained for where it stands in a document, asked where it stands in a test.

    Two questions are the same if they are given the same `cue`; without cues, if their prompts are.

    Attributes:
        prompt: words up to where the answer begins.
        answer: the right answer, or several of them in a test.
        fact: names what the answer expresses, in whatever words; documents that state it support the question.
        cue: names what is asked, where questions in several wordings ask the same; None: their own words tell.
        frame: questions of one frame ask alike (a relation in one direction, say). Who has learned the others of a
            frame can rule their answers out (see `Chance.elimination`); None if nobody could.
        group: subset of a test that is also reported apart.
        options: answers to choose from, in place of the test's.
        pool: questions of a pool are those that one constant answer could be given to; None: those with the same
            options.
        supports: names of the documents that contain the answer, in place of those that state the fact.
        topics: what the question is about, in place of the fact.
        id: stable name within its test, in place of prompt and answer.
        weight: loss weight of the answer in a document; 0 states it without learning to predict it.
    """

    prompt: str
    answer: str | tuple[str, ...]
    fact: Hashable = None
    cue: Hashable = None
    frame: Hashable = ""
    group: str = ""
    options: Sequence[str] | None = None
    pool: Hashable = None
    supports: Sequence[Hashable] | None = None
    topics: Sequence[Hashable] | None = None
    id: str = ""
    weight: float = 1.0

    @property
    def answers(self) -> tuple[str, ...]:
        """All right answers."""
        return (self.answer,) if isinstance(self.answer, str) else tuple(self.answer)


Part = str | Target | Question
"""A part of a document; plain words are read and not predicted."""


Draw = Callable[[np.random.Generator], Sequence[Part]]
"""Draws the parts of a document that is sampled afresh."""
