"""A model configuration whose pretraining goes on from a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from tolman.core.errors import UserError
from tolman.models.base import AbstractModelConfig
from tolman.models.open_vocabulary import OpenVocabularyConfig, OpenVocabularyDecoder
from tolman.models.pretrained import pretrained, unchanged_digest


@dataclasses.dataclass(frozen=True)
class ContinuedConfig(AbstractModelConfig):
    """A decoder over an open vocabulary whose pretraining goes on from a checkpoint.

    Attributes:
        checkpoint: its name or path (see `pretrained`).
        digest: of the file; filled in.
        hop_layers, hop_weight: of the decoder from now on (see `ParallelContextConfig`).
    """

    version: ClassVar[int] = 1
    pretrained: ClassVar[bool] = True

    checkpoint: str
    digest: str = ""
    hop_layers: tuple[int, ...] = ()
    hop_weight: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", unchanged_digest(self.checkpoint, self.digest))

    @property
    def decoder(self) -> OpenVocabularyConfig:
        """The checkpoint's architecture."""
        config = pretrained(self.checkpoint).config
        decoder = dataclasses.replace(config.decoder, hop_layers=self.hop_layers, hop_weight=self.hop_weight)
        return dataclasses.replace(config, decoder=decoder)

    @property
    def packed_length(self) -> int:
        return self.decoder.packed_length

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> OpenVocabularyDecoder:
        return self.decoder.make(inputs, outputs, key)

    def start(self, vocabulary: Sequence[str]) -> OpenVocabularyDecoder:
        """Return the checkpoint's weights, in NumPy, for a vocabulary that begins with its closed words, in any order.

        Raises:
            UserError: the vocabulary begins with other words.
        """
        found, closed = pretrained(self.checkpoint), vocabulary[: self.decoder.closed]
        if set(closed) != set(found.closed):
            raise UserError(f"{self.checkpoint}: this checkpoint knows other closed words; pretrain from the beginning")
        order = jnp.array([found.closed.index(word) for word in closed])
        decoder = jax.tree.map(jnp.asarray, found.decoder)
        embedding, unembedding = decoder.embedding[order], decoder.unembedding[order]
        words = len(vocabulary) - len(closed)
        decoder = dataclasses.replace(
            decoder, embedding=embedding, unembedding=unembedding, words=words, config=self.decoder.decoder
        )
        return jax.tree.map(np.asarray, decoder)
