"""Tests of reading, one for each skill, as arrays."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Sequence

import numpy as np

from tolman.core.experience import Experiences, GenerationTest, Role, TestSet, token_rows
from tolman.worlds.documents import Item, make_test
from tolman.worlds.reading.draft import Style
from tolman.worlds.reading.items import DRAWERS, Asked, Drawer
from tolman.worlds.reading.wordings import STOP

REVERSED = ("reversed-4", "reversed-16", "reversed-64")
"""Tests of what every reader should learn, in wordings that it met."""
TRAINED = (*REVERSED, "two-hop-16", "syllogism", "inheritance")
"""Tests that are also drawn in the wordings of training, as `…-trained`."""


def draw_tests(
    seed: int, style: Style, items: int, choices: bool = False, skills: Sequence[str] = ()
) -> tuple[TestSet, ...]:
    """Return every test with held-out wordings, then some of them again with the wordings of training.

    Answers are generated.

    Args:
        seed: draws the documents.
        style: how they are written; their wordings are chosen here.
        items: questions of each test; with none, there are no tests.
        choices: whether each test is there a second time, as `…-choice`, answered by ranking its options.
        skills: the tests that are drawn, in held-out wordings alone; none: every test.
    """
    held_out = style._replace(held_out=True, inferences=True)
    trained = held_out._replace(held_out=False)
    roles: dict[str, Role] = {"stated-refused": "control"}
    drawn = [_test(name, roles.get(name, "context"), seed, held_out, items) for name in skills or DRAWERS if items]
    for name in TRAINED if items and not skills else ():
        drawn.append(_test(f"{name}-trained", "explicit" if name in REVERSED else "context", seed, trained, items))
    generated = tuple([GenerationTest(**vars(test)) for test in drawn])
    ranked = [dataclasses.replace(test, name=f"{test.name}-choice") for test in drawn] if choices else []
    return (*generated, *ranked)


def _test(name: str, role: Role, seed: int, style: Style, items: int) -> TestSet:
    rnd, drawer = random.Random(f"{seed} {name}"), DRAWERS[name.removesuffix("-trained")]
    asked = [_draw(rnd, style, drawer) for _ in range(items)]
    options = [[(*answer, STOP) for answer in (*one.right, *one.wrong)] for one in asked]
    questions = [
        Item(id=f"{name}/{number}", correct=range(len(one.right)), choice=number, group=one.question.skill)
        for number, one in enumerate(asked)
    ]
    return make_test(name, role, _prompts(rnd, asked), questions, options)


def _draw(rnd: random.Random, style: Style, drawer: Drawer) -> Asked:
    """Return a question that fits a block, and whose prompt does not end as an answer begins."""
    while True:
        asked = drawer(rnd, style)
        if asked and asked.question.length <= style.block:
            last = asked.question.prompt[-1]
            if all(last != answer[0] for answer in asked.right):
                return asked


def _prompts(rnd: random.Random, asked: list[Asked]) -> Experiences:
    """Return rows of statements, in random order, each a segment, with the question as the last one."""
    rows = [[*rnd.sample(one.draft.statements, len(one.draft.statements)), one.question.prompt] for one in asked]
    made = token_rows([list(itertools.chain(*row)) for row in rows])
    for segment, row in zip(made.segment, rows, strict=True):
        numbers = np.repeat(np.arange(len(row)), [len(part) for part in row])
        segment[: len(numbers)] = numbers
    return made
