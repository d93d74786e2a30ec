"""Answers of a model that encodes contexts apart from questions: next-token probabilities and generation, in batches.

A context is encoded once for all the questions that share it; short ones are encoded in batches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from tolman.core.batching import map_batches
from tolman.core.experience import NONE, Experiences
from tolman.models.sequence import sample, sampling_keys

_SHORT = 256
"""Steps up to which contexts are encoded in batches."""
_LONG = 1024
"""Steps up to which widths of contexts are powers of 2; beyond, multiples of it."""
_BATCH = 32
"""Contexts, or questions, that are computed together; the last batch is filled up, so that one shape is compiled."""


@runtime_checkable
class ContextReader(Protocol):
    """A model that reads questions in the light of an encoded context."""

    def encode(self, tokens: Array, place: Any, block: int = 0) -> Any:
        """Read a context."""
        ...

    def read(self, tokens: Array, place: Any, context: Any = None, *, block: int = 0) -> Array:
        """Return the final activations of a question."""
        ...

    def logits(self, hidden: Array) -> Array:
        """Return next-token logits."""
        ...


class Layout(NamedTuple):
    """The place of every step of a row.

    Attributes:
        segment: number of the experience.
        position: within the experience, from 0.
        document: number of the context that a step belongs to, or reads; steps of other contexts are not attended to.
        causal: whether the step attends to nothing after it.
    """

    segment: Int[Array, " t"]
    position: Int[Array, " t"]
    document: Int[Array, " t"]
    causal: Bool[Array, " t"]


def layout(segment: Int[Array, " t"], document: Int[Array, " t"] | None = None) -> Layout:
    """Return the layout of a row whose experiences stand one after another."""
    index = jnp.arange(len(segment))
    starts = jnp.concatenate([jnp.ones(1, bool), segment[1:] != segment[:-1]])
    position = index - jax.lax.cummax(jnp.where(starts, index, 0))
    document = jnp.zeros_like(segment) if document is None else document
    return Layout(segment, position, document, jnp.ones(len(segment), bool))


class Questions(NamedTuple):
    """Prompts cut into context and question, both packed to the front.

    Attributes:
        context: tokens `[m, c]`.
        segment: their experiences; `NONE` where padded.
        question: tokens `[m, q]` of the last experience.
        length: `[m]` valid steps of the question.
    """

    context: np.ndarray
    segment: np.ndarray
    question: np.ndarray
    length: np.ndarray


def split(rows: Experiences, room: int = 0) -> Questions:
    """Cut prompts into context and question, with `room` free steps after each question."""
    tokens, valid, segment = rows.steps["token"], rows.valid, rows.segment
    if not valid.any(axis=1).all():
        raise ValueError("a prompt has no valid step; expected 1 or more each")
    last = np.where(valid, segment, NONE).max(axis=1, keepdims=True)
    before, asked = valid & (segment < last), valid & (segment == last)
    longest, length = int(before.sum(axis=1).max()), asked.sum(axis=1)
    width = _width(longest)
    return Questions(
        context=_packed(tokens, before, width, 0),
        segment=_packed(segment, before, width, NONE),
        question=_packed(tokens, asked, _question_width(int(length.max()) + room), 0),
        length=length,
    )


def _width(longest: int) -> int:
    """Return a width for contexts up to that length: one of few, so that few shapes are compiled."""
    if longest > _LONG:
        return -(-longest // _LONG) * _LONG
    return max(16, 1 << (longest - 1).bit_length()) if longest else 0


def _question_width(longest: int) -> int:
    """Return a width for questions up to that length; the shortest, of a table's facts, are not padded to 8."""
    return 4 if longest <= 4 else -(-longest // 8) * 8


def _packed(leaf: np.ndarray, where: np.ndarray, width: int, fill: int) -> np.ndarray:
    out = np.full((len(leaf), width), fill, np.int32)
    row, _ = np.nonzero(where)
    out[row, (np.cumsum(where, axis=1) - 1)[where]] = leaf[where]
    return out


def next_logprobs(model: ContextReader, rows: Experiences) -> Float[np.ndarray, "n v"]:
    """Return the log-probabilities of the token after the last valid step of each row."""
    asked = split(rows)
    return _answers(_next, model, (asked.question, asked.length), asked)


def generate(
    model: ContextReader, rows: Experiences, steps: int, *, temperature: float = 0.0, key: PRNGKeyArray | None = None
) -> Int[np.ndarray, "n steps"]:
    """Continue each row by `steps` tokens, greedily or sampled: see `SequenceModel.generate`."""
    if steps < 1:
        raise ValueError(f"{steps} tokens are to be generated; expected 1 or more")
    asked = split(rows, room=steps)
    keys = sampling_keys(temperature, key, len(asked.length))
    return _answers(_continuation(steps, temperature), model, (asked.question, asked.length, keys), asked)


Answer = Callable[..., Array]
"""`answer(model, context, question, length, ...)` of several questions `[n, q]` about one context."""


def _next(model: Any, context: Any, question: Array, length: Array) -> Array:
    # Side by side in one row, so that each layer compares all questions with the context in one product.
    count, width = question.shape
    place = layout(jnp.repeat(jnp.arange(count), width), jnp.zeros(count * width, jnp.int32))
    hidden = model.read(question.ravel(), place, context, block=width).reshape(count, width, -1)
    return jax.nn.log_softmax(model.logits(hidden[jnp.arange(count), length - 1]), axis=-1)


@functools.cache
def _continuation(steps: int, temperature: float) -> Answer:
    """Return the answer that is a continuation; a question is read anew for each token, as it is short."""

    def answer(model: Any, context: Any, question: Array, length: Array, keys: Array) -> Array:
        choose = jax.vmap(functools.partial(sample, temperature=temperature))

        def extend(question: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
            at, keys = step
            sampled = choose(_next(model, context, question, length + at), keys)
            return question.at[jnp.arange(len(length)), length + at].set(sampled.astype(question.dtype)), sampled

        each = jax.vmap(lambda key: jax.random.split(key, steps), out_axes=1)(keys)
        return jax.lax.scan(extend, question, (jnp.arange(steps), each))[1].T

    return answer


def _answers(answer: Answer, model: Any, columns: tuple[Any, ...], asked: Questions) -> np.ndarray:
    """Answer questions about contexts; `columns` are what `answer` takes besides the context, a row a question."""
    both = np.stack([asked.context, asked.segment], axis=1)
    contexts, which = _distinct(both)
    by_context = _with_short_contexts if asked.context.shape[1] <= _SHORT else _with_long_contexts
    return by_context(answer, model, columns, contexts, which)


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct rows in the order of their first appearance, and which of them each row is."""
    numbers = dict[bytes, int]()
    which = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows])
    return rows[np.unique(which, return_index=True)[1]], which


def _with_short_contexts(
    answer: Answer, model: Any, columns: tuple[Any, ...], contexts: np.ndarray, which: np.ndarray
) -> np.ndarray:
    tokens, segments = contexts[:, 0], contexts[:, 1]
    encoded = map_batches(lambda part, _: _encode_all(model, *part), (tokens, segments), len(contexts), _BATCH)

    def run(part: tuple[Any, ...], numbers: np.ndarray) -> Array:
        rows = which[np.minimum(numbers, len(which) - 1)]
        return _with_contexts(answer, model, jax.tree.map(lambda leaf: leaf[rows], encoded), *part)

    return map_batches(run, columns, len(which), _BATCH)


def _with_long_contexts(
    answer: Answer, model: Any, columns: tuple[Any, ...], contexts: np.ndarray, which: np.ndarray
) -> np.ndarray:
    block, sizes = max(model.config.block, _longest(contexts[:, 1])), (1, _BATCH)  # many have a single question
    out: list[np.ndarray] = [np.zeros(0)] * len(which)
    for number, (tokens, segment) in enumerate(contexts):
        rows = np.flatnonzero(which == number)
        run = functools.partial(_with_one_context, answer, model, _encode(model, tokens, segment, block))
        part = tuple(column[rows] for column in columns)
        found = map_batches(lambda part, _, run=run: run(*part), part, len(rows), sizes)
        for row, result in zip(rows, found, strict=True):
            out[row] = result
    return np.stack(out)


def _longest(segment: np.ndarray) -> int:
    """Return the length of the longest experience, as a power of 2."""
    counts = [np.unique(row[row != NONE], return_counts=True)[1].max(initial=1) for row in segment]
    return 1 << (int(max(counts)) - 1).bit_length()


@functools.partial(jax.jit, static_argnums=0)
def _with_contexts(answer: Answer, model: Any, contexts: Any, *columns: Array) -> Array:
    return jax.vmap(lambda context, *row: answer(model, context, *(column[None] for column in row))[0])(
        contexts, *columns
    )


@functools.partial(jax.jit, static_argnums=0)
def _with_one_context(answer: Answer, model: Any, context: Any, *columns: Array) -> Array:
    return answer(model, context, *columns)


@jax.jit
def _encode_all(model: Any, tokens: Array, segment: Array) -> Any:
    return jax.vmap(functools.partial(_encoded, model))(tokens, segment)


@functools.partial(jax.jit, static_argnums=3)
def _encode(model: Any, tokens: Array, segment: Array, block: int) -> Any:
    return _encoded(model, tokens, segment, block)


def _encoded(model: Any, tokens: Array, segment: Array, block: int = 0) -> Any:
    """Encode a context; None if there is none. Padding belongs to a document that no question reads."""
    if tokens.shape[0] == 0:
        return None
    return model.encode(tokens, layout(segment, jnp.where(segment == NONE, NONE, 0)), block or len(tokens))
