"""Retrieval by the similarity of embeddings, with exact search."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

import numpy as np

from tolman.core.experience import NONE, Corpus, Experiences
from tolman.retrieval.bm25 import without_own
from tolman.retrieval.features import has_features, row_features
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries

_BATCH = 1024


@dataclasses.dataclass(frozen=True)
class Dense(AbstractRetriever):
    """The most similar experiences by cosine.

    Attributes:
        embedding: `"bag"` weights each token, or each retrieval feature, by its inverse document frequency and needs no
            model; `"model"` is the trained model's own embedding.
    """

    version: ClassVar[int] = 1

    embedding: Literal["bag", "model"] = "bag"

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del rng
        if self.embedding == "bag":
            embed = bag(memory.experiences)
        if embed is None:
            raise ValueError("the 'model' embedding needs a trained model; use embedding='bag' before there is one")
        found = most_similar(embed(queries.experiences), embed(memory.experiences), k + 1)
        return without_own(found, queries.own, k)


def bag(corpus: Experiences) -> Embed:
    """Return an embedding: counts of tokens, or presence of retrieval features, times their rarity in `corpus`."""
    units = int(corpus.steps["token"].max()) + 1 if not has_features(corpus) else 0
    frequency = (_counts(corpus, units) > 0).mean(axis=0)
    weight = np.log(1 + 1 / np.maximum(frequency, 1 / len(corpus.valid)))
    return lambda rows: _counts(rows, units) * weight


def _counts(rows: Experiences, vocabulary: int) -> np.ndarray:
    """Return the counts of each token in each row, or the presence of each feature, `[n, units]`."""
    if has_features(rows):
        return row_features(rows)
    out = np.zeros((len(rows.valid), vocabulary), np.float32)
    row, step = np.nonzero(rows.valid & (rows.steps["token"] < vocabulary))
    np.add.at(out, (row, rows.steps["token"][row, step]), 1)
    return out


def most_similar(queries: np.ndarray, memory: np.ndarray, k: int) -> np.ndarray:
    """Return the indices `[m, k]` of the nearest rows by cosine, best first; of equal ones the earlier comes first."""
    memory = _unit(memory)
    batches = [_top(_unit(queries[i : i + _BATCH]) @ memory.T, k) for i in range(0, len(queries), _BATCH)]
    return np.concatenate(batches) if batches else np.full((0, k), NONE)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def _top(similarity: np.ndarray, k: int) -> np.ndarray:
    # Rounding makes equal rows look unequal by one bit, in an order that depends on the machine.
    return np.argsort(-similarity.round(5), axis=1, kind="stable")[:, :k]
