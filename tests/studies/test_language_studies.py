"""The studies of language: who is compared, on what, and what is claimed."""

import dataclasses
import itertools

import numpy as np
import pytest
from study_plans import asked_by, bounds

import tolman
from tolman.augmentation.chained import Chained
from tolman.augmentation.closure import Closure
from tolman.augmentation.distilled import Distilled
from tolman.augmentation.inferred import Inferred
from tolman.augmentation.masked import Masked
from tolman.augmentation.permuted import Permuted
from tolman.augmentation.reversed import Reversed
from tolman.augmentation.rewritten import Rewritten
from tolman.claims.claim import Learned
from tolman.claims.runs import RunGroup
from tolman.core.experience import NONE
from tolman.core.registry import find, load
from tolman.experiments.condition import weight_steps
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.learners.learner import Augment, Finetune
from tolman.models.pretrained import PretrainedConfig
from tolman.report.palette import colours
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Queries, Retrieval
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.language.remedies import COMPLETE, RESTATE, REVERSE
from tolman.studies.language.semantic_structure import ASK
from tolman.studies.language.syllogisms import FOLLOWS
from tolman.studies.latent.presets import PACKED
from tolman.training.augment import augmented
from tolman.training.config import AUGMENTED, Seeds
from tolman.worlds.comparisons import Comparisons
from tolman.worlds.reading.wordings import SLOTS, WORDINGS, parse
from tolman.worlds.reversal_curse import ReversalCurse
from tolman.worlds.semantic_structure import SemanticStructure
from tolman.worlds.syllogisms import Syllogisms
from tolman.worlds.two_hop import TwoHop

ONE_LATENT = ("reversal-curse", "two-hop", "comparisons", "syllogisms")
"""Studies whose claims are about one latent test."""
NAMES = (*ONE_LATENT, "semantic-structure")
LATENT = {"reversal-curse": "reversed", "two-hop": "composed", "comparisons": "reversed", "syllogisms": "conclusion"}
"""The test that claims about what is latent are of."""
EXPLICIT = {
    "reversal-curse": ("forward",),
    "two-hop": ("first", "second"),
    "comparisons": ("forward",),
    "syllogisms": ("premises",),
    "semantic-structure": ("stated",),
}
"""The tests that tell whether finetuning worked."""

