"""Wordings as tokens: every template of text, parsed once, and the closed-class words that they are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tolman.worlds.reading import fact_templates, other_templates
from tolman.worlds.reading.fact_templates import Lines

Tokens = Sequence[int]

Template = tuple[int, ...]
"""Token ids, and for the slots {s}, {r}, {o} and {q} the numbers -1 to -4."""

SLOTS = {"{s}": -1, "{r}": -2, "{o}": -3, "{q}": -4}
SUBJECT, RELATION, OBJECT, SECOND = SLOTS.values()


def _classes() -> dict[str, Lines]:
    found = {**vars(fact_templates), **vars(other_templates)}
    return {name: value for name, value in found.items() if isinstance(value, Lines)}


def _closed() -> tuple[str, ...]:
    """Return the padding, then every word of the trained wordings and of what is said besides."""
    texts = [".", *(lines.trained for lines in _classes().values())]
    texts += [other_templates.STATED, other_templates.NOTHING, "_", other_templates.COMPARATIVES]
    texts += [other_templates.JOINERS, other_templates.FUNCTION_WORDS]
    words = dict.fromkeys(word for text in texts for word in text.split() if word not in SLOTS)
    return ("<pad>", *words)


CLOSED: tuple[str, ...] = _closed()
"""The closed-class words; the padding comes first. Every other text of a vocabulary is an open word."""

_IDS = {word: number for number, word in enumerate(CLOSED)}


def parse(text: str) -> Template:
    """Return a line of text as a template; raises `KeyError` on a word that no trained wording has."""
    return tuple([SLOTS[word] if word in SLOTS else _IDS[word] for word in text.split()])


class Wordings(NamedTuple):
    """The templates of one class.

    Attributes:
        trained: those of training.
        held_out: those that only tests use.
    """

    trained: tuple[Template, ...]
    held_out: tuple[Template, ...]


def _parsed(lines: Lines) -> Wordings:
    trained, held_out = ([parse(line) for line in text.strip().splitlines()] for text in lines)
    return Wordings(tuple(trained), tuple(held_out))


def _opened(statements: Wordings, slot: int, others: Wordings) -> Wordings:
    """Return the statements that end in a slot without it, as to continue one is to answer a question, then the others.

    One that would then end in another slot is left out, as nobody could tell where that name ends.
    """
    opened = ([t[:-1] for t in made if t[-1] == slot and t[-2] >= 0] for made in statements)
    return Wordings(*((*made, *more) for made, more in zip(opened, others, strict=True)))


def is_separable(template: Template) -> bool:
    """Return whether words stand between all slots, so that the sentence alone shows where each name ends."""
    return all(a >= 0 or b >= 0 for a, b in itertools.pairwise(template))


def _separable(wordings: Wordings, longest: int = 99) -> Wordings:
    chosen = ([t for t in made if is_separable(t) and len(t) <= longest] for made in wordings)
    return Wordings(*map(tuple, chosen))


FORWARD = _parsed(fact_templates.FORWARD)
REVERSE = _parsed(fact_templates.REVERSE)
FORWARD_OPEN = _opened(FORWARD, OBJECT, _parsed(fact_templates.FORWARD_OPEN))
REVERSE_OPEN = _opened(REVERSE, SUBJECT, _parsed(fact_templates.REVERSE_OPEN))
FORWARD_MARK = _parsed(fact_templates.FORWARD_MARK)
REVERSE_MARK = _parsed(fact_templates.REVERSE_MARK)
TWO_HOP = _parsed(fact_templates.TWO_HOP)
MEMBER = _parsed(other_templates.MEMBER)
KIND = _parsed(other_templates.KIND)
QUANTIFIED = tuple(
    _parsed(lines)
    for lines in (other_templates.ALL, other_templates.NO, other_templates.SOME, other_templates.SOME_NOT)
)
SYLLOGISM = _parsed(other_templates.SYLLOGISM)
COMPARISON = _parsed(other_templates.COMPARISON)
COMPARED = _parsed(other_templates.COMPARED)
RESTATE = _parsed(other_templates.RESTATE)
TURN = _parsed(other_templates.TURN)
LINK = _parsed(other_templates.LINK)
COMPLETE = _parsed(other_templates.COMPLETE)
OPENERS = _parsed(other_templates.OPENERS)

SEPARABLE_FORWARD, SEPARABLE_REVERSE = _separable(FORWARD), _separable(REVERSE)
BRIEF_FORWARD = _separable(FORWARD, longest=8)

FORWARD_FORM = parse("the {r} of {s} is {o}")
REVERSE_FORM = parse("{o} is the {r} of {s}")
LINKED_FORM = parse("the {q} of the {r} of {s} is {o}")
COMPARISON_FORM = parse("{s} is {r} than {o}")
MEMBER_FORM = parse("{s} is a {o}")
QUANTIFIED_FORMS = tuple(wordings.trained[0] for wordings in QUANTIFIED)
"""How answers that are whole sentences are worded, always alike."""

(STOP,), (GAP,) = parse("."), parse("_")
NOT_STATED, NOTHING_FOLLOWS = parse(other_templates.STATED), parse(other_templates.NOTHING)
COMPARATIVES = tuple(parse(pair) for pair in other_templates.COMPARATIVES.strip().splitlines())
JOINERS, FUNCTION_WORDS, (THE,) = parse(other_templates.JOINERS), parse(other_templates.FUNCTION_WORDS), parse("the")


def fill(template: Template, s: Tokens = (), r: Tokens = (), o: Tokens = (), q: Tokens = ()) -> list[int]:
    """Return a template's tokens with names in its slots."""
    slots, out = (s, r, o, q), list[int]()
    for part in template:
        if part < 0:
            out += slots[~part]
        else:
            out.append(part)
    return out


def all_wordings() -> Iterable[tuple[str, Wordings]]:
    """Yield each class of wordings as written, with its name."""
    return ((name, _parsed(lines)) for name, lines in _classes().items())
