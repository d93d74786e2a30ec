"""The sweeps that studies have ready can be run as they are."""

import pytest

from tolman.claims.runs import EXPLORING
from tolman.core.registry import find, load
from tolman.experiments.runner import parameters
from tolman.experiments.study import PRESETS, AbstractStudy
from tolman.experiments.sweep import Choice, cells_of
from tolman.studies.shortcuts.sweet_spot import SweetSpotStudy
from tolman.sweeps.axes import parse_axes

STUDIES = [name for name in find("studies") if load("studies", name).sweeps is not AbstractStudy.sweeps]


def ready(preset):
    return {(name, each.name): each for name in STUDIES for each in load("studies", name)().sweeps(preset)}


CASES = [(preset, *key) for preset in PRESETS for key in ready(preset)]


@pytest.mark.parametrize(("preset", "study", "name"), CASES)
def test_every_sweep_is_of_parameters_that_its_condition_has(preset, study, name):
    found = ready(preset)[study, name]
    (condition,) = [each for each in load("studies", study)().plan(preset).conditions if each.name == found.condition]
    assert {axis.path for axis in parse_axes(found.over, found.fixed)} | set(found.fixed) <= parameters(condition)
    assert set(found.learners) <= set(condition.learner_names)
    assert range(found.seeds)[-1] in EXPLORING
    choice = Choice(
        preset=preset, seeds=1, fixed=found.fixed, conditions=(found.condition,), learners=found.learners, sample=4
    )
    cells = cells_of(load("studies", study)(), study, parse_axes(found.over, found.fixed), choice)
    assert len(cells) == 4
    assert {run.learner for cell in cells for run in cell.runs} == set(found.learners)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_name_is_given_twice(preset):
    for study in STUDIES:
        names = [each.name for each in load("studies", study)().sweeps(preset)]
        assert names
        assert len(set(names)) == len(names)


def test_the_quick_map_of_the_sweet_spot_is_of_seven_predictivities_three_lengths_and_five_seeds():
    (found,) = SweetSpotStudy().sweeps("quick")
    assert [len(axis.values) for axis in parse_axes(found.over, found.fixed)] == [7, 3]
    assert found.seeds == 5