FORWARD = ("accuracy", ">=", 0.90, ["parametric"], "forward")
CLAIMS = {
    "reversal-curse": {
        "parametric-forward": FORWARD,
        "parametric-reversed": ("above chance", "<=", 0.10, ["parametric"], "reversed"),
        "context-reversed": ("accuracy", ">=", 0.90, ["context"], "reversed"),
        "oracle-reversed": ("accuracy", ">=", 0.90, ["retrieval-oracle"], "reversed"),
        "bm25-reversed": ("accuracy", ">=", 0.90, ["retrieval-bm25"], "reversed"),
        "random-reversed": ("above chance", "<=", 0.05, ["retrieval-random"], "reversed"),
        "augmented-above-rephrased": ("difference", ">=", 0.30, ["augmented", "rephrased"], "reversed"),
        "augmented-above-by-control": ("difference", ">=", 0.30, ["augmented", "augmented-by-control"], "reversed"),
        "reversed-as-augmented": ("difference", ">=", -0.05, ["reversed", "augmented"], "reversed"),
        "permuted-as-augmented": ("difference", ">=", -0.05, ["permuted", "augmented"], "reversed"),
        "masked-as-augmented": ("difference", ">=", -0.05, ["masked", "augmented"], "reversed"),
        "distilled-as-augmented": ("difference", ">=", -0.05, ["distilled", "augmented"], "reversed"),
        "reading-kept": ("difference", ">=", -0.05, ["parametric-context", "retrieval-oracle"], "reversed"),
    },
    "two-hop": {
        "parametric-first": ("accuracy", ">=", 0.90, ["parametric"], "first"),
        "parametric-second": ("accuracy", ">=", 0.90, ["parametric"], "second"),
        "context-above-parametric": ("difference", ">=", 0.20, ["context", "parametric"], "composed"),
        "context-composed": ("accuracy", ">=", 0.90, ["context"], "composed"),
        "oracle-composed": ("accuracy", ">=", 0.90, ["retrieval-oracle"], "composed"),
        "bm25-misses-second": ("difference", ">=", 0.50, ["context", "retrieval-bm25"], "composed"),
        "random-composed": ("above chance", "<=", 0.05, ["retrieval-random"], "composed"),
        "reading-kept": ("difference", ">=", -0.05, ["parametric-context", "retrieval-oracle"], "composed"),
    },
    "comparisons": {
        "parametric-forward": FORWARD,
        "context-above-parametric": ("difference", ">=", 0.0, ["context", "parametric"], "reversed"),
        "gap-below-reversal-curse": ("difference", ">=", 0.0, ["context", "parametric"] * 2, "reversed"),
        "oracle-reversed": ("accuracy", ">=", 0.90, ["retrieval-oracle"], "reversed"),
        "random-reversed": ("above chance", "<=", 0.05, ["retrieval-random"], "reversed"),
        "augmented-above-rephrased": ("difference", ">=", 0.0, ["augmented", "rephrased"], "reversed"),
        "augmented-above-masked": ("difference", ">=", 0.0, ["augmented", "masked"], "reversed"),
        "reading-kept": ("difference", ">=", -0.05, ["parametric-context", "retrieval-oracle"], "reversed"),
    },
    "syllogisms": {
        "parametric-premises": ("accuracy", ">=", 0.90, ["parametric"], "premises"),
        "context-above-parametric": ("difference", ">=", 0.15, ["context", "parametric"], "conclusion"),
        "augmented-above-parametric": ("difference", ">=", 0.0, ["augmented", "parametric"], "conclusion"),
    },
}
"""What is measured, how it must lie, the bound, and of which learners on which test.

Of a difference, the second learner is taken from the first.
"""

SIZES = {
    "reversal-curse": {"smoke": (2, 20, 32), "quick": (10, 150, 256), "full": (10, 3000, 256)},
    "two-hop": {"smoke": (2, 20, 32), "quick": (10, 200, 256), "full": (10, 3000, 256)},
    "comparisons": {"smoke": (2, 20, 32), "quick": (10, 200, 256), "full": (10, 3000, 256)},
    "syllogisms": {"smoke": (2, 20, 32), "quick": (10, 200, 288), "full": (10, 3000, 256)},
    "semantic-structure": {"smoke": (2, 20, 96), "quick": (10, 200, 256), "full": (10, 3000, 256)},
}
"""Seeds, steps of finetuning, and statements in the context of the learner that reads them all."""
STATED = {"statement": 0.9, "name": 0.1}
MIXTURES = {
    "reversal-curse": STATED,
    "two-hop": STATED,
    "comparisons": STATED,
    "syllogisms": {"statement": 0.7, "question": 0.2, "name": 0.1},
    "semantic-structure": STATED,
}
WORLDS = {
    ("reversal-curse", "smoke"): ReversalCurse(4, 4, 4, paraphrases=1, test_items=8),
    ("reversal-curse", "quick"): ReversalCurse(30, 15, 15, paraphrases=3, test_items=96),
    ("reversal-curse", "full"): ReversalCurse(30, 30, 30, paraphrases=30, test_items=400),
    ("two-hop", "smoke"): TwoHop(8, paraphrases=1, asked=2, test_items=8),
    ("two-hop", "quick"): TwoHop(38, paraphrases=3, asked=2, test_items=96),
    ("two-hop", "full"): TwoHop(400, paraphrases=10, asked=2, test_items=400),
    ("comparisons", "smoke"): Comparisons(4, paraphrases=1, choice="name", test_items=8),
    ("comparisons", "quick"): Comparisons(25, paraphrases=2, choice="name", test_items=100),
    ("comparisons", "full"): Comparisons(250, paraphrases=10, choice="name", test_items=400),
    ("syllogisms", "smoke"): Syllogisms(6, paraphrases=1, test_items=8),
    ("syllogisms", "quick"): Syllogisms(69, paraphrases=2, test_items=96),
    ("syllogisms", "full"): Syllogisms(690, paraphrases=9, test_items=690),
    ("semantic-structure", "smoke"): SemanticStructure(paraphrases=1, test_items=8),
    ("semantic-structure", "quick"): SemanticStructure(2, 2, 4, cues=0.0, paraphrases=3, test_items=96),
    ("semantic-structure", "full"): SemanticStructure(
        5, 3, 6, properties=6, relations=4, cues=0.0, articles=2200, test_items=400
    ),
}
LINKS = {"reversal-curse": {1}, "two-hop": {2}, "comparisons": {1}, "syllogisms": {2}, "semantic-structure": {1, 2, 3}}
"""Numbers of facts that a latent question links."""
LINKED = {name: max(numbers) for name, numbers in LINKS.items()}
PLAIN = [
    "parametric",
    "parametric-context",
    "context",
    *(f"retrieval-{r}" for r in ("oracle", "random", "bm25", "tfidf")),
]
"""The learners of every study."""
WRITTEN = {
    "augmented": Rewritten(REVERSE),
    "rephrased": Rewritten(RESTATE),
    "reversed": Reversed(),
    "permuted": Permuted(),
    "masked": Masked(),
    "distilled": Distilled(COMPLETE),
    "closure": Closure(),
}
CONTROL = Rewritten(REVERSE, writer=PretrainedConfig("control"))
REMEDIES = {
    "reversal-curse": {**WRITTEN, "augmented-by-control": CONTROL},
    "two-hop": {},
    "comparisons": {name: WRITTEN[name] for name in ("augmented", "rephrased", "masked")},
    "syllogisms": {"augmented": Inferred(FOLLOWS)},
    "semantic-structure": {**{name: WRITTEN[name] for name in ("augmented", "rephrased")}, "chained": Chained(ASK)},
}
"""What the further learners train on besides the statements."""
LEARNERS = {name: [*PLAIN, *REMEDIES[name]] for name in NAMES}
REMEDIED = [name for name in NAMES if REMEDIES[name]]

