"""Lexical retrieval over an inverted index."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import NONE, Corpus, Experiences
from tolman.core.ranges import Fraction, NonNegativeFloat
from tolman.retrieval.features import has_features, step_features
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class BM25(AbstractRetriever):
    """Okapi BM25 (Robertson and Zaragoza 2009) in Lucene's variant, over the sparse index of bm25s.

    Attributes:
        k1: how slowly repeated terms saturate.
        b: penalty of long experiences, 0 to 1.
    """

    version: ClassVar[int] = 3

    k1: NonNegativeFloat = 1.2
    b: Fraction = 0.75

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del rng, embed
        import bm25s

        index = bm25s.BM25(k1=self.k1, b=self.b, method="lucene")
        index.index(terms(memory.experiences), show_progress=False)
        depth = min(memory.size, k + 1)  # one more, because the query's own row may be among them
        asked = [list(dict.fromkeys(row)) for row in terms(queries.experiences)]  # a repeated word counts once
        found, scores = index.retrieve(asked, k=depth, show_progress=False, n_threads=1)
        return without_own(np.where(scores > 0, found, NONE), queries.own, k)


def terms(experiences: Experiences) -> list[list[str]]:
    """Return each row's valid tokens as index terms, or the retrieval features of its valid steps."""
    if has_features(experiences):
        return [np.nonzero(row)[1].astype(str).tolist() for row in step_features(experiences)]
    tokens = experiences.steps["token"].astype(str)
    return [row[valid].tolist() for row, valid in zip(tokens, experiences.valid, strict=True)]


def without_own(found: np.ndarray, own: np.ndarray, k: int) -> np.ndarray:
    """Return the first `k` of each ranking `[m, d]` that are not the query's own row; the best comes last."""
    found = np.where((found == own[:, None]) & (found != NONE), NONE, found)
    order = np.argsort(found == NONE, axis=1, kind="stable")
    best = np.take_along_axis(found, order, axis=1)[:, :k]
    missing = k - best.shape[1]
    return np.pad(best, ((0, 0), (0, missing)), constant_values=NONE)[:, ::-1].astype(np.int64)
