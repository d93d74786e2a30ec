"""Weights as safetensors beside a JSON configuration; never pickled code."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..core.errors import UserError
from .decoder import Decoder, DecoderConfig, make_decoder

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


def save_decoder(model: Decoder, config: DecoderConfig, folder: Path) -> None:
    """Writes `weights.safetensors` and `config.json` into an existing folder."""
    save_file(flatten(model), folder / "weights.safetensors")
    settings = {"architecture": "decoder", "vocabulary": model.embedding.shape[0], **dataclasses.asdict(config)}
    (folder / "config.json").write_text(json.dumps(settings, indent=1))


def load_decoder(folder: Path) -> Decoder:
    """The decoder saved in a folder; raises `UserError` if it is missing or damaged."""
    try:
        settings = json.loads((folder / "config.json").read_text())
        leaves = load_file(folder / "weights.safetensors")
        vocabulary = settings.pop("vocabulary")
        settings.pop("architecture")
        config = DecoderConfig(**settings)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError(f"no model can be read from {folder} ({error}); run the study again to train it") from error
    like = jax.eval_shape(lambda: make_decoder(config, vocabulary, jax.random.key(0)))
    return jax.tree.map(jax.numpy.asarray, restore(like, leaves, str(folder)))
