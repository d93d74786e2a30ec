"""Sources of a few words, and models that continue a prompt as they are told."""

from __future__ import annotations

import itertools

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source, Written
from tolman.core.experience import NONE
from tolman.models.base import AbstractModelConfig

NAMES = ("Ann", "Lee", "Blue", "Sky", "Bob")
RELATIONS = ("wrote", "author")
WORDS = (*NAMES, "wrote", "by", "is", "the", "author", "of", ".", "_")
"""Words of names come first."""


def source_of(*statements, words=WORDS, tests=(), start=None):
    """What is written from: statements as text."""
    return Source(
        statements=[tokens_of(text, words) for text in statements],
        vocabulary=words,
        is_name=np.array([word in NAMES for word in words]),
        is_relation=np.array([word in RELATIONS for word in words]),
        tests=tests,
        start=start or _no_model,
    )


def _no_model(vocabulary):
    raise AssertionError("a model was asked for")


def tokens_of(text, words=WORDS):
    return [words.index(word) for word in text.split()]


def text_of(tokens, words=WORDS):
    return " ".join(words[token] for token in tokens)


def names_in(text):
    """The names of a text, each a run of words."""
    runs = itertools.groupby(text.split(), key=NAMES.__contains__)
    return [" ".join(run) for is_name, run in runs if is_name]


def written(augmentation, *statements, seed=0, **options):
    """What an augmentation writes from statements, and the source."""
    source = source_of(*statements, **options).with_words(augmentation.words)
    return augmentation.write(source, np.random.default_rng(seed)), source


def texts(augmented, source):
    """The documents as text."""
    return [text_of(document.tokens, source.vocabulary) for document in augmented.documents]


def to_predict(augmented, source):
    """Each document as text, with what is to be predicted in capital letters, or in brackets where it has none."""
    return [
        " ".join(
            _shown(source.vocabulary[token], weight)
            for token, weight in zip(document.tokens, document.weight, strict=True)
        )
        for document in augmented.documents
    ]


def _shown(word, weight):
    if not weight:
        return word.lower()
    return word.upper() if word.upper() != word.lower() else f"[{word}]"


class Scripted:
    """A model that continues prompts with these texts in turn, filled up with a word; it keeps what it was given.

    A word of the texts that the vocabulary lacks is `NONE`.

    Attributes:
        vocabulary: that it was started over.
        rows, steps: that it was asked to continue, and by how many tokens.
    """

    def __init__(self, *continuations, fill="of"):
        self.continuations, self.fill = continuations, fill

    def start(self, vocabulary):
        self.vocabulary = tuple(vocabulary)
        return self

    def generate(self, rows, steps):
        self.rows, self.steps = rows, steps
        return np.array([self._continued(number, steps) for number in range(len(rows.valid))])

    def _continued(self, number, steps):
        words = self.continuations[number % len(self.continuations)].split()
        ids = {word: number for number, word in reversed(list(enumerate(self.vocabulary)))}
        return [ids.get(word, NONE) for word in (words + [self.fill] * steps)[:steps]]

    @property
    def prompts(self):
        """The experiences of every row, as text."""
        return [self._experiences(row) for row in range(len(self.rows.valid))]

    def _experiences(self, row):
        token, segment = self.rows.steps["token"][row], self.rows.segment[row]
        valid = self.rows.valid[row]
        assert (np.diff(segment[valid]) >= 0).all()
        return [text_of(token[valid & (segment == number)], self.vocabulary) for number in range(segment.max() + 1)]


class Parrot:
    """A model that says the last experience of its prompt again, and once more if there is room."""

    def generate(self, rows, steps):
        last = rows.segment == np.where(rows.valid, rows.segment, 0).max(axis=1, initial=0, keepdims=True)
        tokens = rows.steps["token"]
        said = [np.resize(tokens[row][last[row] & rows.valid[row]], steps) for row in range(len(tokens))]
        return np.array(said).reshape(-1, steps)


class ParrotConfig(AbstractModelConfig):
    """A model that starts as a parrot."""

    version, pretrained = 1, True

    def make(self, inputs, outputs, key):
        raise AssertionError("a model without weights was made")

    def start(self, vocabulary):
        return Parrot()


class Told(AbstractAugmentation):
    """An augmentation that writes what it is told, and keeps what it was given."""

    version = 1

    def __init__(self, *given, words=(".",)):
        self.given, self.added, self.sources, self.numbers = given, words, [], []

    @property
    def words(self):
        return self.added

    def write(self, source, rng):
        self.sources.append(source)
        self.numbers.append(rng.integers(1 << 30))
        return self.given[(len(self.sources) - 1) % len(self.given)]


def document(*tokens, targets=1):
    """A document whose last tokens are to be predicted."""
    return Written(list(tokens), [0.0] * (len(tokens) - targets) + [1.0] * targets)


SOMETHING = Augmented([document(0, 1)])
"""What is written where it does not matter."""
