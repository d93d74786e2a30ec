"""Chains of two facts: what is stated of them, and what follows."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stated_worlds import documents, guessed, learned, names_in, other_name, pattern, questions

from tolman.core.errors import UserError
from tolman.core.world import check_leaks
from tolman.worlds.two_hop import COMPOSED, FIRST, SECOND, TRAINED, TwoHop

SMALL = TwoHop(chains=9, paraphrases=2, test_items=50)
SEEDS = st.integers(0, 499)


RELATIONS = (*FIRST, *SECOND)
TESTS = ("first", "second", "composed")


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


@pytest.fixture(scope="module")
def whole():
    return TwoHop().draw(1)


def named(instance):
    return [document.removeprefix(": ") for document in documents(instance, "name")]


def fact(statement, names):
    """The subject, the relation and the object of a statement."""
    subject, object = (name for _, name in sorted((statement.index(n), n) for n in names if n in statement))
    (relation,) = {word for word in statement.split() if word in (*FIRST, *SECOND)}
    return subject, relation, object


def test_every_fact_is_stated_as_often_and_names_stand_in_one_chain(small):
    names = named(small)
    facts = Counter(fact(statement, names) for statement in documents(small))
    assert set(facts.values()) == {2}
    assert len(facts) == 2 * 9
    assert Counter(Counter(name for one in facts for name in (one[0], one[2])).values()) == {1: 18, 2: 9}
    assert len({word for name in names for word in name.split()}) == 6 * 9


def test_the_default_has_38_chains_and_three_statements_of_each_fact(whole):
    names = named(whole)
    facts = Counter(fact(statement, names) for statement in documents(whole))
    assert (len(facts), set(facts.values()), whole.memory.size) == (2 * 38, {3}, 228)
    assert len(set(names)) == len(names) == 3 * 38


def test_statements_end_in_what_is_learned_of_them_and_names_are_learned_alone(small):
    names = named(small)
    for statement, last in zip(documents(small), learned(small, "statement"), strict=True):
        assert statement.endswith(f" {last} .")
        assert last == fact(statement, names)[2]
    assert learned(small, "name") == names


def test_what_follows_is_found_by_way_of_the_fact_in_between(small):
    names = named(small)
    known = {one[:2]: one[2] for one in (fact(statement, names) for statement in documents(small))}
    for one in questions(small, "composed"):
        (start,) = [name for name in names if name in one.prompt]
        (first,) = [word for word in one.prompt.split() if word in FIRST]
        (second,) = [word for word in one.prompt.split() if word in SECOND]
        between = known[start, first]
        assert between not in one.prompt
        assert known[between, second] == one.right


def test_no_document_names_the_start_and_the_end_of_a_chain(small):
    for one in questions(small, "composed"):
        (start,) = [name for name in named(small) if name in one.prompt]
        assert not any(start in document and one.right in document for document in documents(small))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("test", TESTS)
def test_who_looks_up_one_fact_after_the_other_answers_everything(test, seed):
    instance = TwoHop().draw(seed)
    for one in questions(instance, test):
        (name,) = names_in(one.prompt, RELATIONS)
        asked = sorted((word for word in one.prompt.split() if word in RELATIONS), key=RELATIONS.index)
        assert len(asked) == (2 if test == "composed" else 1)
        for relation in asked:
            name = other_name(asking(instance, relation), name, relation, RELATIONS)
        assert name == one.right


def asking(instance, relation):
    """The statements of a relation."""
    return [statement for statement in documents(instance) if relation in statement.split()]


@pytest.mark.parametrize("test", TESTS)
def test_who_guesses_is_at_chance(test, whole):
    assert whole.test(test).chance.uniform.mean() == pytest.approx(1 / 38)
    assert guessed(whole, test) == pytest.approx(1 / 38, abs=0.02)


def both_facts(instance, one):
    """The statements of the fact that a composed question begins with, and of the one that answers it."""
    (start,) = names_in(one.prompt, RELATIONS)
    first, second = ([s for s in documents(instance) if name in s] for name in (start, one.right))
    return first, second


def test_both_facts_support_what_follows_from_them(whole):
    for one in questions(whole, "composed"):
        (start,) = names_in(one.prompt, RELATIONS)
        assert any(start in statement for statement in one.supports)
        assert any(one.right in statement for statement in one.supports)


def test_all_statements_of_both_facts_support_what_follows_and_no_others_do(whole):
    for one in questions(whole, "composed"):
        first, second = both_facts(whole, one)
        assert len(first) == len(second) == 3
        assert sorted(one.supports) == sorted([*first, *second])


@pytest.mark.parametrize("paraphrases", [1, 16, 32, len(TRAINED)])
def test_both_facts_support_what_follows_from_them_however_often_they_are_stated(paraphrases):
    instance = TwoHop(8, paraphrases=paraphrases, asked=1).draw(0)
    assert instance.memory.size == 2 * 8 * paraphrases
    for one in questions(instance, "composed"):
        assert all(set(one.supports) & set(statements) for statements in both_facts(instance, one))


@pytest.mark.parametrize("asked", [1, 2, 5])
def test_what_follows_is_asked_in_different_wordings_and_stays_one_question(asked):
    instance = TwoHop(8, asked=asked).draw(0)
    composed, wordings = instance.test("composed"), {}
    for cue, one in zip(composed.cue.tolist(), questions(instance, "composed"), strict=True):
        wordings.setdefault((cue, *names_in(one.prompt, RELATIONS)), []).append(pattern(one.prompt, RELATIONS))
    assert len(wordings) == len(set(composed.cue.tolist())) == 8
    assert all(len(set(each)) == len(each) == asked for each in wordings.values())


def test_by_default_what_follows_is_asked_twice(whole):
    assert set(Counter(whole.test("composed").cue.tolist()).values()) == {2}
    assert len(whole.test("composed")) == 2 * 38
    assert (len(whole.test("first")), len(whole.test("second"))) == (38, 38)


@pytest.mark.parametrize("test", TESTS)
def test_a_test_has_at_most_as_many_questions_as_asked_for(test):
    instance = TwoHop(8, test_items=7).draw(0)
    assert len(instance.test(test)) == 7
    assert len(set(instance.test(test).item_ids)) == 7


@pytest.mark.parametrize("test", TESTS)
def test_of_more_questions_than_a_test_holds_any_chain_may_be_asked(test):
    asked = set()
    for instance in (TwoHop(8, test_items=3).draw(seed) for seed in range(20)):
        chain = {name: place // 3 for place, name in enumerate(named(instance))}
        asked |= {chain[one.right] for one in questions(instance, test)}
    assert asked == set(range(8))


def test_who_knows_the_other_answers_of_a_relation_has_those_left_that_no_other_fact_has(whole):
    for name in ("first", "second"):
        relations = [next(word for word in one.prompt.split() if word in RELATIONS) for one in questions(whole, name)]
        expected = [1 / (38 - relations.count(relation) + 1) for relation in relations]
        assert whole.test(name).chance.elimination == pytest.approx(expected)


def test_nothing_is_ruled_out_of_what_follows(whole):
    assert whole.test("composed").chance.elimination == pytest.approx(1 / 38)


def test_single_facts_are_explicit_and_what_follows_is_latent_and_trained_for_nowhere(whole):
    assert {test.name: test.role for test in whole.tests} == {
        "first": "explicit",
        "second": "explicit",
        "composed": "latent",
    }
    assert check_leaks(whole).keys() == {"composed"}
    assert not np.isin(whole.test("composed").cue, whole.corpus.cue).any()


@pytest.mark.parametrize("test", ["first", "second"])
def test_single_facts_are_asked_in_the_words_of_a_statement(small, test):
    asked = list(questions(small, test))
    assert len(asked) == 9
    for one in asked:
        assert any(statement.startswith(f"{one.prompt} {one.right}") for statement in documents(small))
        assert all(one.right in statement for statement in one.supports)


@pytest.mark.parametrize("test", ["first", "second", "composed"])
def test_options_are_all_that_stand_in_that_place(small, test):
    asked = list(questions(small, test))
    assert all(len(set(one.options)) == len(one.options) == 9 for one in asked)
    assert all(set(one.options) == {each.right for each in asked} for one in asked)
    assert small.test(test).chance.uniform == pytest.approx(1 / 9)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_vocabulary_has_one_size_for_all_seeds(seed):
    assert len(SMALL.draw(seed).vocabulary) == len(SMALL.draw(0).vocabulary)


def test_the_whole_world_fits_a_context_of_1900_words():
    for seed in (0, 1, 2):
        assert TwoHop().draw(seed).memory.experiences.valid.sum() <= 1900


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("chains", 7),
        ("paraphrases", 0),
        ("paraphrases", len(TRAINED) + 1),
        ("asked", 0),
        ("asked", len(COMPOSED) + 1),
        ("test_items", 0),
    ],
)
def test_bad_numbers_are_refused(parameter, value):
    with pytest.raises(UserError, match=f"{parameter} is {value}; expected"):
        TwoHop(**{parameter: value})
