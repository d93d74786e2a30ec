"""Weights as safetensors beside a JSON configuration; never pickled code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tolman.core.config import from_canonical
from tolman.core.errors import UserError
from tolman.core.registry import load, named
from tolman.models.base import AbstractModel, AbstractModelConfig

Tree = TypeVar("Tree")


def flatten(tree: Any) -> dict[str, np.ndarray]:
    """A pytree's leaves by path, e.g. `.layers[0].mlp.up`."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path): np.asarray(leaf, order="C") for path, leaf in leaves}


def restore(like: Tree, leaves: dict[str, np.ndarray], source: str) -> Tree:
    """A pytree of `like`'s structure from leaves by path; raises `UserError` where they do not fit."""
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = {jax.tree_util.keystr(path): np.shape(leaf) for path, leaf in paths}
    found = {name: leaf.shape for name, leaf in leaves.items()}
    if names != found:
        differing = sorted(set(names.items()) ^ set(found.items()))[:4]
        raise UserError(f"{source} does not fit the expected model: differs at {differing}; delete it to train anew")
    return jax.tree_util.tree_unflatten(structure, [leaves[name] for name in names])


class Made(NamedTuple):
    """What a model is made from, besides a key."""

    config: AbstractModelConfig
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def save_model(model: AbstractModel, made: Made, folder: Path) -> None:
    """Writes `weights.safetensors` and `config.json` into an existing folder."""
    save_file(flatten(model), folder / "weights.safetensors")
    settings = {"config": named("models", made.config), "inputs": made.inputs, "outputs": made.outputs}
    (folder / "config.json").write_text(json.dumps(settings, indent=1))


def load_model(folder: Path) -> Any:
    """The model saved in a folder; raises `UserError` if it is missing or damaged, or its class is not installed."""
    try:
        made = _made(json.loads((folder / "config.json").read_text()))
        leaves = load_file(folder / "weights.safetensors")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError(f"no model can be read from {folder} ({error}); run the study again to train it") from error
    like = jax.eval_shape(lambda: made.config.make(made.inputs, made.outputs, jax.random.key(0)))
    return jax.tree.map(jax.numpy.asarray, restore(like, leaves, str(folder)))


def _made(settings: dict[str, Any]) -> Made:
    given = settings["config"]
    config = from_canonical(load("models", given["name"]), given)
    if named("models", config) != given:
        raise ValueError(f"it is of version {given['version']} of {given['name']!r}, today's is {config.version}")
    return Made(config, tuple(settings["inputs"]), tuple(settings["outputs"]))
