"""Experiences and tests, the arrays that all other parts exchange.

An experience is a row of a pytree of fixed-shape arrays `[n, T, ...]`: the tokens of a document, or the observations of
an episode. The same code gathers rows and joins them along time. All of this is NumPy; it needs no JAX and no model.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

NONE = -1
"""Stands for no row, no question or no neighbour wherever an index is expected."""

Role = Literal["explicit", "latent", "context", "control", "variant", "locality"]
"""`explicit`: trained for. `latent`: the information is in the experiences, but was never asked for. `context`: the
information is in the prompt. `control`: a question that no model should answer correctly. `variant`: the questions of
another test with other options, which enter no average. `locality`: a pretrained model answered it before it was
finetuned on something else."""


class Experiences(NamedTuple):
    """Rows of experience.

    Attributes:
        steps: a pytree whose leaves are all `[n, T, ...]`.
        weight: `[n, T]` loss weight of predicting step t from the steps before it.
        valid: `[n, T]` real steps; each row's real steps come first.
        segment: `[n, T]` number of the experience that a step came from, once several are joined.
    """

    steps: dict[str, Any]
    weight: np.ndarray
    valid: np.ndarray
    segment: np.ndarray

    @property
    def length(self) -> int:
        """Steps per row, padding included."""
        return self.valid.shape[1]


class Corpus(NamedTuple):
    """Experiences with the experimenter's knowledge about them; a learner sees `experiences` only.

    Attributes:
        experiences: the rows `[n, T]`.
        kind: `[n]` index into the instance's `kinds`.
        cue: `[n, T]` id of the question that the step answers, shared with the tests; `NONE` elsewhere. Two steps have
            the same cue exactly if the same question is asked in the same task frame.
        fact: `[n, T]` id of the fact that an answering step expresses, in whatever frame; `NONE` elsewhere.
        supports: `[n, S]` rows that contain the answer to this row's question, `NONE`-padded; never the row itself.
        topics: `[n, A]` ids of the topics of the row, padded with `NONE`. Rows that share a topic are relevant to each
            other; an irrelevant row shares none.
    """

    experiences: Experiences
    kind: np.ndarray
    cue: np.ndarray
    fact: np.ndarray
    supports: np.ndarray
    topics: np.ndarray

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.kind.shape[0]


@dataclasses.dataclass(frozen=True)
class Chance:
    """The accuracy of three guessers per item `[m]`, each in [0, 1].

    Attributes:
        uniform: guesses among the options.
        elimination: guesses among those that are not the answer of another question that was trained in the same frame.
        constant: always gives the same answer, the most frequent one.
    """

    uniform: np.ndarray
    elimination: np.ndarray
    constant: np.ndarray


@dataclasses.dataclass(frozen=True)
class TestSet:
    """`m` questions of one kind, answered by ranking options.

    Attributes:
        name: e.g. `"latent"`; unique within an instance.
        role: see `Role`.
        prompts: rows `[m, T]`, the question up to the beginning of its answer; weights are all zero.
        options: `[c, o, L]` token sequences, `NONE`-padded: `c` lists of `o` options.
        choice: `[m]` index of the list from which an item is answered.
        correct: `[m, o]` the correct options; several may be.
        cue, fact: `[m]` ids shared with the corpus; `cue` in the frame of *this* question.
        supports: `[m, S]` corpus rows that contain the answer, `NONE`-padded.
        topics: `[m, A]`, as in the corpus.
        item_ids: `m` stable names, equal in every run of the same world and seed.
        groups: `m` names of subsets that are reported apart (a relation, say).
        chance: see `Chance`.
    """

    __test__ = False  # not a pytest class

    ranks_options: ClassVar[bool] = True
    """Options are token sequences; false for a test that is answered by acting."""

    name: str
    role: Role
    prompts: Experiences
    options: np.ndarray
    choice: np.ndarray
    correct: np.ndarray
    cue: np.ndarray
    fact: np.ndarray
    supports: np.ndarray
    topics: np.ndarray
    item_ids: tuple[str, ...]
    groups: tuple[str, ...]
    chance: Chance

    def __len__(self) -> int:
        return len(self.item_ids)

    def more(self, result: ItemResults) -> dict[str, float | None]:
        """Return further entries of the test in a record, besides its accuracy."""
        del result
        return {}


class GenerationTest(TestSet):
    """Questions answered by greedy generation: it must be one of the correct options, token for token.

    The log-probability of an option is 0 if it was generated, and -inf otherwise. No option may begin with another.
    """

    __test__ = False  # not a pytest class


class Normalisers(NamedTuple):
    """Normalisers of the log-probabilities `[m, o]` of options, for scores beside their sums.

    Attributes:
        tokens: `[m, o]` tokens of each option; None where the options of every item have equally many.
        unconditional: `[m, o]` log-probabilities of the options after a prefix that asks nothing; None = not computed.
            Both are 0 where a list is shorter.
    """

    tokens: np.ndarray | None
    unconditional: np.ndarray | None

    def scores(self, logprobs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the scores `[m, o]` by their names: the mean per token, and the log-ratio to the unconditional."""
        found = {"per_token": logprobs if self.tokens is None else logprobs / np.maximum(self.tokens, 1)}
        if self.unconditional is not None:
            found["unconditional"] = logprobs - self.unconditional
        return {name: scores.astype(np.float32) for name, scores in found.items()}


