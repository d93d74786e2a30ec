"""The oracle retriever with hard negatives: irrelevant experiences that resemble the query."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import Corpus, Experiences
from tolman.core.ranges import Fraction, PositiveInt
from tolman.retrieval.features import has_features, row_features
from tolman.retrieval.irrelevant import irrelevant, one_support, related, shuffled
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class OracleHardNegatives(AbstractRetriever):
    """One experience that supports the query and `k - 1` irrelevant ones, some of which resemble the query.

    For training models that real retrievers will serve, whose mistakes are similar to the query. The mixture of similar
    and random contexts follows a finding (arXiv 2604.01601): with random ones only, a model does not learn to choose;
    with similar ones only, it copies blindly.

    Attributes:
        similar: probability that an irrelevant experience is a hard negative; the others are random.
        candidates: number of experiences, drawn anew each time, of which the most similar irrelevant one is the hard
            negative: by shared tokens, or retrieval features, weighted by their rarity.
    """

    version: ClassVar[int] = 1

    similar: Fraction = 0.5
    candidates: PositiveInt = 256

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        columns = [one_support(queries.supports, rng)]
        present = _present(memory.experiences, _size(memory.experiences, queries.experiences))
        rarity = np.log(1 + 1 / np.maximum(present.mean(axis=0), 1 / memory.size))
        worth = _present(queries.experiences, present.shape[1]) * rarity.astype(np.float32)
        for _ in range(k - 1):
            drawn = irrelevant(memory, queries.topics, 1, rng)[:, 0]
            some = rng.choice(memory.size, min(self.candidates, memory.size), replace=False)
            alike = worth @ present[some].T
            alike[related(memory.topics[some][None], queries.topics[:, None])] = -1.0
            hard = (rng.random(len(drawn)) < self.similar) & (alike.max(axis=1) >= 0)
            columns.append(np.where(hard, some[alike.argmax(axis=1)], drawn))
        return shuffled(np.stack(columns, axis=1), rng)


def _size(*parts: Experiences) -> int:
    if has_features(parts[0]):
        return parts[0].steps["features"].shape[-1]
    return 1 + max(int(part.steps["token"].max(initial=0)) for part in parts)


def _present(rows: Experiences, size: int) -> np.ndarray:
    """Return the presence of each token, or retrieval feature, in each row `[n, size]`, as 0 and 1."""
    if has_features(rows):
        return row_features(rows)
    out = np.zeros((len(rows.valid), size), np.float32)
    out[np.nonzero(rows.valid)[0], rows.steps["token"][rows.valid]] = 1.0
    return out
