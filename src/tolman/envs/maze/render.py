"""Pictures of mazes as pixels, PNG, GIF and SVG, all drawn from the same shapes."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from tolman.core.errors import UserError
from tolman.envs.maze import geometry as g
from tolman.envs.maze.state import MazeParams, MazeState

CAPTION = 0.42
"""Height of a caption's letters, in cells of a maze with 5 on each side."""

_WIDE = 0.58
"""Width of an average letter of the captions' typeface, in its height."""

_FINER = 4
"""Pixels are drawn this much smaller and then averaged, which smooths edges."""


def render(params: MazeParams, state: MazeState, tile: int = 24, path: Any = ()) -> np.ndarray:
    """Render a maze from above, with the agent, its goal in a golden circle, and its path.

    Args:
        params: the mazes.
        state: one state, not a batch.
        tile: pixels along each side of a cell, at least 4.
        path: cells `[n, 2]` that the agent came through, from the first to the last.

    Returns:
        8-bit intensities `[h, w, 3]`, where `h = w = round((size + 0.6) * tile)`.
    """
    scene = g.Scene(params, state, path)
    return _pixels(g.shapes(scene), g.side(scene), g.side(scene), tile)


def render_svg(params: MazeParams, state: MazeState, tile: int = 24, path: Any = ()) -> str:
    """Render the same as a self-contained SVG element."""
    scene = g.Scene(params, state, path)
    return _svg(g.shapes(scene), g.side(scene), g.side(scene), tile)


def side_by_side(scenes: Sequence[g.Scene], captions: Sequence[str] = (), tile: int = 24) -> np.ndarray:
    """Render mazes side by side as pixels `[h, w, 3]`; the first of several lines of a caption is its heading.

    Raises:
        UserError: there is no scene, or the number of captions is another.
    """
    return _pixels(*_beside(scenes, captions), tile)


def side_by_side_svg(scenes: Sequence[g.Scene], captions: Sequence[str] = (), tile: int = 24) -> str:
    """Render mazes side by side as a self-contained SVG element; see `side_by_side`."""
    return _svg(*_beside(scenes, captions), tile)


def frames(params: MazeParams, states: Sequence[MazeState], tile: int = 24) -> list[np.ndarray]:
    """Render each state of an episode, with the path so far."""
    path = np.array([np.asarray(state.position) for state in states])
    return [render(params, state, tile, path[: i + 1]) for i, state in enumerate(states)]


def save_png(picture: np.ndarray, path: str | Path) -> Path:
    """Write pixels `[h, w, 3]` as a PNG file."""
    from PIL import Image

    Image.fromarray(picture).save(path, format="PNG", optimize=True)
    return Path(path)


def save_gif(pictures: Sequence[np.ndarray], path: str | Path, fps: float = 4.0) -> Path:
    """Write pictures `[h, w, 3]` of one size as an animation that repeats, with the last one four times as long."""
    from PIL import Image

    first, *rest = (Image.fromarray(picture) for picture in pictures)
    each = round(1000 / fps)
    durations = [each] * len(rest) + [4 * each]
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return Path(path)


def _beside(scenes: Sequence[g.Scene], captions: Sequence[str]) -> tuple[list[g.Shape], float, float]:
    """Return shapes, width and height of scenes in a row, centred above their captions."""
    if not scenes or len(captions) not in (0, len(scenes)):
        raise UserError(f"{len(scenes)} mazes with {len(captions)} captions: expected a caption for each, or none")
    tallest = max(map(g.side, scenes))
    letters = CAPTION * max(1.0, tallest / 5.6)
    texts = [caption.split("\n") for caption in captions] or [[] for _ in scenes]
    found: list[g.Shape] = []
    left = 0.0
    for scene, lines in zip(scenes, texts, strict=True):
        column = max([g.side(scene), *(_WIDE * letters * len(line) for line in lines)])
        middle = left + column / 2
        found += [_moved(shape, middle - g.side(scene) / 2, tallest - g.side(scene)) for shape in g.shapes(scene)]
        heights = (tallest + letters * (0.55 + 1.3 * k) for k in range(len(lines)))
        bold = [len(lines) > 1, *[False] * len(lines)]
        found += [
            g.Label((middle, y), line, letters, g.INK, b) for y, line, b in zip(heights, lines, bold, strict=False)
        ]
        left += column + letters
    return found, left - letters, tallest + letters * 1.3 * max(map(len, texts))


