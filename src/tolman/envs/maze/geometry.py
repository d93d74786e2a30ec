"""Shapes that a picture of a maze consists of, in units of a cell; `render` turns them into pixels or SVG."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tolman.envs.maze.layout import OFFSETS
from tolman.envs.maze.state import MazeParams, MazeState

MARGIN = 0.3
"""Empty ground around a maze, in cells."""

PAGE, GROUND, GRID, WALL, INK = "#ffffff", "#faf9f5", "#e9e6dc", "#2a2f3d", "#2a2f3d"
GOAL_FILL, GOAL_RIM, PATH, EARLIER = "#fff1bf", "#e3a008", "#2563c9", "#c3c6cd"

Point = tuple[float, float]


class Polygon(NamedTuple):
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


class Line(NamedTuple):
    """A line through points, with round ends and joints."""

    points: tuple[Point, ...]
    colour: str
    width: float


class Disc(NamedTuple):
    """A filled circle, with a rim inside its radius."""

    centre: Point
    radius: float
    fill: str
    rim: str
    width: float


class Label(NamedTuple):
    """One line of text, centred at a point."""

    centre: Point
    text: str
    height: float
    colour: str
    bold: bool = False


Shape = Polygon | Line | Disc | Label


class Scene(NamedTuple):
    """A maze with an agent in it.

    Attributes:
        params: the mazes.
        state: the maze, the agent and its goal.
        path: cells `[n, 2]` that the agent came through, from the first to the last.
        colour: of the path.
        earlier: paths of earlier episodes in the maze, drawn faintly.
    """

    params: MazeParams
    state: MazeState
    path: Any = ()
    colour: str = PATH
    earlier: Any = ()


def side(scene: Scene) -> float:
    """Return the width, and height, of a scene in cells."""
    return scene.params.config.size + 2 * MARGIN


def shapes(scene: Scene) -> list[Shape]:
    """Return everything visible from the bottom to the top; x grows to the right and y down, in cells."""
    layouts, state, config = scene.params.layouts, scene.state, scene.params.config
    maze, goal = int(state.maze), int(state.goal)
    objects = np.asarray(layouts.object_cells[maze])
    path = _centres(scene.path)
    coloured = np.asarray(layouts.floor[maze]) if config.identified_by == "floor" else None
    return [
        *_ground(config.size, coloured, config.symbols),
        Disc(_centre(objects[goal]), 0.46, GOAL_FILL, GOAL_RIM, 0.055),
        *(line for cells in scene.earlier for line in _path(_centres(cells), EARLIER, 0.2)),
        *_path(path, scene.colour),
        *(part for number, cell in enumerate(objects) for part in object_shape(number, config.objects, _centre(cell))),
        *(Disc(tuple(start), 0.15, PAGE, scene.colour, 0.06) for start in path[:1].tolist()),
        *_walls(np.asarray(layouts.walls[maze])),
        *_agent(_centre(state.position), int(state.heading) if config.headings > 1 else None),
    ]


def object_shape(number: int, objects: int, centre: Point, radius: float = 0.3) -> list[Shape]:
    """Return an object's shape in its colour; the forms are those of rendered views."""
    colour, form = object_colour(number, objects), _FORMS[number % len(_FORMS)]
    if form is None:
        return [Disc(centre, radius, colour, colour, 0.0)]
    if form == "ring":
        return [Disc(centre, radius, PAGE, colour, 0.42 * radius)]
    return [Polygon(tuple((centre[0] + radius * x, centre[1] + radius * y) for x, y in form), colour)]


def object_colour(number: int, objects: int) -> str:
    """Return an object's colour: its hue in rendered views, dark enough for light ground."""
    hue = number / objects
    # Yellow and green look lighter than red and blue of the same HLS lightness.
    lightness = 0.55 - 0.15 * math.exp(-(((hue - 0.3) / 0.17) ** 2))
    return _hex(colorsys.hls_to_rgb(hue, lightness, 0.68))


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _regular(count: int, turn: float, stretch: Iterable[float] = (1.0,)) -> tuple[Point, ...]:
    """Return the corners of a regular polygon, or of a star if radii alternate."""
    radii = list(stretch)
    angles = [2 * math.pi * k / count + turn for k in range(count)]
    return tuple(
        (radii[k % len(radii)] * math.sin(a), -radii[k % len(radii)] * math.cos(a)) for k, a in enumerate(angles)
    )


