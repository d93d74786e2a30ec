"""Drawn images: a feature changes what it names and nothing else; outlines have equal areas and known distances."""

import numpy as np
import pytest

from tolman.worlds.features.joint import Values
from tolman.worlds.features.pictures import (
    ATTRIBUTES,
    BACKGROUND,
    COLOURS,
    GROUND,
    ImageRenderer,
    Poses,
    draw_poses,
    render,
    shape_mask,
    texture_mask,
)
from tolman.worlds.features.shapes import SHAPES, outlines, polygon_area, signed_distance
from tolman.worlds.features.textures import TEXTURES

SIZE = 32
ALL = np.arange(10)


def poses(n=10, seed=0, **fixed):
    drawn = draw_poses(np.random.default_rng(seed), n)
    return drawn._replace(**{name: np.broadcast_to(value, getattr(drawn, name).shape) for name, value in fixed.items()})


def index(attribute, name):
    return ATTRIBUTES[attribute].index(name)


# ---- outlines


def test_distances_from_a_square_are_known():
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    points = np.array([(0, 0), (0.5, 0), (2, 0), (4, 5), (-1, 0), (0.25, -0.75)])
    assert signed_distance(square, points) == pytest.approx([1, 0.5, -1, -5, 0, 0.25])


def test_all_shapes_have_one_area_and_lie_in_the_unit_circle():
    areas = [sum(map(polygon_area, polygons)) for polygons in outlines().values()]
    assert areas == pytest.approx([areas[0]] * 10)
    reach = [max(np.linalg.norm(p, axis=1).max() for p in polygons) for polygons in outlines().values()]
    assert max(reach) == pytest.approx(1)


def test_masks_have_the_outlines_area_whatever_the_pose():
    size = 64
    expected = sum(map(polygon_area, outlines()["circle"])) * (0.4 * size) ** 2
    for seed in range(5):
        assert shape_mask(ALL, poses(seed=seed), size).sum(axis=(1, 2)) == pytest.approx(
            np.full(10, expected), rel=0.03
        )


def test_masks_lie_within_the_picture():
    for seed in range(20):
        mask = shape_mask(ALL, poses(seed=seed), SIZE)
        assert mask.max() == 1
        assert max(mask[:, 0].max(), mask[:, -1].max(), mask[:, :, 0].max(), mask[:, :, -1].max()) <= 0.5


def test_a_quarter_turn_of_the_pose_is_a_quarter_turn_of_the_mask():
    for angle in (-0.6, 0.2):
        one, turned = (shape_mask(ALL, poses(centre=0.5, tilt=angle + quarter), SIZE) for quarter in (0, np.pi / 2))
        assert np.rot90(one, -1, axes=(1, 2)) == pytest.approx(turned, abs=0.02)


def test_tilting_changes_every_mask_but_the_circles():
    one, tilted = (shape_mask(ALL, poses(centre=0.5, tilt=angle), SIZE) for angle in (0, 0.4))
    moved = np.abs(one - tilted).max(axis=(1, 2))
    circle = index("shape", "circle")
    assert moved[circle] < 0.05
    assert (np.delete(moved, circle) > 0.3).all()


def test_moving_by_whole_pixels_moves_the_mask():
    one = shape_mask(ALL, poses(centre=0.5, tilt=0.3), SIZE)
    other = shape_mask(ALL, poses(centre=(0.5 + 2 / SIZE, 0.5 - 3 / SIZE), tilt=0.3), SIZE)
    assert np.roll(one, (-3, 2), axis=(1, 2)) == pytest.approx(other, abs=1e-3)


# ---- textures


def test_periodic_textures_paint_half_of_the_plane_and_solid_all():
    share = texture_mask(ALL, poses(seed=1), 256).mean(axis=(1, 2))
    painted = dict(zip(TEXTURES, share.tolist(), strict=True))
    assert painted["solid"] == 1
    for name in ("stripes", "dots", "grid", "zigzags", "triangles"):
        assert painted[name] == pytest.approx(0.5, abs=0.03)
    assert all(0.25 < painted[name] < 0.65 for name in TEXTURES[1:])


