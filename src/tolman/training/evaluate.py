"""Asking a policy the tests: `evaluate(policy, tests)`, whatever the policy is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from ..core.assemble import before, gather
from ..core.experience import NONE, Corpus, Experiences, ItemResults, TestSet, score
from ..core.learning import Embed, Queries, Reinstatement
from ..core.registry import load
from ..memory._quality import precision, recall
from ..models._model import AbstractModel

Policy = Callable[[TestSet], np.ndarray]
"""Log-probabilities `[m, o]` of a test's options."""


def evaluate(policy: Policy, tests: Iterable[TestSet]) -> list[ItemResults]:
    """Every test's results, item by item."""
    return [score(test, policy(test)) for test in tests]


class Prompts(NamedTuple):
    """A test's questions as they are put: rows, and how good the retrieval was per item (None without one).

    `found[m, k]` are the rows of memory that stand before each, `NONE` in an empty slot.
    """

    rows: Experiences
    recall: np.ndarray | None
    precision: np.ndarray | None
    found: np.ndarray | None


def reinstated(
    test: TestSet, memory: Corpus, how: Reinstatement | None, seed: int, embed: Embed | None = None
) -> Prompts:
    """Puts what memory gives before each question; the same seed places the same experiences."""
    if how is None:
        return Prompts(test.prompts, None, None, None)
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rng = np.random.default_rng([seed, 4, *test.name.encode()])
    found = load("retrievers", how.retriever)().neighbours(memory, queries, how.slots, rng, embed)
    rows = before(gather(memory.experiences, found), test.prompts)
    return Prompts(rows, recall(queries, found), precision(memory, queries, found), found)


def model_policy(model: AbstractModel, memory: Corpus, how: Reinstatement | None = None, seed: int = 0) -> Policy:
    """A model as a policy, with memory reinstated before each question."""

    def policy(test: TestSet) -> np.ndarray:
        return model.logprobs(reinstated(test, memory, how, seed, model.embed).rows, test)

    return policy