INSTRUCTIONS = [
    (kind, text)
    for kind, texts in {
        "TURN": REVERSE,
        "RESTATE": RESTATE,
        "COMPLETE": COMPLETE,
        "SYLLOGISM": FOLLOWS,
        "FORWARD_MARK": ASK,
    }.items()
    for text in texts
]
"""What the model is asked to write, with the class of wordings that it is of."""


def condition(name, preset):
    found, *_ = load("studies", name)().plan(preset).conditions
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_all_start_from_the_reader_and_some_of_them_are_finetuned(name, preset):
    made = condition(name, preset)
    assert made.model == PretrainedConfig("reader")
    assert [learner.name for learner in made.learners] == LEARNERS[name]
    steps = {learner.name: weight_steps(learner) for learner in made.learners}
    finetuned = {who: Finetune() for who in ("parametric", "parametric-context", *REMEDIES[name])}
    assert {who: finetune for who, (_, finetune) in steps.items() if finetune} == finetuned
    augment = {who: Augment(augmentation, 0.5) for who, augmentation in REMEDIES[name].items()}
    assert {who: step for who, (step, _) in steps.items() if step} == augment


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_plan_has_these_sizes(name, preset):
    seeds, steps, _ = SIZES[name][preset]
    made = condition(name, preset)
    assert load("studies", name)().plan(preset).seeds == seeds
    assert (made.name, made.world, made.training) == ("pretrained", WORLDS[name, preset], PACKED)
    assert [(phase.steps, dict(phase.mixture)) for phase in made.phases] == [(steps, MIXTURES[name])]
    assert steps % made.training.chunk == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_learners_differ_in_what_stands_before_a_question(name, preset):
    contexts = {learner.name: learner.context for learner in condition(name, preset).learners}
    oracle = Retrieval(Oracle(supports=LINKED[name]), 3)
    assert contexts == {
        "parametric": None,
        "parametric-context": oracle,
        "context": Retrieval(Everything(), SIZES[name][preset][2]),
        "retrieval-oracle": oracle,
        "retrieval-random": Retrieval(Random(), 3),
        "retrieval-bm25": Retrieval(BM25(), 3),
        "retrieval-tfidf": Retrieval(TfIdf(), 3),
        **dict.fromkeys(REMEDIES[name]),
    }


