"""Pretrained checkpoints: weights in bfloat16 beside a model card, and a model configuration that starts from them."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import ml_dtypes
import numpy as np
from jaxtyping import Int, PRNGKeyArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tolman.core.config import canonical, from_canonical
from tolman.core.errors import UnknownName, UserError
from tolman.core.experience import NONE
from tolman.core.inputs import InputFile
from tolman.models.base import AbstractModelConfig
from tolman.models.io import flatten, restore
from tolman.models.open_vocabulary import OpenVocabularyConfig, OpenVocabularyDecoder, codes_of
from tolman.models.parallel_context import ParallelContextDecoder

CHECKPOINTS = Path(__file__).parent / "checkpoints"
"""Folder of the checkpoints that come with the package, one `.safetensors` file each."""


@dataclasses.dataclass(frozen=True)
class Pretrained:
    """A pretrained decoder over an open vocabulary.

    Attributes:
        config: its architecture.
        closed: the closed words, in the order of their learned embeddings.
        decoder: the weights.
        card: what it was trained on and what it can do, as `tolman pretrain` wrote it.
        digest: of the file.
    """

    config: OpenVocabularyConfig
    closed: tuple[str, ...]
    decoder: OpenVocabularyDecoder
    card: dict[str, Any]
    digest: str

    def over(self, vocabulary: Sequence[str]) -> ParallelContextDecoder:
        """Return the decoder over a vocabulary: closed words are as they were learned, all others are new."""
        return self.decoder.over(codes_of(vocabulary, self.config.code), closed_words(vocabulary, self.closed))


def closed_words(vocabulary: Sequence[str], closed: Sequence[str]) -> Int[np.ndarray, " v"]:
    """Return for each word of a vocabulary the closed word that it is, or `NONE`.

    Each closed word is given to one word at most, the first that is spelled like it, or else the first that is in small
    letters: two words of a vocabulary are always told apart.
    """
    known = {text: i for i, text in enumerate(closed)}
    found = [known.pop(text, NONE) for text in vocabulary]
    pairs = zip(found, vocabulary, strict=True)
    return np.array([known.pop(text.lower(), NONE) if each == NONE else each for each, text in pairs], np.int32)


def save_pretrained(
    path: Path,
    decoder: OpenVocabularyDecoder,
    config: OpenVocabularyConfig,
    closed: Sequence[str],
    card: dict[str, Any],
) -> None:
    """Write weights in bfloat16 with configuration, closed words and card into one file."""
    leaves = {name: leaf.astype(ml_dtypes.bfloat16) for name, leaf in flatten(decoder).items()}
    settings = {"config": canonical(config), "closed": list(closed), "words": decoder.words, "card": card}
    save_file(leaves, path, metadata={"tolman": json.dumps(settings)})


def pretrained(name: str = "reader") -> Pretrained:
    """Return a pretrained decoder.

    Args:
        name: of a checkpoint that comes with the package, or the path of a file that `tolman pretrain` wrote.

    Raises:
        UserError: there is no such checkpoint, or it cannot be read.
    """
    path = Path(name)
    if path.suffix != ".safetensors":
        path = CHECKPOINTS / f"{name}.safetensors"
        if not path.exists():
            raise UnknownName("checkpoint", name, sorted(p.stem for p in CHECKPOINTS.glob("*.safetensors")))
    return _read(path, digest_of(path))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, as text."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:24]
    except OSError as error:
        raise UserError(f"{path}: the checkpoint cannot be read ({error.strerror}); check the path") from error


@functools.lru_cache(maxsize=4)
def _read(path: Path, digest: str) -> Pretrained:
    try:
        with safe_open(path, framework="np") as file:
            settings = json.loads(file.metadata()["tolman"])
            leaves = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        config, closed = from_canonical(OpenVocabularyConfig, settings["config"]), tuple(settings["closed"])
        vocabulary, card = config.closed + settings["words"], settings["card"]
        if canonical(config) != settings["config"]:
            raise ValueError("it was written by another release")
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise UserError(f"{path}: this is no checkpoint of a pretrained model ({error})") from error
    like = jax.eval_shape(lambda: config.make((), (vocabulary,), jax.random.key(0)))
    return Pretrained(config, closed, restore(like, leaves, str(path)), card, digest)


INPUTS = {
    "checkpoint": InputFile(
        field="checkpoint", help="A checkpoint that `tolman pretrain` wrote, in place of ours.", optional=True
    )
}
"""The file that a study of the reader takes."""

MODEL_INPUTS = {
    "model": InputFile(
        field="checkpoint",
        help="What to start from: hf: and a Hugging Face model's name or folder, or a checkpoint. Default: the reader.",
        optional=True,
        kind="model",
    )
}
"""What a study takes that puts its questions to any pretrained model."""


@dataclasses.dataclass(frozen=True)
class PretrainedConfig(AbstractModelConfig):
    """A decoder that starts from a pretrained checkpoint.

    Attributes:
        checkpoint: its name or path (see `pretrained`).
        digest: of the file; filled in.
    """

    version: ClassVar[int] = 1
    pretrained: ClassVar[bool] = True

    checkpoint: str = "reader"
    digest: str = ""

    def __post_init__(self) -> None:
        name, found = self.checkpoint, pretrained(self.checkpoint).digest
        if self.digest and self.digest != found:
            raise UserError(f"the checkpoint {name!r} has changed; start again so that one is used throughout")
        object.__setattr__(self, "digest", found)

    @property
    def packed_length(self) -> int:
        return pretrained(self.checkpoint).config.packed_length

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> ParallelContextDecoder:
        return pretrained(self.checkpoint).config.decoder.make(inputs, outputs, key)

    def start(self, vocabulary: Sequence[str]) -> ParallelContextDecoder:
        return pretrained(self.checkpoint).over(vocabulary)

    def rebind(
        self, model: ParallelContextDecoder, vocabulary: Sequence[str], other: Sequence[str]
    ) -> ParallelContextDecoder:
        fresh, (old, new) = self.start(other), self._shared(vocabulary, other)
        embedding, unembedding = np.array(fresh.embedding), np.array(fresh.unembedding)
        embedding[new], unembedding[:, new] = np.asarray(model.embedding)[old], np.asarray(model.unembedding)[:, old]
        return eqx.tree_at(lambda decoder: (decoder.embedding, decoder.unembedding), model, (embedding, unembedding))

    def _shared(self, vocabulary: Sequence[str], other: Sequence[str]) -> Int[np.ndarray, "2 s"]:
        """Return the places of the words of both vocabularies in either: closed words, and others of the same text."""
        closed = pretrained(self.checkpoint).closed
        one, two = (_identities(words, closed) for words in (vocabulary, other))
        return np.array([(place, two[word]) for word, place in one.items() if word in two], int).reshape(-1, 2).T


def _identities(vocabulary: Sequence[str], closed: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return the places of words, each by its text and how often that came before, closed ones by their number."""
    seen, found = Counter[str](), dict[tuple[str, int], int]()
    for place, (text, known) in enumerate(zip(vocabulary, closed_words(vocabulary, closed).tolist(), strict=True)):
        seen[text] += 1
        found[(text, seen[text]) if known == NONE else ("", known)] = place
    return found
