"""Invented people: who is stated in which order, and what is asked of whom."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stated_worlds import documents, questions

from tolman.core.errors import UserError
from tolman.worlds.reversal_curse import DESCRIPTION_FIRST, NAME_FIRST, ROLES, ReversalCurse

SIZES = {"name_first": 6, "description_first": 5, "both": 4}
SMALL = ReversalCurse(**SIZES, paraphrases=2, test_items=50)
SEEDS = st.integers(0, 499)


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


def named(instance):
    """All names and works, which documents of the kind "name" hold one by one."""
    return [document.removeprefix(": ") for document in documents(instance, "name")]


def order(statement, names):
    """The two texts of a statement in the order in which they stand."""
    found = sorted((statement.index(name), name) for name in names if name in statement)
    return tuple(name for _, name in found)


def test_everybody_is_stated_as_often_in_each_order_of_the_group(small):
    stated = Counter(order(statement, named(small)) for statement in documents(small))
    assert set(stated.values()) == {2}
    both = [pair for pair in stated if pair[::-1] in stated]
    assert (len(stated), len(both)) == (6 + 5 + 2 * 4, 2 * 4)


def test_no_name_or_work_is_another_ones(small):
    names = named(small)
    assert len(set(names)) == len(names) == 2 * sum(SIZES.values())
    assert len({word for name in names for word in name.split()}) == 2 * len(names)


def test_the_last_part_of_a_statement_is_all_that_is_learned_of_it(small):
    rows = small.corpus.experiences
    for row, statement in enumerate(documents(small)):
        last = order(statement, named(small))[1]
        assert statement.endswith(f"{last} .")
        learned = rows.steps["token"][row][(rows.weight[row] > 0) & rows.valid[row]]
        assert small.text(learned) == last


def test_every_answer_is_learned_somewhere(small):
    names = set(named(small))
    assert {asked.right for test in small.tests for asked in questions(small, test.name)} <= names


@pytest.mark.parametrize(
    ("test", "count", "again"), [("forward", 11, True), ("reversed", 11, False), ("both", 8, True)]
)
def test_questions_are_in_an_order_that_was_stated_or_in_the_other_one(small, test, count, again):
    stated = {order(statement, named(small)) for statement in documents(small)}
    asked = list(questions(small, test))
    assert len(asked) == count
    for one in asked:
        (given_name,) = order(one.prompt, named(small))
        assert ((given_name, one.right) in stated) == again
        assert ((one.right, given_name) in stated) == (test != "forward")


def test_explicit_prompts_are_beginnings_of_statements_and_rephrased_ones_are_not(small):
    stated = documents(small)
    for test, is_begun in (("forward", True), ("both", True), ("rephrased", False), ("reversed", False)):
        for one in questions(small, test):
            assert any(statement.startswith(f"{one.prompt} {one.right}") for statement in stated) == is_begun


def test_options_are_of_the_same_group_and_of_one_kind(small):
    sizes = {"forward": {6, 5}, "rephrased": {6, 5}, "reversed": {6, 5}, "both": {4}}
    for test, expected in sizes.items():
        asked = list(questions(small, test))
        assert {len(one.options) for one in asked} == expected
        assert all(one.options.count(one.right) == len(set(one.options) & {one.right}) == 1 for one in asked)


@pytest.mark.parametrize("test", ["forward", "rephrased", "reversed", "both"])
def test_who_reads_the_statement_that_supports_a_question_answers_it(small, test):
    names = named(small)
    for one in questions(small, test):
        (known,) = order(one.prompt, names)
        answers = {name for statement in one.supports for name in order(statement, names) if name != known}
        assert answers == {one.right}


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_vocabulary_has_one_size_for_all_seeds(seed):
    assert len(SMALL.draw(seed).vocabulary) == len(SMALL.draw(0).vocabulary)


def test_the_whole_world_fits_a_context_of_1900_words():
    for seed in (0, 1, 2):
        assert ReversalCurse().draw(seed).memory.experiences.valid.sum() <= 1900


def test_held_out_wordings_and_roles_are_several():
    assert len(set(ROLES)) == len(ROLES) >= 10
    for trained, held_out in (NAME_FIRST, DESCRIPTION_FIRST):
        assert len(trained) >= 20
        assert len(held_out) >= 3
        assert not set(trained) & set(held_out)


@pytest.mark.parametrize("parameter", ["name_first", "description_first", "both", "paraphrases", "test_items"])
def test_bad_numbers_are_refused(parameter):
    with pytest.raises(UserError, match=f"{parameter} is 0; expected"):
        ReversalCurse(**{parameter: 0})