def _moved(shape: g.Shape, x: float, y: float) -> g.Shape:
    if isinstance(shape, g.Polygon | g.Line):
        return shape._replace(points=tuple((a + x, b + y) for a, b in shape.points))
    return shape._replace(centre=(shape.centre[0] + x, shape.centre[1] + y))


# ---- pixels


def _pixels(shapes: Sequence[g.Shape], width: float, height: float, tile: int) -> np.ndarray:
    from PIL import Image, ImageDraw

    if tile < 4:
        raise UserError(f"tile is {tile}; expected at least 4 pixels")
    size, scale = (round(width * tile), round(height * tile)), tile * _FINER
    image = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), g.PAGE)
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        _paint(draw, shape, scale)
    return np.asarray(image.resize(size, Image.Resampling.BOX))


def _paint(draw: Any, shape: g.Shape, scale: float) -> None:
    match shape:
        case g.Polygon(points, fill):
            draw.polygon([(x * scale, y * scale) for x, y in points], fill)
        case g.Line(points, colour, width):
            _paint_line(draw, np.array(points) * scale, colour, width * scale)
        case g.Disc(centre, radius, fill, rim, width):
            at = np.array(centre) * scale
            draw.circle(at.tolist(), radius * scale, rim)
            draw.circle(at.tolist(), (radius - width) * scale, fill)
        case g.Label(centre, text, letters, colour, bold):
            font = _font(max(1, round(letters * scale)), bold)
            draw.text((centre[0] * scale, centre[1] * scale), text, colour, font, anchor="mm")


def _paint_line(draw: Any, points: np.ndarray, colour: str, width: float) -> None:
    """Draw quadrilaterals with discs at every joint: Pillow's own lines have blunt ends and broken corners."""
    for start, stop in itertools.pairwise(points):
        aside = np.array([start[1] - stop[1], stop[0] - start[0]])
        aside = aside * (width / 2 / max(math.hypot(*aside), 1e-9))
        draw.polygon([tuple(p) for p in (start + aside, stop + aside, stop - aside, start - aside)], colour)
    for point in points:
        draw.circle(tuple(point), width / 2, colour)


@functools.cache
def _font(size: int, bold: bool) -> Any:
    """Load DejaVu Sans, which matplotlib carries."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf" / name), size)


# ---- SVG


def _svg(shapes: Sequence[g.Shape], width: float, height: float, tile: int) -> str:
    """Return one element whose units are cells; it states its size in pixels, and scales."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}"'
    size = f'width="{round(width * tile)}" height="{round(height * tile)}"'
    page = f'<rect width="{_n(width)}" height="{_n(height)}" fill="{g.PAGE}"/>'
    body = (element for shape in shapes for element in _elements(shape))
    return "\n".join([f'{head} {size} role="img">', page, *body, "</svg>"])


def _elements(shape: g.Shape) -> Iterator[str]:
    match shape:
        case g.Polygon(points, fill):
            yield f'<polygon points="{_list(points)}" fill="{fill}"/>'
        case g.Line(points, colour, width):
            ends = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
            yield f'<polyline points="{_list(points)}" stroke="{colour}" stroke-width="{_n(width)}" {ends}/>'
        case g.Disc((x, y), radius, fill, rim, width):
            inner = f'r="{_n(radius - width / 2)}" fill="{fill}" stroke="{rim}" stroke-width="{_n(width)}"'
            yield f'<circle cx="{_n(x)}" cy="{_n(y)}" {inner}/>'
        case g.Label((x, y), text, letters, colour, bold):
            style = f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="{_n(letters)}" fill="{colour}"'
            style += ' font-weight="bold"' if bold else ""
            yield f'<text x="{_n(x)}" y="{_n(y)}" dy=".35em" text-anchor="middle" {style}>{escape(text)}</text>'


def _list(points: Sequence[g.Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
