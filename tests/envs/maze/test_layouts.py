"""Layouts of mazes, views of them, and the expert, against plain searches and croppers written apart from them."""

from __future__ import annotations

import itertools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from maze_samples import ASIDE, after, configs, drawn, fewest, host, moved, reachable, seen_from

from tolman.core.errors import UserError
from tolman.envs.maze import view
from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.dynamics import begin, on_device
from tolman.envs.maze.expert import FAR, best_actions, distances
from tolman.envs.maze.layout import cue_numbers, draw_layouts

VIEWS = jax.jit(jax.vmap(lambda params, *at: begin(params, *at)[1].observation, (None, None, 0, 0, 0)))


def layouts(count=4, seed=0, **chosen):
    return draw_layouts(MazeConfig(**chosen), count, np.random.default_rng(seed))


# ---- walls, objects, cues


@given(configs())
@settings(max_examples=60)
def test_every_cell_can_be_reached_and_walls_have_two_sides(chosen):
    for walls in drawn(chosen).layouts.walls:
        assert reachable(walls) == chosen.size**2
        for cell in np.ndindex(*walls.shape):
            for direction in range(4):
                there = cell[0] + ASIDE[direction][0], cell[1] + ASIDE[direction][1]
                outside = min(there) < 0 or max(there) >= chosen.size
                across = True if outside else bool(walls[there] & 1 << (direction + 2) % 4)
                assert bool(walls[cell] & 1 << direction) == across


@pytest.mark.parametrize("size", [2, 3, 7, 12])
def test_walls_are_none_all_but_a_tree_or_that_share_of_the_rest(size):
    inner, tree = 2 * size * (size - 1), size**2 - 1
    counts = {w: open_sides_each(layouts(200, size=size, objects=2, wall_density=w).walls) for w in (0.0, 0.5, 1.0)}
    assert set(counts[0.0]) == {inner}
    assert set(counts[1.0]) == {tree}
    shut, possible = inner - counts[0.5], inner - tree
    # Each side outside the tree is shut by a fair coin; five standard errors of the mean of 200 mazes.
    assert shut.mean() == pytest.approx(possible / 2, abs=5 * np.sqrt(possible / 4 / 200))
    assert shut.max() <= possible


def open_sides_each(walls):
    south, east = (walls[:, :-1] & 4) == 0, (walls[:, :, :-1] & 2) == 0
    return south.sum(axis=(1, 2)) + east.sum(axis=(1, 2))


def test_trees_differ_and_reach_everywhere_alike():
    walls = layouts(300, size=3, objects=2, wall_density=1.0).walls
    assert len({w.tobytes() for w in walls}) > 100  # 192 spanning trees, not equally likely
    south = ((walls[:, :-1] & 4) == 0).mean()
    east = ((walls[:, :, :-1] & 2) == 0).mean()
    assert south == pytest.approx(east, abs=0.05)


@given(configs())
@settings(max_examples=30)
def test_each_object_lies_in_a_cell_of_its_own(chosen):
    drawn_layouts = drawn(chosen).layouts
    for numbers, cells in zip(drawn_layouts.object_map, drawn_layouts.object_cells, strict=True):
        assert [numbers[tuple(cell)] for cell in cells] == list(range(1, chosen.objects + 1))
        assert np.count_nonzero(numbers) == chosen.objects


def test_objects_lie_anywhere_alike():
    places = layouts(3000, size=3, objects=3, digits=4).object_cells
    cells = np.bincount((places[..., 0] * 3 + places[..., 1]).ravel(), minlength=9)
    assert cells / cells.sum() == pytest.approx(np.full(9, 1 / 9), abs=0.012)


def test_cues_differ_and_avoid_those_that_are_taken():
    config = MazeConfig(digits=2, symbols=4)
    taken = set(cue_numbers(draw_layouts(config, 10, np.random.default_rng(1)), config).tolist())
    fresh = draw_layouts(config, 6, np.random.default_rng(0), taken)
    numbers = cue_numbers(fresh, config).tolist()
    assert sorted({*numbers, *taken}) == list(range(16))
    assert [int("".join(map(str, cue[::-1])), 4) for cue in fresh.cue.tolist()] == numbers
    with pytest.raises(UserError, match=r"make 16 cues, and 17 mazes need one each: raise digits or symbols"):
        draw_layouts(config, 7, np.random.default_rng(0), taken)


def test_numbers_of_long_cues_fit_on_a_device_too():
    config = MazeConfig(digits=8, symbols=64)
    params = on_device(draw_layouts(config, 5, np.random.default_rng(0)), config)
    numbers = cue_numbers(params.layouts, config)
    assert numbers.tolist() == cue_numbers(host(params).layouts, config).tolist()
    assert numbers.max() > 2**32


def test_layouts_are_determined_by_the_seed():
    one, again, other = (layouts(seed=seed, wall_density=0.5) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one.object_cells, other.object_cells)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 1}, "size is 1; expected 2 to 32"),
        ({"size": 2}, "objects is 8; expected 2 to 3"),
        ({"wall_density": 1.5}, "wall_density is 1.5; expected 0 to 1"),
        ({"wall_density": float("nan")}, "wall_density is nan"),
        ({"view_size": 4}, "view_size is 4; expected an odd number of cells"),
        ({"actions": "fly"}, "actions is 'fly'; expected one of four-way, turn-move"),
        ({"max_steps": 0}, "max_steps is 0; expected 1 to 4096"),
    ],
)
def test_a_parameter_out_of_range_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        MazeConfig(**given)


# ---- the expert


