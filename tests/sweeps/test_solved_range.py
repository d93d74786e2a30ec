"""The range in which a test is solved: where it is known, and what is refused."""

import numpy as np
import pytest
from sweep_tables import table

from tolman.core.errors import UnknownName, UserError
from tolman.sweeps.solved_range import solved_ranges

PREDICTIVITY = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LENGTH = (8, 16)


def spots(seeds=12, narrow=(0.7, 0.8)):
    """Outcomes that are solved from .6 to .9 at the first length, and from .7 to .8 at the second."""
    rows = [[float(low <= p <= high) for p in PREDICTIVITY] for low, high in ((0.6, 0.9), narrow)]
    solved = np.repeat(np.array(rows)[..., None], seeds, axis=-1)
    return table(solved, ("length", LENGTH), ("predictivity", PREDICTIVITY))


def test_a_spot_is_found_between_the_values_at_which_it_begins_and_ends():
    wide, narrow = solved_ranges(spots(), "world.predictivity", resamples=10)
    assert [found.at for found in (wide, narrow)] == [{"world.length": 8}, {"world.length": 16}]
    assert 0.5 < wide.low.mean < 0.6 < 0.9 < wide.high.mean < 1
    assert 0.6 < narrow.low.mean < 0.7 < 0.8 < narrow.high.mean < 0.9
    assert narrow.width.mean < wide.width.mean
    assert wide.centre.mean == pytest.approx((wide.low.mean + wide.high.mean) / 2)
    assert wide.width.mean == pytest.approx(wide.high.mean - wide.low.mean)


def test_seeds_that_agree_leave_no_uncertainty_and_seeds_that_differ_do():
    sure = solved_ranges(spots(), "world.predictivity", resamples=10)[0]
    assert sure.low.low == sure.low.mean == sure.low.high
    mixed = spots()._replace(values=np.where(np.arange(12) % 2, spots().values, spots(narrow=(0.6, 1.0)).values))
    unsure = solved_ranges(mixed, "world.predictivity", resamples=8)[1]
    assert unsure.high.low < unsure.high.mean < unsure.high.high


def test_where_nothing_is_solved_there_is_no_range():
    values = spots().values.reshape(2, 6, 12)
    values[1] = 0
    found = solved_ranges(
        table(values, ("length", LENGTH), ("predictivity", PREDICTIVITY)), "world.predictivity", resamples=10
    )
    assert all(each.at != {"world.length": 16} for each in found)


def test_the_other_axis_has_ranges_too():
    found = solved_ranges(spots(), "world.length", resamples=10)
    assert {each.at["world.predictivity"] for each in found} == {0.6, 0.7, 0.8, 0.9}
    assert all(8 <= each.low.mean <= each.high.mean <= 16 for each in found)


def test_an_unknown_parameter_and_one_without_numbers_are_refused():
    with pytest.raises(UnknownName, match="predictivty"):
        solved_ranges(spots(), "world.predictivty")
    named = table(np.ones((2, 3)), ("shortcut", ("cued", "last")))
    with pytest.raises(UserError, match="expected numbers"):
        solved_ranges(named, "world.shortcut")
