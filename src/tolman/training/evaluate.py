"""Asking a policy the tests: `evaluate(policy, tests)`, whatever the policy is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..core.assemble import before, gather
from ..core.experience import NONE, Corpus, Experiences, ItemResults, TestSet, score
from ..core.learning import Embed, Queries, Reinstatement
from ..core.registry import load
from ..memory._quality import precision, recall
from ..models.decoder import Decoder

Policy = Callable[[TestSet], np.ndarray]
"""Log-probabilities `[m, o]` of a test's options."""

_ROWS = 256
_ROUND = 16


def evaluate(policy: Policy, tests: Iterable[TestSet]) -> list[ItemResults]:
    """Every test's results, item by item."""
    return [score(test, policy(test)) for test in tests]


class Prompts(NamedTuple):
    """A test's questions as they are put: rows, and how good the retrieval was per item (None without one)."""

    rows: Experiences
    recall: np.ndarray | None
    precision: np.ndarray | None


def reinstated(
    test: TestSet, memory: Corpus, how: Reinstatement | None, seed: int, embed: Embed | None = None
) -> Prompts:
    """Puts what memory gives before each question; the same seed places the same experiences."""
    if how is None:
        return Prompts(test.prompts, None, None)
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rng = np.random.default_rng([seed, 4, *test.name.encode()])
    found = load("retrievers", how.retriever)().neighbours(memory, queries, how.slots, rng, embed)
    rows = before(gather(memory.experiences, found), test.prompts)
    return Prompts(rows, recall(queries, found), precision(memory, queries, found))


def likelihood(model: Decoder, rows: Experiences, test: TestSet) -> np.ndarray:
    """Log-probability of every option `[m, o]` after its prompt; -inf where a list has fewer options.

    Options of several tokens share their beginnings, so each distinct beginning is put to the model once.
    """
    out = np.full(test.correct.shape, -np.inf, np.float32)
    for index in np.unique(test.choice):
        items = np.flatnonzero(test.choice == index)
        out[items] = _option_list(model, _select(rows, items), test.options[index])
    return out


def _option_list(model: Decoder, rows: Experiences, options: np.ndarray) -> np.ndarray:
    beginnings, node, token = _tree(options)
    logprob = np.stack([next_logprobs(model, _append(rows, list(b))) for b in beginnings])
    used = token != NONE
    steps = logprob[np.where(used, node, 0), :, np.where(used, token, 0)]
    total = np.where(used[..., None], steps, 0).sum(axis=1)
    return np.where(used.any(axis=1)[:, None], total, -np.inf).T


def _tree(options: np.ndarray) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray]:
    """Distinct beginnings of the options `[o, L]`, and per step which beginning it follows and its token."""
    beginnings: dict[tuple[int, ...], int] = {(): 0}
    node = np.zeros(options.shape, np.int32)
    for i, option in enumerate(options.tolist()):
        for step, token in enumerate(option):
            if token != NONE:
                node[i, step] = beginnings.setdefault(tuple(option[:step]), len(beginnings))
    return list(beginnings), node, options


def _select(rows: Experiences, items: np.ndarray) -> Experiences:
    return gather(rows, items)


def _append(rows: Experiences, tokens: list[int]) -> Experiences:
    if not tokens:
        return rows
    m = len(rows.valid)
    more = np.broadcast_to(np.array(tokens, np.int32), (m, len(tokens)))
    new = Experiences({"token": more}, np.zeros(more.shape, np.float32), np.ones(more.shape, bool), np.zeros_like(more))
    return before(Experiences(*(_expand(leaf) for leaf in rows)), new)  # pyright: ignore


def _expand(leaf):
    return {k: v[:, None] for k, v in leaf.items()} if isinstance(leaf, dict) else leaf[:, None]


def next_logprobs(model: Decoder, rows: Experiences) -> np.ndarray:
    """Log-probabilities `[m, vocabulary]` of what comes after each row's last valid step."""
    out = []
    tokens, last = _rounded(rows.steps["token"]), rows.valid.sum(axis=1) - 1
    for start in range(0, len(tokens), _ROWS):
        part = slice(start, start + _ROWS)
        count = len(tokens[part])
        spare = _bucket(count) - count
        padded = np.pad(tokens[part], ((0, spare), (0, 0)))
        out.append(np.asarray(_last_logprobs(model, padded, np.pad(last[part], (0, spare))))[:count])
    return np.concatenate(out)


def _rounded(tokens: np.ndarray) -> np.ndarray:
    """Rows padded to a multiple of a few steps, so that few shapes are compiled."""
    return np.pad(tokens, ((0, 0), (0, -tokens.shape[1] % _ROUND)))


def _bucket(count: int) -> int:
    return next(size for size in (32, 64, 128, _ROWS) if count <= size)


@jax.jit
def _last_logprobs(model: Decoder, tokens: jax.Array, last: jax.Array) -> jax.Array:
    hidden = jax.vmap(model.hidden)(tokens)
    final = jnp.take_along_axis(hidden, last[:, None, None], axis=1)[:, 0]
    return jax.nn.log_softmax(model.logits(final), axis=-1)


def mean_hidden(model: Decoder) -> Embed:
    """The model's own embedding of an experience: its final activations, averaged over valid steps."""

    def embed(rows: Experiences) -> np.ndarray:
        parts = []
        for start in range(0, len(rows.valid), _ROWS):
            part = slice(start, start + _ROWS)
            parts.append(np.asarray(_mean_hidden(model, rows.steps["token"][part], rows.valid[part])))
        return np.concatenate(parts)

    return embed


@functools.partial(jax.jit)
def _mean_hidden(model: Decoder, tokens: jax.Array, valid: jax.Array) -> jax.Array:
    hidden = jax.vmap(model.hidden)(tokens) * valid[..., None]
    return hidden.sum(axis=1) / jnp.maximum(valid.sum(axis=1), 1)[:, None]


def token_policy(model: Decoder, memory: Corpus, how: Reinstatement | None, seed: int) -> Policy:
    """The decoder as a policy, with memory reinstated before each question."""

    def policy(test: TestSet) -> np.ndarray:
        return likelihood(model, reinstated(test, memory, how, seed, mean_hidden(model)).rows, test)

    return policy
