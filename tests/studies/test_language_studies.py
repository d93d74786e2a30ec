"""The studies of language: who is compared, on what, and what is claimed."""

import numpy as np
import pytest

from tolman.claims.combinations import Difference
from tolman.claims.runs import RunGroup
from tolman.core.experience import NONE
from tolman.core.registry import load
from tolman.experiments.condition import weight_steps
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.models.pretrained import PretrainedConfig
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Queries, Retrieval
from tolman.studies.latent.presets import PACKED
from tolman.worlds.reversal_curse import ReversalCurse
from tolman.worlds.two_hop import TwoHop

NAMES = ("reversal-curse", "two-hop")
CLAIMS = {
    "reversal-curse": {
        "parametric-forward": (0.90, ">="),
        "parametric-reversed": (0.10, "<="),
        "context-reversed": (0.90, ">="),
        "oracle-reversed": (0.90, ">="),
        "bm25-reversed": (0.90, ">="),
        "random-reversed": (0.05, "<="),
    },
    "two-hop": {
        "parametric-first": (0.90, ">="),
        "parametric-second": (0.90, ">="),
        "context-above-parametric": (0.20, ">="),
        "context-composed": (0.90, ">="),
        "oracle-composed": (0.90, ">="),
        "bm25-misses-second": (0.50, ">="),
        "random-composed": (0.05, "<="),
    },
}
SIZES = {"smoke": (2, 20, 32), "quick": (10, 300, 256), "full": (10, 3000, 256)}
"""Seeds, steps of finetuning, and statements in the context of the learner that reads them all."""
WORLDS = {
    ("reversal-curse", "smoke"): ReversalCurse(4, 4, 4, paraphrases=1, test_items=8),
    ("reversal-curse", "quick"): ReversalCurse(30, 15, 15, paraphrases=3, test_items=96),
    ("reversal-curse", "full"): ReversalCurse(30, 30, 30, paraphrases=30, test_items=400),
    ("two-hop", "smoke"): TwoHop(8, paraphrases=1, asked=2, test_items=8),
    ("two-hop", "quick"): TwoHop(38, paraphrases=3, asked=2, test_items=96),
    ("two-hop", "full"): TwoHop(400, paraphrases=10, asked=2, test_items=400),
}
LINKED = {"reversal-curse": 1, "two-hop": 2}
"""Facts that a latent question links."""
LEARNERS = [
    "parametric",
    "parametric-context",
    "context",
    *(f"retrieval-{r}" for r in ("oracle", "random", "bm25", "dense")),
]


