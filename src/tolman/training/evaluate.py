"""Evaluation: put a test's questions to a model, with or without retrieval, and score its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from tolman.core.assemble import gather, pack, prepend
from tolman.core.experience import NONE, Corpus, Experiences, GenerationTest, ItemResults, TestSet, score
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.models.base import Classifier, ContinuationModel, Model, Policy, SequenceModel
from tolman.retrieval.quality import precision, recall
from tolman.retrieval.retriever import Embed, Queries, Retrieval
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.rollout import success_logprobs

Curve = list[dict[str, Any]]
"""The points of one seed's learning curve, as records keep them."""

_PRUNED = 8.0
"""Nats by which the beginning of an option may fall behind the item's best first token before it is pruned."""


def evaluate(
    model: Model | ContinuationModel,
    tests: Iterable[TestSet],
    *,
    memory: Corpus | None = None,
    retrieval: Retrieval | None = None,
    seed: int = 0,
) -> list[ItemResults]:
    """Return a model's results on each test, item by item.

    Args:
        model: a sequence or continuation model, a classifier, or, for tests that are answered by acting, a policy.
        tests: the tests.
        memory: the experiences to retrieve from; needed where `retrieval` is given.
        retrieval: chooses the experiences that stand before each question; None = none.
        seed: of the retrieval's randomness.
    """
    results = []
    for test in tests:
        prompts = with_retrieval(test, memory, retrieval, seed=seed, embed=model.embed)
        results.append(score(test, option_logprobs(model, prompts.rows, test)))
    return results


def accuracies(
    spec: TrainingSpec, model: Model | ContinuationModel, instance: Instance, seeds: Seeds
) -> dict[str, float]:
    """Return a model's accuracy on each test of the instance, put as it is trained."""
    tests, memory = instance.tests, instance.memory
    results = evaluate(model, tests, memory=memory, retrieval=spec.retrieval, seed=seeds.world)
    return {result.test: result.accuracy for result in results}


def stops(spec: TrainingSpec, instance: Instance, accuracy: dict[str, float]) -> bool:
    """Return whether the accuracies meet the stopping criterion."""
    explicit = [accuracy[test.name] for test in instance.tests if test.role == "explicit"]
    return spec.training.stop is not None and min(explicit) >= spec.training.stop


def check_finite(losses: np.ndarray, step: int) -> None:
    """Raise `FloatingPointError` where a loss is infinite or NaN."""
    if not np.isfinite(losses).all():
        raise FloatingPointError(f"the loss is not finite after step {step}; lower training.optimiser.learning_rate")


class Prompts(NamedTuple):
    """A test's questions as they are put to a model.

    Attributes:
        rows: the prompts `[m, T]`.
        recall: `[m]` of the retrieval; None without one, as are the next two.
        precision: `[m]` of the retrieval.
        found: `[m, k]` the rows of memory that stand before each question; `NONE` = left empty.
    """

    rows: Experiences
    recall: np.ndarray | None
    precision: np.ndarray | None
    found: np.ndarray | None


def with_retrieval(
    test: TestSet, memory: Corpus | None, retrieval: Retrieval | None, *, seed: int = 0, embed: Embed | None = None
) -> Prompts:
    """Put retrieved experiences before each question; the same seed gives the same ones."""
    if retrieval is None:
        return Prompts(test.prompts, None, None, None)
    if memory is None:
        raise ValueError(f"test {test.name!r} is to be put with retrieval, but there is no memory; pass memory=")
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rng = np.random.default_rng([seed, 4, *test.name.encode()])
    found = retrieval.retriever.neighbours(memory, queries, retrieval.k, rng, embed)
    rows = prepend(gather(memory.experiences, found), test.prompts)
    return Prompts(rows, recall(queries, found), precision(memory, queries, found), found)


