"""Observations of a maze as one vector, and its retrieval features."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool

from tolman.core.experience import NONE
from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.view import OUTSIDE


def encode(config: MazeConfig, observation: dict[str, Array], action: Array) -> Array:
    """Return an observation and the action that led to it (`NONE` = a trial starts) as a vector `[D]`.

    Its parts follow one another in the order of `part_sizes`. Symbolic views give bits; with pixels all parts are
    8-bit intensities.
    """
    parts = _parts(config, observation, action)
    scale = jnp.uint8(255) if config.observation == "pixels" else True
    flat = {name: part if part.dtype == jnp.uint8 else part * scale for name, part in parts.items()}
    return jnp.concatenate([flat[name].ravel() for name in part_sizes(config)])


def retrieval_features(config: MazeConfig, observation: dict[str, Array]) -> Bool[Array, " q"]:
    """Return what identifies a maze, as bits: the digits of its cue, or the colours of the floor in view.

    They are taken from the planes also where the agent sees pixels, as if memory perceived them perfectly.
    """
    if config.identified_by == "cue":
        return (observation["cue"][:, None] == jnp.arange(config.symbols)).ravel()
    return jnp.any(observation["floor"][..., None] == jnp.arange(config.symbols), axis=(0, 1))


def part_sizes(config: MazeConfig) -> dict[str, int]:
    """Return the parts of an encoded observation under this configuration, and the number of units of each."""
    cells = config.view_size**2
    symbolic = config.observation == "symbolic"
    floors = config.identified_by == "floor"
    sizes = {
        "goal": config.objects,
        "action": len(config.action_names) + 1,
        "cue": 0 if floors else config.digits * config.symbols,
        "position": 4 * config.size if config.observe_position else 0,
        "heading": config.headings if config.headings > 1 else 0,
        "in view": config.objects if symbolic and config.view_size > 1 else 0,
        "objects": cells * config.objects if symbolic else 0,
        "outside": cells if symbolic and config.view_size > 1 else 0,
        "floor": cells * config.symbols if symbolic and floors else 0,
        "walls": 4 * cells if symbolic and config.wall_density else 0,
        "view": 0 if symbolic else 3 * (config.view_size * TILE) ** 2,
    }
    return {name: size for name, size in sizes.items() if size}


def part_slices(config: MazeConfig) -> dict[str, slice]:
    """Return the position of each part in an encoded observation."""
    found, start = {}, 0
    for name, size in part_sizes(config).items():
        found[name] = slice(start, start + size)
        start += size
    return found


def _parts(config: MazeConfig, observation: dict[str, Array], action: Array) -> dict[str, Array]:
    position = observation["position"][:, None]
    cells = jnp.arange(config.size)
    found = {
        "goal": observation["goal"] == jnp.arange(config.objects),
        "action": action == jnp.arange(NONE, len(config.action_names)),
        "cue": observation["cue"][:, None] == jnp.arange(config.symbols),
        # A thermometer code beside the one-hot code: sums and differences of cells are then sums of bits.
        "position": jnp.stack([position == cells, position > cells]),
        "heading": observation["heading"] == jnp.arange(config.headings),
    }
    if config.observation == "pixels":
        return found | {"view": observation["view"]}
    objects, floor, walls = jnp.moveaxis(observation["view"], -1, 0)
    numbers = jnp.arange(1, config.objects + 1)
    return found | {
        "in view": jnp.any(objects[..., None] == numbers, axis=(0, 1)),
        "objects": objects[..., None] == numbers,
        "outside": floor == OUTSIDE,
        "floor": floor[..., None] == jnp.arange(config.symbols),
        "walls": ((walls[..., None] >> jnp.arange(4)) & 1).astype(bool),
    }
