"""Retrieval by the similarity of embeddings, with exact search."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import Corpus
from tolman.core.ranges import OutOfRange
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries
from tolman.retrieval.similarity import nearest

OWN, PREFIX = "model", "hf:"


@dataclasses.dataclass(frozen=True)
class Dense(AbstractRetriever):
    """The most similar experiences by the cosine of their embeddings.

    Attributes:
        embedding: `"model"` is the trained model's own; `"hf:"` with a folder or a name on the Hugging Face hub is a
            sentence encoder, whose tokens' last hidden states are averaged. `hf:all-minilm-l6-v2` comes as a package.
    """

    version: ClassVar[int] = 1

    embedding: str = OWN

    def __post_init__(self) -> None:
        if self.embedding != OWN and not self.encoder.removeprefix(PREFIX):
            raise OutOfRange(f"Dense: embedding is {self.embedding!r}; expected {OWN!r}, or {PREFIX!r} and an encoder")

    @property
    def encoder(self) -> str:
        return self.embedding if self.embedding.startswith(PREFIX) else ""

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del rng
        if embed is None:
            needed = f"the encoder {self.encoder!r}" if self.encoder else "a trained model"
            raise ValueError(f"Dense(embedding={self.embedding!r}) needs {needed}; pass embed=")
        return nearest(embed(queries.experiences), embed(memory.experiences), queries.own, k)
