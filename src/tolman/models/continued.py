"""A model configuration whose pretraining goes on from a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from jaxtyping import PRNGKeyArray

from tolman.core.errors import UserError
from tolman.models.base import AbstractModelConfig
from tolman.models.open_vocabulary import OpenVocabularyConfig, OpenVocabularyDecoder
from tolman.models.pretrained import pretrained


@dataclasses.dataclass(frozen=True)
class ContinuedConfig(AbstractModelConfig):
    """A decoder over an open vocabulary whose pretraining goes on from a checkpoint.

    Attributes:
        checkpoint: its name or path (see `pretrained`).
        digest: of the file; filled in.
    """

    version: ClassVar[int] = 1
    pretrained: ClassVar[bool] = True

    checkpoint: str
    digest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", pretrained(self.checkpoint).digest)

    @property
    def decoder(self) -> OpenVocabularyConfig:
        """The checkpoint's architecture."""
        return pretrained(self.checkpoint).config

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> OpenVocabularyDecoder:
        return self.decoder.make(inputs, outputs, key)

    def start(self, vocabulary: Sequence[str]) -> OpenVocabularyDecoder:
        """Return the checkpoint's weights for training over a vocabulary that begins with its closed words.

        Raises:
            UserError: the vocabulary begins with other words.
        """
        found = pretrained(self.checkpoint)
        if tuple(vocabulary[: len(found.closed)]) != found.closed:
            raise UserError(f"{self.checkpoint}: this checkpoint knows other closed words; pretrain from the beginning")
        return dataclasses.replace(found.decoder, words=len(vocabulary) - len(found.closed))
