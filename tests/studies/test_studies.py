"""The studies as published: their plans fit their worlds, and their claims are the ones that were agreed on."""

import csv
import operator

import numpy as np
import pytest
from study_plans import (
    JUDGED,
    READ,
    SPOKEN,
    STUDIES,
    TABLE,
    TRAINED,
    asked_by,
    bounds,
    condition,
    explicit,
    instance,
    plan,
    roles,
    spec_of,
)

from tolman.claims.claim import Learned, Recall
from tolman.claims.runs import RunGroup
from tolman.core import registry
from tolman.core.experience import NONE
from tolman.experiments.condition import weight_steps
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.records.schema import key_of
from tolman.studies.latent.presets import MATCHED_CONTROLS

MASTERED = {name: 0.90 if name.startswith("mazes") else 0.95 for name in STUDIES}
READING = {"long-in-context", "short-in-context", "in-context"}
TRAINED_WITH_RANDOM = {("reversals", "quick"), ("reversals", "full"), ("codebooks", "full")}
"""Presets with a learner whose context was filled at random in training."""

TAUGHT = {"mazes": {"long-in-context", "short-in-context"}, "mazes-rl": {"long-in-context", "short-in-context"}}
"""What teaches reading where documents are no texts."""

TOLD = {
    **{name: {"oracle-latent", "bm25-latent", "random-latent"} for name in SPOKEN},
    **{name: {"context-latent", "oracle-latent-gain", "identifier-latent", "random-latent"} for name in TAUGHT},
    "facts": {"parametric-latent", "parametric-wrong-frame"},
    "texts": {"parametric-latent"},
}
"""Claims about what is not trained for, of weights that must have learned all that is."""

UNTRAINED = {
    "reversals": {"context-latent-pretrained", "oracle-latent-pretrained"},
    "facts": {"context-latent", "oracle-latent", "random-latent", "bm25-latent"},
    "texts": {"oracle-latent", "bm25-latent"},
}
"""Such claims of weights that nothing here has trained, which are asked for no learning."""
UNASKED = {"reversals": {"wrong-frame"}}
"""Tests that the small worlds of these tests may allow no question of."""

READS = Learned(RunGroup("pretrained", "retrieval-oracle"), "latent", 0.8)
"""What may be required of untrained weights: that they read what supports an answer."""


def test_these_are_the_studies_of_latent_learning():
    assert set(registry.find("studies")) >= set(STUDIES)
    assert {name: registry.load("studies", name) for name in STUDIES} == {n: type(s) for n, s in STUDIES.items()}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", STUDIES)
def test_every_record_of_a_plan_has_a_key_of_its_own(name, preset):
    seeds, conditions = plan(name, preset).seeds, plan(name, preset).conditions
    names = [c.name for c in conditions]
    assert len(set(names)) == len(names)
    keys = [run.key for run in planned_runs({"study": name, "preset": preset}, plan(name, preset), 0)]
    assert len(set(keys)) == len(keys) == seeds * sum(len(c.learners) for c in conditions)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", STUDIES)
