"""Log-probabilities of options that are sequences of tokens, and what they are normalised by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from tolman.core.assemble import gather, pack
from tolman.core.experience import NONE, Experiences, GenerationTest, Normalisers, TestSet, ragged, token_rows
from tolman.models.base import ContinuationModel, Model, SequenceModel

NEUTRAL = (":", ".")
"""Words after which an option is unconditional: the first of them that is in the vocabulary stands alone before it."""

MARGIN = 8.0
"""Nats by which the beginning of an option may fall behind the item's best first token before it is pruned."""

Scores = Callable[[Float[np.ndarray, "m o"]], Float[np.ndarray, "m o"]]
"""Scores of options by the sums of their log-probabilities; a higher sum never has a lower score."""


def sequence_logprobs(
    model: SequenceModel,
    rows: Experiences,
    test: TestSet,
    normalisers: Normalisers | None = None,
    *,
    margin: float = MARGIN,
) -> Float[np.ndarray, "m o"]:
    """Sum the log-probabilities of each option's tokens.

    A wrong option that falls to `e^-margin` times the probability of the item's most probable first token is continued
    only where it decides whether a correct one is first, by the sum or by a score of `normalisers`. Elsewhere it gets
    its beginning's log-probability, an upper bound of its own. An infinite margin reads every option.
    """
    sums = _Sums(model, rows, test.options[test.choice])
    bound = sums.total.max(axis=1, keepdims=True) - margin
    sums.extend(lambda: test.correct)
    sums.extend(lambda: sums.total >= bound)
    sums.decide(test.correct, lambda total: total)
    for name in normalisers.scores(sums.total) if normalisers else ():
        sums.decide(test.correct, lambda total, name=name: normalisers.scores(total)[name])  # pyright: ignore
    return sums.total


class _Sums:
    """The sums of options' log-probabilities, from their first tokens on; the rest is read where it is asked for.

    Options share beginnings, so each distinct beginning is put to the model once per item.

    Attributes:
        total: `[m, o]` log-probability of what has been read of each option; -inf where a list has fewer.
    """

    def __init__(self, model: SequenceModel, rows: Experiences, options: Int[np.ndarray, "m o l"]) -> None:
        self.model, self.rows, self.options = model, rows, options
        self.used, first = options != NONE, model.next_logprobs(rows)
        chosen = np.take_along_axis(first, np.maximum(options[..., 0], 0), axis=1)
        self.total = np.where(self.used[..., 0], chosen, -np.inf)
        self.read = self.used[..., 0].astype(int)

    def extend(self, chosen: Callable[[], Bool[np.ndarray, "m o"]]) -> None:
        """Read the options to their ends that are chosen, anew after each token."""
        for step in range(1, self.options.shape[2]):
            continued = self.used[..., step] & (self.read == step) & chosen()
            self.total[...] += self._step(self.options[..., : step + 1], continued)
            self.read[...] += continued

    def decide(self, correct: Bool[np.ndarray, "m o"], scores: Scores) -> None:
        """Read wrong options on where it decides whether the best correct one, which has been read, is first."""
        best = np.where(correct, scores(self.total), -np.inf).max(axis=1, keepdims=True)

        def undecided() -> Bool[np.ndarray, "m o"]:
            rivals = (scores(self.total) >= best) & ~correct
            beaten = (rivals & (self.read == self.used.sum(axis=2))).any(axis=1, keepdims=True)
            return rivals & ~beaten

        self.extend(undecided)

    def _step(self, options: Int[np.ndarray, "m o l"], continued: Bool[np.ndarray, "m o"]) -> Float[np.ndarray, "m o"]:
        """Log-probabilities of the options' last tokens; 0 where an option is not continued for an item."""
        out = np.zeros(continued.shape, np.float32)
        item, option = np.nonzero(continued)
        if not len(item):
            return out
        begun, place = np.unique(np.column_stack([item, options[item, option, :-1]]), axis=0, return_inverse=True)
        logprob = self.model.next_logprobs(append_tokens(gather(self.rows, begun[:, 0]), begun[:, 1:]))
        out[item, option] = logprob[place, options[item, option, -1]]
        return out


def append_tokens(rows: Experiences, tokens: Int[np.ndarray, "m l"]) -> Experiences:
    """Return rows of tokens whose last experience goes on with `tokens`, which have no padding."""
    last = np.where(rows.valid, rows.segment, 0).max(axis=1, keepdims=True)
    return pack(
        Experiences(
            {"token": np.concatenate([rows.steps["token"], tokens], axis=1)},
            np.pad(rows.weight, ((0, 0), (0, tokens.shape[1]))),
            np.pad(rows.valid, ((0, 0), (0, tokens.shape[1])), constant_values=True),
            np.concatenate([rows.segment, np.broadcast_to(last, tokens.shape)], axis=1),
        )
    )


def normalisers(
    model: Model | ContinuationModel, vocabulary: Sequence[str], tests: Iterable[TestSet]
) -> dict[str, Normalisers]:
    """Return for each test that a sequence or continuation model answers by options what these are normalised by.

    The context of a question changes neither. Each distinct option is read once, whatever the number of questions.

    Args:
        model: that answers.
        vocabulary: the world's words.
        tests: by generation, by acting and by options.
    """
    asked = [test for test in tests if test.ranks_options and not isinstance(test, GenerationTest)]
    if not asked or not isinstance(model, SequenceModel | ContinuationModel):
        return {}
    known = _unconditional(model, vocabulary, _distinct(asked))
    return {test.name: Normalisers(_tokens(model, test), _of(test, known)) for test in asked}


def _distinct(tests: Iterable[TestSet]) -> list[tuple[int, ...]]:
    rows = [row for test in tests for row in np.unique(test.options.reshape(-1, test.options.shape[2]), axis=0)]
    return list(dict.fromkeys(_words(row) for row in rows if row[0] != NONE))


def _words(option: Int[np.ndarray, " l"]) -> tuple[int, ...]:
    return tuple(option[option != NONE].tolist())


def _unconditional(
    model: SequenceModel | ContinuationModel, vocabulary: Sequence[str], options: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], float] | None:
    """Return the log-probability of each option after a prefix that asks nothing; None where there is no such word."""
    ids = ragged([list(option) for option in options])
    if isinstance(model, ContinuationModel):
        found = model.unconditional_logprobs(ids)
    else:
        neutral = next((vocabulary.index(word) for word in NEUTRAL if word in vocabulary), NONE)
        if neutral == NONE:
            return None
        sums = _Sums(model, token_rows([[neutral]]), ids[None])
        sums.extend(lambda: sums.used[..., 0])
        (found,) = sums.total
    return dict(zip(options, found.tolist(), strict=True))


def _of(test: TestSet, known: dict[tuple[int, ...], float] | None) -> Float[np.ndarray, "m o"] | None:
    if known is None:
        return None
    each = [[known.get(_words(option), 0.0) for option in listed] for listed in test.options]
    return np.array(each, np.float32)[test.choice]


def _tokens(model: SequenceModel | ContinuationModel, test: TestSet) -> Int[np.ndarray, "m o"] | None:
    """Return the number of tokens of each option; None where those of every item have equally many."""
    options = test.options[test.choice]
    if isinstance(model, ContinuationModel):
        counts = model.option_tokens(test.prompts, options)
    else:
        counts = (options != NONE).sum(axis=2)
    least = np.where(counts > 0, counts, counts.max(initial=1)).min(axis=1)
    return None if (least == counts.max(axis=1)).all() else counts.astype(np.int32)
