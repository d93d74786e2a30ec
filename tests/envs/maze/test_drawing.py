"""Pictures of mazes: what is drawn stands where it is, and pixels, SVG and text agree."""

from __future__ import annotations

import io
import itertools
from xml.etree import ElementTree

import numpy as np
import pytest
import vl_convert
from maze_samples import drawn
from PIL import Image

from tolman.core.errors import UserError
from tolman.envs.maze import geometry
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.geometry import Scene
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.render import frames, render, render_svg, save_gif, save_png, side_by_side, side_by_side_svg
from tolman.envs.maze.state import MazeParams, MazeState
from tolman.envs.maze.terminal import draw_text, object_name

TILE = 20
TURNING = MazeConfig(size=3, objects=3, view_size=1, actions="turn-move")
# Inner walls lie to the north and the east of the middle cell. A is in the north-west, B in the middle, C at the end.
WALLS = np.array([[[9, 5, 3], [8, 3, 10], [12, 4, 6]]])
CELLS = np.array([[[0, 0], [1, 1], [2, 2]]])


def hand_made(config=TURNING):
    object_map = np.zeros((1, 3, 3), int)
    object_map[0, [0, 1, 2], [0, 1, 2]] = [1, 2, 3]
    return MazeParams(Layouts(WALLS, object_map, CELLS, np.zeros((1, 3), int), np.zeros((1, 3, 3), int), None), config)


def state(position=(1, 0), heading=1, goal=2):
    return MazeState(*map(np.asarray, (0, position, heading, goal, 0, False)))


def colour(text):
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)])


def at(picture, x, y):
    """The pixel at a place in cells, counted from the maze's corner."""
    return picture[round((y + geometry.MARGIN) * TILE), round((x + geometry.MARGIN) * TILE)].astype(int)


def near(pixel, text):
    return np.abs(pixel - colour(text)).max() <= 3


# ---- text


def test_text_shows_walls_objects_goal_agent_and_the_way():
    assert draw_text(hand_made(), state(), [(0, 1), (0, 0), (1, 0)]).plain.splitlines() == [
        "┌───────────┐",
        "│•A   ○   · │",
        "│   ╶───┐   │",
        "│ ▶   B │ · │",
        "│       ╵   │",
        "│ ·   ·  [C]│",
        "└───────────┘",
    ]


@pytest.mark.parametrize(
    ("position", "goal", "row"),
    [((1, 1), 2, "│ ·  ▼B │ · │"), ((1, 1), 1, "│ ·  [▼]│ · │"), ((0, 2), 1, "│ ·  [B]│ · │")],
)
def test_an_agent_on_an_object_hides_it_only_where_it_is_the_goal(position, goal, row):
    assert draw_text(hand_made(), state(position, 2, goal)).plain.splitlines()[3] == row


def test_text_has_styles_but_needs_none():
    text = draw_text(hand_made(MazeConfig(size=3, objects=3)), state())
    assert any(geometry.object_colour(0, 3) in str(span.style) for span in text.spans)
    assert text.plain.count("●") == 1


def test_objects_have_letters():
    assert [object_name(n) for n in (0, 25, 26, 51, 52)] == ["A", "Z", "a", "z", "A"]


# ---- pixels


def test_a_picture_shows_what_is_in_each_place():
    picture = render(hand_made(), state(), TILE)
    assert (picture.shape, picture.dtype) == ((72, 72, 3), np.uint8)
    assert near(at(picture, 0.5, 0.5), geometry.object_colour(0, 3))
    assert near(at(picture, 1.5, 1.5), geometry.object_colour(1, 3))
    assert near(at(picture, 0.55, 1.5), geometry.INK)  # the agent
    assert near(at(picture, 2.8, 2.35), geometry.GOAL_FILL)
    assert near(at(picture, 2.2, 0.2), geometry.GROUND)


def test_walls_are_drawn_where_sides_are_closed():
    params = drawn(MazeConfig(size=5, objects=2, wall_density=0.7), mazes=1)
    picture = render(params, state((4, 4), 0, 0), TILE)
    for (row, column), sides in np.ndenumerate(params.layouts.walls[0]):
        edges = [(column + 0.5, row), (column + 1, row + 0.5), (column + 0.5, row + 1), (column, row + 0.5)]
        for k, (x, y) in enumerate(edges):
            assert near(at(picture, x, y), geometry.WALL) == bool(sides >> k & 1)


def test_floors_that_tell_mazes_apart_have_colours():
    params = drawn(MazeConfig(size=4, objects=2, identified_by="floor", symbols=3), mazes=1)
    picture = render(params, state((0, 0), 0, 0), TILE)
    shown = np.array([[at(picture, c + 0.12, r + 0.12) for c in range(4)] for r in range(4)])
    floor = params.layouts.floor[0]
    pairs = itertools.product(np.ndindex(4, 4), repeat=2)
    assert all((np.abs(shown[a] - shown[b]).max() < 3) == (floor[a] == floor[b]) for a, b in pairs)


