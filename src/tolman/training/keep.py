"""Weights that a phase keeps, while the others start anew: the transplant of a part of a trained model."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import TypeVar

import jax

from tolman.core.errors import UserError
from tolman.training.step import TrainState

Tree = TypeVar("Tree")


def kept_weights(model: Tree, initial: Tree, patterns: Sequence[str]) -> Tree:
    """Return the initial weights, with those of `model` whose names match a pattern.

    Args:
        model: trained weights.
        initial: those before the first step.
        patterns: as of `fnmatch`, of names like `layers.0.attention.query`.

    Raises:
        UserError: a pattern matches no weight.
    """
    paths, structure = jax.tree_util.tree_flatten_with_path(model)
    names = [weight_name(path) for path, _ in paths]
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise UserError(f"a phase keeps {pattern!r}, which is none of the weights: {', '.join(names)}")
    kept = [any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) for name in names]
    leaves = zip(kept, (leaf for _, leaf in paths), jax.tree.leaves(initial), strict=True)
    return jax.tree_util.tree_unflatten(structure, [own if keep else first for keep, own, first in leaves])


def weight_name(path: tuple[object, ...]) -> str:
    """Return a weight's name, for example `layers.0.attention.query`."""
    return jax.tree_util.keystr(path, simple=True, separator=".")


def begun_anew(states: TrainState, initial: TrainState, patterns: Sequence[str]) -> TrainState:
    """Return states that go on from the initial weights and optimiser, but for the weights that are kept.

    The counts of steps, tokens and targets go on; stopped seeds stay stopped, as they are.
    """
    model = kept_weights(states.model, initial.model, patterns)
    return states._replace(model=model, opt_state=initial.opt_state)
