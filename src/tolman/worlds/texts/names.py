"""Names in sentences, found by their capitals."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from tolman.core.sentences import sentence_ends

_WITHIN = {
    *("of", "de", "da", "di", "do", "dos", "du", "del", "della", "la", "las", "le", "los"),
    *("van", "von", "der", "den", "ter", "zu"),
}
"""Small words that stand within names."""


def names_in(documents: Iterable[Sequence[str]]) -> list[list[tuple[str, ...]]]:
    """Return the names in the sentences of each document, in their order."""
    documents = list(documents)
    small = small_words(documents)
    return [[each for said in _sentences(words) for each in _found(said, small)] for words in documents]


def _sentences(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start, end in itertools.pairwise([0, *sentence_ends(words)]):
        yield words[start:end]


def _found(said: Sequence[str], small: frozenset[str]) -> Iterator[tuple[str, ...]]:
    for start, end in find_names(said, small):
        yield tuple(said[start:end])


def small_words(texts: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return the function words of English, and the words that texts have in small letters."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return ENGLISH_STOP_WORDS | {word for said in texts for word in said if word.islower()}


def find_names(said: Sequence[str], small: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the names of a sentence: runs of words with capitals, small words that join two of them included.

    The first word of a sentence, which always has a capital, is part of a name unless it is a function word of English
    or the texts have it in small letters elsewhere.
    """
    capital = [word[0].isupper() and (i > 0 or word.lower() not in small) for i, word in enumerate(said)]
    for start, end in itertools.combinations([i for i, is_name in enumerate(capital) if is_name], 2):
        if all(word in _WITHIN for word in said[start + 1 : end]):
            capital[start:end] = [True] * (end - start)
    for is_name, run in itertools.groupby(range(len(said)), key=capital.__getitem__):
        places = list(run)
        if is_name:
            yield places[0], places[-1] + 1
