"""Experiences and tests: the arrays that everything else hands around.

An experience is a row of a pytree of fixed-shape arrays `[n, T, ...]`: a document's tokens here, a
gridworld episode's observations elsewhere. Gathering rows and joining them along time is the same code for both.
Everything here is NumPy and imports neither JAX nor a model.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

NONE = -1
"""Marks an empty slot wherever an index is expected: no row, no question, no neighbour."""


Role = Literal["explicit", "latent", "context", "control"]
"""`explicit`: trained for. `latent`: in the experiences, never asked for. `context`: the information stands in the
prompt. `control`: a question that nothing should make the model answer so."""


class Experiences(NamedTuple):
    """Rows of experience; `steps` is a pytree whose leaves are all `[n, T, ...]`.

    `weight[n, T]` is the loss weight of predicting step t from the steps before it, `valid[n, T]` marks real
    steps (each row's real steps come first), and `segment[n, T]` numbers the experience a step came from
    once several are joined.
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
    """Experiences with what the experimenter knows about them; a learner sees only `experiences`.

    Attributes:
        experiences: the rows `[n, T]`.
        kind: `[n]` index into the instance's `kinds`.
        cue: `[n, T]` which question the step answers (an id shared with the tests), `NONE` elsewhere. Two
            steps share a cue exactly if the same thing is asked in the same task frame.
        fact: `[n, T]` which underlying fact an answering step expresses, in whatever frame; `NONE` elsewhere.
        supports: `[n, S]` rows that contain what this row asks for, padded with `NONE`; never the row itself.
        topics: `[n, A]` ids of what the row is about, padded with `NONE`. Rows that share a topic are relevant
            to each other, so an irrelevant row is one that shares none.
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
    """What an answerer without the knowledge would score, per item `[m]`, each in [0, 1].

    `uniform` guesses among the options; `elimination` among those that are not the answer of another question
    of the frame that was trained; `constant` always names the single best option.
    """

    uniform: np.ndarray
    elimination: np.ndarray
    constant: np.ndarray


@dataclasses.dataclass(frozen=True)
class TestSet:
    """`m` questions of one kind, answered by ranking options.

    Attributes:
        name: e.g. `"latent"`; unique within an instance.
        role: what an answer would show.
        prompts: rows `[m, T]`, the question up to where its answer begins; weights are all zero.
        options: `[c, o, L]` token sequences, `NONE`-padded: `c` lists of `o` options.
        choice: `[m]` which of the `c` lists an item is answered from.
        correct: `[m, o]` which options are right (several may be).
        cue, fact: `[m]` ids shared with the corpus; `cue` in the frame of *this* question.
        supports: `[m, S]` corpus rows that contain the answer, `NONE`-padded.
        topics: `[m, A]`, as in the corpus.
        item_ids: `m` stable names, the same for every run of the same world and seed.
        groups: `m` names of subsets to report apart (a relation, say).
        chance: per item.
    """

    __test__ = False  # not a pytest class

    ranks_options: ClassVar[bool] = True
    """Whether `options` are token sequences; false where a test is answered by acting."""

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
        """What a record says about the test's results besides their accuracy."""
        del result
        return {}


class ItemResults(NamedTuple):
    """What a policy did on the `m` items of a test: one row per item.

    `logprobs[m, o]` are log-probabilities of all options (`-inf` where a list is shorter), `rank[m]` the best
    correct option's place (0 = first; ties count against), `correct[m]` whether that is 0.
    """

    test: str
    item_ids: tuple[str, ...]
    logprobs: np.ndarray
    rank: np.ndarray
    correct: np.ndarray
    chance: Chance

    @property
    def accuracy(self) -> float:
        """Share of items answered correctly."""
        return float(self.correct.mean())


def token_rows(rows: list[list[int]], length: int | None = None) -> Experiences:
    """Experiences from ragged lists of token ids, padded on the right with 0; every weight is 0."""
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
    """Lists of unequal length as one integer array `[n, width]`, padded with `fill`."""
    width = max([1, *map(len, rows)]) if width is None else width
    out = np.full((len(rows), width), fill, np.int32)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row[:width]
    return out


def score(test: TestSet, logprobs: np.ndarray) -> ItemResults:
    """Ranks each item's options by `logprobs[m, o]`; a correct option must beat every wrong one strictly."""
    if np.isnan(logprobs).any():
        raise ValueError(f"test {test.name!r}: log-probabilities contain NaN; the model diverged")
    best = np.where(test.correct, logprobs, -np.inf).max(axis=1, keepdims=True)
    rank = ((logprobs >= best) & ~test.correct & (logprobs > -np.inf)).sum(axis=1)
    rank = np.where(np.isfinite(best[:, 0]), rank, test.correct.shape[1])
    return ItemResults(test.name, test.item_ids, logprobs, rank, rank == 0, test.chance)
