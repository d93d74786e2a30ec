"""Weights as safetensors beside a JSON configuration; never pickled code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jax
import numpy as np
from jaxtyping import PRNGKeyArray, PyTree
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tolman.core.config import from_canonical
from tolman.core.errors import UserError
from tolman.core.registry import load, named
from tolman.models.base import AbstractModelConfig, ContinuationModel, Model

Tree = TypeVar("Tree")
Rename = Callable[[dict[str, Any], dict[str, np.ndarray]], tuple[dict[str, Any], dict[str, np.ndarray]]]


class ModelSpec(NamedTuple):
    """All that determines a model besides a key: its configuration, input shape and output sizes."""

    config: AbstractModelConfig
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def make(self, key: PRNGKeyArray) -> PyTree:
        """Return a freshly initialised model."""
        return self.config.make(self.inputs, self.outputs, key)


def flatten(tree: PyTree) -> dict[str, np.ndarray]:
    """Return a pytree's leaves by path, e.g. `.layers[0].mlp.up`."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path): np.asarray(leaf, order="C") for path, leaf in leaves}


def restore(like: Tree, leaves: dict[str, np.ndarray], source: str) -> Tree:
    """Return a pytree of `like`'s structure from leaves by path.

    Raises:
        UserError: the leaves do not fit; the message names their `source`.
    """
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = {jax.tree_util.keystr(path): np.shape(leaf) for path, leaf in paths}
    found = {name: leaf.shape for name, leaf in leaves.items()}
    if names != found:
        differing = sorted(set(names.items()) ^ set(found.items()))[:4]
        raise UserError(f"{source} does not fit the expected model: differs at {differing}; delete it to train anew")
    return jax.tree_util.tree_unflatten(structure, [leaves[name] for name in names])


def save_model(model: Model | ContinuationModel, spec: ModelSpec, folder: Path) -> None:
    """Write `weights.safetensors` and `config.json` into an existing folder.

    Of a continuation model only the weights that finetuning changed are written, and the words that it is over.
    """
    settings = {"config": named("models", spec.config), "inputs": spec.inputs, "outputs": spec.outputs}
    if isinstance(model, ContinuationModel):
        leaves, settings["vocabulary"] = model.weights(), list(model.vocabulary)
    else:
        leaves = flatten(model)
    try:
        save_file(leaves, folder / "weights.safetensors")
    except SafetensorError as error:  # as the library calls every failure to write
        raise OSError(str(error)) from error
    (folder / "config.json").write_text(json.dumps(settings, indent=1))


def load_model(folder: Path, rename: Rename | None = None) -> Model | ContinuationModel:
    """Return the model saved in a folder.

    Args:
        folder: as `save_model` filled it.
        rename: brings the settings and the names of the weights of an old release up to date.

    Raises:
        UserError: it is missing or damaged, or its class is not installed.
    """
    try:
        settings = json.loads((folder / "config.json").read_text())
        leaves = load_file(folder / "weights.safetensors")
        settings, leaves = rename(settings, leaves) if rename else (settings, leaves)
        spec = _spec(settings)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError(f"no model can be read from {folder} ({error}); run the study again to train it") from error
    if "vocabulary" in settings:
        started = spec.config.start(settings["vocabulary"])
        assert isinstance(started, ContinuationModel)
        return started.with_weights(leaves)
    like = jax.eval_shape(lambda: spec.make(jax.random.key(0)))
    return jax.tree.map(jax.numpy.asarray, restore(like, leaves, str(folder)))


def _spec(settings: dict[str, Any]) -> ModelSpec:
    given = settings["config"]
    config = from_canonical(load("models", given["name"]), given)
    if named("models", config) != given:
        raise ValueError(f"it is of version {given['version']} of {given['name']!r}; this release has {config.version}")
    return ModelSpec(config, tuple(settings["inputs"]), tuple(settings["outputs"]))
