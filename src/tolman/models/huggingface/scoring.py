"""Log-probabilities of continuations, with what many of them begin with read once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from tolman.models.huggingface.packages import torch

CACHED = 16_384
"""Most tokens of a cached beginning that a batch holds, all its rows together."""


class Scored(NamedTuple):
    """Token ids whose tokens from `start` on are scored; `path` names what they share with others, widest first."""

    ids: list[int]
    start: int
    path: tuple[Any, ...]


class Beginning(NamedTuple):
    """Tokens that a model has read, and its keys and values of them; None if there are none."""

    length: int = 0
    cache: Any = None


def continuation_logprobs(
    network: Any, sequences: Sequence[Scored], batch: int, *, cached: bool = True
) -> Float[np.ndarray, " n"]:
    """Return the summed log-probabilities of continuations, in float32.

    Args:
        network: a causal language model.
        sequences: whose tokens from `start`, 1 or more, are scored.
        batch: most rows that are computed together; the numbers do not depend on it.
        cached: whether shared beginnings are read once; the numbers do not depend on it.
    """
    scoring = _Scoring(network, sequences, batch)
    with torch().inference_mode():
        if cached:
            scoring.score(range(len(sequences)), Beginning(), depth=0)
        else:
            scoring.score_leaves(range(len(sequences)), Beginning())
    return scoring.logprobs


class _Scoring:
    def __init__(self, network: Any, sequences: Sequence[Scored], batch: int) -> None:
        self.network, self.sequences, self.batch = network, sequences, batch
        self.logprobs = np.zeros(len(sequences), np.float32)

    def score(self, numbers: Sequence[int], read: Beginning, depth: int) -> None:
        """Score sequences that share what has been read: group by group, each after what its members share."""
        groups: dict[Any, list[int]] = {}
        for number in numbers:
            groups.setdefault(self.sequences[number].path[depth], []).append(number)
        for group in groups.values():
            shared = _shared([self.sequences[number] for number in group])
            begun = _read_on(self.network, read, shared) if len(group) > 1 else read
            if depth + 1 < len(self.sequences[group[0]].path):
                self.score(group, begun, depth + 1)
            else:
                self.score_leaves(group, begun)

    def score_leaves(self, numbers: Sequence[int], read: Beginning) -> None:
        """Score sequences batch by batch."""
        rows = max(1, min(self.batch, CACHED // max(1, read.length)))
        for i in range(0, len(numbers), rows):
            part = list(numbers[i : i + rows])
            self.logprobs[part] = _leaves(self.network, [self.sequences[number] for number in part], read)


def _shared(sequences: Sequence[Scored]) -> list[int]:
    """Return the tokens that all sequences begin with, without the last one before a scored token.

    It is found among the tokens, not the texts, so that no sequence is tokenised otherwise than by itself.
    """
    first = sequences[0].ids
    most = min(each.start for each in sequences) - 1
    same = (next((i for i, (a, b) in enumerate(zip(first, each.ids)) if a != b), most) for each in sequences)  # noqa: B905
    return first[: min(most, *same)]


def _read_on(network: Any, read: Beginning, tokens: list[int]) -> Beginning:
    """Return the beginning that has been read on to the end of `tokens`."""
    if len(tokens) <= read.length:
        return read
    found = _forward(network, [tokens[read.length :]], read, rows=1)
    return Beginning(len(tokens), found.cache)


def _leaves(network: Any, sequences: Sequence[Scored], read: Beginning) -> Float[np.ndarray, " n"]:
    """Score sequences in one pass. Padding stands after their tokens, where a causal model does not see it."""
    rest = [each.ids[read.length :] for each in sequences]
    logits = _forward(network, rest, read, rows=len(rest)).logits
    return np.array(
        [
            _sum(logits[row], tokens, each.start - read.length)
            for row, (tokens, each) in enumerate(zip(rest, sequences, strict=True))
        ],
        np.float32,
    )


def _sum(logits: Any, tokens: list[int], start: int) -> float:
    """Return the log-probability of the tokens from `start` on, each predicted by the one before it."""
    ids = torch().tensor(tokens[start:], device=logits.device)
    logprobs = logits[start - 1 : len(tokens) - 1].float().log_softmax(-1)
    return float(logprobs.gather(1, ids[:, None]).sum())


def _forward(network: Any, rest: list[list[int]], read: Beginning, rows: int) -> Any:
    cache = copy.deepcopy(read.cache)  # a pass adds its own tokens to it
    if cache is not None and rows > 1:
        cache.batch_repeat_interleave(rows)
    ids, mask = padded(rest, network.device)
    before = torch().ones((rows, read.length), dtype=mask.dtype, device=mask.device)
    return network(
        input_ids=ids,
        attention_mask=torch().cat([before, mask], dim=1),
        position_ids=torch().arange(read.length, read.length + ids.shape[1], device=ids.device)[None],
        cache=cache,
        use_cache=True,
    )


def padded(rows: Sequence[list[int]], device: Any) -> tuple[Any, Any]:
    """Return token ids, padded on the right, and which of them are real."""
    length = max(map(len, rows))
    ids = torch().tensor([[*row, *[0] * (length - len(row))] for row in rows], device=device)
    mask = torch().tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows], device=device)
    return ids, mask
