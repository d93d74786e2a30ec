"""What a retriever is: it chooses whole past experiences for a query."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np

from tolman.core.experience import Corpus, Experiences


class Queries(NamedTuple):
    """What is about to be answered, as a retriever sees it.

    `experiences` are rows `[m, T]` in which only what precedes the answers is valid; `supports[m, S]` and
    `topics[m, A]` are the experimenter's knowledge (only the oracle and the control may look); `own[m]` is
    the query's own row in memory, never to be returned, or `NONE`.
    """

    experiences: Experiences
    supports: np.ndarray
    topics: np.ndarray
    own: np.ndarray


Embed = Callable[[Experiences], np.ndarray]
"""Maps rows `[n, T]` to vectors `[n, d]`."""


class AbstractRetriever(abc.ABC):
    """Chooses whole past experiences for a query. Subclasses are frozen dataclasses.

    `version` rises whenever the same memory and queries would give other neighbours.
    """

    version: ClassVar[int]

    @abc.abstractmethod
    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        """Rows of `memory` for every query: `[m, k]`, in the order they are placed, `NONE` = left empty.

        `embed` is the model's own embedding, where there is a trained model to ask. Outside of any compiled
        code, so a retriever may use whatever index it likes.
        """


@dataclasses.dataclass(frozen=True)
class Retrieval:
    """A context that is filled from memory; the paper (Lampinen et al., arXiv 2509.16189) says *reinstatement*.

    Attributes:
        retriever: chooses experiences for a query, e.g. `Oracle()` or `BM25(k1=1.2)`.
        k: experiences that stand in the context.
    """

    retriever: AbstractRetriever
    k: int = 1
