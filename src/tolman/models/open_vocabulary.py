"""Pretraining over an open vocabulary: a few words are learned, all others are random codes, drawn anew at every step.

Nothing can be known about a coded word, and any two are told apart; in use, a word's code follows from its text.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from tolman.core.experience import NONE, Experiences
from tolman.core.ranges import PositiveInt
from tolman.models.base import AbstractModelConfig
from tolman.models.decoder import vocabulary_size
from tolman.models.layers import RMSNorm
from tolman.models.parallel_context import (
    ParallelContextConfig,
    ParallelContextDecoder,
    ParallelContextLayer,
    make_layers,
)


@dataclasses.dataclass(frozen=True)
class OpenVocabularyConfig(AbstractModelConfig):
    """A decoder that is pretrained over an open vocabulary.

    Attributes:
        decoder: its architecture.
        closed: number of words that are learned, which are the first of the vocabulary. All others get codes.
        code: numbers of a word's code.
    """

    version: ClassVar[int] = 1

    closed: PositiveInt
    decoder: ParallelContextConfig = dataclasses.field(default_factory=ParallelContextConfig)
    code: PositiveInt = 128

    @property
    def packed_length(self) -> int:
        return self.decoder.packed_length

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> OpenVocabularyDecoder:
        words = vocabulary_size(inputs, outputs) - self.closed
        embed, unembed, code, layers = jax.random.split(key, 4)
        width = self.decoder.width
        # Codes come back as they went in, so that what attention copies is the word that is predicted.
        to_width = jax.nn.initializers.orthogonal()(code, (self.code, width))
        return OpenVocabularyDecoder(
            embedding=jax.random.normal(embed, (self.closed, width)),
            unembedding=0.2 * jax.random.normal(unembed, (self.closed, width)),
            code_in=to_width,
            code_out=to_width,
            layers=make_layers(self.decoder, layers),
            norm=RMSNorm(jnp.full(width, 0.1, jnp.float32), 1e-6),
            words=words,
            config=self.decoder,
        )


class OpenVocabularyDecoder(eqx.Module):
    """A decoder whose vocabulary is bound when it is used: see `bind`.

    Attributes:
        embedding, unembedding: of the closed words.
        code_in, code_out: the maps from a code to a word's embedding and unembedding.
        layers, norm: of the decoder.
        words: open words of the vocabulary that it is trained with.
        config: the decoder's architecture.
    """

    embedding: Float[Array, "k d"]
    unembedding: Float[Array, "k d"]
    code_in: Float[Array, "c d"]
    code_out: Float[Array, "c d"]
    layers: tuple[ParallelContextLayer, ...]
    norm: RMSNorm
    words: int = eqx.field(static=True)
    config: ParallelContextConfig = eqx.field(static=True)

    def bind(self, codes: Float[Array, "w c"]) -> ParallelContextDecoder:
        """Return the decoder over the closed words, which come first, and words with these codes."""
        embedding = jnp.concatenate([self.embedding, codes @ self.code_in])
        unembedding = jnp.concatenate([self.unembedding, codes @ self.code_out])
        return self._decoder(embedding, unembedding)

    def over(self, codes: Float[np.ndarray, "v c"], closed: Int[np.ndarray, " v"]) -> ParallelContextDecoder:
        """Return the decoder over a vocabulary, with weights in NumPy.

        Args:
            codes: of all its words.
            closed: for each word, the closed word that it is, or `NONE`.
        """
        known = (closed != NONE)[:, None]
        learned = np.asarray(self.embedding)[closed], np.asarray(self.unembedding)[closed]
        coded = codes @ np.asarray(self.code_in), codes @ np.asarray(self.code_out)
        tables = [np.where(known, one, other) for one, other in zip(learned, coded, strict=True)]
        return jax.tree.map(np.asarray, self._decoder(*map(jnp.asarray, tables)))

    def _decoder(self, embedding: Any, unembedding: Any) -> ParallelContextDecoder:
        return ParallelContextDecoder(
            embedding=embedding,
            layers=self.layers,
            norm=self.norm,
            unembedding=unembedding.T,
            config=self.config,
        )

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Return the decoder's loss under codes that are drawn from `key`."""
        return self.bind(self._codes(key)).loss(batch, targets)

    def embed(self, rows: Experiences) -> np.ndarray:
        """Return one vector `[n, d]` for each experience."""
        return self.bind(self._codes()).embed(rows)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        """Return the activations `[n, T, d]` of every site."""
        return self.bind(self._codes()).activations(rows)

    def next_logprobs(self, rows: Experiences) -> Float[np.ndarray, "n v"]:
        """Return the log-probabilities of the token after the last valid step of each row."""
        return self.bind(self._codes()).next_logprobs(rows)

    def generate(
        self, rows: Experiences, steps: int, *, temperature: float = 0.0, key: PRNGKeyArray | None = None
    ) -> Int[np.ndarray, "n steps"]:
        """Continue each row by `steps` tokens: see `SequenceModel.generate`."""
        return self.bind(self._codes()).generate(rows, steps, temperature=temperature, key=key)

    def _codes(self, key: PRNGKeyArray | None = None) -> Float[Array, "w c"]:
        return jax.random.normal(jax.random.key(0) if key is None else key, (self.words, self.code_in.shape[0]))


def codes_of(texts: Sequence[str], size: int) -> Float[np.ndarray, "v c"]:
    """Return the codes of words, standard normal numbers that follow from each text.

    A text that occurs again, as the symbol beside a word of the same text, has another code.
    """
    seen, rows = Counter[str](), []
    for text in texts:
        seen[text] += 1
        digest = hashlib.sha256(f"{text}\0{seen[text]}".encode()).digest()
        rows.append(np.random.default_rng(list(digest)).standard_normal(size))
    return np.array(rows, np.float32)
