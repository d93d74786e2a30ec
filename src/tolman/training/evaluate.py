"""Asking a policy the tests: `evaluate(policy, tests)`, whatever the policy is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from tolman.core.assemble import gather, prepend
from tolman.core.experience import NONE, Corpus, Experiences, ItemResults, TestSet, score
from tolman.models.base import AbstractModel
from tolman.retrieval.quality import precision, recall
from tolman.retrieval.retriever import Embed, Queries, Retrieval

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


def with_retrieval(
    test: TestSet, memory: Corpus, how: Retrieval | None, seed: int, embed: Embed | None = None
) -> Prompts:
    """Puts what memory gives before each question; the same seed places the same experiences."""
    if how is None:
        return Prompts(test.prompts, None, None, None)
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rng = np.random.default_rng([seed, 4, *test.name.encode()])
    found = how.retriever.neighbours(memory, queries, how.k, rng, embed)
    rows = prepend(gather(memory.experiences, found), test.prompts)
    return Prompts(rows, recall(queries, found), precision(memory, queries, found), found)


def model_policy(model: AbstractModel, memory: Corpus, how: Retrieval | None = None, seed: int = 0) -> Policy:
    """A model as a policy, with memory reinstated before each question."""

    def policy(test: TestSet) -> np.ndarray:
        return model.logprobs(with_retrieval(test, memory, how, seed, model.embed).rows, test)

    return policy
