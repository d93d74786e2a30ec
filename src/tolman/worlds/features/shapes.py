"""Ten outlines of equal area, as signed distances from which an anti-aliased mask follows at any rotation."""

from __future__ import annotations

import functools

import numpy as np

Polygon = np.ndarray
"""Corners `[k, 2]` in order; x to the right, y downwards."""

RESOLUTION = 193
"""Points along each side of a distance template."""

EXTENT = 1.2
"""Templates cover `[-EXTENT, EXTENT]` squared; every shape lies within the unit circle."""


def _regular(corners: int, inner: float = 1.0) -> Polygon:
    """Return a regular polygon, a corner at the top; with `inner` < 1, a star whose inner corners have that radius."""
    points = corners if inner == 1.0 else 2 * corners
    angle = -np.pi / 2 + 2 * np.pi * np.arange(points) / points
    radius = np.where(np.arange(points) % (points // corners), inner, 1.0)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _plus(arm: float) -> Polygon:
    corner = np.array([(arm, -1), (arm, -arm), (1, -arm), (1, arm)])
    turned = np.stack([-corner[:, 1], corner[:, 0]], axis=1)
    return np.concatenate([corner[:3], turned[:3], -corner[:3], -turned[:3]])


_SQUARES = [(0.0, 0.0), (-0.66, -0.66), (0.66, -0.66), (-0.66, 0.66), (0.66, 0.66)]
_OUTLINES: dict[str, list[Polygon]] = {
    "triangle": [_regular(3)],
    "square": [_box(-1, -1, 1, 1)],
    "plus": [_plus(0.3)],
    "circle": [_regular(96)],
    "tee": [np.array([(-1, -1), (1, -1), (1, -0.4), (0.3, -0.4), (0.3, 1), (-0.3, 1), (-0.3, -0.4), (-1, -0.4)])],
    "rhombus": [np.array([(0, -1), (0.5, 0), (0, 1), (-0.5, 0)])],
    "pentagon": [_regular(5)],
    "star": [_regular(5, 0.42)],
    "fivesquare": [_box(x - 0.34, y - 0.34, x + 0.34, y + 0.34) for x, y in _SQUARES],
    "trapezoid": [np.array([(-0.4, -0.6), (0.4, -0.6), (1, 0.6), (-1, 0.6)])],
}
SHAPES = tuple(_OUTLINES)
"""The shapes of Hermann and Lampinen's Trifeature set (arXiv 2006.12433, supplement B); our own outlines."""


def polygon_area(polygon: Polygon) -> float:
    """Return the area enclosed, by the shoelace formula."""
    x, y = polygon.T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


@functools.cache
def outlines() -> dict[str, tuple[Polygon, ...]]:
    """Return every shape's polygons: centred, all of one total area, the widest touching the unit circle."""
    centred = {name: _centred(polygons) for name, polygons in _OUTLINES.items()}
    # Radius of the circumscribed circle at area 1.
    reach = {
        name: max(np.linalg.norm(p, axis=1).max() for p in polygons) / _total(polygons) ** 0.5
        for name, polygons in centred.items()
    }
    side = 1 / max(reach.values())
    return {name: tuple(p * side / _total(polygons) ** 0.5 for p in polygons) for name, polygons in centred.items()}


def _total(polygons: list[Polygon]) -> float:
    return sum(map(polygon_area, polygons))


def _centred(polygons: list[Polygon]) -> list[Polygon]:
    areas = np.array([polygon_area(p) for p in polygons])
    centre = areas @ np.stack([_centroid(p) for p in polygons]) / areas.sum()
    return [p - centre for p in polygons]


def _centroid(polygon: Polygon) -> np.ndarray:
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - polygon[:, 1] * following[:, 0]
    return ((polygon + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())


def signed_distance(polygon: Polygon, points: np.ndarray) -> np.ndarray:
    """Return the distance of `points[..., 2]` from the polygon's boundary, positive inside."""
    nearest = np.full(points.shape[:-1], np.inf)
    inside = np.zeros(points.shape[:-1], bool)
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along, offset = end - start, points - start
        fraction = np.clip(offset @ along / (along @ along), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(offset - fraction[..., None] * along, axis=-1))
        straddles = (start[1] > points[..., 1]) != (end[1] > points[..., 1])
        cross = offset[..., 0] * along[1] - offset[..., 1] * along[0]
        inside ^= straddles & ((cross < 0) == (along[1] > 0))
    return np.where(inside, nearest, -nearest)


@functools.cache
def template(shape: str) -> np.ndarray:
    """Return signed distances `[RESOLUTION, RESOLUTION]` (row = y) over a shape's extent, in units of its radius."""
    axis = np.linspace(-EXTENT, EXTENT, RESOLUTION)
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    distance = np.max([signed_distance(p, points) for p in outlines()[shape]], axis=0)
    return distance.astype(np.float32)


def distance_at(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the shape's signed distance at points, interpolated; beyond the template, that of its nearest point."""
    scale = (RESOLUTION - 1) / (2 * EXTENT)
    column, row = (np.clip((v + EXTENT) * scale, 0, RESOLUTION - 1 - 1e-3) for v in (x, y))
    left, top = column.astype(np.int32), row.astype(np.int32)
    across, down = column - left, row - top
    flat, index = template(shape).ravel(), top * RESOLUTION + left
    upper = flat[index] * (1 - across) + flat[index + 1] * across
    lower = flat[index + RESOLUTION] * (1 - across) + flat[index + RESOLUTION + 1] * across
    return upper * (1 - down) + lower * down
