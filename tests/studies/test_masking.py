"""Reversals by weights that learn to predict more: what is a target there, and what never is."""

import dataclasses
import functools

import numpy as np
import pytest
from study_plans import condition, plan

from tolman.core.experience import NONE
from tolman.studies.latent.masking import ALL_TOKENS, MASKED, NO_FILLER
from tolman.training.augment import augmented
from tolman.training.config import Seeds
from tolman.training.data import step_config

WORLD = condition("reversals", "smoke", "standard").world
DRAWN = WORLD.draw(0)


def of_facts(text):
    """The words of a document that are no filler."""
    return [word for word in text.split() if not word.startswith("w")]


@functools.cache
def held():
    """The facts that are stated forward only, as (subject, relation, object)."""
    latent = DRAWN.test("latent")
    rows = zip(latent.prompts.steps["token"], latent.prompts.valid, strict=True)
    asked = [of_facts(DRAWN.text(row[valid])) for row, valid in rows]
    right = latent.options[latent.choice][latent.correct]
    answers = [DRAWN.text(name) for name in right]
    return {(subject, relation, obj) for (obj, relation, _), subject in zip(asked, answers, strict=True)}


@functools.cache
def trained(learner):
    """The world with what is written for a learner, and its specification."""
    masked = dataclasses.replace(condition("reversals", "quick", MASKED), world=WORLD)
    spec = masked.spec(masked.learner(learner))
    (instance,), _ = augmented(spec, (Seeds(0, 0),), (DRAWN,))
    return instance, spec


def filled_in(learner):
    """Each document that is written for a learner: its masked copy without filler, and the name that is predicted."""
    instance, _ = trained(learner)
    rows = instance.corpus.experiences
    for row in np.flatnonzero(instance.corpus.kind == len(instance.kinds) - 1):
        (target,) = rows.steps["token"][row][rows.weight[row] > 0]
        copy, _ = instance.text(rows.steps["token"][row][rows.valid[row]]).split(" . ")
        yield of_facts(copy), instance.text(np.array([target]))


@pytest.mark.parametrize(("learner", "everywhere"), [("masked", True), ("masked-last", False)])
def test_the_subject_of_a_held_out_fact_is_filled_in_unless_only_the_last_name_is(learner, everywhere):
    subjects = {(name, relation, obj) for (gap, relation, arrow, obj), name in filled_in(learner)
                if gap == "_" and arrow == "→"}  # fmt: skip
    objects = {(subject, relation, name) for (subject, relation, arrow, gap), name in filled_in(learner)
               if gap == "_" and arrow == "→"}  # fmt: skip
    assert objects >= held()
    assert (subjects == objects) == everywhere
    assert bool(subjects) == everywhere


@pytest.mark.parametrize("learner", ["masked", "masked-last"])
def test_nothing_that_is_filled_in_is_a_reverse_statement_of_a_held_out_fact(learner):
    facts = [
        {"_": name}.get(subject, subject) + relation + {"_": name}.get(obj, obj)
        for (obj, relation, arrow, subject), name in filled_in(learner)
        if arrow == "←"
    ]
    assert facts
    assert set(facts).isdisjoint("".join(fact) for fact in held())


def test_without_filler_a_document_is_the_statement_and_its_copy():
    bare = condition("reversals", "quick", NO_FILLER)
    assert bare.learner_names == ("parametric", "masked")
    assert bare.learner("masked") == condition("reversals", "quick", MASKED).learner("masked")
    drawn = dataclasses.replace(WORLD, filler=bare.world.filler, inner_filler=bare.world.inner_filler).draw(0)
    (instance,), _ = augmented(bare.spec(bare.learner("masked")), (Seeds(0, 0),), (drawn,))
    gap, relation, arrow, obj, stop, _, *copy = written(instance)[:9]
    assert (gap, stop, copy) == ("_", ".", [relation, arrow, obj])
    assert not [word for word in written(instance) if word.startswith("w")]


def written(instance):
    """The words of all documents of the kind that is written."""
    rows = instance.corpus.experiences
    own = instance.corpus.kind == len(instance.kinds) - 1
    return instance.text(rows.steps["token"][own][rows.valid[own]]).split()


def test_a_model_from_scratch_has_the_words_that_are_added():
    instance, spec = trained("masked")
    assert instance.vocabulary == (*DRAWN.vocabulary, "_", ".")
    assert step_config(spec, instance).model.outputs == (len(DRAWN.vocabulary) + 2,)


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_they_take_as_many_steps_of_as_many_documents_as_the_standard_weights(preset):
    standard = condition("reversals", preset, "standard")
    plain = standard.spec(standard.learner("parametric"))
    for name in (MASKED, NO_FILLER, ALL_TOKENS):
        other = condition("reversals", preset, name)
        for spec in map(other.spec, other.learners):
            assert (spec.steps, spec.training, spec.model) == (plain.steps, plain.training, plain.model)
            assert spec.retrieval is None
    assert dataclasses.replace(condition("reversals", preset, ALL_TOKENS).world, targets="answers") == standard.world


def test_all_tokens_are_predicted_and_the_subjects_of_held_out_facts_among_them():
    drawn = dataclasses.replace(WORLD, targets="all").draw(0)
    memory = drawn.memory
    statements = memory.experiences.steps["token"], memory.experiences.weight
    filler = {number for number, word in enumerate(drawn.vocabulary) if word.startswith("w")}
    after_filler = [row[0] in filler for row in statements[0]]
    subjects = [next(i for i, token in enumerate(row) if token not in filler) for row in statements[0]]
    weights = [weight[place] for weight, place in zip(statements[1], subjects, strict=True)]
    assert [bool(weight) for weight in weights] == after_filler
    assert True in after_filler
    assert (memory.cue[memory.experiences.weight == 0] == NONE).all()


def test_the_small_preset_trains_none_of_them():
    assert {MASKED, NO_FILLER, ALL_TOKENS}.isdisjoint(each.name for each in plan("reversals", "smoke").conditions)
