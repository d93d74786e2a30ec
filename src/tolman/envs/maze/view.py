"""Egocentric views of a maze: a square around the agent, as integer planes or as pixels."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.layout import OFFSETS, Layouts
from tolman.envs.maze.state import MazeParams, MazeState

OUTSIDE = -1
"""Value in the floor's plane of a cell that is outside the maze, or hidden by walls."""


def padded_planes(config: MazeConfig, layouts: Layouts) -> Any:
    """Return the planes of every maze within a margin, turned to each heading, `[M, H, P, P, 3]`."""
    xp, margin = layouts.walls.__array_namespace__(), config.view_size // 2
    around = ((0, 0), (margin, margin), (margin, margin))
    values = ((layouts.object_map, 0), (layouts.floor, OUTSIDE), (layouts.walls, 0))
    objects, floor, walls = (xp.pad(plane, around, constant_values=value) for plane, value in values)
    facing = [xp.stack([objects, floor, _turned(walls, h)], axis=-1) for h in range(config.headings)]
    turned = [xp.rot90(maze, h, axes=(1, 2)) for h, maze in enumerate(facing)]
    return xp.stack(turned, axis=1).astype(xp.int16)


def planes(params: MazeParams, state: MazeState) -> Int[Array, "v v 3"]:
    """Return the square around the agent: object plus 1 (0 = none), colour of the floor (or `OUTSIDE`), closed sides.

    The agent stands in the middle. North is up, or the agent's heading where it turns; the sides' bits turn with it.
    """
    config = params.config
    padded = padded_planes(config, params.layouts) if params.padded is None else params.padded
    # A view is one block of `padded`: several times as fast as a look-up for each of its cells.
    start = (state.maze, state.heading, *_corner(state.position, state.heading, config.size), 0)
    shape = (1, 1, config.view_size, config.view_size, 3)
    square = jax.lax.dynamic_slice(padded, start, shape)[0, 0].astype(jnp.int32)
    if config.see_through:
        return square
    inside, walls = square[..., 1] != OUTSIDE, square[..., 2]
    shown = inside & _reached(jnp.where(inside, walls, 15), config.view_size)
    return jnp.where(shown[..., None], square, jnp.array([0, OUTSIDE, 0]))


def _corner(position: Array, heading: Array, size: int) -> tuple[Array, Array]:
    """Return row and column of a view's first cell in the padded planes: the agent's, as the margin is half a view."""
    row, column = position
    ring = (row, size - 1 - column, size - 1 - row, column)
    return jax.lax.select_n(heading, *ring), jax.lax.select_n((heading + 3) % 4, *ring)


def pixels(config: MazeConfig, square: Int[Array, "v v 3"]) -> Array:
    """Render a view's planes as an image `[v * TILE, v * TILE, 3]` of 8-bit intensities."""
    objects, floor, walls = jnp.moveaxis(square, -1, 0)
    # Floors look alike where they do not identify the maze.
    shades = floor_colours(config.symbols) if config.identified_by == "floor" else np.tile(PLAIN, (config.symbols, 1))
    ground = jnp.where((floor == OUTSIDE)[..., None], 0, jnp.asarray(shades)[floor])[:, :, None, None]
    shape = jnp.asarray(object_shapes(config.objects))[objects][..., None]
    image = jnp.where(shape, jnp.asarray(object_colours(config.objects))[objects][:, :, None, None], ground)
    sides = (walls[..., None] >> jnp.arange(4)) & 1
    lines = jnp.any(sides[..., None, None].astype(bool) & _SIDES, axis=2)[..., None]
    image = jnp.where(lines, 255, image)
    v = config.view_size
    return jnp.transpose(image, (0, 2, 1, 3, 4)).reshape(v * TILE, v * TILE, 3).astype(jnp.uint8)


def _turned(walls: Any, heading: int) -> Any:
    """Return the bits of closed sides as seen by an agent that faces `heading`."""
    twice = walls | (walls << 4)
    return (twice >> heading) & 15


def _reached(walls: Array, view: int) -> Bool[Array, "v v"]:
    """Return the cells that a path joins to the middle, leading away from it at every step and crossing no wall."""
    reach = np.arange(view) - view // 2
    seen = jnp.zeros((view, view), bool).at[view // 2, view // 2].set(True)
    for _ in range(view - 1):
        padded = jnp.pad(seen, 1)
        for direction, (down, right) in enumerate(OFFSETS):
            nearer = down * reach[:, None] + right * reach < 0
            beside = padded[1 + down : 1 + down + view, 1 + right : 1 + right + view]
            seen = seen | (beside & nearer & ((walls >> direction) & 1 == 0))
    return seen


PLAIN = np.array([70, 74, 82], np.uint8)
"""Colour of floors that do not identify the maze."""


def _hues(count: int, saturation: float, value: float) -> np.ndarray:
    import colorsys

    shades = [colorsys.hsv_to_rgb(i / count, saturation, value) for i in range(count)]
    return np.round(255 * np.array(shades)).astype(np.uint8)


@functools.cache
def floor_colours(symbols: int) -> np.ndarray:
    """Return the colours `[symbols, 3]` of floors, darker than those of objects."""
    return _hues(symbols, 0.55, 0.45)


@functools.cache
def object_colours(objects: int) -> np.ndarray:
    """Return the colours `[objects + 1, 3]` of objects; the first one stands for no object."""
    return np.concatenate([np.zeros((1, 3), np.uint8), _hues(objects, 0.75, 1.0)])


@functools.cache
def object_shapes(objects: int) -> np.ndarray:
    """Return masks `[objects + 1, TILE, TILE]`: square, disc, diamond, triangle, cross and ring in turn."""
    reach = np.arange(TILE) - (TILE - 1) / 2
    y, x = np.meshgrid(reach, reach, indexing="ij")
    r = np.hypot(x, y)
    forms = [
        np.maximum(abs(x), abs(y)) < 2.6,
        r < 3.1,
        abs(x) + abs(y) < 3.6,
        (y < 2.6) & (abs(x) * 2 < y + 3.6),
        ((abs(x) < 1) | (abs(y) < 1)) & (np.maximum(abs(x), abs(y)) < 3),
        (r < 3.6) & (r > 1.8),
    ]
    return np.stack([np.zeros_like(forms[0]), *(forms[i % len(forms)] for i in range(objects))])


def _side_masks() -> np.ndarray:
    masks = np.zeros((4, TILE, TILE), bool)
    masks[0, 0], masks[1, :, -1], masks[2, -1], masks[3, :, 0] = True, True, True, True
    return masks


_SIDES: Any = _side_masks()
