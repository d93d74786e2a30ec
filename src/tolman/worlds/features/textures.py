"""Ten textures as functions of the plane: the depth of a point inside the texture's painted part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Depth = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""`depth(u, v, random)`: signed distance to the nearest edge of the painted part, positive in it, all in periods.

`u`, `v` `[n, H, W]` count periods; `random[n, 64]`, uniform in [0, 1), is an image's own, for irregular textures.
Of all textures but `solid`, `rain` and `noise` (half in expectation) close to half of the plane is painted.
"""


def _centred(x: np.ndarray) -> np.ndarray:
    """Distance from the middle of the period, at most 1/2."""
    return np.abs(x - np.floor(x) - 0.5)


def _solid(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    del v, random
    return np.full_like(u, np.inf)


def _stripes(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    del v, random
    return 0.25 - _centred(u)


def _grid(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    del random
    return 0.146 - np.minimum(_centred(u), _centred(v))


def _dots(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    del random
    return 0.399 - np.hypot(_centred(u), _centred(v))


def _noise(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Cells of half a period, each painted or not."""
    return np.where(_cell(2 * u, 2 * v, random) < 0.5, 0.5, -0.5)


def _zigzags(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Stripes that turn by a right angle every half period."""
    del random
    return (0.25 - _centred(u + 2 * _centred(v / 2))) / 2**0.5


def _triangles(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """The upward triangles of the triangular tiling; sides of 1.5 periods."""
    del random
    b = v / (1.5 * 0.866)
    a = u / 1.5 - 0.5 * b
    a, b = a - np.floor(a), b - np.floor(b)
    upward = np.minimum(np.minimum(a, b), 1 - a - b)
    downward = np.minimum(np.minimum(1 - a, 1 - b), a + b - 1)
    return 1.5 * 0.866 * np.where(a + b < 1, upward, -downward)


def _pluses(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """One plus per cell of 1.25 periods; neighbours do not touch."""
    del random
    x, y = _centred(u / 1.25), _centred(v / 1.25)
    long, short = np.maximum(x, y), np.minimum(x, y)
    return 1.25 * np.minimum(0.42 - long, 0.2 - short)


def _hexgrid(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Lines of a honeycomb whose cells are 1.5 periods wide."""
    del random
    x, y = u / 1.5, v / 1.5
    first = _to_hexagon_edge(x, y)
    second = _to_hexagon_edge(x + 0.5, y + 0.866)
    return 1.5 * (0.146 - np.maximum(first, second))


def _to_hexagon_edge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance inwards from the edge of the hexagons of width 1 that are centred on the 1 x sqrt(3) lattice."""
    x, y = _centred(x), 1.732 * _centred(y / 1.732)
    return 0.5 - np.maximum(x, 0.5 * x + 0.866 * y)


def _rain(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Drops half a period wide and 1.6 periods long, one in every column of 2 periods, at irregular heights."""
    column = 1.6 * u
    height = v / 2.4 + _cell(column, np.zeros_like(u), random)
    return np.minimum((0.32 - _centred(column)) / 1.6, 2.4 * (0.3 - _centred(height)))


def _cell(u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """One of the image's random numbers for each unit cell; they repeat every eight cells."""
    index = np.floor(u).astype(np.int32) % 8 * 8 + np.floor(v).astype(np.int32) % 8
    return np.take_along_axis(random, index.reshape(len(random), -1), axis=1).reshape(u.shape)


_DEPTHS: dict[str, Depth] = {
    "solid": _solid,
    "stripes": _stripes,
    "dots": _dots,
    "noise": _noise,
    "zigzags": _zigzags,
    "grid": _grid,
    "triangles": _triangles,
    "pluses": _pluses,
    "hexgrid": _hexgrid,
    "rain": _rain,
}
TEXTURES = tuple(_DEPTHS)
"""The textures of Hermann and Lampinen's Trifeature set (arXiv 2006.12433, supplement B);
those first that are told apart at 32 pixels."""


def depth_at(texture: str, u: np.ndarray, v: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Return a texture's depth at points; see `Depth`."""
    return _DEPTHS[texture](u, v, random)
