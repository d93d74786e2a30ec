"""Wordings as tokens: every template of text, parsed once, and the closed-class words that they are made of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tolman.worlds.reading import templates

Tokens = Sequence[int]

Template = tuple[int, ...]
"""Token ids, and for the slots {s}, {r}, {o} and {q} the numbers -1 to -4."""

Line = tuple[Template, ...]
"""What a line of text stands for: one template for each way to choose among what it offers; some occur twice."""

_CHOICE = re.compile(r"\[([^]]*)\]")

SLOTS = {"{s}": -1, "{r}": -2, "{o}": -3, "{q}": -4}
SUBJECT, RELATION, OBJECT, SECOND = SLOTS.values()


LINES = templates.read_lines()
"""The lines of every class of wordings."""


def _closed() -> tuple[str, ...]:
    """Return the padding, then every word of the trained wordings and of what is said besides."""
    texts = [".", *(line for lines in LINES.values() for line in lines.trained)]
    texts += [templates.STATED, templates.NOTHING, "_", templates.COMPARATIVES]
    texts += [templates.JOINERS, templates.FUNCTION_WORDS]
    words = dict.fromkeys(word for text in texts for word in _words(text) if word not in SLOTS)
    return ("<pad>", *words)


def _words(text: str) -> list[str]:
    return _CHOICE.sub(lambda choice: choice[1].replace("/", " "), text).split()


CLOSED: tuple[str, ...] = _closed()
"""The closed-class words; the padding comes first. Every other text of a vocabulary is an open word."""

_IDS = {word: number for number, word in enumerate(CLOSED)}


def parse(text: str) -> Template:
    """Return a line of text as a template; raises `KeyError` on a word that no trained wording has."""
    return tuple([SLOTS[word] if word in SLOTS else _IDS[word] for word in text.split()])


def parse_line(text: str) -> Line:
    """Return a line of text as templates: `[a/b c/]` stands for `a`, for `b c` and for nothing."""
    parts = [part.split("/") if i % 2 else [part] for i, part in enumerate(_CHOICE.split(text))]
    return tuple(parse(" ".join(chosen)) for chosen in itertools.product(*parts))


class Wordings(NamedTuple):
    """The wordings of one class, by line.

    Attributes:
        trained: those of training.
        held_out: those that only tests use.
    """

    trained: tuple[Line, ...]
    held_out: tuple[Line, ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        """Each template once."""
        return tuple(dict.fromkeys(itertools.chain(*self.trained, *self.held_out)))


WORDINGS = {name: Wordings(*(tuple(map(parse_line, half)) for half in lines)) for name, lines in LINES.items()}
"""Each class of wordings as written, by its name."""


def _chosen(wordings: Wordings, change: Callable[[Template], Template | None]) -> Wordings:
    """Return wordings with each template changed, or left out where the change is none."""
    halves = ([[made for t in line if (made := change(t)) is not None] for line in half] for half in wordings)
    return Wordings(*(tuple([tuple(line) for line in half if line]) for half in halves))


def _opened(statements: Wordings, slot: int, others: Wordings) -> Wordings:
    """Return the statements that end in a slot without it, as to continue one is to answer a question, then the others.

    One that would then end in another slot is left out, as nobody could tell where that name ends.
    """
    opened = _chosen(statements, lambda t: t[:-1] if t[-1] == slot and t[-2] >= 0 else None)
    return Wordings(*((*made, *more) for made, more in zip(opened, others, strict=True)))


def is_separable(template: Template) -> bool:
    """Return whether words stand between all slots, so that the sentence alone shows where each name ends."""
    return all(a >= 0 or b >= 0 for a, b in itertools.pairwise(template))


def _separable(wordings: Wordings, longest: int = 99) -> Wordings:
    return _chosen(wordings, lambda t: t if is_separable(t) and len(t) <= longest else None)


FORWARD = WORDINGS["FORWARD"]
REVERSE = WORDINGS["REVERSE"]
FORWARD_OPEN = _opened(FORWARD, OBJECT, WORDINGS["FORWARD_OPEN"])
REVERSE_OPEN = _opened(REVERSE, SUBJECT, WORDINGS["REVERSE_OPEN"])
FORWARD_MARK = WORDINGS["FORWARD_MARK"]
REVERSE_MARK = WORDINGS["REVERSE_MARK"]
TWO_HOP = WORDINGS["TWO_HOP"]
MEMBER = WORDINGS["MEMBER"]
KIND = WORDINGS["KIND"]
QUANTIFIED = tuple(WORDINGS[name] for name in ("ALL", "NO", "SOME", "SOME_NOT"))
SYLLOGISM = WORDINGS["SYLLOGISM"]
COMPARISON = WORDINGS["COMPARISON"]
COMPARED = WORDINGS["COMPARED"]
RESTATE = WORDINGS["RESTATE"]
TURN = WORDINGS["TURN"]
LINK = WORDINGS["LINK"]
COMPLETE = WORDINGS["COMPLETE"]
OPENERS = WORDINGS["OPENERS"]


def _words_of(wordings: Wordings) -> Iterable[int]:
    """Yield the words in letters of trained wordings."""
    templates = itertools.chain(*wordings.trained)
    return (token for template in templates for token in template if token >= 0 and CLOSED[token].isalpha())


_TELLING = parse("no not never none nothing without until but only other than unlike first second left right")
FILLERS = tuple(sorted({*_words_of(FORWARD), *_words_of(REVERSE)} - {*_TELLING}))
"""Words that sentences about facts are made of, which word noise puts in place of one another.