@pytest.mark.parametrize(("name", "size"), list(zip(NAMES, (16, 16, 16, 12, 72), strict=True)))
def test_the_world_of_smoke_is_small_and_has_what_its_phase_draws(name, size):
    made = condition(name, "smoke")
    drawn = made.world.draw(0)
    assert drawn.memory.size == size
    assert max(map(len, drawn.tests)) <= 8
    assert set(made.phases[0].mixture) == set(drawn.kinds)
    assert drawn.memory_kinds == ("statement",)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_record_has_a_key_of_its_own_and_both_finetuned_learners_share_weights(name, preset):
    plan = load("studies", name)().plan(preset)
    keys = [run.key for run in planned_runs({"study": name, "preset": preset}, plan, 0)]
    made, *others = plan.conditions
    learners = len(LEARNERS[name]) + sum(len(other.learners) for other in others)
    assert len(set(keys)) == len(keys) == plan.seeds * learners
    assert made.spec(made.learner("parametric")) == made.spec(made.learner("parametric-context"))


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_world_of_quick_stands_in_the_context(name):
    made = condition(name, "quick")
    context = {learner.name: learner.context for learner in made.learners}["context"]
    assert context == Retrieval(Everything(), SIZES[name]["quick"][2])
    assert made.world.draw(0).memory.size <= context.k


@pytest.mark.parametrize("name", [*NAMES, "other-readers"])
def test_claims_on_the_context_are_about_quick_whose_world_stands_there_whole(name):
    about = {preset: load("studies", name)().claims(preset) for preset in ("quick", "full")}
    assert about["quick"] == about["full"]
    for claim in about["full"]:
        read = any(group.learner == "context" for group in claim.run_groups)
        assert claim.presets == (("quick",) if read else ("quick", "full")), claim.name
    assert any(claim.presets == ("quick",) for claim in about["full"])
    assert any(claim.presets == ("quick", "full") for claim in about["full"])


