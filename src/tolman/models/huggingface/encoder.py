"""Sentence encoders of Hugging Face transformers; they need the extra `lm`."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from tolman.core.errors import UserError
from tolman.core.experience import Experiences
from tolman.models.huggingface.files import ModelFiles, find_files
from tolman.models.huggingface.packages import torch, transformers
from tolman.models.huggingface.scoring import padded
from tolman.models.huggingface.words import render

BATCH = 64
"""Texts that are computed together."""


class SentenceEncoder:
    """The mean of a text's last hidden states, of length 1 (Reimers and Gurevych, arXiv 1908.10084).

    Args:
        network: a model of transformers without a head, in float32.
        tokenizer: its tokenizer.
        longest: tokens after which a text is cut off.
    """

    def __init__(self, network: Any, tokenizer: Any, longest: int) -> None:
        self.network, self.tokenizer, self.longest = network, tokenizer, longest
        self._known = dict[str, np.ndarray]()

    def encode(self, texts: Sequence[str], batch: int = BATCH) -> Float[np.ndarray, "n d"]:
        """Return a vector per text. Each text is encoded once; `batch` and what else is asked do not change it."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._encoded(new, batch), strict=True))
        return np.stack([self._known[text] for text in texts])

    def _encoded(self, texts: Sequence[str], batch: int) -> Float[np.ndarray, "n d"]:
        tokens = self.tokenizer(list(texts), truncation=True, max_length=self.longest)["input_ids"]
        order = np.argsort([len(ids) for ids in tokens], kind="stable")
        parts = [self._mean([tokens[i] for i in order[j : j + batch]]) for j in range(0, len(order), batch)]
        return np.concatenate(parts)[np.argsort(order)]

    def _mean(self, tokens: Sequence[list[int]]) -> Float[np.ndarray, "n d"]:
        ids, mask = padded(tokens, self.network.device)
        with torch().inference_mode():
            hidden = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch().nn.functional.normalize(mean, dim=1).cpu().numpy()


class ExperienceEncoder:
    """An encoder of experiences that are made of words, which it reads as English text; see `render`.

    Args:
        encoder: of texts.
        vocabulary: the world's words.
    """

    def __init__(self, encoder: SentenceEncoder, vocabulary: Sequence[str]) -> None:
        self.encoder, self.vocabulary = encoder, tuple(vocabulary)

    def __call__(self, rows: Experiences) -> Float[np.ndarray, "n d"]:
        """Return a vector per row.

        Raises:
            UserError: the rows are made of something else.
        """
        if "token" not in rows.steps:
            raise UserError("a sentence encoder reads words, and this world has none; set embedding to 'model'")
        pairs = zip(rows.steps["token"], rows.valid, strict=True)
        words = ([self.vocabulary[number] for number in tokens[valid]] for tokens, valid in pairs)
        return self.encoder.encode([render(each).text for each in words])


def load_encoder(model: str) -> SentenceEncoder:
    """Return an encoder with its pretrained weights; one that was loaded before is returned again.

    Args:
        model: a folder, `all-minilm-l6-v2`, or a name on the hub; `hf:` may precede.

    Raises:
        UserError: there is no such model, it cannot be loaded, or a package is missing.
    """
    return _loaded(find_files(model))


@functools.lru_cache(maxsize=2)
def _loaded(files: ModelFiles) -> SentenceEncoder:
    package, where = transformers(), str(files.folder)
    try:
        tokenizer = package.AutoTokenizer.from_pretrained(where, **files.arguments)
        network = package.AutoModel.from_pretrained(where, dtype=torch().float32, **files.arguments)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise UserError(f"{where}: no sentence encoder can be loaded from here ({error})") from error
    network = network.eval().requires_grad_(False).to("cuda" if torch().cuda.is_available() else "cpu")
    return SentenceEncoder(network, tokenizer, _longest(files, network, tokenizer))


def _longest(files: ModelFiles, network: Any, tokenizer: Any) -> int:
    """Return the most tokens of a text: what sentence-transformers would read, where the folder says it."""
    positions = getattr(network.config, "max_position_embeddings", None) or tokenizer.model_max_length
    said = files.folder / "sentence_bert_config.json"
    given = json.loads(said.read_text(encoding="utf-8")).get("max_seq_length") if said.is_file() else None
    return min(positions, tokenizer.model_max_length, given or positions)