def option_logprobs(model: Model | ContinuationModel, rows: Experiences, test: TestSet) -> Float[np.ndarray, "m o"]:
    """Return the log-probabilities of a test's options after the prompts `rows`; -inf where a list has fewer options.

    Raises:
        TypeError: a model of this kind cannot answer the test.
    """
    if isinstance(test, RolloutTest):
        if isinstance(model, Policy):
            return success_logprobs(model, rows, test)
        raise TypeError(f"test {test.name!r} is answered by acting; {type(model).__name__} is no policy")
    if isinstance(model, ContinuationModel):
        if isinstance(test, GenerationTest):
            return _generated_logprobs(model, rows, test)
        return model.option_logprobs(rows, test.options[test.choice])
    if isinstance(model, SequenceModel):
        answer = _generated_logprobs if isinstance(test, GenerationTest) else _sequence_logprobs
        return answer(model, rows, test)
    if isinstance(model, Classifier):
        return _class_logprobs(model.logits(rows), test)
    raise TypeError(f"test {test.name!r} asks for options; {type(model).__name__} answers by acting")


def _class_logprobs(logits: Float[np.ndarray, "m v"], test: TestSet) -> Float[np.ndarray, "m o"]:
    columns = test.options[test.choice][..., 0]
    chosen = np.where(columns == NONE, -np.inf, np.take_along_axis(logits, np.maximum(columns, 0), axis=1))
    return chosen - np.logaddexp.reduce(chosen, axis=1, keepdims=True)


def _generated_logprobs(
    model: SequenceModel | ContinuationModel, rows: Experiences, test: TestSet
) -> Float[np.ndarray, "m o"]:
    options = test.options[test.choice]
    generated = model.generate(rows, options.shape[2])
    same = ((options == generated[:, None]) | (options == NONE)).all(axis=2) & (options[..., 0] != NONE)
    return np.where(same, 0.0, -np.inf)


def _sequence_logprobs(model: SequenceModel, rows: Experiences, test: TestSet) -> Float[np.ndarray, "m o"]:
    """Sum the log-probabilities of each option's tokens.

    Options share beginnings, so each distinct beginning is put to the model once per item. A wrong option that falls to
    `e^-8` times the probability of the item's most probable first token is continued only where it decides whether a
    correct one is first. Elsewhere it gets its beginning's log-probability, an upper bound of its own.
    """
    options = test.options[test.choice]
    used, first = options != NONE, model.next_logprobs(rows)
    total = np.where(used[..., 0], np.take_along_axis(first, np.maximum(options[..., 0], 0), axis=1), -np.inf)
    bound, scored = total.max(axis=1, keepdims=True) - _PRUNED, used[..., 0].astype(int)

    def extend(chosen: Callable[[], Bool[np.ndarray, "m o"]]) -> None:
        for step in range(1, options.shape[2]):
            continued = used[..., step] & (scored == step) & chosen()
            total[...] += _step_logprobs(model, rows, options[..., : step + 1], continued)
            scored[...] += continued

    extend(lambda: test.correct)
    extend(lambda: total >= bound)
    best = np.where(test.correct, total, -np.inf).max(axis=1, keepdims=True)
    rivals = (total >= best) & ~test.correct
    beaten = (rivals & (scored == used.sum(axis=2))).any(axis=1, keepdims=True)
    extend(lambda: rivals & (total >= best) & ~beaten)
    return total


def _step_logprobs(
    model: SequenceModel, rows: Experiences, options: Int[np.ndarray, "m o l"], continued: Bool[np.ndarray, "m o"]
) -> Float[np.ndarray, "m o"]:
    """Log-probabilities of the options' last tokens; 0 where an option is not continued for an item."""
    out = np.zeros(continued.shape, np.float32)
    item, option = np.nonzero(continued)
    if not len(item):
        return out
    begun, place = np.unique(np.column_stack([item, options[item, option, :-1]]), axis=0, return_inverse=True)
    logprob = model.next_logprobs(append_tokens(gather(rows, begun[:, 0]), begun[:, 1:]))
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
