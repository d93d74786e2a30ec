"""A trained model's record: every test put as the learner puts it, scored, and summed up."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tolman.core.experience import ItemResults, TestSet, score
from tolman.core.world import Instance, check_leaks
from tolman.experiments.trajectories import example_walks
from tolman.models.base import Model
from tolman.records.items import items_table
from tolman.retrieval.retriever import Retrieval
from tolman.training.evaluate import Prompts, option_logprobs, with_retrieval


class Measurement(NamedTuple):
    """What an arm's models showed: the tests' summary that enters the record, their items, and other numbers.

    `walks` are examples of how acting tests were answered, where there are any.
    """

    tests: dict[str, dict[str, Any]]
    items: pa.Table
    measures: dict[str, float | None]
    walks: dict[str, Any] = {}  # noqa: RUF012 (never written to)


def measure(model: Model, instance: Instance, how: Retrieval | None, seed: int) -> Measurement:
    """Puts every test with what memory reinstates before it; checks for leaks first."""
    exposure = check_leaks(instance)
    put = {t.name: with_retrieval(t, instance.memory, how, seed, model.embed) for t in instance.tests}
    results = [score(t, option_logprobs(model, put[t.name].rows, t)) for t in instance.tests]
    tests = {
        t.name: summary(t, r, put[t.name], exposure.get(t.name)) for t, r in zip(instance.tests, results, strict=True)
    }
    groups = {t.name: t.groups for t in instance.tests}
    recall, precision = _quality(put, 1), _quality(put, 2)
    walks = example_walks(model, instance, put)
    return Measurement(tests, items_table(results, groups, recall, precision), {}, walks)


def _quality(put: dict[str, Prompts], field: int) -> dict[str, np.ndarray]:
    return {name: prompts[field] for name, prompts in put.items() if prompts[field] is not None}  # pyright: ignore


def summary(test: TestSet, result: ItemResults, prompts: Prompts, exposure: np.ndarray | None) -> dict[str, Any]:
    """One test's numbers; `exposure` is how often an item's fact was trained in another frame, on average."""
    names = sorted(set(test.groups) - {""})
    return {
        "role": test.role,
        **scores(result),
        "recall": None if prompts.recall is None else float(prompts.recall.mean()),
        "precision": None if prompts.precision is None else float(prompts.precision.mean()),
        "exposure": None if exposure is None else float(exposure.mean()),
        **test.more(result),
        "groups": {name: scores(result, np.array([g == name for g in test.groups])) for name in names},
    }


def scores(result: ItemResults, mine: np.ndarray | None = None) -> dict[str, Any]:
    """Accuracy and chance over all items of a result, or over those that are `mine`."""
    chance = result.chance
    mine = np.ones(len(result.correct), bool) if mine is None else mine
    return {
        "n": int(mine.sum()),
        "accuracy": float(result.correct[mine].mean()),
        "chance": {
            "uniform": float(chance.uniform[mine].mean()),
            "elimination": float(chance.elimination[mine].mean()),
            "constant": float(chance.constant[mine].mean()),
        },
    }