def test_a_textures_phase_shifts_it_by_periods():
    regular = np.array([i for i, name in enumerate(TEXTURES) if name in ("stripes", "dots", "grid")])
    one, next_period, half = (texture_mask(regular, poses(3, phase=p), SIZE) for p in (1.0, 2.0, 1.5))
    assert one == pytest.approx(next_period, abs=1e-4)
    assert (np.abs(one - half).max(axis=(1, 2)) > 0.5).all()


@pytest.mark.parametrize("name", ["noise", "rain"])
def test_irregular_textures_differ_between_images(name):
    texture = np.full(2, index("texture", name))
    same = poses(2, centre=0.5, turn=0.0, phase=0.0)
    one, other = texture_mask(texture, same, SIZE)
    assert np.abs(one - other).mean() > 0.1


# ---- attributes


def draw(shape=0, colour=0, texture=0, n=10, **fixed):
    attributes = (np.broadcast_to(a, n) for a in (shape, colour, texture))
    return render(*attributes, poses(n, **fixed), SIZE)


def outside(shape=0, n=10):
    return shape_mask(np.broadcast_to(shape, n), poses(n), SIZE) == 0


def test_colour_changes_painted_pixels_only_and_fills_the_shape():
    texture = index("texture", "stripes")
    one, other = draw(colour=0, texture=texture), draw(colour=2, texture=texture)
    mask = shape_mask(np.zeros(10, int), poses(), SIZE) * texture_mask(np.full(10, texture), poses(), SIZE)
    assert np.array_equal((one != other).any(axis=-1), mask > 0)
    solid = draw(shape=index("shape", "circle"), colour=ALL, n=10, centre=0.5)
    assert solid[:, SIZE // 2, SIZE // 2] == pytest.approx(np.array(list(COLOURS.values())), abs=1e-6)


def test_texture_changes_nothing_outside_the_shape():
    base = draw(texture=0)
    for texture in range(1, 10):
        other = draw(texture=texture)
        assert (base[outside()] == other[outside()]).all()
        assert ((base != other).any(axis=(1, 2, 3))).all()


def test_pixels_are_background_ground_or_colour_and_mixtures_only_at_edges():
    image = draw(shape=ALL, colour=ALL, texture=1)
    assert (image[outside(ALL)] == BACKGROUND).all()
    mask, paint = shape_mask(ALL, poses(), SIZE), texture_mask(np.ones(10, int), poses(), SIZE)
    assert np.allclose(image[(mask == 1) & (paint == 0)], GROUND)
    for i, colour in enumerate(COLOURS.values()):
        assert np.allclose(image[i][(mask[i] == 1) & (paint[i] == 1)], colour)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_values_of_an_attribute_look_different(attribute):
    drawn = draw(**{attribute: ALL}, n=10, centre=0.5, tilt=0.1, turn=0.1, phase=0.0, random=0.7)
    apart = np.abs(drawn[:, None] - drawn[None]).mean(axis=(2, 3, 4))
    assert apart[~np.eye(10, dtype=bool)].min() > 0.008


def test_features_that_are_not_named_vary():
    pictures, n = ImageRenderer(("texture",), 4, 16), 200
    values = Values(np.zeros((n, 1), int), np.ones((n, 1), bool), np.zeros(n, int))
    drawn = pictures.draw(values, 0.0, np.random.default_rng(0))
    brightest = drawn.reshape(n, -1, 3).max(axis=1)
    assert len(np.unique(brightest > 200, axis=0)) == 4  # red, green, blue, yellow


def test_noise_has_the_stated_standard_deviation():
    n = 20
    values = Values(np.zeros((n, 3), int), np.ones((n, 3), bool), np.zeros(n, int))
    clean, noisy = (ImageRenderer(tuple(ATTRIBUTES), 4, 16).draw(values, s, np.random.default_rng(0)) for s in (0, 0.1))
    grey = (clean == 128).all(axis=-1)
    assert (noisy[grey] / 255.0).std() == pytest.approx(0.1, rel=0.05)


def test_shapes_do_not_depend_on_their_neighbours_in_the_batch():
    whole = draw(shape=ALL, colour=ALL, texture=ALL)
    drawn = poses()
    alone = render(*(np.array([7]),) * 3, Poses(*(leaf[7:8] for leaf in drawn)), SIZE)
    assert np.array_equal(whole[7:8], alone)
    assert len(SHAPES) == len(TEXTURES) == len(COLOURS) == 10
