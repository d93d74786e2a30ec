"""Studies whose models can read before they learn: what is trained, what is not, and what is put before a question."""

from __future__ import annotations

import dataclasses

import pytest
from study_plans import READ, SPOKEN, condition, plan

from tolman.experiments.condition import weight_steps
from tolman.experiments.study import PRESETS
from tolman.learners.learner import Finetune
from tolman.models.pretrained import PretrainedConfig
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Retrieval
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.latent.presets import FINETUNING, LEXICAL, PACKED

PRETRAINED = [
    *((name, preset) for name in READ for preset in PRESETS),
    *((name, preset) for name in SPOKEN for preset in ("quick", "full")),
]
MANY = {"smoke": 4, "quick": 16, "full": 64}
"""Facts in the context of the learner that reads many at once."""


def pretrained(name, preset):
    return condition(name, preset, "pretrained")


def readers(k):
    """The contexts of the learners that retrieve, by name; lexical retrieval has its usual parameters."""
    retrievers = {"oracle": Oracle(), "random": Random(), "bm25": BM25(k1=1.2, b=0.75), "tfidf": TfIdf()}
    return {f"retrieval-{name}": Retrieval(retriever, k) for name, retriever in retrievers.items()}


def contexts(name, preset):
    """Every learner of a pretrained condition with what is put before its questions."""
    alone, supported = {"parametric": None}, {"parametric-context": Retrieval(Oracle(), 1)}
    return {
        "facts": {**alone, **supported, "context": Retrieval(Oracle(), MANY[preset]), **readers(3)},
        "texts": {**alone, **supported, **readers(3)},
        "reversals": {
            **alone,
            "context": Retrieval(Oracle(), 64),
            "retrieval-oracle": Retrieval(Oracle(), {"quick": 3, "full": 4}.get(preset, 1)),
        },
        "codebooks": alone,
    }[name]


@pytest.mark.parametrize(("name", "preset"), PRETRAINED)
def test_learners_differ_in_what_stands_before_a_question(name, preset):
    found = {learner.name: learner.context for learner in pretrained(name, preset).learners}
    assert list(found.items()) == list(contexts(name, preset).items())


@pytest.mark.parametrize(("name", "preset"), PRETRAINED)
def test_one_model_is_finetuned_on_experiences_alone_and_all_others_are_as_they_were(name, preset):
    where = pretrained(name, preset)
    steps = {learner.name: weight_steps(learner)[1] for learner in where.learners}
    assert steps == {who: Finetune() if who.startswith("parametric") else None for who in steps}
    trained = {where.spec(learner) for learner in where.learners if learner.steps}
    left = {where.spec(learner) for learner in where.learners if not learner.steps}
    assert [(spec.phases, spec.retrieval) for spec in trained] == [(where.phases, None)]
    assert [(spec.phases, spec.retrieval) for spec in left] == [((), None)] * (len(where.learners) > 1)


@pytest.mark.parametrize(("name", "preset"), PRETRAINED)
def test_every_model_starts_from_the_reader_and_is_finetuned_in_the_same_way(name, preset):
    where = pretrained(name, preset)
    assert where.model == PretrainedConfig()
    assert where.training == (PACKED if name in ("facts", "reversals") else FINETUNING)
    assert sum(phase.steps for phase in where.phases) > 0


@pytest.mark.parametrize("preset", PRESETS)
def test_a_pretrained_model_is_all_that_files_are_put_to_and_one_more_elsewhere(preset):
    assert [[c.name for c in plan(name, preset).conditions] for name in READ] == [["pretrained"]] * len(READ)
    for name in SPOKEN:
        others = [c for c in plan(name, preset).conditions if c.name != "pretrained"]
        assert not any(c.model.pretrained for c in others)
        assert len(plan(name, preset).conditions) - len(others) == (preset != "smoke")


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_pretrained_models_learn_the_same_world_as_others(preset):
    books, facts = (pretrained(name, preset).world for name in ("codebooks", "reversals"))
    # Four orders of a definition are learned by heart, each as it stands.
    assert books == dataclasses.replace(condition("codebooks", preset, "standard").world, definitions=16)
    changed = ("filler", "inner_filler", "copies", "full_stop")
    same = {name: getattr(facts, name) for name in changed}
    assert facts == dataclasses.replace(condition("reversals", preset, "standard").world, **same)


def test_reversals_are_sentences_stated_bare_and_once():
    drawn = pretrained("reversals", "quick").world.draw(0)
    stated = drawn.corpus.kind == drawn.kinds.index("statement")
    assert {phase.mixture["statement"] for phase in pretrained("reversals", "quick").phases} == {1.0}
    assert set(drawn.corpus.experiences.valid[stated].sum(axis=1).tolist()) == {5}
    texts = [drawn.text(row[:5]) for row in drawn.corpus.experiences.steps["token"][stated]]
    assert all(text.endswith(" .") for text in texts)
    assert "restatement" not in {drawn.kinds[kind] for kind in set(drawn.corpus.kind.tolist())}


@pytest.mark.parametrize("preset", PRESETS)
def test_words_are_looked_up_by_what_suits_the_documents(preset):
    """Statements among filler are all the longer for it; a user's documents are as they are."""
    for name in SPOKEN:
        context = condition(name, preset, "standard").learner("parametric-retrieval-bm25").context
        assert context.retriever == LEXICAL == BM25(k1=0.6, b=0.0)
    for name in READ:
        assert pretrained(name, preset).learner("retrieval-bm25").context.retriever == BM25()


@pytest.mark.parametrize("name", READ)
def test_every_learner_has_its_place_in_the_report(name):
    learners, words = pretrained(name, "quick").learner_names, READ[name].presentation()
    colours = [words.learners[learner].colour for learner in learners]
    assert len(set(colours)) == len(learners)
    assert {words.baseline, words.upper_bound, words.irrelevant} <= set(learners)
    assert {learner for learner in learners if words.learners[learner].aid} == set(words.aids) & set(learners)