@given(configs(view_size=1, max_steps=1))
@settings(max_examples=12)
def test_distances_are_those_of_a_search_from_each_start(chosen):
    params = drawn(chosen, mazes=2)
    far, turning = np.asarray(distances(on_device(params.layouts, params.config))), chosen.headings == 4
    for maze, walls in enumerate(params.layouts.walls):
        for thing, place in enumerate(params.layouts.object_cells[maze]):
            for *cell, heading in np.ndindex(chosen.size, chosen.size, chosen.headings):
                expected = fewest(walls, tuple(place.tolist()), tuple(cell), heading, turning)
                assert far[maze, thing, *cell, heading] == expected


@pytest.mark.parametrize("actions", ["four-way", "turn-move"])
def test_each_best_action_comes_one_step_nearer_and_no_lower_number_does(actions):
    params = drawn(MazeConfig(size=6, wall_density=0.6, actions=actions), mazes=3)
    far, best = np.asarray(distances(params)), np.asarray(best_actions(params))
    assert far.max() < FAR
    turning = actions == "turn-move"
    for maze, thing, *cell, heading in np.ndindex(*far.shape):
        if far[maze, thing, *cell, heading] == 0:
            continue
        nearer = []
        for action in range(len(params.config.action_names)):
            there, facing = after(params.layouts.walls[maze], heading, tuple(cell), action, turning)
            nearer.append(far[maze, thing, *there, facing] == far[maze, thing, *cell, heading] - 1)
        assert best[maze, thing, *cell, heading] == nearer.index(True)


def test_the_longest_way_of_a_corridor_is_found():
    """A snake of 36 cells, whose ends are 35 moves apart."""
    size = 6
    walls = np.full((1, size, size), 15)
    order = [(r, c if r % 2 == 0 else size - 1 - c) for r in range(size) for c in range(size)]
    for here, there in itertools.pairwise(order):
        direction = ASIDE.index((there[0] - here[0], there[1] - here[1]))
        walls[0][here] &= ~(1 << direction)
        walls[0][there] &= ~(1 << (direction + 2) % 4)
    drawn_layouts = layouts(1, size=size, objects=2)._replace(
        walls=walls, object_cells=np.array([[order[0], order[-1]]])
    )
    far = np.asarray(distances(on_device(drawn_layouts, MazeConfig(size=size, objects=2))))[0, ..., 0]
    assert [far[0][cell] for cell in order] == list(range(36))
    assert [far[1][cell] for cell in order] == list(range(35, -1, -1))


# ---- the view


@given(configs(max_steps=1, observe_position=True))
@settings(max_examples=20)
def test_the_view_is_the_square_around_the_agent_turned_with_it(chosen):
    params = drawn(chosen, mazes=1)
    *cells, headings = np.array(list(np.ndindex(chosen.size, chosen.size, chosen.headings))).T
    places = np.stack(cells, axis=-1)
    shown = VIEWS(on_device(params.layouts, params.config), 0, np.zeros(len(places), int), places, headings)
    for i, (cell, heading) in enumerate(zip(places.tolist(), headings.tolist(), strict=True)):
        np.testing.assert_array_equal(shown["view"][i], seen_from(params, 0, tuple(cell), heading))


def test_a_wall_hides_what_is_behind_it():
    """Between (1, 0), where the agent stands, and (1, 1) there is a wall; above and below, the way is open."""
    chosen = MazeConfig(size=3, objects=2, view_size=5, see_through=False)
    walls = np.array([[[9, 5, 3], [10, 9, 2], [12, 4, 6]]])
    flat = layouts(1, size=3, objects=2)._replace(walls=walls)
    seen = VIEWS(on_device(flat, chosen), 0, np.zeros(1, int), np.array([[1, 0]]), np.zeros(1, int))["view"][0, ..., 1]
    inside = np.asarray(seen[1:4, 2:]) != view.OUTSIDE
    assert inside[:, 0].all()
    assert not inside[1, 1]  # behind the wall, and round no corner without turning back
    assert (moved(walls[0], (1, 0), 1), moved(walls[0], (0, 0), 1)) == ((1, 0), (0, 1))


@pytest.mark.parametrize("identified_by", ["cue", "floor"])
def test_pixels_show_each_cells_object_floor_and_sides(identified_by):
    chosen = MazeConfig(
        size=4, wall_density=0.5, view_size=3, observation="pixels", identified_by=identified_by, symbols=5
    )
    params = drawn(chosen, mazes=1)
    image = np.asarray(
        VIEWS(on_device(params.layouts, params.config), 0, np.zeros(1, int), np.array([[0, 2]]), np.zeros(1, int))[
            "view"
        ]
    )[0]
    assert (image.shape, image.dtype) == ((3 * TILE, 3 * TILE, 3), np.uint8)
    planes = seen_from(params, 0, (0, 2), 0)
    for i, j in np.ndindex(3, 3):
        tile, (thing, floor, sides) = image[i * TILE : (i + 1) * TILE, j * TILE : (j + 1) * TILE], planes[i, j]
        if floor == view.OUTSIDE:
            assert not tile.any()
            continue
        edges = [tile[0], tile[:, -1], tile[-1], tile[:, 0]]
        assert [bool((edge == 255).all()) for edge in edges] == [bool(sides >> k & 1) for k in range(4)]
        ground = view.floor_colours(5)[floor] if identified_by == "floor" else view.PLAIN
        inner = tile[1:-1, 1:-1]
        shape = view.object_shapes(8)[thing][1:-1, 1:-1]
        assert (inner[~shape] == ground).all()
        assert (inner[shape] == view.object_colours(8)[thing]).all()
        assert shape.any() == (thing > 0)
