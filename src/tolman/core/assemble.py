"""Joining of experiences: gather rows, concatenate along time, pack.

Written against the array API that NumPy and `jax.numpy` share: the compiled training loop and the prompts of tests use
the same lines, for tokens and for episodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tolman.core.experience import NONE, Experiences


def tree_map(function: Any, tree: Any, *others: Any) -> Any:
    """Map `function` over the leaves of nested dicts and tuples, as `jax.tree.map`, without JAX."""
    if isinstance(tree, tuple):
        parts = [tree_map(function, *leaves) for leaves in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: tree_map(function, tree[key], *(other[key] for other in others)) for key in tree}
    return function(tree, *others)


def gather(memory: Experiences, rows: Any) -> Experiences:
    """Return the rows `[..., k]` of memory as experiences `[..., k, T]`; `NONE` gives a row without valid steps."""
    picked = Experiences(
        tree_map(lambda leaf: leaf[rows], memory.steps), memory.weight[rows], memory.valid[rows], memory.segment[rows]
    )
    here = (rows != NONE)[..., None]
    return picked._replace(valid=picked.valid & here, weight=picked.weight * here)


def take_rows(experiences: Experiences, rows: Any) -> Experiences:
    """Return those rows, all of which must exist."""
    return Experiences(**tree_map(lambda leaf: leaf[rows], experiences._asdict()))


def prepend(context: Experiences, current: Experiences, weight: Any = 0.0, xp: Any = np) -> Experiences:
    """Place experiences `[m, k, T]` before the current ones `[m, U]`: rows `[m, k * T + U]`, packed.

    The segment of a step is the place of its experience; that of the current one is k.

    Args:
        context: the experiences that are placed before.
        current: the experiences that are learned from or asked.
        weight: scales the loss of the context; 0 = it is no target.
        xp: `numpy` or `jax.numpy`.
    """
    m, k, t = context.valid.shape

    def join(old: Any, new: Any) -> Any:
        return xp.concatenate([old.reshape((m, k * t, *old.shape[3:])), new], axis=1)

    places = xp.broadcast_to(xp.arange(k, dtype=np.int32)[None, :, None], (m, k, t))
    joined = Experiences(
        steps=tree_map(join, context.steps, current.steps),
        weight=join(context.weight * weight, current.weight),
        valid=join(context.valid, current.valid),
        segment=join(places, xp.full_like(current.segment, k)),
    )
    return pack(joined, xp)


def pack(rows: Experiences, xp: Any = np) -> Experiences:
    """Move each row's valid steps to the front, in order, so that padding stands only at the end.

    Padding then enters neither positions nor convolutions nor attention of a causal model.
    """
    order = xp.argsort(~rows.valid, axis=1, stable=True)

    def move(leaf: Any) -> Any:
        index = order.reshape(order.shape + (1,) * (leaf.ndim - 2))
        return xp.take_along_axis(leaf, index, axis=1)

    return Experiences(tree_map(move, rows.steps), move(rows.weight), move(rows.valid), move(rows.segment))


def as_one_row(rows: Experiences, most: int, xp: Any = np) -> Experiences:
    """Return rows `[n, T]` as one of at most `most` steps, packed; rows that reach beyond it are left out.

    The segment of a step is the number of its row, and n where padded. The step leaf `packed` says that the experiences
    have nothing to do with one another.
    """
    count, length = rows.valid.shape
    ends = xp.cumsum(rows.valid.sum(axis=1))
    valid = rows.valid & (ends <= most)[:, None]
    number = xp.where(valid, xp.arange(count, dtype=np.int32)[:, None], count)
    flat = lambda leaf: leaf.reshape((1, count * length, *leaf.shape[2:]))  # noqa: E731
    steps = {name: flat(leaf) for name, leaf in rows.steps.items()} | {"packed": flat(valid)}
    whole = pack(Experiences(steps, flat(rows.weight * valid), flat(valid), flat(number)), xp)
    return Experiences(**tree_map(lambda leaf: leaf[:, :most], whole._asdict()))


def widen(rows: Experiences, length: int) -> Experiences:
    """Pad rows on the right to a length, which is theirs or more."""
    missing = length - rows.length
    pad = lambda leaf: np.pad(leaf, ((0, 0), (0, missing), *((0, 0),) * (leaf.ndim - 2)))  # noqa: E731
    return Experiences(**tree_map(pad, rows._asdict())) if missing else rows


def stack_corpora(corpora: list[Experiences]) -> Experiences:
    """Concatenate experiences of equal length along rows."""
    first, *rest = corpora
    join = lambda *leaves: np.concatenate(leaves)  # noqa: E731
    return Experiences(
        tree_map(join, first.steps, *(r.steps for r in rest)),
        *(join(*(getattr(c, name) for c in corpora)) for name in ("weight", "valid", "segment")),
    )
