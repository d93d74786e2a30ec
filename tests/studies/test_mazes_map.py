"""The map of mazes: what its conditions differ in, and that each is claimed about by itself."""

import dataclasses

import pytest

from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.claims.runs import RunGroup
from tolman.envs.maze.encoding import part_sizes
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.mazes import MazesStudy
from tolman.studies.latent.mazes_map import FEW, OBSERVED, POINTS, MazesMapStudy


@pytest.mark.parametrize(
    ("preset", "around", "patience"), [("smoke", "smoke", 1), ("quick", "quick", 1), ("full", "quick", 4)]
)
def test_every_condition_is_that_of_mazes_but_for_its_parameters_and_longer_reading(preset, around, patience):
    plain, plan = MazesStudy().plan(around).conditions[0], MazesMapStudy().plan(preset)
    assert [c.name for c in plan.conditions] == list(FEW if preset == "smoke" else POINTS)
    assert plan.seeds == MazesStudy().plan(around).seeds
    for found in plan.conditions:
        point = POINTS[found.name]
        maze = dataclasses.replace(plain.world.maze, **point.changes)
        first = dataclasses.replace(plain.phases[0], steps=patience * point.patience * plain.phases[0].steps)
        assert found.world == dataclasses.replace(plain.world, maze=maze)
        assert found.phases == (first, *plain.phases[1:])
        assert found.model == dataclasses.replace(plain.model, **point.model)
        changed = {"name": plain.name, "world": plain.world, "phases": plain.phases, "model": plain.model}
        learners = found.learners if found.name == OBSERVED else plain.learners[:-1]
        assert dataclasses.replace(found, **changed) == dataclasses.replace(plain, learners=learners)


def test_the_first_point_is_mazes_itself_and_every_other_turns_what_it_says():
    conditions = {c.name: c for c in MazesMapStudy().plan("quick").conditions}
    plain = MazesStudy().plan("quick").conditions[0]
    assert conditions["plain"].world == plain.world
    assert conditions["plain"].phases == plain.phases
    for name, point in POINTS.items():
        changed = {k: v for k, v in vars(conditions[name].world.maze).items() if v != vars(plain.world.maze)[k]}
        assert changed == point.changes


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_each_point_is_judged_by_its_own_gain(preset):
    claims = {claim.name: claim for claim in MazesMapStudy().claims(preset)}
    assert list(claims) == [*(f"{name}-gain" for name in POINTS), "observed-search"]
    for name in POINTS:
        claim = claims[f"{name}-gain"]
        oracle, baseline = (
            Accuracy(RunGroup(name, arm), "latent") for arm in ("parametric-retrieval-oracle", "parametric")
        )
        assert claim.effect == Difference(oracle, baseline)
        assert (claim.bound, claim.direction, claim.min_seeds) == (0.30, ">=", 5)
        needs = {(r.run_group.condition, r.run_group.learner, r.test, r.at_least) for r in claim.requires}
        assert needs == {
            (name, "parametric-retrieval-oracle", "explicit", 0.9),
            (name, "parametric", "explicit", 0.9),
        }


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_search_by_what_is_observed_has_no_identifier_and_other_searchers(preset):
    found = next(c for c in MazesMapStudy().plan(preset).conditions if c.name == OBSERVED)
    assert "cue" not in part_sizes(found.world.maze)
    assert found.world.maze.view_size == 3
    retrievers = {name: found.learner(name).context.retriever for name in found.learner_names if name != "parametric"}
    assert retrievers == {
        "parametric-retrieval-oracle": Oracle(),
        "parametric-retrieval-bm25": BM25(),
        "parametric-retrieval-dense": Dense("model"),
    }
    assert len({found.spec(learner) for learner in found.learners}) == 2
    claim = MazesMapStudy().claims(preset)[-1]
    searched, baseline = (RunGroup(OBSERVED, who) for who in ("parametric-retrieval-bm25", "parametric"))
    assert claim.effect == Difference(Accuracy(searched, "latent"), Accuracy(baseline, "latent"))
    assert (claim.bound, claim.direction) == (0.30, ">=")
