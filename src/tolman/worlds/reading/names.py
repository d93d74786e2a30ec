"""Fresh names for one document, many of which share words, and the open words that they are made of."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from tolman.core.errors import UserError
from tolman.worlds.reading.wordings import CLOSED, JOINERS, THE

Name = tuple[int, ...]

LENGTHS = (0.3, 0.65, 0.85, 1.0)
"""Cumulative probabilities that a name has one word, two and so on."""

SHORT_LENGTHS = (0.8, 1.0)
"""The same in documents of short names."""

_ONSETS = (*"bdfghklmnprstvwz", "br", "dr", "gr", "kl", "pl", "st", "tr", "sk", "fl")
_VOWELS = (*"aeioaeiou", "ai", "ea", "oo")
_CODAS = ("", "", *"nrlskmtx", "nd")


MOST_WORDS = 100_000
"""Twice as many are still found at once; beyond a million there are none."""


def open_words(rng: np.random.Generator, count: int, letters: tuple[int, int] = (3, 8)) -> list[str]:
    """Draw distinct pronounceable words, none of which is a closed-class word.

    Args:
        rng: source of randomness.
        count: number of words.
        letters: of the shortest and of the longest word, 3 to 8.

    Raises:
        UserError: more than `MOST_WORDS`.
    """
    if count > MOST_WORDS:
        raise UserError(f"{count:,} invented words are needed; there are {MOST_WORDS:,}. Ask for fewer names.")
    shortest, longest = letters
    rnd = random.Random(int(rng.integers(2**63)))
    closed, found = set(CLOSED), dict[str, None]()
    while len(found) < count:
        syllables = [rnd.choice(_ONSETS) + rnd.choice(_VOWELS) for _ in range(rnd.choice((1, 2, 2, 2, 3)))]
        word = "".join(syllables) + rnd.choice(_CODAS)
        if shortest <= len(word) <= longest and word not in closed:
            found[word] = None
    return list(found)


class Names:
    """Drawn names of a document; few words make them share many.

    Attributes:
        rnd: source of randomness.
        lengths: as `LENGTHS`.
        taken: the names drawn so far, none of which is drawn again.
    """

    def __init__(self, rnd: random.Random, pool: Sequence[int], facts: int, lengths: Sequence[float] = LENGTHS) -> None:
        crowd = max(int(4 + facts * (0.4 + 2.2 * rnd.random())), 5 + facts // 8)
        picks = rnd.sample(pool, min(len(pool), min(crowd, len(pool) // 2) + 12 + facts))
        cut = min(crowd, len(pool) // 2)
        self.rnd, self.lengths = rnd, lengths
        self._words, self._spare = picks[:cut], picks[cut:]
        self.taken: dict[Name, None] = {}
        self._list: list[Name] = []
        self._added = 0

    def word(self) -> int:
        """Draw a word that is no part of a name."""
        return self._spare[int(self.rnd.random() * len(self._spare))]

    def any_word(self) -> int:
        """Draw any word of the document."""
        words = self._words if self.rnd.random() < 0.6 else self._spare
        return words[int(self.rnd.random() * len(words))]

    def name(self, longest: int = 9, plain: bool = False) -> Name:
        """Draw a new name.

        Args:
            longest: most words; one more where all such names are taken.
            plain: whether it has no closed-class words and is not made from an earlier name.
        """
        longest = min(longest, len(self.lengths))
        for attempt in range(1000):
            drawn = self._plain(longest, attempt) if plain or self._fixed else self._any(longest, attempt)
            if drawn and drawn not in self.taken:
                return self._keep(drawn)
            if attempt % 50 == 49:  # names run out: one more word
                self._words.append(self._spare[self._added % len(self._spare)])
                self._added += 1
        if longest == len(self.lengths):
            raise RuntimeError("no names are left; use more open words")
        return self.name(longest + 1, plain)

    def neighbour(self, base: Name) -> Name:
        """Draw a new name that differs from another by one word, added or changed."""
        for _ in range(50):
            made = self._changed(base, len(self.lengths))
            if made and made not in self.taken:
                return self._keep(made)
        return self.name()

    @property
    def _fixed(self) -> bool:
        return self.lengths[-2:-1] == (0,)

    def _keep(self, name: Name) -> Name:
        self.taken[name] = None
        self._list.append(name)
        return name

    def _any(self, longest: int, attempt: int) -> Name | None:
        u = self.rnd.random()
        if u < 0.15 and self._list:
            return self._changed(self._list[int(self.rnd.random() * len(self._list))], longest)
        if u < 0.25 and longest > 2:
            return self._joined()
        return self._plain(longest, attempt)

    def _plain(self, longest: int, attempt: int) -> Name | None:
        rnd, words = self.rnd.random, self._words
        u, count = rnd(), 1
        while u >= self.lengths[count - 1]:
            count += 1
        count = min(longest, count if attempt < 20 else max(count, 2))
        made = tuple([words[int(rnd() * len(words))] for _ in range(count)])
        return made if len(set(made)) == count else None

    def _joined(self) -> Name | None:
        """Return a name with a closed-class word within it or before it."""
        words = self._words
        a, b = (words[int(self.rnd.random() * len(words))] for _ in range(2))
        joiner = JOINERS[int(self.rnd.random() * len(JOINERS))]
        made = (THE, a, b) if self.rnd.random() < 0.3 else (a, joiner, b)
        return made if a != b else None

    def _changed(self, base: Name, longest: int) -> Name | None:
        rnd, words = self.rnd.random, self._words
        word = words[int(rnd() * len(words))]
        if word in base or len(base) > longest:
            return None
        if len(base) < longest and not self._fixed and rnd() < 0.5:
            return (*base, word) if rnd() < 0.5 else (word, *base)
        place = int(rnd() * len(base))
        if base[place] < len(CLOSED):
            return None
        return (*base[:place], word, *base[place + 1 :])
