"""The map of mazes: what its conditions differ in, and what is claimed of each."""

import dataclasses

import pytest

from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.claims.runs import RunGroup
from tolman.envs.maze.encoding import part_sizes
from tolman.experiments.condition import seeds_of
from tolman.experiments.weights import training_key
from tolman.learners.parametric import parametric, parametric_context
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.mazes import MazesStudy
from tolman.studies.latent.mazes_map import FEW, GRID, LONGER, OBSERVED, POINTS, QUICK, MazesMapStudy

PLANS = {"smoke": FEW, "quick": QUICK, "full": tuple(POINTS)}
UNREAD = ("lost", "lost-600", "lost-1200", "lost-4800", "lost-9600")


def gain(condition, learner="parametric-context"):
    return Difference(
        Accuracy(RunGroup(condition, learner), "latent"), Accuracy(RunGroup(condition, "parametric"), "latent")
    )


def needs(claim):
    return {(r.run_group.condition, r.run_group.learner, r.test, r.at_least) for r in claim.requires}


def mastered(*conditions):
    return {(name, "parametric", test, 0.9) for name in conditions for test in ("explicit", "held-out")}


@pytest.mark.parametrize(("preset", "around"), [("smoke", "smoke"), ("quick", "quick"), ("full", "quick")])
def test_every_condition_is_that_of_mazes_but_for_its_parameters_and_longer_reading(preset, around):
    plain, plan = MazesStudy().plan(around).conditions[0], MazesMapStudy().plan(preset)
    assert [c.name for c in plan.conditions] == list(PLANS[preset])
    assert plan.seeds == MazesStudy().plan(around).seeds
    for found in plan.conditions:
        point = POINTS[found.name]
        maze = dataclasses.replace(plain.world.maze, **point.changes)
        first = dataclasses.replace(plain.phases[0], steps=point.patience * plain.phases[0].steps)
        assert found.world == dataclasses.replace(plain.world, maze=maze)
        assert found.phases == (first, *plain.phases[1:])
        assert found.model == dataclasses.replace(plain.model, **point.model)
        assert found.learners[:2] == (parametric(), parametric_context())
        changed = {field: getattr(plain, field) for field in ("name", "world", "phases", "model", "learners")}
        assert dataclasses.replace(found, **changed) == plain


def test_the_first_point_is_mazes_itself_and_shares_its_weights():
    plain, found = MazesStudy().plan("quick").conditions[0], MazesMapStudy().plan("quick").conditions[0]
    keys = {training_key(c.spec(c.learner("parametric")), seeds_of(4300, None)) for c in (plain, found)}
    assert len(keys) == 1


def test_every_view_and_room_has_the_position_told_and_hidden():
    def cells(told):
        mazes = [c.world.maze for c in MazesMapStudy().plan("quick").conditions if c.name in GRID]
        return {(maze.size, maze.view_size) for maze in mazes if maze.observe_position is told}

    assert cells(told=True) == {(5, 1), (5, 3), (7, 1), (7, 3), (7, 5)}
    assert cells(told=False) == {(5, 1), (5, 3), (7, 5)}


def test_position_and_views_are_compared_at_one_budget():
    larger = [point for point in GRID.values() if point.changes.get("view_size", 1) > 1]
    hidden = [point for point in GRID.values() if not point.changes.get("observe_position", True)]
    assert {point.patience for point in (*larger, *hidden)} == {4}


def test_quick_is_small_enough():
    conditions = MazesMapStudy().plan("quick").conditions
    assert all(len({c.spec(learner) for learner in c.learners}) == 1 for c in conditions)
    steps = [sum(phase.steps for phase in c.phases) for c in conditions]
    assert (len(steps), sum(steps)) == (11, 31_170)


@pytest.mark.parametrize("name", ["view", "wide-view", "lost"])
def test_the_budget_axis_changes_nothing_but_the_steps_of_reading(name):
    conditions = {c.name: c for c in MazesMapStudy().plan("full").conditions}
    budgets = {steps: conditions.get(f"{name}-{steps}") for steps in (600, 1200, 4800, 9600)}
    assert conditions[name].phases[0].steps == 2400
    for steps, found in budgets.items():
        assert found.phases[0].steps == steps
        assert found.phases[1:] == conditions[name].phases[1:]
        assert found.world == conditions[name].world


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_are_for_the_presets_that_have_their_conditions(preset):
    claims = MazesMapStudy().claims(preset)
    assert [claim.name for claim in claims] == [
        *(f"{name}-gain" for name in POINTS),
        "view-helped-less", "longer-view-helped-less", "wide-view-helped-less",
        *(f"{name}-reading" for name in UNREAD),
        "observed-search",
    ]  # fmt: skip
    for claim in claims:
        read = {group.condition for group in claim.run_groups}
        assert ("quick" in claim.presets) == (read <= set(QUICK))
        assert "full" in claim.presets


def test_each_condition_is_judged_by_its_own_gain_where_new_mazes_are_read():
    claims = {claim.name: claim for claim in MazesMapStudy().claims("quick")}
    for name in POINTS:
        claim = claims[f"{name}-gain"]
        assert claim.effect == gain(name)
        assert (claim.bound, claim.direction, claim.min_seeds) == (0.30, ">=", 5)
        assert needs(claim) == mastered(name)


@pytest.mark.parametrize(
    ("name", "narrow", "wide"),
    [
        ("view-helped-less", "plain", "view"),
        ("longer-view-helped-less", "plain", LONGER),
        ("wide-view-helped-less", "larger-view", "wide-view"),
    ],
)
def test_gains_at_two_views_are_compared_in_rooms_of_one_size(name, narrow, wide):
    claim = next(claim for claim in MazesMapStudy().claims("quick") if claim.name == name)
    assert claim.effect == Difference(gain(narrow), gain(wide))
    assert (claim.bound, claim.direction) == (0.10, ">=")
    assert needs(claim) == mastered(narrow, wide)
    assert POINTS[narrow].changes.get("size") == POINTS[wide].changes.get("size")


@pytest.mark.parametrize("name", UNREAD)
def test_an_unknown_position_is_claimed_to_prevent_reading_where_the_training_teaches_it(name):
    claim = next(claim for claim in MazesMapStudy().claims("quick") if claim.name == f"{name}-reading")
    agent = RunGroup(name, "parametric")
    assert claim.effect == Difference(Accuracy(agent, "held-out"), Accuracy(agent, "unseen"))
    assert (claim.bound, claim.direction) == (0.10, "<=")
    assert needs(claim) == {("plain", "parametric", "held-out", 0.9)}


def test_search_by_what_is_observed_has_no_identifier_and_other_searchers():
    found = next(c for c in MazesMapStudy().plan("full").conditions if c.name == OBSERVED)
    assert "cue" not in part_sizes(found.world.maze)
    assert found.world.maze.view_size == 3
    retrievers = {name: found.learner(name).context.retriever for name in found.learner_names[2:]}
    assert retrievers == {
        "parametric-retrieval-oracle": Oracle(),
        "parametric-retrieval-bm25": BM25(),
        "parametric-retrieval-dense": Dense("model"),
    }
    assert len({found.spec(learner) for learner in found.learners}) == 2
    claim = MazesMapStudy().claims("full")[-1]
    assert claim.effect == gain(OBSERVED, "parametric-retrieval-bm25")
    assert (claim.bound, claim.direction) == (0.30, ">=")
    oracle = "parametric-retrieval-oracle"
    explicit = {(OBSERVED, learner, "explicit", 0.9) for learner in ("parametric", oracle)}
    assert needs(claim) == {*explicit, (OBSERVED, oracle, "held-out", 0.9)}
