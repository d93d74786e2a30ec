"""Drawn stimuli: one shape in one colour and one texture on grey, at a random place and angle."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from tolman.worlds.features.joint import Values
from tolman.worlds.features.shapes import SHAPES, distance_at
from tolman.worlds.features.textures import TEXTURES, depth_at

COLOURS = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 0.8, 0.0),
    "blue": (0.1, 0.2, 1.0),
    "yellow": (1.0, 0.95, 0.0),
    "pink": (1.0, 0.45, 0.9),
    "cyan": (0.0, 0.9, 0.95),
    "purple": (0.45, 0.0, 0.65),
    "ocean": (0.0, 0.4, 0.45),
    "orange": (1.0, 0.55, 0.0),
    "white": (1.0, 1.0, 1.0),
}
"""Linear in 0 to 1. The names are those of the Trifeature set (arXiv 2006.12433, supplement B); the values ours."""

ATTRIBUTES = {"shape": SHAPES, "colour": tuple(COLOURS), "texture": TEXTURES}
"""The values of each feature of a picture."""

BACKGROUND, GROUND = 0.5, 0.1
"""Grey level around the shape, and of those parts of it that its texture leaves unpainted."""

RADIUS, PERIOD, TILT = 0.4, 0.15, np.pi / 4
"""Radius of a shape's circle and a texture's period, as fractions of the picture's side; the largest tilt of both."""


_AT_ONCE = 256


class Poses(NamedTuple):
    """Everything about `n` pictures but their features.

    `centre[n, 2]` (x, y) in fractions of the side, `tilt[n]` of the shape and `turn[n]` of its texture in radians,
    `phase[n, 2]` of the texture in periods, `random[n, 64]` for irregular textures.
    """

    centre: np.ndarray
    tilt: np.ndarray
    turn: np.ndarray
    phase: np.ndarray
    random: np.ndarray


def draw_poses(rng: np.random.Generator, n: int) -> Poses:
    """Draw poses at which every shape lies within the picture; tilt and turn are uniform in -45 to 45 degrees."""
    return Poses(
        centre=rng.uniform(RADIUS, 1 - RADIUS, (n, 2)),
        tilt=rng.uniform(-TILT, TILT, n),
        turn=rng.uniform(-TILT, TILT, n),
        phase=rng.uniform(0, 8, (n, 2)),
        random=rng.random((n, 64)),
    )


@dataclasses.dataclass(frozen=True)
class ImageRenderer:
    """Pictures of `size` x `size` pixels whose `names` (of `ATTRIBUTES`) have `count` values each.

    A feature that is not named is drawn as well, at random: it varies, and nobody asks for it.
    """

    names: tuple[str, ...]
    count: int
    size: int

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The names of each feature's values."""
        return tuple(ATTRIBUTES[name][: self.count] for name in self.names)

    def draw(self, values: Values, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Draw pictures `[n, size, size, 3]` of uint8, with Gaussian noise of that standard deviation on each channel.

        An absent feature is drawn all the same, since a picture always shows something: it is only not labelled.
        """
        n = len(values.features)
        chosen = {name: rng.integers(0, self.count, n) for name in ATTRIBUTES}
        chosen |= dict(zip(self.names, values.features.T, strict=True))
        poses, out = draw_poses(rng, n), np.empty((n, self.size, self.size, 3), np.uint8)
        for start in range(0, n, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            shape, colour, texture = (chosen[name][part] for name in ATTRIBUTES)
            clean = render(shape, colour, texture, Poses(*(leaf[part] for leaf in poses)), self.size)
            noisy = clean + noise * rng.standard_normal(clean.shape, np.float32) if noise else clean
            out[part] = np.rint(255 * np.clip(noisy, 0, 1))
        return out


def render(shape: np.ndarray, colour: np.ndarray, texture: np.ndarray, poses: Poses, size: int) -> np.ndarray:
    """Return pictures `[n, size, size, 3]` of float32 in 0 to 1, from indices `[n]` into each of `ATTRIBUTES`."""
    mask = shape_mask(shape, poses, size)[..., None]
    paint = texture_mask(texture, poses, size)[..., None]
    palette = np.array(list(COLOURS.values()), np.float32)
    inner = GROUND + paint * (palette[colour][:, None, None] - GROUND)
    return BACKGROUND + mask * (inner - BACKGROUND)


def shape_mask(shape: np.ndarray, poses: Poses, size: int) -> np.ndarray:
    """Return the fraction of each pixel `[n, size, size]` that the shape covers."""
    x, y = _turned(poses.centre, poses.tilt, size)
    distance = np.empty_like(x)
    for index in np.unique(shape):
        mine = shape == index
        distance[mine] = distance_at(SHAPES[index], x[mine] / RADIUS, y[mine] / RADIUS)
    return np.clip(0.5 + distance * RADIUS * size, 0, 1)


def texture_mask(texture: np.ndarray, poses: Poses, size: int) -> np.ndarray:
    """Return the fraction of each pixel `[n, size, size]` that the texture paints."""
    u, v = (axis / PERIOD for axis in _turned(poses.centre, poses.turn, size))
    u, v = (axis + phase[:, None, None].astype(np.float32) for axis, phase in zip((u, v), poses.phase.T, strict=True))
    depth = np.empty_like(u)
    for index in np.unique(texture):
        mine = texture == index
        depth[mine] = depth_at(TEXTURES[index], u[mine], v[mine], poses.random[mine].astype(np.float32))
    return np.clip(0.5 + depth * PERIOD * size, 0, 1)


def _turned(centre: np.ndarray, angle: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates of pixel centres `[n, size, size]` in a frame at `centre`, turned by `angle`, in sides."""
    pixel = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x = pixel[None, None, :] - centre[:, :1, None].astype(np.float32)
    y = pixel[None, :, None] - centre[:, 1:, None].astype(np.float32)
    cos, sin = (f(angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    return cos * x + sin * y, cos * y - sin * x
