"""The studies of language: who is compared, on what, and what is claimed."""

import pytest

from tolman.claims.combinations import Difference
from tolman.core.registry import load
from tolman.experiments.condition import finetuning
from tolman.models.pretrained import PretrainedConfig
from tolman.retrieval.everything import Everything
from tolman.retrieval.retriever import Retrieval

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
        "bm25-misses-second": (0.50, ">="),
        "random-composed": (0.05, "<="),
    },
}
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
@pytest.mark.parametrize("preset", ["smoke", "quick", "full"])
def test_all_start_from_the_reader_and_one_of_them_is_finetuned(name, preset):
    made = condition(name, preset)
    assert isinstance(made.model, PretrainedConfig)
    assert [learner.name for learner in made.learners] == LEARNERS
    trained = [learner.name for learner in made.learners if finetuning(learner)]
    assert trained == ["parametric", "parametric-context"]


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_world_of_quick_stands_in_the_context(name):
    made = condition(name, "quick")
    context = {learner.name: learner.context for learner in made.learners}["context"]
    assert context == Retrieval(Everything(), 256)
    assert made.world.draw(0).memory.size <= context.k


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
def test_claims_about_what_is_latent_require_that_the_rest_was_learned(name):
    required = {c.name: {r.test for r in c.requires} for c in load("studies", name)().claims("quick") if c.requires}
    expected = {
        "reversal-curse": {"parametric-reversed": {"forward"}},
        "two-hop": {"context-above-parametric": {"first", "second"}},
    }
    assert required == expected[name]
