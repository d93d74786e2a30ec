"""A small decoder of parallel contexts, rows for it, and an independent implementation that is slow and plain."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core.experience import token_rows
from tolman.models.parallel_context import ParallelContextConfig

VOCABULARY = 23
LENGTH = 40
CONFIG = ParallelContextConfig(width=16, layers=3, local_layers=1, heads=2, hidden=24, block=8, rotary=0.5)
"""Rows of 32 or 40 steps are cut into blocks."""

ONE, OTHER, THIRD, ASKED = [3, 1, 4, 1, 5], [9, 2, 6], [5, 3, 5, 8, 9, 7, 9], [3, 2, 3, 8]
"""Experiences."""


def varied(decoder, scale=0.1):
    """The decoder with noise on every weight, so that none is zero, one or equal to another."""
    leaves, structure = jax.tree.flatten(decoder)
    keys = jax.random.split(jax.random.key(7), len(leaves))
    noise = [leaf + scale * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(structure, noise)


@functools.cache
def model(bidirectional=True):
    return dataclasses.replace(_made(), config=dataclasses.replace(CONFIG, bidirectional=bidirectional))


@functools.cache
def _made():
    return jax.jit(lambda key: varied(CONFIG.make((), (VOCABULARY,), key)))(jax.random.key(0))


def near(expected, error=1e-4):
    return pytest.approx(np.asarray(expected), abs=error, rel=error)


def packed(experiences, length=LENGTH, fill=0):
    """Tokens and segments of a row, padded with tokens `fill` and segments 0, as joined experiences are."""
    tokens = [token for each in experiences for token in each]
    segment = [number for number, each in enumerate(experiences) for _ in each]
    padding = length - len(tokens)
    return jnp.array(tokens + [fill] * padding), jnp.array(segment + [0] * padding)


def prompts(rows):
    """Prompts of several experiences each, as experiences."""
    made = token_rows([[token for each in row for token in each] for row in rows])
    for segment, row in zip(made.segment, rows, strict=True):
        segment[: sum(map(len, row))] = [number for number, each in enumerate(row) for _ in each]
    return made


# ---- an independent implementation


def reference(decoder, experiences):
    """The activations of the last experience: one step, one head and one pair of numbers at a time."""
    decoder = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), decoder)
    states = [decoder.embedding[each] for each in experiences]
    for layer in decoder.layers:
        parts = [projected(layer, x) for x in states]
        attended = [_attended(layer, parts, i, decoder.config.bidirectional) for i in range(len(parts))]
        states = [x + each for x, each in zip(states, attended, strict=True)]
        inner = [np.maximum(_normed(x, layer.mlp_norm) @ layer.mlp.up, 0) ** 2 for x in states]
        states = [x + each @ layer.mlp.down for x, each in zip(states, inner, strict=True)]
    return _normed(states[-1], decoder.norm)


def _normed(x, norm):
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + norm.eps) * norm.gain


def _convolved(x, kernel):
    taps = range(len(kernel))
    return np.array([sum(kernel[-1 - back] * x[t - back] for back in taps if back <= t) for t in range(len(x))])


def projected(layer, x):
    """Queries, keys and values [steps][heads] of one experience."""
    h = _normed(x, layer.attention_norm)
    h = h + _convolved(h, layer.conv)
    heads = len(layer.logit_scale)
    split = lambda y: [np.split(row, heads) for row in y]  # noqa: E731
    q, k, v = split(h @ layer.query), split(_convolved(h @ layer.key, layer.key_conv)), split(h @ layer.value)
    turned = lambda y: [[_turned(layer, head, t) for head in row] for t, row in enumerate(y)]  # noqa: E731
    return turned(q), turned(k), v


def _turned(layer, x, position):
    x = x / np.sqrt((x**2).sum() + 1e-6)
    half = int(len(x) * layer.rotary) // 2
    for i in range(half):
        turned = complex(x[i], x[half + i]) * np.exp(1j * position * layer.base ** (-i / half))
        x[i], x[half + i] = turned.real, turned.imag
    return x


def weights(layer, parts, which, bidirectional=True):
    """The attention weights of an experience's steps [steps][heads]: of its own steps, then of all context's."""
    last = which == len(parts) - 1
    rows = []
    for t, queries in enumerate(parts[which][0]):
        row = []
        for head, q in enumerate(queries):
            scale = np.clip(layer.logit_scale[head] * len(q) ** 0.5, 0, 40)
            logits = [
                scale * q @ k[head] if s <= t or (bidirectional and not last) else -np.inf
                for s, k in enumerate(parts[which][1])
            ]
            if last and not layer.local:
                logits += [scale * q @ k[head] + layer.context_bias[head] for part in parts[:-1] for k in part[1]]
            exponential = np.exp(np.array(logits) - max(logits))
            row.append(exponential / exponential.sum())
        rows.append(row)
    return rows


def _attended(layer, parts, which, bidirectional):
    last = which == len(parts) - 1
    values = [*parts[which][2], *(v for part in parts[:-1] for v in part[2] if last and not layer.local)]
    out = [
        np.concatenate([sum(w * v[head] for w, v in zip(row[head], values, strict=True)) for head in range(len(row))])
        for row in weights(layer, parts, which, bidirectional)
    ]
    return np.array(out) @ layer.out


def logprobs(experiences, decoder=None):
    """The log-probabilities after a prompt, by the slow model."""
    decoder = decoder or model()
    logits = reference(decoder, experiences)[-1] @ np.asarray(decoder.unembedding, np.float64)
    return (logits - np.logaddexp.reduce(logits))[None]
