"""What a model could do before: asked of it and of what finetuning made of it, without what it was finetuned on."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from tiny_checkpoint import CLOSED, write_tiny
from tiny_study import CONDITION

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.registry import named
from tolman.experiments.locality import Locality
from tolman.experiments.weights import training_key
from tolman.learners.parametric import augmented, parametric, parametric_context
from tolman.learners.untouched import retrieval, untouched
from tolman.models.pretrained import PretrainedConfig
from tolman.records.items import items_digest
from tolman.records.schema import key_of
from tolman.training.config import Seeds
from tolman.worlds.facts import COMMON, Facts
from tolman.worlds.reading import Reading

FACTS = Locality(Facts(str(COMMON), max_options=4), ("forward",))
ASKED = {id: n for n, id in enumerate(FACTS.world.draw(0).test("forward").item_ids)}
FRANCE = "forward/France|capital|Paris"


@dataclasses.dataclass(frozen=True)
class Knows:
    """A model, and its own configuration, that knows facts of these subjects and objects."""

    facts: frozenset[tuple[str, str]]
    vocabulary: tuple[str, ...] = ()

    def start(self, vocabulary):
        return dataclasses.replace(self, vocabulary=tuple(vocabulary))

    def rebind(self, model, vocabulary, other):
        return model.start(other)

    def option_logprobs(self, rows, options):
        tokens = zip(rows.steps["token"], rows.valid, strict=True)
        asked = [" ".join(self.vocabulary[n] for n in row[valid]) for row, valid in tokens]
        said = [[" ".join(self.vocabulary[n] for n in one if n != NONE) for one in each] for each in options]
        known = [[self._knows(text, one) for one in each] for text, each in zip(asked, said, strict=True)]
        return np.where(options[..., 0] == NONE, -np.inf, np.array(known) - 1.0).astype(np.float32)

    def _knows(self, asked, said):
        return any(f" {subject} " in f"{asked} " and said == object for subject, object in self.facts)

    def generate(self, rows, steps): ...
    def option_tokens(self, rows, options): ...
    def unconditional_logprobs(self, options): ...
    def embed(self, rows): ...
    def weights(self): ...
    def with_weights(self, weights): ...


@dataclasses.dataclass(frozen=True)
class Learned:
    """All that is read of the instance that was learned."""

    vocabulary: tuple[str, ...] = ("Lima", "→")


def facts(relation):
    parts = [id.removeprefix("forward/").split("|") for id in ASKED]
    return {(subject, object) for subject, of, object in parts if of == relation}


def measured(before, after, learned=("Lima", "→")):
    config = Knows(frozenset(before))
    return FACTS.measure(config, Knows(frozenset(after)), Learned(tuple(learned)), 0)


def test_what_was_known_is_asked_again():
    days, homes = facts("next day"), facts("home")
    test, items = measured(before=days | homes, after=days)
    assert (test["role"], test["n"], test["asked"]) == ("locality", 12, len(ASKED))
    assert test["accuracy"] == 0.5
    assert (test["before"], test["after"]) == pytest.approx((12 / len(ASKED), 6 / len(ASKED)))
    assert test["chance"]["uniform"] == 0.25
    ids, groups = items["item_id"].to_pylist(), items["group"].to_pylist()
    assert set(groups) == {"next day", "home"}
    assert [group == "next day" for group in groups] == items["correct"].to_pylist()
    assert set(ids) < ASKED.keys()
    assert items_digest(items)


def test_a_model_that_is_as_it_was_still_knows_all():
    for known in (facts("sum"), facts("capital") | facts("plural")):
        test, _ = measured(known, known)
        assert test["accuracy"] == 1.0
        assert test["before"] == test["after"] > 0


def test_of_nothing_that_was_known_nothing_is_asked():
    test, items = measured((), facts("sum"))
    assert (test["n"], test["accuracy"], test["before"]) == (0, 0.0, 0.0)
    assert test["after"] == pytest.approx(8 / len(ASKED))
    assert items.num_rows == 0


@pytest.mark.parametrize("word", ["paris", "Paris", "FRANCE"])
def test_names_that_were_learned_are_not_asked_about(word):
    capitals = facts("capital")
    test, items = measured(capitals, capitals, ("→", word))
    assert (test["asked"], test["n"]) == (len(ASKED) - 1, len(capitals) - 1)
    assert FRANCE not in items["item_id"].to_pylist()


def test_a_name_that_is_only_a_wrong_option_does_no_harm():
    named_so = sum("Tuesday" in id for id in ASKED)
    test, _ = measured((), (), ("Tuesday",))
    assert named_so == 2
    assert test["asked"] == len(ASKED) - named_so


def test_common_facts_are_of_many_kinds_and_have_four_options():
    test = FACTS.world.draw(3).test("forward")
    assert 60 <= len(test) <= 80
    assert {"capital", "opposite", "colour", "sum"} < set(test.groups)
    assert (test.chance.uniform == 0.25).all()


# --- one model over the words of another world


WORDS = ("Lima", "→", "The", "of", "Peru", "Lima")
OTHER = ("of", "Oslo", "the", "Lima", "←", "→")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.safetensors")


def test_a_model_that_is_as_it_was_is_rebound_as_if_it_started_there(config):
    found, fresh = config.rebind(config.start(WORDS), WORDS, OTHER), config.start(OTHER)
    assert jax.tree.structure(found) == jax.tree.structure(fresh)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(fresh), strict=True):
        np.testing.assert_array_equal(one, other)


def test_words_of_both_keep_what_finetuning_made_of_them(config):
    trained = jax.tree.map(lambda leaf: leaf + 1.0, config.start(WORDS))
    found, fresh = config.rebind(trained, WORDS, OTHER), config.start(OTHER)
    kept = [("of", "of"), ("the", "The"), ("Lima", "Lima"), ("→", "→")]  # "The" is the closed word "the"
    assert set(CLOSED) >= {"of", "the", "→"}
    for there, here in kept:
        new, old = OTHER.index(there), WORDS.index(here)
        np.testing.assert_array_equal(found.embedding[new], trained.embedding[old])
        np.testing.assert_array_equal(found.unembedding[:, new], trained.unembedding[:, old])
    for word in ("Oslo", "←"):
        np.testing.assert_array_equal(found.embedding[OTHER.index(word)], fresh.embedding[OTHER.index(word)])
    np.testing.assert_array_equal(found.layers[0].mlp.up, trained.layers[0].mlp.up)


# --- keys


def test_it_is_in_the_keys_of_those_who_are_asked_and_in_no_weights(config):
    from tolman.augmentation.reversed import Reversed

    learners = (parametric(), augmented(Reversed(), "reversed"), parametric_context(), retrieval(), untouched())
    plain = dataclasses.replace(CONDITION, model=config, learners=learners)
    asks = dataclasses.replace(plain, locality=FACTS)
    fewer = dataclasses.replace(plain, locality=dataclasses.replace(FACTS, tests=("reverse",)))
    keys = [{name: key_of(each.config(name, 0)) for name in each.learner_names} for each in (plain, asks, fewer)]
    changed = {name for name in plain.learner_names if keys[0][name] != keys[1][name]}
    assert changed == {"parametric", "reversed"}
    assert {name for name in plain.learner_names if keys[1][name] != keys[2][name]} == changed
    for learner in learners:
        assert training_key(plain.spec(learner), Seeds(0, 0)) == training_key(asks.spec(learner), Seeds(0, 0))


# --- the reader's questions


def test_only_the_tests_that_are_wanted_are_drawn_as_they_are_drawn_with_others():
    one, every = (Reading(test_items=3, skills=skills).draw(5) for skills in (("same-16",), ()))
    (test,) = one.tests
    np.testing.assert_array_equal(test.prompts.steps["token"], every.test("same-16").prompts.steps["token"])
    assert named("worlds", Reading()) == named("worlds", Reading(skills=()))
    assert named("worlds", Reading()) != named("worlds", Reading(skills=("same-16",)))
    with pytest.raises(UserError, match="did you mean same-16"):
        Reading(skills=("same-17",))


def test_the_studies_of_users_ask_it(tmp_path):
    from study_plans import READ

    for study in READ.values():
        (condition,) = study.plan("quick").conditions
        assert isinstance(condition.model, PretrainedConfig)
        assert len(condition.locality.world.draw(0).tests[0]) == 50
        assert condition.locality.tests == tuple(test.name for test in condition.locality.world.draw(0).tests)
