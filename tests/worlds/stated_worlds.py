"""What tests of worlds of statements read off an instance, as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np

from tolman.core.world import Instance
from tolman.worlds.reading import wordings as w


class Asked(NamedTuple):
    """A question as text: its prompt, the options, the right one, the texts of supporting rows, and its group."""

    prompt: str
    options: list[str]
    right: str
    supports: list[str]
    group: str = ""


def documents(instance: Instance, kind: str = "statement") -> list[str]:
    """The texts of all documents of a kind."""
    number = instance.kinds.index(kind)
    return [text(instance, row) for row in range(instance.corpus.size) if instance.corpus.kind[row] == number]


def text(instance: Instance, row: int) -> str:
    rows = instance.corpus.experiences
    return instance.text(rows.steps["token"][row][rows.valid[row]])


def questions(instance: Instance, name: str) -> Iterator[Asked]:
    """The questions of a test; each has one right option."""
    test, memory = instance.test(name), instance.memory.experiences
    for row, (choice, correct) in enumerate(zip(test.choice, test.correct, strict=True)):
        options = [instance.text(option) for option in test.options[choice]]
        (right,) = [option for option, is_right in zip(options, correct, strict=False) if is_right]
        prompt = instance.text(test.prompts.steps["token"][row][test.prompts.valid[row]])
        supports = [instance.text(memory.steps["token"][i][memory.valid[i]]) for i in test.supports[row] if i >= 0]
        yield Asked(prompt, [option for option in options if option], right, supports, test.groups[row])


def names_in(words: str, relations: Collection[str]) -> list[str]:
    """The names of a text, known by its words alone: two words each that no wording has and that are no relation."""
    unknown = [word for word in words.split() if word not in w.CLOSED and word not in relations]
    return [" ".join(pair) for pair in zip(unknown[::2], unknown[1::2], strict=True)]


def pattern(words: str, relations: Collection[str]) -> str:
    """The wording of a text: "_" for each word of a name, and "r" for a relation."""
    return " ".join("r" if word in relations else word if word in w.CLOSED else "_" for word in words.split())


def other_name(statements: list[str], name: str, relation: str, relations: Collection[str]) -> str:
    """What statements that hold a name and a relation say beside them; they all say the same."""
    said = [names_in(s, relations) for s in statements if relation in s.split()]
    (found,) = {other for names in said if name in names for other in names if other != name}
    return found


def learned(instance: Instance, kind: str) -> list[str]:
    """What is predicted in each document of a kind."""
    rows, found = instance.corpus.experiences, np.flatnonzero(instance.corpus.kind == instance.kinds.index(kind))
    return [instance.text(rows.steps["token"][i][(rows.weight[i] > 0) & rows.valid[i]]) for i in found]


def guessed(instance: Instance, name: str, times: int = 40) -> float:
    """The share of questions of a test that guesses among the options answer."""
    rng = np.random.default_rng(0)
    return float(
        np.mean([rng.choice(one.options) == one.right for one in questions(instance, name) for _ in range(times)])
    )