def _cross(half_width: float) -> tuple[Point, ...]:
    w = half_width
    corner = [(w, 1.0), (w, w), (1.0, w), (1.0, -w), (w, -w), (w, -1.0)]
    return tuple(corner + [(-x, -y) for x, y in corner])


_FORMS: tuple[Any, ...] = (
    _regular(4, math.pi / 4, (1.2,)),
    None,
    _regular(4, 0.0, (1.15,)),
    tuple((x, y + 0.15) for x, y in _regular(3, 0.0, (1.2,))),
    _cross(0.36),
    "ring",
)
"""Square, disc, diamond, triangle, cross and ring, within about the unit circle."""


def _centre(cell: Any) -> Point:
    row, column = (int(part) for part in cell)
    return MARGIN + column + 0.5, MARGIN + row + 0.5


def _centres(cells: Any) -> np.ndarray:
    return np.array([_centre(cell) for cell in np.asarray(cells).reshape(-1, 2)]).reshape(-1, 2)


def _box(left: float, top: float, right: float, bottom: float, fill: str) -> Polygon:
    return Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), fill)


def _ground(size: int, floor: np.ndarray | None, symbols: int) -> Iterator[Shape]:
    low, high = MARGIN, MARGIN + size
    yield _box(low, low, high, high, GROUND)
    if floor is not None:
        for (row, column), colour in np.ndenumerate(floor):
            tint = _hex(colorsys.hls_to_rgb(colour / symbols, 0.87, 0.6))
            yield _box(low + column, low + row, low + column + 1, low + row + 1, tint)
    for k in range(1, size):
        yield Line(((low, low + k), (high, low + k)), GRID, 0.03)
        yield Line(((low + k, low), (low + k, high)), GRID, 0.03)


def closed_sides(walls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the walls above each row and below the last `[S + 1, S]`, and left and right of columns `[S, S + 1]`."""
    across = np.concatenate([walls & 1 > 0, walls[-1:] & 4 > 0])
    return across, np.concatenate([walls & 8 > 0, walls[:, -1:] & 2 > 0], axis=1)


def _walls(walls: np.ndarray) -> Iterator[Shape]:
    """Yield runs of closed sides as one line each, so that no seams show."""
    across, along = closed_sides(walls)
    for closed, upright in ((across, False), (along.T, True)):
        for k, row in enumerate(closed):
            for start, stop in _runs(row):
                ends = ((MARGIN + start, MARGIN + k), (MARGIN + stop, MARGIN + k))
                yield Line(tuple((y, x) for x, y in ends) if upright else ends, WALL, 0.11)


def _runs(closed: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(closed.astype(int), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _path(centres: np.ndarray, colour: str, width: float = 0.085) -> Iterator[Shape]:
    """Yield the path, shifted a little to its own right, so that there and back again are two lines."""
    moves = np.diff(centres, axis=0)
    moved = np.any(moves != 0, axis=1)
    corners = np.concatenate([centres[:1], centres[1:][moved]])
    if moved.any():
        yield Line(tuple(_aside(corners, moves[moved])), colour, width)


def _aside(corners: np.ndarray, moves: np.ndarray) -> Iterator[Point]:
    """Yield the corners of a path between cells, shifted to the right of both moves that meet there."""
    right = 0.08 * np.stack([-moves[:, 1], moves[:, 0]], axis=1)
    yield tuple(corners[0].tolist())
    yield tuple((corners[0] + right[0]).tolist())
    for corner, before, after in zip(corners[1:-1], right, right[1:], strict=False):
        turns = [before, after] if np.allclose(before, -after) else [before + after * ~np.isclose(before, after).all()]
        yield from (tuple((corner + turn).tolist()) for turn in turns)
    yield tuple((corners[-1] + right[-1]).tolist())
    yield tuple(corners[-1].tolist())


def _agent(centre: Point, heading: int | None) -> Iterator[Shape]:
    if heading is None:
        yield Disc(centre, 0.19, INK, PAGE, 0.045)
        return
    down, right = OFFSETS[heading].tolist()
    for scale, colour in ((1.0, PAGE), (0.8, INK)):
        outline = [(0.4, 0.0), (-0.29, 0.3), (-0.15, 0.0), (-0.29, -0.3)]
        turned = [(scale * (a * right - b * down), scale * (a * down + b * right)) for a, b in outline]
        yield Polygon(tuple((centre[0] + x, centre[1] + y) for x, y in turned), colour)
