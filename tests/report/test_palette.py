"""Colours are told apart by colour-blind readers, by simulations of what they see."""

import itertools

import numpy as np
import pytest

from tolman.audit.figures import FEATURES
from tolman.report.palette import SPARE, STATUSES

SEEN = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Transforms of linear sRGB (Machado, Oliveira and Fernandes 2009, severity 1)."""
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear sRGB."""
    t = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_known_colours_have_their_coordinates():
    assert lab(linear("#FFFFFF")) == pytest.approx([100, 0, 0], abs=1e-6)
    assert lab(linear("#FF0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("palette", [FEATURES, SPARE, tuple(STATUSES.values())], ids=["features", "spare", "statuses"])
def test_all_pairs_of_colours_are_told_apart(palette, seen):
    for one, other in itertools.combinations(palette, 2):
        apart = np.linalg.norm(lab(SEEN[seen] @ linear(one)) - lab(SEEN[seen] @ linear(other)))
        assert apart > 15, (one, other, apart)


@pytest.mark.parametrize("colour", sorted({*FEATURES, *SPARE, *STATUSES.values()}))
def test_colours_stand_out_from_light_and_dark_ground(colour):
    luminance = XYZ[1] @ linear(colour)
    assert 1.05 / (luminance + 0.05) > 2  # white
    assert (luminance + 0.05) / (XYZ[1] @ linear("#121212") + 0.05) > 2
