"""Pairs of premises about three terms, with balanced conclusions, and the sentences to choose a conclusion from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.names import open_words
from tolman.worlds.reading.syllogisms import CONCLUSIVE, NO, SOME, STRONGEST, Conclusion, Premises, valid

FORMS = tuple((q, turned) for q in range(4) for turned in range(2) if not (turned and q in (NO, SOME)))
"""The six different sentences about two terms: "no" and "some" say the same of them in either order."""

ENTAILED = {found: valid(premises) for premises in CONCLUSIVE for found in STRONGEST[premises]}
"""What is true wherever a sentence about two terms is, each of which has members."""


class Sentence(NamedTuple):
    """A quantifier and two terms, as in "all `subject` are `object`"."""

    quantifier: int
    subject: str
    object: str


class Example(NamedTuple):
    """Two premises, the outer terms in the order in which they are asked about, and the strongest conclusion.

    The group says whether the premises' atmosphere gives the conclusion's quantifier.
    """

    premises: tuple[Sentence, Sentence]
    ends: tuple[str, str]
    conclusion: Conclusion
    group: str


def draw_examples(count: int, rng: np.random.Generator) -> list[Example]:
    """Draw examples that share no term and whose conclusions, and the moods of each, take turns."""
    words, moods = iter(open_words(rng, 3 * count)), {form: moods_of(form) for form in FORMS}
    drawn = list[Example]()
    for number in range(count):
        turn, place = divmod(number, len(FORMS))
        choices = moods[FORMS[place]][turn % len(moods[FORMS[place]])]
        drawn.append(_example(choices[int(rng.integers(len(choices)))], next(words), next(words), next(words)))
    return drawn


def moods_of(form: Conclusion) -> list[list[Premises]]:
    """Return the moods (two quantifiers in either order) that have a conclusion of this form, to take in turn.

    Every other one is against the atmosphere, where there are such.
    """
    found: dict[tuple[int, ...], list[Premises]] = {}
    for premises in CONCLUSIVE:
        if min(STRONGEST[premises]) == form:
            found.setdefault(tuple(sorted((premises.first, premises.second))), []).append(premises)
    # "Some ... not" comes first, so that the longest sentence is in every world.
    moods = [found[mood] for mood in sorted(found, key=max, reverse=True)]
    against = [mood for mood in moods if not fits_atmosphere(mood[0])]
    return [each for mood in moods if mood not in against for each in (mood, *against)]


def fits_atmosphere(premises: Premises) -> bool:
    """Return whether the conclusion is negative exactly if a premise is, and has "some" exactly if a premise has."""
    # The quantifiers are numbered so that one bit says "negative" and the other one "some".
    return min(STRONGEST[premises])[0] == premises.first | premises.second


def _example(premises: Premises, a: str, b: str, c: str) -> Example:
    first = Sentence(premises.first, *((b, a) if premises.first_turned else (a, b)))
    second = Sentence(premises.second, *((c, b) if premises.second_turned else (b, c)))
    group = "with-atmosphere" if fits_atmosphere(premises) else "against-atmosphere"
    return Example((first, second), (a, c), min(STRONGEST[premises]), group)


def options(right: Conclusion, ends: tuple[str, str]) -> tuple[str, ...]:
    """Return the sentences to choose from, without those that follow from the right one."""
    return tuple(said(form, ends) for form in FORMS if form == right or form not in ENTAILED[right])


def said(form: Conclusion, ends: tuple[str, str]) -> str:
    """Return a sentence about two terms as answers word it."""
    quantifier, turned = form
    return w.as_text(w.QUANTIFIED_FORMS[quantifier], s=ends[turned], o=ends[1 - turned])
