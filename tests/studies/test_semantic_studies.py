"""The two studies of a hierarchy of categories: what is claimed, and of what."""

import dataclasses

import pytest
from study_plans import asked_by, bounds

from tolman.claims.claim import Learned
from tolman.claims.runs import RunGroup
from tolman.core.registry import find, load
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.learners.learner import Finetune
from tolman.models.decoder import DecoderConfig
from tolman.models.pretrained import PretrainedConfig
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Retrieval
from tolman.studies.language.semantic_structure import SemanticStructureStudy
from tolman.studies.latent.presets import PACKED
from tolman.studies.latent.semantic_latent import SemanticLatentStudy
from tolman.worlds.semantic_structure import SemanticStructure

LATENT = ("reversed", "syllogism", "holdout")
WEAK, STRONG = "cues=0", "cues=1"

STRUCTURE = {
    "parametric-stated": ("accuracy", ">=", 0.90, [("parametric", "stated")]),
    **{
        f"context-{split}": ("difference", ">=", -0.05, [("context", split), ("parametric", split)])
        for split in ("rephrased", *LATENT)
    },
    **{
        f"gain-{split}": (
            *("difference", ">=", 0.0),
            [("context", split), ("parametric", split), ("context", "rephrased"), ("parametric", "rephrased")],
        )
        for split in ("reversed", "syllogism")
    },
    **{
        f"holdout-below-{split}": ("difference", "<=", 0.0, [("context", "holdout"), ("context", split)])
        for split in ("reversed", "syllogism")
    },
    "augmented-above-parametric": ("difference", ">=", 0.0, [("augmented", "reversed"), ("parametric", "reversed")]),
    "augmented-above-rephrased": ("difference", ">=", 0.0, [("augmented", "reversed"), ("rephrased", "reversed")]),
    "chained-above-parametric": ("difference", ">=", 0.0, [("chained", "syllogism"), ("parametric", "syllogism")]),
    "oracle-reversed": ("accuracy", ">=", 0.90, [("retrieval-oracle", "reversed")]),
    "oracle-syllogism": ("accuracy", ">=", 0.90, [("retrieval-oracle", "syllogism")]),
    "random-syllogism": ("above chance", "<=", 0.05, [("retrieval-random", "syllogism")]),
    "reading-kept": (
        *("difference", ">=", -0.05),
        [("parametric-context", "syllogism"), ("retrieval-oracle", "syllogism")],
    ),
}
"""What is measured, how it must lie, the bound, and whose accuracy on which test goes into it."""


def latent_claims(retrieving):
    """The same for the study of latent learning, with conditions, by what learners with retrieval are called."""
    oracle = f"{retrieving}-oracle"
    gain = lambda split, where: [(where, oracle, split), (where, "parametric", split)]  # noqa: E731
    return {
        "parametric-stated": ("accuracy", ">=", 0.95, [(WEAK, "parametric", "stated")]),
        **{f"oracle-{split}": ("difference", ">=", 0.20, gain(split, WEAK)) for split in LATENT},
        **{f"cues-{split}": ("difference", ">=", 0.0, [*gain(split, WEAK), *gain(split, STRONG)]) for split in LATENT},
        **{
            f"random-{split}": ("above chance", "<=", 0.05, [(WEAK, f"{retrieving}-random", split)]) for split in LATENT
        },
    }


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_about_structure_have_these_bounds_and_are_about_these_accuracies(preset):
    claims = SemanticStructureStudy().claims(preset)
    assert bounds(claims) == {name: measured[:3] for name, measured in STRUCTURE.items()}
    about = {claim.name: [(group.learner, test) for group, test in asked_by(claim.effect)] for claim in claims}
    assert about == {name: whose for name, (*_, whose) in STRUCTURE.items()}
    assert SemanticStructureStudy().claims("smoke") == ()


def test_claims_about_structure_require_that_all_weights_that_are_compared_learned_what_is_stated():
    trained = {"parametric", "augmented", "rephrased", "chained"}
    for claim in SemanticStructureStudy().claims("quick"):
        asked = asked_by(claim.effect)
        weights = {"parametric" if g.learner == "parametric-context" else g.learner for g, _ in asked} & trained
        if claim.name.startswith("holdout-below"):
            weights = {"parametric"}
        expected = weights if asked[0][1] != "stated" else set()
        assert {(r.run_group.learner, r.test, r.at_least) for r in claim.requires} == {
            (who, "stated", 0.90) for who in expected
        }


