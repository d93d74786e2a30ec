"""Lexical retrieval by the cosine of weighted counts of words."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import Corpus, Experiences
from tolman.retrieval.features import has_features, row_features
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries
from tolman.retrieval.similarity import nearest


@dataclasses.dataclass(frozen=True)
class TfIdf(AbstractRetriever):
    """TF-IDF (Salton and Buckley 1988): the cosine of counts of tokens, each times its inverse document frequency.

    A token of `n` experiences, `df` of which have it, weighs `log(1 + n / df)`. Where rows are searched by retrieval
    features, a feature counts once.
    """

    version: ClassVar[int] = 1

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del rng, embed
        units = int(memory.experiences.steps["token"].max()) + 1 if not has_features(memory.experiences) else 0
        counts = _counts(memory.experiences, units)
        weight = np.log(1 + 1 / np.maximum((counts > 0).mean(axis=0), 1 / memory.size))
        return nearest(_counts(queries.experiences, units) * weight, counts * weight, queries.own, k)


def _counts(rows: Experiences, vocabulary: int) -> np.ndarray:
    """Return the counts of each token in each row, or the presence of each feature, `[n, units]`."""
    if has_features(rows):
        return row_features(rows)
    out = np.zeros((len(rows.valid), vocabulary), np.float32)
    row, step = np.nonzero(rows.valid & (rows.steps["token"] < vocabulary))
    np.add.at(out, (row, rows.steps["token"][row, step]), 1)
    return out