def test_the_glossary_says_that_the_context_holds_a_sample_in_full():
    for name in NAMES:
        assert {SIZES[name]["full"][2]} == {256}
        assert "sample of 256" in load("studies", name).presentation().glossary["context"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", PRESETS)
def test_claims_are_judged_on_seeds_of_no_other_study(name, preset):
    mine, others = load("studies", name), [load("studies", other) for other in find("studies") if other != name]
    own = mine().own_seeds(preset)
    assert own == mine.seeds[: SIZES[name][preset][0]]
    assert len(others) >= len(NAMES) - 1
    assert not set(mine.seeds) & set(itertools.chain(*(other.seeds for other in others)))


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_comparisons_are_compared_with_the_reversal_curse_on_the_same_model_and_training(preset):
    other, own = condition("reversal-curse", preset), load("studies", "comparisons")().plan(preset).conditions[1]
    assert own.name == "reversal-curse"
    assert own.learners == tuple(other.learner(name) for name in ("parametric", "context"))
    assert all(own.spec(learner) == other.spec(learner) for learner in own.learners)
    assert len(load("studies", "comparisons")().plan("smoke").conditions) == 1


# ---- remedies


@pytest.mark.parametrize("name", REMEDIED)
@pytest.mark.parametrize("preset", PRESETS)
def test_remedies_train_as_much_as_the_weights_without_them_and_half_of_it_on_what_is_written(name, preset):
    made = condition(name, preset)
    plain = made.spec(made.learner("parametric"))
    (before,) = plain.phases
    for remedy, augmentation in REMEDIES[name].items():
        spec = made.spec(made.learner(remedy))
        assert (spec.training.batch, spec.training.max_tokens) == (64, 448)
        assert dataclasses.replace(spec, phases=plain.phases, augmentation=None) == plain
        assert spec.augmentation == augmentation
        (phase,) = spec.phases
        assert dataclasses.replace(phase, mixture=before.mixture) == before
        halves = {kind: part / 2 for kind, part in MIXTURES[name].items()}
        assert dict(phase.mixture) == pytest.approx({**halves, AUGMENTED: 0.5})


@pytest.mark.parametrize(("name", "remedy"), [(name, remedy) for name in REMEDIED for remedy in REMEDIES[name]])
def test_what_is_written_can_be_packed_as_the_statements_are(name, remedy):
    """Longer documents would be padded, so that a step read more."""
    made, augmentation = condition(name, "quick"), REMEDIES[name][remedy]
    if isinstance(augmentation, Rewritten):
        longest = augmentation.longest
    elif isinstance(augmentation, Distilled | Inferred):
        asked = max(len(text.split()) for text in augmentation.instructions)
        longest = asked + made.world.draw(0).memory_length + augmentation.longest
    elif isinstance(augmentation, Chained):
        longest = made.world.draw(0).memory_length + augmentation.longest
    else:
        (drawn,), _ = augmented(made.spec(made.learner(remedy)), [Seeds(0, 0)], [made.world.draw(0)])
        longest = drawn.corpus.experiences.length
    assert longest <= made.model.packed_length


def test_the_control_of_what_is_reversed_differs_in_what_is_asked_for_alone():
    own, control = WRITTEN["augmented"], WRITTEN["rephrased"]
    assert dataclasses.replace(own, instructions=RESTATE) == control
    assert len(REVERSE) == len(RESTATE)
    assert not set(REVERSE) & set(RESTATE)


@pytest.mark.parametrize(("kind", "text"), INSTRUCTIONS)
def test_the_reader_met_every_word_of_an_instruction(kind, text):
    assert {word for word in text.split() if word not in SLOTS} <= set(tolman.pretrained("reader").closed)


@pytest.mark.parametrize(("kind", "text"), INSTRUCTIONS)
def test_an_instruction_is_a_wording_of_the_readers_pretraining(kind, text):
    trained, held_out = ({*itertools.chain(*half)} for half in WORDINGS[kind])
    assert parse(text) not in held_out
    assert {parse(text), parse(f"now {text}")} & trained


@pytest.mark.parametrize("name", REMEDIED)
def test_the_reader_met_every_word_that_a_remedy_adds(name):
    for augmentation in REMEDIES[name].values():
        assert set(augmentation.words) <= set(tolman.pretrained("reader").closed)


def test_the_control_is_asked_in_the_same_words_and_nothing_else_is_another():
    assert dataclasses.replace(CONTROL, writer=None) == WRITTEN["augmented"]
    made = condition("reversal-curse", "quick")
    own, control = (made.spec(made.learner(name)) for name in ("augmented", "augmented-by-control"))
    assert dataclasses.replace(control, augmentation=own.augmentation) == own
    assert own.model == PretrainedConfig("reader")
    assert own.augmentation.writer is None


# ---- what is retrieved


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["smoke", "quick"])
def test_the_oracle_places_one_statement_of_each_fact_that_a_latent_question_links(name, preset):
    made = condition(name, preset)
    for who in ("retrieval-oracle", "parametric-context"):
        assert set(facts_placed(made, who)) == {(1,) * links for links in LINKS[name]}
    assert set(facts_placed(made, "retrieval-random")) == {(0,) * links for links in LINKS[name]}


def test_lexical_search_places_statements_of_the_first_fact_alone():
    assert set(facts_placed(condition("two-hop", "quick"), "retrieval-bm25")) == {(3, 0)}


def facts_placed(made, who):
    """For each latent question, how many statements of each fact that it links a learner has before it, in order."""
    (context,), drawn = [learner.context for learner in made.learners if learner.name == who], made.world.draw(0)
    for test in (test for test in drawn.tests if test.role == "latent"):
        queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
        rows = context.retriever.neighbours(drawn.memory, queries, context.k, np.random.default_rng(0))
        for found, topics in zip(rows, test.topics, strict=True):
            placed = drawn.memory.topics[found[found != NONE], 0]
            yield tuple(int((placed == topic).sum()) for topic in topics if topic != NONE)