@pytest.mark.parametrize(("preset", "retrieving"), [("quick", "retrieval"), ("full", "parametric-retrieval")])
def test_claims_about_latent_learning_have_these_bounds_and_are_about_these_accuracies(preset, retrieving):
    claims, expected = SemanticLatentStudy().claims(preset), latent_claims(retrieving)
    assert bounds(claims) == {name: measured[:3] for name, measured in expected.items()}
    about = {
        claim.name: [(group.condition, group.learner, test) for group, test in asked_by(claim.effect)]
        for claim in claims
    }
    assert about == {name: whose for name, (*_, whose) in expected.items()}
    assert SemanticLatentStudy().claims("smoke") == ()


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_about_latent_learning_require_mastery_of_what_is_stated(preset):
    for claim in SemanticLatentStudy().claims(preset):
        groups = {g for g, test in asked_by(claim.effect) if test != "stated"}
        groups = {RunGroup(WEAK, "parametric")} if claim.name.startswith("random") else groups
        assert {r.run_group for r in claim.requires} == groups
        assert {(type(r), r.test, r.at_least) for r in claim.requires} <= {(Learned, "stated", 0.95)}


@pytest.mark.parametrize("kind", [SemanticStructureStudy, SemanticLatentStudy])
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_are_run_by_the_plan_on_enough_seeds(kind, preset):
    plan = kind().plan(preset)
    groups = {RunGroup(c.name, learner) for c in plan.conditions for learner in c.learner_names}
    tests = {test.name for test in kind().plan("smoke").conditions[0].world.draw(0).tests}
    for claim in kind().claims(preset):
        assert claim.run_groups <= groups
        assert {test for _, test in asked_by(claim.effect)} <= tests
        assert claim.min_seeds <= plan.seeds == len(kind().own_seeds(preset))
        assert claim.statement.endswith(".")


# ---- latent learning by the strength of cues


def test_the_conditions_differ_in_the_strength_of_cues_alone():
    for preset in PRESETS:
        conditions = SemanticLatentStudy().plan(preset).conditions
        assert [c.name for c in conditions] == [WEAK, "cues=0.5", STRONG]
        assert [c.world.cues for c in conditions] == [0.0, 0.5, 1.0]
        first = conditions[0]
        for other in conditions[1:]:
            assert dataclasses.replace(other, name=first.name, world=first.world) == first
            assert dataclasses.replace(other.world, cues=0.0) == first.world


def test_quick_starts_from_the_reader_and_full_from_random_weights():
    study = SemanticLatentStudy()
    quick, full = (study.plan(preset).conditions[0] for preset in ("quick", "full"))
    assert (quick.model, quick.training) == (PretrainedConfig("reader"), PACKED)
    assert quick.world == SemanticStructure(paraphrases=2)
    assert isinstance(full.model, DecoderConfig)
    assert full.world == SemanticStructure(5, 3, 6, properties=6, relations=4, articles=2200, test_items=400)
    assert [study.plan(preset).seeds for preset in PRESETS] == [2, 10, 8]


def test_learners_differ_in_what_stands_in_their_context():
    oracle = Oracle(supports=3)
    quick, full = (
        {each.name: each for each in SemanticLatentStudy().plan(preset).conditions[0].learners}
        for preset in ("quick", "full")
    )
    finetuned = {name for name, learner in quick.items() if learner.steps}
    assert finetuned == {"parametric", "parametric-context"}
    contexts = {"oracle": oracle, "random": Random(), "bm25": BM25()}
    for name, retriever in contexts.items():
        assert quick[f"retrieval-{name}"].context == Retrieval(retriever, 3)
        assert full[f"parametric-retrieval-{name}"].context == Retrieval(retriever, 3)
        assert full[f"parametric-retrieval-{name}"].steps == (Finetune(context=Retrieval(oracle, 3)),)
    ablated = full["parametric-retrieval-trained-random"]
    assert (ablated.context, ablated.steps) == (Retrieval(oracle, 3), (Finetune(context=Retrieval(Random(), 3)),))
    assert len(quick) == 5
    assert len(full) == 6


@pytest.mark.parametrize("preset", PRESETS)
def test_every_record_of_latent_learning_has_a_key_of_its_own(preset):
    plan = SemanticLatentStudy().plan(preset)
    keys = [run.key for run in planned_runs({"study": "semantic-latent", "preset": preset}, plan, 0)]
    assert len(set(keys)) == len(keys) == plan.seeds * sum(len(c.learners) for c in plan.conditions)


def test_seeds_are_of_no_other_study():
    mine = {*SemanticLatentStudy.seeds}
    others = [load("studies", name) for name in find("studies") if name != "semantic-latent"]
    assert not any(mine & {*other.seeds} for other in others)


def test_every_learner_of_latent_learning_has_its_place_in_the_report():
    words = SemanticLatentStudy.presentation()
    for preset in PRESETS:
        assert {each.name for each in SemanticLatentStudy().plan(preset).conditions[0].learners} <= set(words.learners)
    assert "cues" in words.glossary
