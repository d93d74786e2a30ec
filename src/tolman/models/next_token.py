"""Models of sequences: the loss of predicting the next token, options ranked by likelihood, and activations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from tolman.core.assemble import gather, prepend, tree_map
from tolman.core.experience import NONE, Experiences, TestSet
from tolman.models.base import record
from tolman.models.layers import cross_entropy

if TYPE_CHECKING:
    from tolman.models.agent import Agent
    from tolman.models.decoder import Decoder

_FOLLOWED = 8.0
_ROWS = 256
_ROUND = 16


def target_loss(model: Decoder, batch: Experiences, targets: int) -> Array:
    """Mean cross-entropy over weighted steps; logits are computed at those steps only (at most `targets` a row)."""
    tokens, weight = batch.steps["token"], batch.weight * batch.valid
    hidden = jax.vmap(model.hidden)(tokens[:, :-1])
    weight, answer = weight[:, 1:], tokens[:, 1:]
    strongest, where = jax.lax.top_k((weight > 0).astype(jnp.float32), min(targets, weight.shape[1]))
    hidden = jnp.take_along_axis(hidden, where[..., None], axis=1)
    answer = jnp.take_along_axis(answer, where, axis=1)
    weight = jnp.take_along_axis(weight, where, axis=1) * strongest
    loss = cross_entropy(model.logits(hidden), answer)
    return jnp.sum(loss * weight) / jnp.maximum(jnp.sum(weight), 1e-6)


def likelihood(model: Decoder, rows: Experiences, test: TestSet) -> np.ndarray:
    """Log-probability of every option `[m, o]` after its prompt; -inf where a list has fewer options.

    Options of several tokens share their beginnings, so each distinct beginning is put to the model once per
    item. A beginning `e^-8` times as likely as the item's likeliest first token is not followed further unless a
    correct option begins so: its options get the beginning's own log-probability, which bounds theirs from above.
    """
    first = next_logprobs(model, rows)
    out = np.full(test.correct.shape, -np.inf, np.float32)
    for index in np.unique(test.choice):
        items = np.flatnonzero(test.choice == index)
        chosen = gather(rows, items)
        out[items] = _option_list(model, chosen, first[items], test.options[index], test.correct[items])
    return out


def _option_list(
    model: Decoder, rows: Experiences, first: np.ndarray, options: np.ndarray, correct: np.ndarray
) -> np.ndarray:
    """Adds the options' tokens `[o, L]` up, one step after another."""
    used = options != NONE
    total = np.where(used[:, 0], first[:, options[:, 0]], -np.inf)
    floor = total.max(axis=1, keepdims=True) - _FOLLOWED
    for step in range(1, options.shape[1]):
        follow = used[:, step] & ((total >= floor) | correct)
        total += _step(model, rows, options, step, follow)
    return total


def _step(model: Decoder, rows: Experiences, options: np.ndarray, step: int, follow: np.ndarray) -> np.ndarray:
    """Log-probabilities `[m, o]` of the options' tokens at `step`, 0 where an item does not `follow` an option."""
    beginnings, which = np.unique(options[:, :step], axis=0, return_inverse=True)
    item, option = np.nonzero(follow)
    out = np.zeros(follow.shape, np.float32)
    if not len(item):
        return out
    pairs, place = np.unique(np.stack([item, which[option]]), axis=1, return_inverse=True)
    logprob = next_logprobs(model, append(gather(rows, pairs[0]), beginnings[pairs[1]]))
    out[item, option] = logprob[place, options[option, step]]
    return out


def append(rows: Experiences, tokens: np.ndarray) -> Experiences:
    """Rows with `tokens[m, L]` after their last valid step."""
    new = Experiences(
        {"token": tokens.astype(np.int32)},
        np.zeros(tokens.shape, np.float32),
        np.ones(tokens.shape, bool),
        np.zeros(tokens.shape, np.int32),
    )
    apart = Experiences(**tree_map(lambda leaf: leaf[:, None], rows._asdict()))
    return prepend(apart, new)


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


def _read(rows: Experiences) -> np.ndarray:
    """What a model reads at each step: tokens, or an agent's inputs."""
    return rows.steps["token" if "token" in rows.steps else "input"]


def mean_hidden(model: Decoder | Agent, rows: Experiences) -> np.ndarray:
    """Final activations averaged over valid steps, `[n, d]`."""
    parts = []
    for start in range(0, len(rows.valid), _ROWS):
        part = slice(start, start + _ROWS)
        parts.append(np.asarray(_mean_hidden(model, _read(rows)[part], rows.valid[part])))
    return np.concatenate(parts)


@jax.jit
def _mean_hidden(model: Decoder | Agent, steps: jax.Array, valid: jax.Array) -> jax.Array:
    hidden = jax.vmap(model.hidden)(steps) * valid[..., None]
    return hidden.sum(axis=1) / jnp.maximum(valid.sum(axis=1), 1)[:, None]


def every_site(model: Decoder | Agent, rows: Experiences) -> dict[str, np.ndarray]:
    """Activations `[n, T, d]` of every site."""
    parts = [_sites(model, _read(rows)[i : i + _ROWS]) for i in range(0, len(rows.valid), _ROWS)]
    return {site: np.concatenate([np.asarray(part[site]) for part in parts]) for site in parts[0]}


@jax.jit
def _sites(model: Decoder | Agent, steps: jax.Array) -> dict[str, jax.Array]:
    def one(row: jax.Array) -> dict[str, jax.Array]:
        return record(lambda hook: model.hidden(row, hook))

    return jax.vmap(one)(steps)
