"""A causal language model of Hugging Face transformers over the words of a world: a `ContinuationModel`."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Experiences, ragged
from tolman.models.huggingface import HuggingFaceConfig
from tolman.models.huggingface.adapters import add_adapters, trained_weights
from tolman.models.huggingface.files import ModelFiles, find_files
from tolman.models.huggingface.packages import torch, transformers
from tolman.models.huggingface.prompts import Prompt, Prompts
from tolman.models.huggingface.scoring import Scored, continuation_logprobs, padded
from tolman.models.huggingface.words import WordReader

BATCH = 32
"""Rows that are computed together."""


class HuggingFaceModel:
    """A causal language model that reads words as text.

    Attributes:
        config: of the model.
        vocabulary: the world's words.
        network: the model of transformers, with adapters once it is finetuned with them.
        prompts: turns words into the model's tokens.
    """

    def __init__(self, config: HuggingFaceConfig, vocabulary: Sequence[str], network: Any, tokenizer: Any) -> None:
        self.config, self.vocabulary, self.network = config, tuple(vocabulary), network
        self.prompts, self.reader = Prompts(tokenizer, vocabulary, config.chat_template), WordReader(vocabulary)
        self.trained = False

    @classmethod
    def load(cls, config: HuggingFaceConfig, vocabulary: Sequence[str]) -> HuggingFaceModel:
        """Return the model with its pretrained weights.

        Raises:
            UserError: it cannot be loaded.
        """
        network, tokenizer = _loaded(find_files(config.model), _dtype(config))
        device = "cuda" if torch().cuda.is_available() else "cpu"
        return cls(config, vocabulary, copy.deepcopy(network).to(device), tokenizer)

    def over(self, vocabulary: Sequence[str]) -> HuggingFaceModel:
        """Return the model with the same weights over other words."""
        return HuggingFaceModel(self.config, vocabulary, self.network, self.prompts.tokenizer)

    def option_logprobs(
        self, rows: Experiences, options: Int[np.ndarray, "m o l"], *, batch: int = BATCH, cached: bool = True
    ) -> Float[np.ndarray, "m o"]:
        """Return the log-probabilities of options: see `ContinuationModel`.

        Args:
            rows: the prompts.
            options: word ids.
            batch: rows that are computed together.
            cached: whether what prompts and options share is read once. Neither changes the numbers.
        """
        prompts = self.prompts.split(rows)
        item, option = np.nonzero(options[..., 0] != NONE)
        paths = [(prompts[i].head, int(i)) for i in item]
        found = zip(self._continued_by([prompts[i] for i in item], options[item, option]), paths, strict=True)
        sequences = [Scored(ids, start, path) for (ids, start), path in found]
        out = np.full(options.shape[:2], -np.inf, np.float32)
        out[item, option] = continuation_logprobs(self.network, sequences, batch, cached=cached)
        return out

    def option_tokens(self, rows: Experiences, options: Int[np.ndarray, "m o l"]) -> Int[np.ndarray, "m o"]:
        """Return the number of tokens of each option after its prompt, in which a context changes nothing."""
        prompts = [prompt._replace(head="") for prompt in self.prompts.split(rows)]
        item, option = np.nonzero(options[..., 0] != NONE)
        out = np.zeros(options.shape[:2], np.int32)
        found = self._continued_by([prompts[i] for i in item], options[item, option])
        out[item, option] = [len(ids) - start for ids, start in found]
        return out

    def unconditional_logprobs(self, options: Int[np.ndarray, "k l"], *, batch: int = BATCH) -> Float[np.ndarray, " k"]:
        """Return the log-probability of each option after "Answer:" alone: see `ContinuationModel`."""
        prompt = self.prompts.neutral
        found = self._continued_by([prompt] * len(options), options)
        sequences = [Scored(ids, start, (prompt.head, 0)) for ids, start in found]
        return continuation_logprobs(self.network, sequences, batch)

    def _continued_by(
        self, prompts: Sequence[Prompt], options: Int[np.ndarray, "n l"]
    ) -> Iterator[tuple[list[int], int]]:
        """Yield the ids of each prompt with its option, and the place of the option's first token."""
        words = [self.prompts.words(ids[ids != NONE]) for ids in options]
        return self.prompts.continued(prompts, words)

    def generate(self, rows: Experiences, steps: int, *, batch: int = BATCH) -> Int[np.ndarray, "m s"]:
        """Continue each row greedily, up to the end of the line: see `ContinuationModel`."""
        tokens = [ids for ids, _ in self.prompts.tokenise(self.prompts.split(rows))]
        texts = [text for i in range(0, len(tokens), batch) for text in self._continued(tokens[i : i + batch], steps)]
        return ragged([self.reader.read(text)[:steps] for text in texts], width=steps)

    def _continued(self, tokens: list[list[int]], steps: int) -> list[str]:
        tokenizer, length = self.prompts.tokenizer, max(map(len, tokens))
        end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else 0
        # Padding stands before the prompts, so that all of them end at the same place.
        ids, mask = (side.flip(1) for side in padded([row[::-1] for row in tokens], self.network.device))
        with torch().inference_mode():
            found = self.network.generate(
                input_ids=ids.masked_fill(mask == 0, end),
                attention_mask=mask,
                max_new_tokens=steps * self._longest,
                do_sample=False,
                pad_token_id=end,
            )
        written = tokenizer.batch_decode(found[:, length:], skip_special_tokens=True)
        return [(text.lstrip("\n").split("\n") or [""])[0] for text in written]

    @functools.cached_property
    def _longest(self) -> int:
        """The most tokens of a word."""
        words = [f" {word}" for word in self.vocabulary]
        return max(map(len, self.prompts.tokenizer(words, add_special_tokens=False)["input_ids"]))

    def embed(self, rows: Experiences) -> Float[np.ndarray, "n d"]:
        """Return the mean over its tokens of each row's last hidden states."""
        tokens = [ids for ids, _ in self.prompts.tokenise(self.prompts.split(rows))]
        parts = [self._embedded(tokens[i : i + BATCH]) for i in range(0, len(tokens), BATCH)]
        return np.concatenate(parts)

    def _embedded(self, tokens: list[list[int]]) -> Float[np.ndarray, "n d"]:
        ids, mask = padded(tokens, self.network.device)
        with torch().inference_mode():
            found = self.network(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
        hidden = found.hidden_states[-1].float() * mask[..., None]
        return (hidden.sum(1) / mask.sum(1, keepdim=True)).cpu().numpy()

    def loss(self, rows: Experiences) -> Any:
        """Return the mean cross-entropy over the tokens of weighted words, a scalar of torch.

        A word's tokens have its weight. Words of the context, and the first token of a row, are no targets.
        """
        found = list(self.prompts.tokenise(self.prompts.split(rows)))
        ids, mask = padded([tokens for tokens, _ in found], self.network.device)
        weight = torch().zeros(ids.shape, device=ids.device)
        for row, (_, word) in enumerate(found):
            weight[row, : len(word)] = torch().tensor(self._weights(rows, row, word), device=ids.device)
        where = weight[:, 1:] > 0
        logits = self.network(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1][where].float()
        each = torch().nn.functional.cross_entropy(logits, ids[:, 1:][where], reduction="none")
        return (each * weight[:, 1:][where]).sum() / weight[:, 1:].sum().clamp(min=1e-6)

    def _weights(self, rows: Experiences, row: int, word: Sequence[int]) -> np.ndarray:
        """The weight of each token: that of its word, 0 in the head."""
        valid, segment = rows.valid[row], rows.segment[row]
        last = valid & (segment == segment[valid].max())
        return np.append(rows.weight[row][last], 0.0).astype(np.float32)[np.array(word)]  # the last is that of NONE

    def trainable(self, seed: int) -> dict[str, Any]:
        """Return the weights that finetuning changes, by name; adapters are added, their weights drawn by the seed."""
        if self.config.finetuning == "lora":
            add_adapters(self.network, self.config.rank, seed)
        else:
            self.network.requires_grad_(True)
        self.trained = True
        return trained_weights(self.network)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the finetuned weights by name; none of a model that is as it was pretrained."""
        found = trained_weights(self.network) if self.trained else {}
        return {name: value.detach().float().cpu().numpy() for name, value in found.items()}

    def with_weights(self, weights: Mapping[str, np.ndarray]) -> HuggingFaceModel:
        """Return this model with finetuned weights, as `weights` gave them, in place of its own.

        Raises:
            UserError: they are not those of such a model.
        """
        if not weights:
            return self
        own = self.trainable(0)
        if {name: tuple(value.shape) for name, value in own.items()} != {n: v.shape for n, v in weights.items()}:
            raise UserError(f"finetuned weights do not fit the model {self.config.model!r}; delete them to train anew")
        with torch().no_grad():
            for name, value in own.items():
                value.copy_(torch().from_numpy(np.array(weights[name])))
        return self


def _dtype(config: HuggingFaceConfig) -> str:
    # Small updates would be lost in weights of 8 bits of precision; adapters are float32 whatever they are added to.
    return "float32" if config.finetuning == "full" else config.precision


@functools.lru_cache(maxsize=1)
def _loaded(files: ModelFiles, precision: str) -> tuple[Any, Any]:
    """Return network and tokenizer as they come from the files."""
    package, where = transformers(), str(files.folder)
    dtype = getattr(torch(), precision)
    try:
        # Reading a GGUF file draws a bar of progress that nothing turns off.
        with contextlib.redirect_stderr(io.StringIO()):
            tokenizer = package.AutoTokenizer.from_pretrained(where, **files.arguments)
            # Packed weights, which transformers would keep where it has kernels for them, cannot be finetuned.
            unpacked = {"quantization_config": package.GgufConfig(dequantize=True)} if files.gguf else {}
            network = package.AutoModelForCausalLM.from_pretrained(where, dtype=dtype, **files.arguments, **unpacked)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise UserError(f"{where}: no causal language model can be loaded from here ({error})") from error
    return network.eval().requires_grad_(False), tokenizer
