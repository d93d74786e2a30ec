"""What the agent observes: an egocentric square of the maze, as integer planes or as pixels."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from .dials import TILE, Maze
from .layout import OFFSETS, Layouts

if TYPE_CHECKING:
    from .dynamics import State

OUTSIDE = -1
"""In the plane of the floor: a cell that is not in the maze, or hidden by walls."""


def planes(dials: Maze, layouts: Layouts, state: State) -> Int[Array, "v v 3"]:
    """The square around the agent: object plus 1 (0 = none), colour of the floor (`OUTSIDE`), bits of closed sides.

    The agent stands in the middle. North is up, or the agent's heading where it turns; bits turn with it.
    """
    cells = state.position + jnp.asarray(_grid(dials.view))[state.heading]
    inside = jnp.all((cells >= 0) & (cells < dials.size), axis=-1)
    row, column = jnp.moveaxis(jnp.clip(cells, 0, dials.size - 1), -1, 0)
    walls = _turned(layouts.walls[state.maze, row, column], state.heading)
    if not dials.see_through:
        inside = inside & _reached(jnp.where(inside, walls, 15), dials.view)
    things = jnp.where(inside, layouts.things[state.maze, row, column], 0)
    floor = jnp.where(inside, layouts.floor[state.maze, row, column], OUTSIDE)
    return jnp.stack([things, floor, jnp.where(inside, walls, 0)], axis=-1).astype(jnp.int32)


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


@functools.cache
def _grid(view: int) -> np.ndarray:
    """Offsets `[4, v, v, 2]` of the view's cells, for each heading."""
    reach = np.arange(view) - view // 2
    rows, columns = np.meshgrid(reach, reach, indexing="ij")
    turned = [(rows, columns), (columns, -rows), (-rows, -columns), (-columns, rows)]
    return np.stack([np.stack(pair, axis=-1) for pair in turned]).astype(np.int32)


def _turned(walls: Array, heading: Array) -> Array:
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
