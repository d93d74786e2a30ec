"""The protocol of retrievers, which choose whole past experiences for a query."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable
from typing import ClassVar, NamedTuple, TypedDict

import numpy as np

from tolman.core.experience import Corpus, Experiences
from tolman.core.ranges import Checked, Fraction, PositiveInt


class Queries(NamedTuple):
    """The documents or questions for which experiences are retrieved.

    Attributes:
        experiences: rows `[m, T]` in which only the steps before the answers are valid.
        supports: `[m, S]` rows of memory that contain the answer. Only the oracle may look at it.
        topics: `[m, A]` topics of the query. Only oracles and controls may look at them.
        own: `[m]` the query's own row in memory, which is never returned, or `NONE`.
    """

    experiences: Experiences
    supports: np.ndarray
    topics: np.ndarray
    own: np.ndarray


Embed = Callable[[Experiences], np.ndarray]
"""Maps rows `[n, T]` to vectors `[n, d]`."""


class AbstractRetriever(Checked, abc.ABC):
    """A retriever. Subclasses are frozen dataclasses; their fields are its parameters.

    `version` rises whenever the same memory and queries would give other neighbours. `encoder` names the sentence
    encoder that `neighbours` is to get as `embed`; "" = the trained model's own embedding.
    """

    version: ClassVar[int]

    encoder = ""

    @abc.abstractmethod
    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        """Return rows of `memory` for every query, `[m, k]`, in the order in which they are placed; `NONE` = no row.

        Retrieval runs outside of compiled code: any index may be used.

        Args:
            memory: the experiences that can be retrieved.
            queries: what they are retrieved for.
            k: rows for each query.
            rng: source of randomness.
            embed: the embedding of `encoder`, or the trained model's own; None while there is no trained model.
        """


class Dropout(TypedDict, total=False):
    """The fields of `Retrieval` that say how often training does without what is retrieved."""

    empty: float
    irrelevant: float


@dataclasses.dataclass(frozen=True)
class Retrieval(Checked):
    """A context that is filled from memory; the paper (Lampinen et al., arXiv 2509.16189) says *reinstatement*.

    Attributes:
        retriever: chooses experiences for a query, e.g. `Oracle()` or `BM25(b=0.0)`.
        k: experiences that stand in the context.
        empty: fraction of the contexts that are left empty in training.
        irrelevant: fraction of the contexts that hold irrelevant experiences only in training. With `empty` it is
            retrieval dropout: the weights must also do without what is retrieved. The two are at most 1 together.
    """

    retriever: AbstractRetriever
    k: PositiveInt = 1
    empty: Fraction = dataclasses.field(default=0.0, metadata={"key": "changed"})
    irrelevant: Fraction = dataclasses.field(default=0.0, metadata={"key": "changed"})
