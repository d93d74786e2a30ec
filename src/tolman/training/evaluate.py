"""Evaluation: put a test's questions to a model, with or without retrieval, and score its answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from tolman.core.assemble import gather, prepend
from tolman.core.experience import NONE, Corpus, Experiences, GenerationTest, ItemResults, Normalisers, TestSet, score
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.models.base import Classifier, ContinuationModel, Model, Policy, SequenceModel
from tolman.retrieval.quality import precision, recall
from tolman.retrieval.retriever import Embed, Queries, Retrieval
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.embedding import embedding_of
from tolman.training.options import MARGIN, sequence_logprobs
from tolman.training.rollout import success_logprobs

Curve = list[dict[str, Any]]
"""The points of one seed's learning curve, as records keep them."""


def evaluate(
    model: Model | ContinuationModel,
    tests: Iterable[TestSet],
    *,
    memory: Corpus | None = None,
    retrieval: Retrieval | None = None,
    seed: int = 0,
    margin: float = MARGIN,
    vocabulary: Sequence[str] | None = None,
) -> list[ItemResults]:
    """Return a model's results on each test, item by item.

    Args:
        model: a sequence or continuation model, a classifier, or, for tests that are answered by acting, a policy.
        tests: the tests.
        memory: the experiences to retrieve from; needed where `retrieval` is given.
        retrieval: chooses the experiences that stand before each question; None = none.
        seed: of the retrieval's randomness.
        margin: as in `option_logprobs`.
        vocabulary: the world's words; needed where retrieval is by a sentence encoder.
    """
    results = []
    for test in tests:
        prompts = with_retrieval(test, memory, retrieval, seed=seed, embed=model.embed, vocabulary=vocabulary)
        results.append(score(test, option_logprobs(model, prompts.rows, test, margin=margin)))
    return results


def accuracies(
    spec: TrainingSpec, model: Model | ContinuationModel, instance: Instance, seeds: Seeds
) -> dict[str, float]:
    """Return a model's accuracy on each test of the instance, put as it is trained."""
    results = evaluate(
        model,
        instance.tests,
        memory=instance.memory,
        retrieval=spec.retrieval,
        seed=seeds.world,
        margin=0,
        vocabulary=instance.vocabulary,
    )
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
    test: TestSet,
    memory: Corpus | None,
    retrieval: Retrieval | None,
    *,
    seed: int = 0,
    embed: Embed | None = None,
    vocabulary: Sequence[str] | None = None,
) -> Prompts:
    """Put retrieved experiences before each question; the same seed gives the same ones.

    `embed` is the trained model's own embedding, and `vocabulary` is needed for a sentence encoder.
    """
    if retrieval is None:
        return Prompts(test.prompts, None, None, None)
    if memory is None:
        raise ValueError(f"test {test.name!r} is to be put with retrieval, but there is no memory; pass memory=")
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rng = np.random.default_rng([seed, 4, *test.name.encode()])
    embed = embedding_of(retrieval.retriever, vocabulary, embed)
    found = retrieval.retriever.neighbours(memory, queries, retrieval.k, rng, embed)
    rows = prepend(gather(memory.experiences, found), test.prompts)
    return Prompts(rows, recall(queries, found), precision(memory, queries, found), found)


def option_logprobs(
    model: Model | ContinuationModel,
    rows: Experiences,
    test: TestSet,
    normalisers: Normalisers | None = None,
    *,
    margin: float = MARGIN,
) -> Float[np.ndarray, "m o"]:
    """Return the log-probabilities of a test's options after the prompts `rows`; -inf where a list has fewer options.

    Args:
        model: a sequence or continuation model, a classifier, or, for tests that are answered by acting, a policy.
        rows: the prompts, with what was retrieved.
        test: the test.
        normalisers: of further scores.
        margin: nats by which an option of several tokens may fall behind before a sequence model leaves it unread
            where that does not change whether a correct one is first, by the sum or a score of `normalisers`. What is
            left unread has an upper bound. 0 = read as little as accuracies need. Of tests whose role is `variant`,
            which have a ROC AUC, every option is read to its end, unless this is 0.

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
        if isinstance(test, GenerationTest):
            return _generated_logprobs(model, rows, test)
        whole = test.role == "variant" and margin > 0
        return sequence_logprobs(model, rows, test, normalisers, margin=np.inf if whole else margin)
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


def summary(test: TestSet, result: ItemResults, prompts: Prompts, exposure: np.ndarray | None) -> dict[str, Any]:
    """Return one test's numbers; `exposure[m]` counts how often an item's fact was trained in another frame."""
    names = sorted(set(test.groups) - {""})
    return {
        "role": test.role,
        **scores(result),
        "recall": None if prompts.recall is None else float(prompts.recall.mean()),
        "precision": None if prompts.precision is None else float(prompts.precision.mean()),
        "exposure": None if exposure is None else float(exposure.mean()),
        "prompt_tokens": float(prompts.rows.valid.sum(axis=1).mean()),
        **({"roc_auc": float(roc_auc(test, result.logprobs).mean())} if test.role == "variant" else {}),
        **test.more(result),
        "groups": {name: scores(result, np.array([group == name for group in test.groups])) for name in names},
    }


def roc_auc(test: TestSet, logprobs: Float[np.ndarray, "m o"]) -> Float[np.ndarray, " m"]:
    """Return per item the probability that a right option is ranked above a wrong one; ties count as half.

    The log-probabilities are those of whole options, not upper bounds.
    """
    right, wrong = test.correct[:, :, None], (~test.correct & (logprobs > -np.inf))[:, None]
    above, ties = logprobs[:, :, None] > logprobs[:, None], logprobs[:, :, None] == logprobs[:, None]
    pairs = right & wrong
    return ((above + 0.5 * ties) * pairs).sum((1, 2)) / pairs.sum((1, 2))


def scores(result: ItemResults, where: np.ndarray | None = None) -> dict[str, Any]:
    """Return accuracies and chance over all items of a result, or over those where `where[m]` is true."""
    chance = result.chance
    where = np.ones(len(result.correct), bool) if where is None else where
    return {
        "n": int(where.sum()),
        "accuracy": float(result.correct[where].mean()),
        **{f"accuracy_{name}": float(correct[where].mean()) for name, correct in result.correct_by.items()},
        "chance": {
            "uniform": float(chance.uniform[where].mean()),
            "elimination": float(chance.elimination[where].mean()),
            "constant": float(chance.constant[where].mean()),
        },
    }