# ---- claims


@pytest.mark.parametrize("name", ONE_LATENT)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_have_these_bounds_and_name_tests_that_exist(name, preset):
    study = load("studies", name)()
    claims = study.claims(preset)
    assert len({claim.name for claim in claims}) == len(claims)
    assert bounds(claims) == {claim: measured[:3] for claim, measured in CLAIMS[name].items()}
    about = {claim.name: [(group.learner, test) for group, test in asked_by(claim.effect)] for claim in claims}
    assert about == {claim: [(who, test) for who in whose] for claim, (*_, whose, test) in CLAIMS[name].items()}
    roles = {test.name: test.role for test in condition(name, "smoke").world.draw(0).tests}
    assert {test for parts in about.values() for _, test in parts} <= set(roles)
    assert {test for parts in about.values() for _, test in parts if roles[test] == "latent"} == {LATENT[name]}
    assert study.claims("smoke") == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_are_about_learners_that_run_on_enough_seeds(name, preset):
    study, made = load("studies", name)(), condition(name, preset)
    conditions = study.plan(preset).conditions
    groups = {RunGroup(each.name, learner) for each in conditions for learner in each.learner_names}
    assert {RunGroup(made.name, learner) for learner in LEARNERS[name]} <= groups
    for claim in study.claims(preset):
        assert claim.run_groups <= groups
        assert claim.min_seeds <= len(study.own_seeds(preset)) == study.plan(preset).seeds
        assert "quick" in claim.presets
        assert claim.statement.endswith(".")
        assert claim.source


@pytest.mark.parametrize("name", NAMES)
def test_no_claim_rests_on_what_was_trained_on_the_answers(name):
    judged = {group.learner for claim in load("studies", name)().claims("quick") for group in claim.run_groups}
    assert "closure" not in judged


@pytest.mark.parametrize(("name", "claim"), [(name, claim) for name in ONE_LATENT for claim in CLAIMS[name]])
def test_claims_about_what_is_latent_require_that_finetuned_weights_learned_the_rest(name, claim):
    """All weights that are compared; `parametric-context` has those of `parametric`."""
    (found,) = [each for each in load("studies", name)().claims("quick") if each.name == claim]
    *_, whose, asked = CLAIMS[name][claim]
    weights = {"parametric" if who == "parametric-context" else who for who in whose} & {"parametric", *REMEDIES[name]}
    expected = {(who, test) for who in weights for test in EXPLICIT[name]} if asked == LATENT[name] else set()
    assert {(r.run_group.learner, r.test) for r in found.requires} == expected
    assert {(type(r), r.at_least) for r in found.requires} <= {(Learned, 0.90)}


# ---- the report


@pytest.mark.parametrize("name", NAMES)
def test_every_learner_has_its_place_in_the_report(name):
    words = load("studies", name).presentation()
    assert {*LEARNERS[name], "retrieval-dense"} == set(words.learners)
    own = [words.learners[learner].colour for learner in PLAIN]
    assert len(set(own)) == len(PLAIN)
    assert {words.baseline, words.upper_bound, words.irrelevant} <= set(PLAIN)
    assert set(words.aids) <= {who for who, style in words.learners.items() if style.aid}


@pytest.mark.parametrize("name", NAMES)
def test_no_two_learners_have_one_colour_in_a_figure(name):
    learners = [*LEARNERS[name], "retrieval-dense"]
    drawn = colours(learners, load("studies", name).presentation().learners)
    assert len(set(drawn.values())) == len(learners)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_explains_every_remedy(name):
    words = load("studies", name).presentation()
    assert set(REMEDIES[name]) <= set(words.learners)
    assert {*REMEDIES[name], "parametric", "context"} <= set(words.glossary)
    assert not {*WRITTEN} - {*REMEDIES[name]} & {*words.glossary}
    for term in REMEDIES[name]:
        assert words.glossary[term].endswith(".")