Those that negate, and others that tell one name of a sentence from the other, are none of them.
"""

SEPARABLE_FORWARD, SEPARABLE_REVERSE = _separable(FORWARD), _separable(REVERSE)
BRIEF_FORWARD = _separable(FORWARD, longest=8)

FORWARD_FORM = parse("the {r} of {s} is {o}")
REVERSE_FORM = parse("{o} is the {r} of {s}")
LINKED_FORM = parse("the {q} of the {r} of {s} is {o}")
COMPARISON_FORM = parse("{s} is {r} than {o}")
MEMBER_FORM = parse("{s} is a {o}")
QUANTIFIED_FORMS = tuple(map(parse, ("all {s} are {o}", "no {s} are {o}", "some {s} are {o}", "some {s} are not {o}")))
"""How answers that are whole sentences are worded, always alike."""

(STOP,), (GAP,) = parse("."), parse("_")
NOT_STATED, NOTHING_FOLLOWS = parse(templates.STATED), parse(templates.NOTHING)
COMPARATIVES = tuple(parse(pair) for pair in templates.COMPARATIVES.strip().splitlines())
JOINERS, FUNCTION_WORDS, (THE,) = parse(templates.JOINERS), parse(templates.FUNCTION_WORDS), parse("the")


def fill(template: Template, s: Tokens = (), r: Tokens = (), o: Tokens = (), q: Tokens = ()) -> list[int]:
    """Return a template's tokens with names in its slots."""
    slots, out = (s, r, o, q), list[int]()
    for part in template:
        if part < 0:
            out += slots[~part]
        else:
            out.append(part)
    return out


def as_text(template: Template, s: str = "", r: str = "", o: str = "", q: str = "") -> str:
    """Return a template as words, with names in its slots; without a name, a slot is left out."""
    parts = ((s, r, o, q)[~part] if part < 0 else CLOSED[part] for part in template)
    return " ".join(filter(None, parts))


def ending_in(wordings: Wordings, slot: int, longest: int) -> tuple[tuple[Template, ...], tuple[Template, ...]]:
    """Return the templates of training, and those held out, that end in a slot after a word: to state is to answer.

    Those of training have at most `longest` words and slots.
    """
    fits = lambda t: t if t[-1] == slot and t[-2] >= 0 else None  # noqa: E731
    trained = _chosen(wordings, lambda t: fits(t) if len(t) <= longest else None).trained
    held_out = _chosen(wordings, fits).held_out
    return tuple(dict.fromkeys(itertools.chain(*trained))), tuple(dict.fromkeys(itertools.chain(*held_out)))
