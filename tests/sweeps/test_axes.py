"""Axes are read as they are typed, and a grid has every combination once."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.errors import UserError
from tolman.sweeps.axes import MOST_CELLS, Axis, balanced_sample, cells, corners, parse_axes, parse_axis, short_names


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("world.order=fixed, random", ("fixed", "random")),
        ("world.entities=8:32:4", ("8", "16", "24", "32")),
        ("world.predictivity=0.5:1.0:6", ("0.5", "0.6", "0.7", "0.8", "0.9", "1")),
        ("world.predictivity=1:0.5:2", ("1", "0.5")),
        ("training.examples=256:4096:3:log", ("256", "1024", "4096")),
        ("model.widths=64,64;128", ("64,64", "128")),
        ("a.b=none", ("none",)),
    ],
)
def test_an_axis_has_the_values_that_p_would_take(text, values):
    assert parse_axis(text) == Axis(text.partition("=")[0], values)


def test_the_values_of_a_range_are_written_as_a_person_would():
    assert all(len(value) <= 5 for value in parse_axis("a.b=0.5:1.0:21").values)
    assert parse_axis("a.b=0.5:1.0:21").values[4] == "0.6"  # 0.6000000000000001 has another key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("world.entities", "cannot read the axis"),
        ("=1,2", "cannot read the axis"),
        ("a.b=", "cannot read the axis"),
        ("a.b=1,,2", "empty value"),
        ("a.b=1,2,1", "has 1 twice"),
        ("a.b=1:x:3", "cannot read the range"),
        ("a.b=1:2", "cannot read the range"),
        ("a.b=1:2:3:4:5", "cannot use the range"),
        ("a.b=1:2:1", "COUNT of 2 or more"),
        ("a.b=2:2:3", "two different numbers"),
        ("a.b=1:inf:3", "two different numbers"),
        ("a.b=0:8:3:log", "more than 0"),
    ],
)
def test_what_cannot_be_an_axis_is_refused_with_the_form(text, said):
    with pytest.raises(UserError, match=said):
        parse_axis(text)


def test_a_parameter_is_set_once():
    with pytest.raises(UserError, match="set twice"):
        parse_axes(["a.b=1,2", "a.b=3,4"], {})
    with pytest.raises(UserError, match="set twice"):
        parse_axes(["a.b=1,2"], {"a.b": "1"})
    with pytest.raises(UserError, match="at least one axis"):
        parse_axes([], {})


def test_a_grid_has_every_combination_and_its_corners_are_among_them():
    axes = parse_axes(["a.b=1,2,3", "a.c=x,y"], {})
    found = cells(axes)
    assert len(found) == 6
    assert found[:2] == [{"a.b": "1", "a.c": "x"}, {"a.b": "1", "a.c": "y"}]
    assert corners(axes) == [each for each in found if each["a.b"] != "2"]
    assert corners(parse_axes(["a.b=7"], {})) == [{"a.b": "7"}]


AXES = parse_axes(["a.b=1:4:4", "a.c=x,y,z", "a.d=0,1", "a.e=5,6,7"], {})


@pytest.mark.parametrize("count", [1, 7, 24, 72])
def test_a_sample_has_every_value_equally_often_and_no_cell_twice(count):
    found = balanced_sample(AXES, count)
    grid = cells(AXES)
    assert len(found) == count
    assert [cell for cell in grid if cell in found] == found
    for axis in AXES if count < 72 else ():
        times = Counter(cell[axis.path] for cell in found)
        assert max(times.values()) - min(times[value] for value in axis.values) <= 1


def test_pairs_of_values_are_about_equally_frequent_in_a_sample():
    found, axes = balanced_sample(AXES, 24), [axis.path for axis in AXES]
    for one, other in itertools.combinations(axes, 2):
        pairs = Counter((cell[one], cell[other]) for cell in cells(AXES))
        expected = 24 / len(pairs)
        times = Counter((cell[one], cell[other]) for cell in found)
        assert all(abs(times[pair] - expected) <= 3 for pair in pairs), (one, other)


def test_the_same_sample_is_drawn_again_and_another_seed_draws_another():
    assert balanced_sample(AXES, 10) == balanced_sample(AXES, 10) != balanced_sample(AXES, 10, seed=1)


@pytest.mark.parametrize("count", [0, 73])
def test_a_sample_is_no_larger_than_its_grid(count):
    with pytest.raises(UserError, match=f"a sample of {count} cells was asked for; expected 1 to the grid's 72"):
        balanced_sample(AXES, count)


def test_a_grid_that_is_too_large_is_refused_by_its_count_and_a_sample_of_it_is_not():
    huge = parse_axes([f"a.b{i}=1:1000:1000" for i in range(8)], {})
    with pytest.raises(UserError, match=f"has {1000**8:,} cells; at most {MOST_CELLS:,} can be run: .* --sample N"):
        cells(huge)
    assert len(balanced_sample(huge, 5)) == 5
    assert len(corners(huge)) == 2**8
    with pytest.raises(UserError, match=f"expected 1 to {MOST_CELLS:,}, of the grid's"):
        balanced_sample(huge, MOST_CELLS + 1)
    with pytest.raises(UserError, match="COUNT of at most"):
        parse_axis("a.b=0:1:2000000000")


def test_a_parameter_is_called_by_the_last_part_of_its_path():
    assert short_names(("world.books", "phases.0.mixture.in-context")) == ("books", "in-context")


def test_parameters_that_end_alike_are_told_apart_by_what_they_do_not_share():
    paths = ("learners.a.context.retriever.recall", "learners.a.context.k", "learners.a.steps.0.retriever.recall")
    assert short_names(paths) == ("context.retriever.recall", "k", "steps.0.retriever.recall")
    assert short_names(("a.steps", "a.b.steps")) == ("steps", "b.steps")


@given(st.sets(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join), max_size=6))
def test_no_two_parameters_have_the_same_short_name(paths):
    names = short_names(sorted(paths))
    assert len(set(names)) == len(paths)
    assert all(path == name or path.endswith(f".{name}") for path, name in zip(sorted(paths), names, strict=True))
