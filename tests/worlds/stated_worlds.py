"""What tests of worlds of statements read off an instance, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tolman.core.world import Instance


class Asked(NamedTuple):
    """A question as text: its prompt, the options, the right one, and the texts of the rows that support it."""

    prompt: str
    options: list[str]
    right: str
    supports: list[str]


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
        yield Asked(prompt, [option for option in options if option], right, supports)
