"""What the agent observes: an egocentric square of the maze, as integer planes or as pixels."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from tolman.envs.maze.config import TILE, Maze
from tolman.envs.maze.layout import OFFSETS, Layouts

if TYPE_CHECKING:
    from tolman.envs.maze.dynamics import Params, State

OUTSIDE = -1
"""In the plane of the floor: a cell that is not in the maze, or hidden by walls."""


def sights(dials: Maze, layouts: Layouts) -> Any:
    """What views are cut from: the planes of every maze within a margin, turned to each heading, `[M, H, P, P, 3]`."""
    xp, margin = layouts.walls.__array_namespace__(), dials.view // 2
    around = ((0, 0), (margin, margin), (margin, margin))
    values = ((layouts.things, 0), (layouts.floor, OUTSIDE), (layouts.walls, 0))
    things, floor, walls = (xp.pad(plane, around, constant_values=value) for plane, value in values)
    facing = [xp.stack([things, floor, _turned(walls, h)], axis=-1) for h in range(dials.headings)]
    turned = [xp.rot90(maze, h, axes=(1, 2)) for h, maze in enumerate(facing)]
    return xp.stack(turned, axis=1).astype(xp.int16)


def planes(params: Params, state: State) -> Int[Array, "v v 3"]:
    """The square around the agent: object plus 1 (0 = none), colour of the floor (`OUTSIDE`), bits of closed sides.

    The agent stands in the middle. North is up, or the agent's heading where it turns; bits turn with it.
    """
    dials = params.dials
    seen = sights(dials, params.layouts) if params.seen is None else params.seen
    # A view is one block of `seen`: several times as fast as a look-up for each of its cells.
    start = (state.maze, state.heading, *_corner(state.position, state.heading, dials.size), 0)
    square = jax.lax.dynamic_slice(seen, start, (1, 1, dials.view, dials.view, 3))[0, 0].astype(jnp.int32)
    if dials.see_through:
        return square
    inside, walls = square[..., 1] != OUTSIDE, square[..., 2]
    shown = inside & _reached(jnp.where(inside, walls, 15), dials.view)
    return jnp.where(shown[..., None], square, jnp.array([0, OUTSIDE, 0]))


def _corner(position: Array, heading: Array, size: int) -> tuple[Array, Array]:
    """Row and column of a view's first cell in its maze's sight: those of the agent, as the margin is half a view."""
    row, column = position
    ring = (row, size - 1 - column, size - 1 - row, column)
    return jax.lax.select_n(heading, *ring), jax.lax.select_n((heading + 3) % 4, *ring)


def pixels(dials: Maze, square: Int[Array, "v v 3"]) -> Array:
    """A view's planes as an image `[v * TILE, v * TILE, 3]` of 8-bit intensities."""
    things, floor, walls = jnp.moveaxis(square, -1, 0)
    # Without a floor to recognise the maze by, every floor looks alike.
    shades = floor_colours(dials.symbols) if dials.recognise == "floor" else np.tile(PLAIN, (dials.symbols, 1))
    ground = jnp.where((floor == OUTSIDE)[..., None], 0, jnp.asarray(shades)[floor])[:, :, None, None]
    shape = jnp.asarray(object_shapes(dials.objects))[things][..., None]
    image = jnp.where(shape, jnp.asarray(object_colours(dials.objects))[things][:, :, None, None], ground)
    sides = (walls[..., None] >> jnp.arange(4)) & 1
    lines = jnp.any(sides[..., None, None].astype(bool) & _SIDES, axis=2)[..., None]
    image = jnp.where(lines, 255, image)
    v = dials.view
    return jnp.transpose(image, (0, 2, 1, 3, 4)).reshape(v * TILE, v * TILE, 3).astype(jnp.uint8)


def _turned(walls: Any, heading: int) -> Any:
    """Bits of closed sides as seen by an agent that faces `heading`."""
    twice = walls | (walls << 4)
    return (twice >> heading) & 15


def _reached(walls: Array, view: int) -> Bool[Array, "v v"]:
    """Cells that a path joins to the middle which leads away from it at every step and crosses no wall."""
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
"""Colour of a floor that tells nothing."""


def _hues(count: int, saturation: float, value: float) -> np.ndarray:
    import colorsys

    shades = [colorsys.hsv_to_rgb(i / count, saturation, value) for i in range(count)]
    return np.round(255 * np.array(shades)).astype(np.uint8)


@functools.cache
def floor_colours(symbols: int) -> np.ndarray:
    """Colours `[symbols, 3]` of floors: darker than those of objects."""
    return _hues(symbols, 0.55, 0.45)


@functools.cache
def object_colours(objects: int) -> np.ndarray:
    """Colours `[objects + 1, 3]` of objects; the first belongs to none."""
    return np.concatenate([np.zeros((1, 3), np.uint8), _hues(objects, 0.75, 1.0)])


@functools.cache
def object_shapes(objects: int) -> np.ndarray:
    """Masks `[objects + 1, TILE, TILE]` of objects: square, disc, diamond, triangle, cross and ring in turn."""
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