def test_the_way_there_and_back_is_two_lines():
    picture = render(hand_made(), state((0, 0), 3, 2), TILE, [(0, 1), (0, 2), (0, 2), (0, 1), (0, 0)])
    column = [tuple(at(picture, 2.0, y)) for y in np.arange(0.3, 0.7, 1 / TILE)]
    way = [near(np.array(pixel), geometry.PATH) for pixel in column]
    assert [key for key, _ in itertools.groupby(way)] == [False, True, False, True, False]


def test_a_dot_marks_where_the_way_began_on_an_object_too():
    picture = render(hand_made(), state((0, 1), 1), TILE, [(0, 0), (0, 1)])
    assert near(at(picture, 0.5, 0.5), geometry.PAGE)
    assert near(at(picture, 0.25, 0.5), geometry.object_colour(0, 3))


@pytest.mark.parametrize("heading", range(4))
def test_an_agent_points_where_it_is_heading(heading):
    picture = render(hand_made(), state((2, 1), heading), 40)
    tile = picture[97:127, 57:87]  # of the cell's 40 pixels, those in its middle
    dark = np.argwhere(tile.sum(axis=2) < 200) - 14.5
    ahead = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)][heading])
    along, across = dark @ ahead, dark @ ahead[::-1]
    assert along.max() > 9
    assert along.min() > -10
    assert across.mean() == pytest.approx(0, abs=0.6)
    assert np.ptp(across[along > 5]) < 0.5 * np.ptp(across[along < -5])


@pytest.mark.parametrize("objects", [6, 8, 12])
def test_objects_can_be_told_apart(objects):
    shown = [(geometry.object_shape(n, objects, (0.5, 0.5))) for n in range(objects)]
    assert len({str(shape) for shape in shown}) == objects
    colours = np.array([colour(geometry.object_colour(n, objects)) for n in range(objects)])
    apart = np.abs(colours[:, None] - colours).sum(axis=-1) + 999 * np.eye(objects)
    assert apart.min() > 50


# ---- SVG, panels, files


def test_svg_is_the_same_picture_to_another_renderer():
    params = drawn(MazeConfig(size=5, wall_density=0.6, actions="turn-move"), mazes=1)
    scene = Scene(params, state((2, 2), 1, 4), [(2, 0), (2, 1), (2, 2)])
    svg = render_svg(params, scene.state, 40, scene.path)
    png = np.asarray(Image.open(io.BytesIO(vl_convert.svg_to_png(svg))).convert("RGB")).astype(float)
    own = render(params, scene.state, 40, scene.path)
    assert png.shape == own.shape
    assert np.abs(png - own).mean() < 1.5
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_panel_holds_mazes_beside_each_other_and_their_captions():
    scene = Scene(hand_made(), state())
    bare = side_by_side([scene], tile=TILE)
    np.testing.assert_array_equal(bare, render(*scene[:2], TILE))
    shown = side_by_side([scene, scene], ["a", "b\n<c>"], TILE)
    np.testing.assert_array_equal(shown[:72, :72], bare)
    assert np.abs(shown[:72, -72:].astype(float) - bare).mean() < 8  # it begins between two pixels
    assert (shown[74:] < 128).any()
    root = ElementTree.fromstring(side_by_side_svg([scene, scene], ["a", "b\n<c>"], TILE))
    assert [node.text for node in root.iter() if node.tag.endswith("text")] == ["a", "b", "<c>"]
    assert (root.get("width"), root.get("height")) == (str(shown.shape[1]), str(shown.shape[0]))


def test_long_captions_get_room():
    scene = Scene(hand_made(), state())
    shown = side_by_side([scene, scene], ["as long a caption as nobody needs"] * 2, TILE)
    assert (shown[:, 0] == 255).all()
    assert shown.shape[1] > 3 * 72


@pytest.mark.parametrize(("scenes", "captions"), [(0, 0), (2, 1)])
def test_a_panel_needs_a_caption_for_each_maze_or_none(scenes, captions):
    with pytest.raises(UserError, match=f"{scenes} mazes with {captions} captions: expected a caption for each"):
        side_by_side([Scene(hand_made(), state())] * scenes, ["x"] * captions)


def test_tiles_have_a_least_size():
    with pytest.raises(UserError, match="tile is 2; expected at least 4 pixels"):
        render(hand_made(), state(), 2)


def test_files_hold_the_pictures(tmp_path):
    states = [state((1, 0)), state((2, 0)), state((2, 1))]
    pictures = frames(hand_made(), states, TILE)
    np.testing.assert_array_equal(pictures[1], render(hand_made(), states[1], TILE, [(1, 0), (2, 0)]))
    assert (np.asarray(Image.open(save_png(pictures[0], tmp_path / "a.png"))) == pictures[0]).all()
    with Image.open(save_gif(pictures, tmp_path / "a.gif", fps=5)) as animation:
        assert (animation.n_frames, animation.info["duration"], animation.info["loop"]) == (3, 200, 0)
        animation.seek(2)
        assert animation.info["duration"] == 800
        assert np.abs(np.asarray(animation.convert("RGB")).astype(int) - pictures[2]).mean() < 2