class ItemResults(NamedTuple):
    """The results of a model on the `m` items of a test.

    Attributes:
        test: its name.
        item_ids: as in the test.
        logprobs: `[m, o]` log-probabilities of all options, `-inf` where a list is shorter.
        rank: `[m]` rank of the best correct option; 0 = first, ties count against the model.
        correct: `[m]` rank 0.
        chance: as in the test.
        normalisers: of the log-probabilities; None = there are no other scores.
        correct_by: other score -> `[m]` whether it ranks a correct option first.
    """

    test: str
    item_ids: tuple[str, ...]
    logprobs: np.ndarray
    rank: np.ndarray
    correct: np.ndarray
    chance: Chance
    normalisers: Normalisers | None = None
    correct_by: Mapping[str, np.ndarray] = MappingProxyType({})

    @property
    def accuracy(self) -> float:
        """Fraction of items answered correctly."""
        return float(self.correct.mean())


def token_rows(rows: list[list[int]], length: int | None = None) -> Experiences:
    """Return experiences from lists of token ids of any lengths, padded on the right with 0; every weight is 0."""
    longest = max((len(r) for r in rows), default=0)
    length = longest if length is None else length
    if longest > length:
        raise ValueError(f"a row of {longest} tokens does not fit the length {length}")
    tokens = np.zeros((len(rows), length), np.int32)
    valid = np.zeros((len(rows), length), bool)
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = row
        valid[i, : len(row)] = True
    return Experiences({"token": tokens}, np.zeros(tokens.shape, np.float32), valid, np.zeros_like(tokens))


def ragged(rows: list[list[int]], fill: int = NONE, width: int | None = None) -> np.ndarray:
    """Return lists of any lengths as one integer array `[n, width]`, padded with `fill`."""
    lengths = np.fromiter(map(len, rows), int, len(rows))
    width = int(lengths.max(initial=1)) if width is None else width
    out = np.full((len(rows), width), fill, np.int32)
    out[np.arange(width) < lengths[:, None]] = list(itertools.chain.from_iterable(row[:width] for row in rows))
    return out


def score(test: TestSet, logprobs: np.ndarray, normalisers: Normalisers | None = None) -> ItemResults:
    """Rank each item's options by `logprobs[m, o]`, and by other scores where there are normalisers."""
    rank, others = _rank(test, logprobs), normalisers.scores(logprobs) if normalisers else {}
    return ItemResults(
        test=test.name,
        item_ids=test.item_ids,
        logprobs=logprobs,
        rank=rank,
        correct=rank == 0,
        chance=test.chance,
        normalisers=normalisers,
        correct_by={name: _rank(test, scores) == 0 for name, scores in others.items()},
    )


def _rank(test: TestSet, scores: np.ndarray) -> np.ndarray:
    """Return the rank `[m]` of the best correct option, which must beat every wrong one strictly."""
    if np.isnan(scores).any():
        raise ValueError(f"test {test.name!r}: log-probabilities contain NaN; the model diverged")
    best = np.where(test.correct, scores, -np.inf).max(axis=1, keepdims=True)
    rank = ((scores >= best) & ~test.correct & (scores > -np.inf)).sum(axis=1)
    return np.where(np.isfinite(best[:, 0]), rank, test.correct.shape[1])