def test_every_phase_draws_documents_that_its_world_has(name, preset):
    drawn = instance(name)
    held = {kind for i, kind in enumerate(drawn.kinds) if (drawn.corpus.kind == i).any()}
    held |= {*drawn.samplers, *drawn.task_samplers}
    for each in plan(name, preset).conditions:
        for phase in each.phases:
            assert set(phase.mixture) <= held
            assert sum(phase.mixture.values()) == pytest.approx(1.0)
            # Phases are rounded up to whole chunks: a plan says what is done.
            assert phase.steps % each.training.chunk == 0


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", TRAINED)
def test_two_trained_models_a_seed_serve_the_learners_of_the_standard_condition(name, preset):
    standard = condition(name, preset, "standard")
    learners = {learner.name: learner for learner in standard.learners}
    trained = {standard.spec(learner) for learner in learners.values()}
    assert len(trained) == (3 if "parametric-retrieval-trained-random" in learners else 2)
    assert ("parametric-retrieval-trained-random" in learners) == ((name, preset) in TRAINED_WITH_RANDOM)
    retrieving = [learner for who, learner in learners.items() if who.startswith("parametric-retrieval")]
    trained_k = weight_steps(learners["parametric-retrieval-oracle"])[1].context.k
    assert {learner.context.k for learner in retrieving if learner.context} == {trained_k}
    assert {learner.name for learner in retrieving if not learner.context} == (
        {"parametric-retrieval-empty"} if name in TAUGHT else set()
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", TAUGHT)
def test_agents_are_trained_with_retrieval_dropout_and_asked_without(name, preset):
    for each in plan(name, preset).conditions:
        for learner in each.learners:
            trained, asked = weight_steps(learner)[1].context, learner.context
            assert trained is None or (trained.empty, trained.irrelevant) == (0.25, 0.25)
            assert asked is None or (asked.empty, asked.irrelevant) == (0, 0)


@pytest.mark.parametrize(("name", "preset"), JUDGED)
def test_a_preset_that_claims_has_the_seeds_its_claims_need(name, preset):
    claims = STUDIES[name].claims(preset)
    assert {claim.min_seeds for claim in claims} == {5}
    assert plan(name, preset).seeds >= 5


@pytest.mark.parametrize("name", STUDIES)
def test_smoke_claims_nothing_and_is_small(name):
    assert STUDIES[name].claims("smoke") == ()
    for each in plan(name, "smoke").conditions:
        assert sum(phase.steps for phase in each.phases) <= 50


@pytest.mark.parametrize(("name", "preset"), JUDGED)
def test_claims_are_named_once_and_run_by_the_plan(name, preset):
    claims = STUDIES[name].claims(preset)
    assert len({claim.name for claim in claims}) == len(claims) > 0
    run_groups = {RunGroup(c.name, who) for c in plan(name, preset).conditions for who in c.learner_names}
    for claim in claims:
        assert preset in claim.presets
        assert claim.run_groups <= run_groups
        assert claim.statement.endswith(".")
        assert claim.source


@pytest.mark.parametrize(("name", "preset"), JUDGED)
def test_claims_are_about_tests_that_there_are(name, preset):
    for claim in STUDIES[name].claims(preset):
        asked = [test for _, test in asked_by(claim.effect)] + [r.test for r in claim.requires]  # pyright: ignore
        assert set(asked) <= {*roles(name), *UNASKED.get(name, ())}


def required(name, claim):
    """What a claim asks to be learned, at the threshold of its study."""
    learned = [r for r in claim.requires if isinstance(r, Learned)]
    assert {r.at_least for r in learned} <= {MASTERED[name]}
    return learned


@pytest.mark.parametrize(("name", "preset"), JUDGED)
def test_what_is_not_trained_for_is_claimed_only_of_weights_that_learned_all_that_is(name, preset):
    checked, untrained = set(), set()
    for claim in STUDIES[name].claims(preset):
        if {test for _, test in asked_by(claim.effect)} <= explicit(name):
            assert claim.requires == ()
            continue
        specs = [spec_of(name, preset, cell) for cell, _ in asked_by(claim.effect)]
        if {spec.phases for spec in specs} == {()}:
            untrained.add(claim.name)
            assert {r for r in claim.requires if isinstance(r, Learned)} <= {READS}
            continue
        checked.add(claim.name)
        learned = required(name, claim)
        assert learned
        for spec in specs:
            assert {r.test for r in learned if spec_of(name, preset, r.run_group) == spec} == explicit(name)
    assert checked >= TOLD[name]
    assert untrained == UNTRAINED.get(name, set())


def reversals_table(usable):
    """Bounds of the claims about facts that are told forward and asked in reverse."""
    return {
        "parametric-forward": ("accuracy", ">=", 0.95),
        "parametric-reverse": ("accuracy", ">=", 0.95),
        "parametric-latent": ("above chance", "<=", 0.05),
        "parametric-wrong-frame": ("above chance", "<=", 0.05),
        "context-latent": ("accuracy", ">=", usable),
        "oracle-latent": ("accuracy", ">=", usable),
        "random-latent": ("above chance", "<=", 0.05),
        "bm25-latent": ("difference", "within", 0.05),
    }


TAUGHT_TO_READ = {"in-context-training": ("difference", ">=", 0.20)}
ASKED_AGAIN = ("parametric-forward", "parametric-reverse", "parametric-latent", "parametric-wrong-frame",
               "context-latent", "oracle-latent")  # fmt: skip
"""Claims about reversals that are made of pretrained weights as well."""

NOT_AVOIDED = {
    "parametric-untrained": ("above chance", "<=", 0.10),
    "parametric-untrained-rank": ("roc auc", "<=", 0.60),
}
TRAINING_CONTROLS = {
    "parametric-latent-compute-matched": ("above chance", "<=", 0.05),
    "weight-decay-reverses": ("above chance", ">=", 0.05),
    "relevant-training": ("difference", ">=", 0.20),
}
OTHER_TARGETS = {
    "masked-latent": ("above chance", ">=", 0.50),
    "masked-last-latent": ("above chance", "<=", 0.05),
    "masked-wrong-frame": ("above chance", "<=", 0.05),
    "all-tokens-latent": ("above chance", "<=", 0.05),
    "masked-untrained-no-filler": ("difference", ">=", 0.20),
}

CODEBOOKS = {
    "parametric-definition-output-input": ("accuracy", ">=", 0.95),
    "parametric-encoding-output-input": ("accuracy", ">=", 0.95),
    "parametric-latent-output-input": ("above chance", "<=", 0.10),
    "parametric-definition-fixed-order": ("accuracy", ">=", 0.95),
    "parametric-encoding-fixed-order": ("accuracy", ">=", 0.95),
    "parametric-latent-fixed-order": ("above chance", "<=", 0.10),
    "parametric-definition-distinct-wording": ("accuracy", ">=", 0.95),
    "parametric-encoding-distinct-wording": ("accuracy", ">=", 0.95),
    "parametric-latent-distinct-wording": ("above chance", "<=", 0.10),
    "parametric-definition-pretrained": ("accuracy", ">=", 0.95),
    "parametric-encoding-pretrained": ("accuracy", ">=", 0.95),
    "parametric-latent-pretrained": ("above chance", "<=", 0.10),
    "oracle-latent": ("accuracy", ">=", 0.90),
    "random-latent": ("above chance", "<=", 0.10),
    "bm25-latent": ("difference", "within", 0.05),
    "oracle-latent-fixed-order": ("accuracy", ">=", 0.90),
    "random-latent-fixed-order": ("above chance", "<=", 0.10),
    "bm25-latent-fixed-order": ("difference", "within", 0.05),
    "in-context-training-fixed-order": ("difference", ">=", 0.20),
    "parametric-untrained-fixed-order": ("above chance", ">=", 0.05),
    "parametric-latent-shuffled": ("accuracy", ">=", 0.90),
    "parametric-latent-unnamed": ("accuracy", ">=", 0.90),
    "parametric-latent-blocked": ("difference", ">=", 0.10),
    **NOT_AVOIDED,
    **TAUGHT_TO_READ,
}

TEXTS = {
    "parametric-explicit": ("accuracy", ">=", 0.95),
    "parametric-latent": ("above chance", "<=", 0.05),
    "oracle-latent": ("above chance", ">=", 0.5),
    "bm25-latent": ("difference", "within", 0.05),
}

MAZES = {
    "parametric-explicit": ("accuracy", ">=", 0.90),
    "parametric-latent": ("difference", "within", 0.10),
    "oracle-latent-gain": ("difference", ">=", 0.30),
    "latent-above-unseen": ("difference", "<=", 0.10),
    "latent-above-wrong-object": ("difference", "<=", 0.10),
    "latent-sampled": ("difference", "<=", 0.10),
    "context-latent": ("difference", ">=", 0.30),
    "identifier-latent": ("difference", "within", 0.10),
    "random-latent": ("difference", "<=", 0.10),
    "random-latent-above-empty": ("difference", "<=", 0.10),
    "empty-explicit": ("accuracy", ">=", 0.90),
    "random-explicit": ("accuracy", ">=", 0.90),
    "in-context-training": ("difference", ">=", 0.10),
}
SCRATCH = {"scratch-latent-gain": ("difference", ">=", 0.30)}
"""Twenty million steps of plain PPO, which are for `full`."""


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_the_bounds_are_the_ones_that_were_fixed_beforehand(preset):
    standard = reversals_table(0.90)
    again = {f"{claim}-pretrained": standard[claim] for claim in ASKED_AGAIN}
    assert (
        bounds(STUDIES["reversals"].claims(preset))
        == standard | TAUGHT_TO_READ | again | NOT_AVOIDED | TRAINING_CONTROLS | OTHER_TARGETS
    )
    assert bounds(STUDIES["codebooks"].claims(preset)) == CODEBOOKS
    assert bounds(STUDIES["mazes"].claims(preset)) == MAZES
    assert bounds(STUDIES["mazes-rl"].claims(preset)) == MAZES | (SCRATCH if preset == "full" else {})
    assert bounds(STUDIES["facts"].claims(preset)) == reversals_table(0.80)
    assert bounds(STUDIES["texts"].claims(preset)) == TEXTS


@pytest.mark.parametrize(("name", "preset"), [pair for pair in JUDGED if pair[0] in {*SPOKEN, *READ}])
def test_bm25_is_compared_with_the_oracle_where_it_finds_what_is_needed(name, preset):
    claim = next(c for c in STUDIES[name].claims(preset) if c.name == "bm25-latent")
    bm25, oracle = (f"{'retrieval' if name in READ else 'parametric-retrieval'}-{r}" for r in ("bm25", "oracle"))
    assert [str(cell.learner) for cell, _ in asked_by(claim.effect)] == [bm25, oracle]
    recall = [r for r in claim.requires if isinstance(r, Recall)]
    assert [(r.run_group.learner, r.test, r.at_least) for r in recall] == [(bm25, "latent", 0.95)]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", TRAINED)
def test_the_ablation_is_the_standard_course_with_its_reading_replaced(name, preset):
    standard, ablated = (condition(name, preset, which) for which in ("standard", "no-in-context"))
    assert (ablated.world, ablated.model, ablated.training) == (standard.world, standard.model, standard.training)
    oracle = "parametric-retrieval-oracle"
    assert ablated.learner(oracle) == standard.learner(oracle)
    if name in TAUGHT:  # what is compared is the gain
        assert ablated.learner("parametric") == standard.learner("parametric")
    for old, new in zip(standard.phases, ablated.phases, strict=True):
        assert (new.steps, new.retrieve) == (old.steps, old.retrieve)
        assert {MATCHED_CONTROLS.get(kind, kind): part for kind, part in old.mixture.items()} == new.mixture
        assert not set(MATCHED_CONTROLS) & set(new.mixture)
    taught = {kind for phase in standard.phases for kind in phase.mixture} & set(MATCHED_CONTROLS)
    assert taught >= {"long-in-context", "in-context"} if name in SPOKEN else taught == TAUGHT[name]


def test_everything_that_teaches_reading_has_a_twin():
    assert set(MATCHED_CONTROLS) == READING.union(*TAUGHT.values(), {"multi-trial"})


def test_learning_by_reward_is_the_same_world_and_agent_but_for_sizes():
    for preset in PRESETS:
        imitated, rewarded = (condition(name, preset, "standard") for name in ("mazes", "mazes-rl"))
        assert type(imitated.world) is type(rewarded.world)
        assert imitated.ppo is None
        assert rewarded.ppo is not None
        assert all(spec.ppo == rewarded.ppo for spec in map(rewarded.spec, rewarded.learners))
        assert imitated.learner_names == rewarded.learner_names


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    ("name", "main", "between"),
    [
        ("mazes", {"episode": 0.7, "goal-masked": 0.1, "short-in-context": 0.2}, {"long-in-context": 1.0}),
        ("mazes-rl", {"task": 1.0}, {"short-in-context": 1.0}),
    ],
)
def test_agents_learn_to_read_first_and_last_what_they_are_asked_about(name, main, between, preset):
    first, *rest = condition(name, preset, "standard").phases
    mixtures = [phase.mixture for phase in rest]
    assert (first.mixture, first.retrieve) == ({"long-in-context": 1.0}, False)
    assert mixtures == [main] + (len(rest) // 2) * [between, main]
    assert all(phase.retrieve == (phase.mixture == main) for phase in rest)
    assert len({phase.steps for phase in rest[::2]}) == len({phase.steps for phase in rest[1::2]}) == 1


def documents(name, kind, seed):
    """Valid and weighted tokens of each document of a kind."""
    drawn = instance(name, seed)
    if kind in drawn.samplers:
        rows = drawn.samplers[kind](np.random.default_rng(seed), 400).experiences
    else:
        mine = drawn.corpus.kind == drawn.kinds.index(kind)
        rows = drawn.corpus.experiences._replace(
            valid=drawn.corpus.experiences.valid[mine], weight=drawn.corpus.experiences.weight[mine]
        )
    return rows.valid.sum(axis=1), (rows.weight > 0).sum(axis=1)


@pytest.mark.parametrize("kind", sorted(READING))
@pytest.mark.parametrize("name", SPOKEN)
def test_twins_are_as_many_as_long_and_ask_as_much(name, kind):
    (length, targets), (other, others) = (
        [np.concatenate(columns) for columns in zip(*(documents(name, each, seed) for seed in range(8)), strict=True)]
        for each in (kind, MATCHED_CONTROLS[kind])
    )
    assert len(length) == len(other) >= 60
    assert targets.min() > 0
    assert (length.min(), length.max()) == (other.min(), pytest.approx(other.max(), abs=1))
    assert length.mean() == pytest.approx(other.mean(), rel=0.02)
    assert set(targets.tolist()) == set(others.tolist())
    assert targets.mean() == pytest.approx(others.mean(), rel=0.05)


MAIN = ("shuffled", "output-input", "interleaved", True, "same")
SHUFFLED = ("shuffled", "input-output", "interleaved", True, "same")


def test_the_codebook_conditions_differ_in_how_a_definition_is_written():
    for preset in PRESETS:
        worlds = {c.name: c.world for c in plan("codebooks", preset).conditions}
        format_of = operator.attrgetter("order", "direction", "layout", "names_book", "wording")
        main, fixed, shuffled = MAIN, ("fixed", *SHUFFLED[1:]), SHUFFLED
        read = {} if preset == "smoke" else {"pretrained": main}
        assert {name: format_of(world) for name, world in worlds.items()} == read | {
            "output-input": main,
            "no-in-context": main,
            "fixed-order": fixed,
            "no-in-context-fixed-order": fixed,
            "shuffled": shuffled,
            "blocked": (*shuffled[:2], "blocked", *shuffled[3:]),
            "unnamed": (*shuffled[:3], False, shuffled[4]),
            "distinct-wording": (*shuffled[:4], "distinct"),
        }


def test_full_is_the_published_scale_with_a_sweep_of_weight_decay():
    world = condition("reversals", "full", "standard").world
    assert (world.entities, world.relations, world.held_out) == (1000, 20, 200)
    sweep = [c for c in plan("reversals", "full").conditions if c.name.startswith("wd=")]
    decays = [c.training.optimiser.weight_decay for c in sweep]
    assert decays[0] == 0.0
    assert decays[-1] >= 1.0
    assert [c.name for c in sweep] == [f"wd={decay:g}" for decay in decays]
    assert {c.learner_names for c in sweep} == {("parametric",)}


def test_facts_say_how_large_their_table_is_and_their_records_do_not_say_where():
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    sizes = {"facts": len(rows), "subjects": len({row["subject"] for row in rows}), "relations": 3}
    standard = condition("facts", "quick", "standard")
    assert standard.world.sizes() == sizes == condition("facts", "full", "standard").world.sizes()
    assert condition("reversals", "quick", "standard").world.sizes() == {}
    config = standard.config("parametric-context", 0)
    assert str(TABLE) not in str(config)
    assert config["world"]["table_digest"] == standard.world.table.digest
    assert len(key_of(config)) == 24


@pytest.mark.parametrize(
    ("preset", "facts", "answers"),
    [("smoke", {"facts": 100, "sampled_from": 547}, 8), ("quick", {"facts": 547}, 32), ("full", {"facts": 547}, 193)],
)
def test_a_smaller_preset_asks_about_fewer_facts_and_offers_fewer_answers(preset, facts, answers):
    """193 domains, one of each country, are the longest list of answers that the table has."""
    world = condition("facts", preset, "standard").world
    assert {name: n for name, n in world.sizes().items() if name not in ("subjects", "relations")} == facts
    offered = [test.options[test.choice][:, :, 0] != NONE for test in world.draw(0).tests]
    assert max(int(each.sum(axis=1).max()) for each in offered) == answers
