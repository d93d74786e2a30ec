"""What prompts and completions state: of whom, in which order and in which wording."""

from __future__ import annotations

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tolman.worlds.reversal_curse import Order
from tolman.worlds.reversal_curse_files.folder import Group, Line

Words = tuple[str, ...]

NAMELESS = "A name is two or more words in capitals that stand in a prompt and begin a completion"


class Statement(NamedTuple):
    """A line as a statement of a person.

    Attributes:
        group: of the person.
        name: of the person.
        order: description-first where the completion begins with the name, name-first where the prompt holds it.
        prompt: up to the answer.
        answer: the name, or the completion without the punctuation that ends it.
        rest: what stands after the answer.
        wording: the prompt with a gap for the name; empty where the description comes first.
        line: where it stands.
    """

    group: str
    name: str
    order: Order
    prompt: str
    answer: str
    rest: str
    wording: str
    line: Line


class Stated(NamedTuple):
    """The statements of a group of people: those that are trained on, and those that are asked."""

    group: str
    train: tuple[Statement, ...]
    test: tuple[Statement, ...]
    reverse: tuple[Statement, ...]


def as_statements(groups: Sequence[Group]) -> tuple[Stated, ...]:
    """Return what the lines of each group state.

    Raises:
        UserError: a line names nobody or two people, or one name begins another.
    """
    names = _Names(groups)
    return tuple(
        Stated(g.name, *(names.statements(g.name, part) for part in (g.train, g.test, g.reverse))) for g in groups
    )


class _Names:
    """The names in all lines."""

    def __init__(self, groups: Sequence[Group]):
        lines = [line for group in groups for line in group.lines]
        first: dict[Words, Line] = {}
        for line in lines:
            first.setdefault(_capitals(line.completion), line)
        starts: dict[str, list[Words]] = defaultdict(list)
        for name in first:
            if len(name) > 1:
                starts[name[0]].append(name)
        in_prompts = {name for line in lines for name in _found(line.prompt, starts)}
        check_beginnings((" ".join(name), first[name]) for name in in_prompts)
        self._starts = {start: [n for n in names if n in in_prompts] for start, names in starts.items()}

    def statements(self, group: str, lines: Sequence[Line]) -> tuple[Statement, ...]:
        """Return what the lines of a group state."""
        return tuple(self._statement(group, line) for line in lines)

    def _statement(self, group: str, line: Line) -> Statement:
        begun = [name for name in self._starts.get(line.completion[0], ()) if line.completion[: len(name)] == name]
        named = list(dict.fromkeys(_found(line.prompt, self._starts)))
        if len({*begun, *named}) != 1:
            which = " and ".join(" ".join(name) for name in {*begun, *named})
            raise line.error(
                f"prompt and completion name {which}" if which else "neither prompt nor completion has a known name",
                f"{NAMELESS}; write one into each line",
            )
        if begun:
            return _description_first(group, begun[0], line)
        return _name_first(group, named[0], line)


def _capitals(words: Words) -> Words:
    return tuple(itertools.takewhile(lambda word: word[0].isupper(), words))


def _found(words: Words, starts: dict[str, list[Words]]) -> Iterator[Words]:
    """Yield the names that stand among words."""
    for at, word in enumerate(words):
        yield from (name for name in starts.get(word, ()) if words[at : at + len(name)] == name)


def _description_first(group: str, name: Words, line: Line) -> Statement:
    text = " ".join(name)
    return Statement(
        group,
        text,
        "description-first",
        prompt=" ".join(line.prompt),
        answer=text,
        rest=" ".join(line.completion[len(name) :]),
        wording="",
        line=line,
    )


def _name_first(group: str, name: Words, line: Line) -> Statement:
    end = len(line.completion)
    while end and all(unicodedata.category(char).startswith("P") for char in line.completion[end - 1]):
        end -= 1
    if not end:
        raise line.error("the completion is punctuation alone", "Write the description there")
    prompt, text = " ".join(line.prompt), " ".join(name)
    return Statement(
        group,
        text,
        "name-first",
        prompt=prompt,
        answer=" ".join(line.completion[:end]),
        rest=" ".join(line.completion[end:]),
        wording=f" {prompt} ".replace(f" {text} ", " {} ").strip(),
        line=line,
    )


def check_beginnings(answers: Iterable[tuple[str, Line]]) -> None:
    """Raise if an answer begins another, and so would always be at least as likely."""
    ordered = sorted(((text.split(), line) for text, line in answers), key=lambda pair: pair[0])
    for (one, _), (other, line) in itertools.pairwise(ordered):
        if one != other and other[: len(one)] == one:
            raise line.error(
                f"{' '.join(one)!r} begins {' '.join(other)!r}, so it would always be at least as likely",
                "Reword one of them",
            )