def condition(name, preset):
    (found,) = load("studies", name)().plan(preset).conditions
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_all_start_from_the_reader_and_one_of_them_is_finetuned(name, preset):
    made = condition(name, preset)
    assert isinstance(made.model, PretrainedConfig)
    assert [learner.name for learner in made.learners] == LEARNERS
    trained = [learner.name for learner in made.learners if weight_steps(learner)[1]]
    assert trained == ["parametric", "parametric-context"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_plan_has_these_sizes(name, preset):
    seeds, steps, _ = SIZES[preset]
    made = condition(name, preset)
    assert load("studies", name)().plan(preset).seeds == seeds
    assert (made.name, made.world, made.training) == ("pretrained", WORLDS[name, preset], PACKED)
    assert [(phase.steps, dict(phase.mixture)) for phase in made.phases] == [(steps, {"statement": 0.9, "name": 0.1})]
    assert steps % made.training.chunk == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_learners_differ_in_what_stands_before_a_question(name, preset):
    contexts = {learner.name: learner.context for learner in condition(name, preset).learners}
    assert contexts == {
        "parametric": None,
        "parametric-context": Retrieval(Oracle(), 3),
        "context": Retrieval(Everything(), SIZES[preset][2]),
        "retrieval-oracle": Retrieval(Oracle(supports=LINKED[name]), 3),
        "retrieval-random": Retrieval(Random(), 3),
        "retrieval-bm25": Retrieval(BM25(), 3),
        "retrieval-dense": Retrieval(Dense(), 3),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_world_of_smoke_is_small_and_has_what_its_phase_draws(name):
    made = condition(name, "smoke")
    drawn = made.world.draw(0)
    assert drawn.memory.size == 16
    assert max(map(len, drawn.tests)) <= 8
    assert set(made.phases[0].mixture) == set(drawn.kinds)
    assert drawn.memory_kinds == ("statement",)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_record_has_a_key_of_its_own_and_both_finetuned_learners_share_weights(name, preset):
    plan = load("studies", name)().plan(preset)
    keys = [run.key for run in planned_runs({"study": name, "preset": preset}, plan, 0)]
    assert len(set(keys)) == len(keys) == plan.seeds * len(LEARNERS)
    (made,) = plan.conditions
    assert made.spec(made.learner("parametric")) == made.spec(made.learner("parametric-context"))


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_world_of_quick_stands_in_the_context(name):
    made = condition(name, "quick")
    context = {learner.name: learner.context for learner in made.learners}["context"]
    assert context == Retrieval(Everything(), 256)
    assert made.world.draw(0).memory.size <= context.k


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["smoke", "quick"])
def test_the_oracle_places_one_statement_of_each_fact_that_a_latent_question_links(name, preset):
    made = condition(name, preset)
    assert set(facts_placed(made, "retrieval-oracle")) == {(1,) * LINKED[name]}
    assert set(facts_placed(made, "retrieval-random")) == {(0,) * LINKED[name]}


def test_lexical_search_places_statements_of_the_first_fact_alone():
    assert set(facts_placed(condition("two-hop", "quick"), "retrieval-bm25")) == {(3, 0)}


def facts_placed(made, who):
    """For each latent question, how many statements of each fact that it links a learner has before it, in order."""
    (context,), drawn = [learner.context for learner in made.learners if learner.name == who], made.world.draw(0)
    (test,) = [test for test in drawn.tests if test.role == "latent"]
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rows = context.retriever.neighbours(drawn.memory, queries, context.k, np.random.default_rng(0))
    for found, topics in zip(rows, test.topics, strict=True):
        placed = drawn.memory.topics[found[found != NONE], 0]
        yield tuple(int((placed == topic).sum()) for topic in topics if topic != NONE)


@pytest.mark.parametrize("name", NAMES)
def test_claims_have_these_bounds_and_name_tests_that_exist(name):
    study = load("studies", name)()
    claims = study.claims("quick")
    assert {claim.name: (claim.bound, claim.direction) for claim in claims} == CLAIMS[name]
    tests = {test.name for test in condition(name, "smoke").world.draw(0).tests}
    effects = [
        part for c in claims for part in ((c.effect.a, c.effect.b) if isinstance(c.effect, Difference) else (c.effect,))
    ]
    assert {effect.test for effect in effects} <= tests
    assert study.claims("smoke") == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_are_about_learners_that_run_on_enough_seeds(name, preset):
    study, made = load("studies", name)(), condition(name, preset)
    groups = {RunGroup(made.name, learner) for learner in LEARNERS}
    for claim in study.claims(preset):
        assert claim.run_groups <= groups
        assert claim.min_seeds <= len(study.own_seeds(preset)) == study.plan(preset).seeds
        assert preset in claim.presets
        assert claim.statement.endswith(".")
        assert claim.source


@pytest.mark.parametrize("name", NAMES)
def test_every_learner_has_its_place_in_the_report(name):
    words = load("studies", name).presentation()
    colours = [words.learners[learner].colour for learner in LEARNERS]
    assert len(set(colours)) == len(LEARNERS)
    assert {words.baseline, words.upper_bound, words.irrelevant} <= set(LEARNERS)


@pytest.mark.parametrize("name", NAMES)
def test_claims_about_what_is_latent_require_that_the_rest_was_learned(name):
    required = {c.name: {r.test for r in c.requires} for c in load("studies", name)().claims("quick") if c.requires}
    expected = {
        "reversal-curse": {"parametric-reversed": {"forward"}},
        "two-hop": {"context-above-parametric": {"first", "second"}},
    }
    assert required == expected[name]
