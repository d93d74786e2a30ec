"""Invented people: who is stated in which order, and what is asked of whom."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stated_worlds import documents, guessed, learned, names_in, other_name, pattern, questions

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.worlds.reversal_curse import DESCRIPTION_FIRST, NAME_FIRST, ROLES, ReversalCurse

SIZES = {"name_first": 6, "description_first": 5, "both": 4}
SMALL = ReversalCurse(**SIZES, paraphrases=2, test_items=50)
SEEDS = st.integers(0, 499)


TESTS = ("forward", "rephrased", "reversed", "both")
"""The tests whose options are of one group each."""
ALL = "reversed-all"
"""The test whose options are of all groups."""


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


@pytest.fixture(scope="module")
def whole():
    return ReversalCurse().draw(1)


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


def test_the_default_has_60_people_and_three_statements_of_each_in_each_order(whole):
    names = named(whole)
    stated = Counter(order(statement, names) for statement in documents(whole))
    twice = {pair for pair in stated if pair[::-1] in stated}
    assert (len(names), len(set(names))) == (2 * 60, 2 * 60)
    assert (len(stated), len(twice), set(stated.values())) == (30 + 15 + 2 * 15, 2 * 15, {3})
    assert whole.memory.size == 225


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_nobody_of_a_group_of_one_order_is_stated_in_the_other(seed):
    instance = SMALL.draw(seed)
    works = set(named(instance)[1::2])
    group = {frozenset(order(f"{one.prompt} {one.right}", named(instance))): one.group
             for test in TESTS for one in questions(instance, test)}  # fmt: skip
    stated = {}
    for statement in documents(instance):
        pair = order(statement, named(instance))
        stated.setdefault(group[frozenset(pair)], Counter())["description" if pair[0] in works else "name"] += 1
    assert stated == {
        "name-first": {"name": 2 * 6},
        "description-first": {"description": 2 * 5},
        "both": {"name": 2 * 4, "description": 2 * 4},
    }


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
    ("test", "count", "again"), [("forward", 11, True), ("reversed", 11, False), (ALL, 11, False), ("both", 8, True)]
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
    begun = {"forward": True, "both": True, "rephrased": False, "reversed": False, ALL: False}
    for test, is_begun in begun.items():
        for one in questions(small, test):
            assert any(statement.startswith(f"{one.prompt} {one.right}") for statement in stated) == is_begun


def test_options_are_of_the_same_group_and_of_one_kind(small):
    sizes = {"forward": {6, 5}, "rephrased": {6, 5}, "reversed": {6, 5}, "both": {4}}
    for test, expected in sizes.items():
        asked = list(questions(small, test))
        assert {len(one.options) for one in asked} == expected
        assert all(one.options.count(one.right) == len(set(one.options) & {one.right}) == 1 for one in asked)


def test_reversed_answers_are_learned_alone(small):
    alone = learned(small, "name")
    assert Counter(alone) == Counter(named(small))
    for test in ("reversed", ALL):
        assert {asked.right for asked in questions(small, test)} <= set(alone)


def test_no_document_has_a_wording_of_the_rephrased_questions(whole):
    begun = {pattern(statement, ROLES).removesuffix(" _ _ .") for statement in documents(whole)}
    assert {pattern(one.prompt, ROLES) for one in questions(whole, "forward")} <= begun
    rephrased = {pattern(one.prompt, ROLES) for one in questions(whole, "rephrased")}
    assert len(rephrased) >= 5
    assert not rephrased & begun


def test_only_the_other_order_is_latent(whole):
    assert {test.name: test.role for test in whole.tests} == {
        "forward": "explicit",
        "rephrased": "explicit",
        "reversed": "latent",
        "reversed-all": "latent",
        "both": "explicit",
    }


def same_question(test, row):
    """What is asked, in which words, about whom, and by what it is supported."""
    tokens = test.prompts.steps["token"][row][test.prompts.valid[row]]
    return tuple(tokens), test.cue[row], test.fact[row], test.groups[row], tuple(test.supports[row])


def asked_twice(instance):
    """The rows of both latent tests that ask the same, in pairs."""
    tests = [instance.test(name) for name in ("reversed", ALL)]
    rows = [{same_question(test, row): row for row in range(len(test))} for test in tests]
    assert rows[0].keys() == rows[1].keys()
    assert len(rows[0]) == len(tests[0]) == len(tests[1])
    return [(row, rows[1][question]) for question, row in rows[0].items()]


@pytest.mark.parametrize("instance", ["small", "whole"])
def test_the_other_order_is_asked_again_with_the_names_of_all_groups(instance, request):
    instance = request.getfixturevalue(instance)
    one, other = (list(questions(instance, name)) for name in ("reversed", ALL))
    works = set(named(instance)[1::2])
    for row, again in asked_twice(instance):
        assert one[row].right == other[again].right
        assert set(one[row].options) < set(other[again].options)
        kind = works if other[again].right in works else set(named(instance)) - works
        assert set(other[again].options) == kind
        assert len(other[again].options) == len(named(instance)) / 2


def test_who_knows_all_statements_rules_out_the_names_of_the_other_groups_alone(whole):
    """Those were answers in the order that is asked for, and those of one's own group were not."""
    one, other = (whole.test(name).chance for name in ("reversed", ALL))
    for row, again in asked_twice(whole):
        assert other.uniform[again] == pytest.approx(1 / 60)
        assert other.elimination[again] == pytest.approx(one.uniform[row])


def test_fewer_questions_in_the_other_order_are_asked_of_both_kinds_of_options():
    few = ReversalCurse(**SIZES, paraphrases=1, test_items=5).draw(3)
    assert [len(few.test(name)) for name in ("reversed", ALL)] == [5, 5]


def test_a_rephrased_question_is_the_one_that_its_statements_train_for(whole):
    forward, rephrased, reverse, both = (whole.test(test) for test in TESTS)
    answers = [dict(zip(test.cue.tolist(), test.correct.argmax(axis=1), strict=True)) for test in (forward, rephrased)]
    assert answers[0] == answers[1]
    trained = set(whole.corpus.cue[whole.corpus.experiences.weight > 0].tolist()) - {NONE}
    assert {*forward.cue.tolist(), *both.cue.tolist()} == trained
    assert not trained & set(reverse.cue.tolist())
    assert len(set(reverse.cue.tolist())) == len(reverse) == len(forward)


def test_who_knows_all_statements_rules_out_every_wrong_answer_but_none_in_the_other_order(whole):
    for test in ("forward", "rephrased", "both"):
        assert (whole.test(test).chance.elimination == 1).all()
    reverse = whole.test("reversed").chance
    assert reverse.elimination == pytest.approx(reverse.uniform)


def test_options_are_all_answers_of_ones_own_group_and_order(whole):
    asked = [one for test in TESTS for one in questions(whole, test)]
    works = set(named(whole)[1::2])
    known = {}
    for one in asked:
        known.setdefault((one.group, one.right in works), set()).add(one.right)
    assert sorted(map(len, known.values())) == [15] * 4 + [30] * 2
    assert all(set(one.options) == known[one.group, one.right in works] for one in asked)
    assert all(one.options.count(one.right) == 1 for one in asked)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("test", [*TESTS, ALL])
def test_who_looks_up_name_and_role_in_the_statements_answers_everything(test, seed):
    instance = ReversalCurse().draw(seed)
    for one in questions(instance, test):
        (name,), (role,) = names_in(one.prompt, ROLES), [word for word in one.prompt.split() if word in ROLES]
        assert other_name(documents(instance), name, role, ROLES) == one.right


@pytest.mark.parametrize("test", [*TESTS, ALL])
def test_who_guesses_is_at_chance(test, whole):
    chance = whole.test(test).chance.uniform.mean()
    expected = {"both": 1 / 15, ALL: 1 / 60}.get(test, (30 / 30 + 15 / 15) / 45)
    assert chance == pytest.approx(expected)
    assert guessed(whole, test) == pytest.approx(chance, abs=0.025)


@pytest.mark.parametrize("test", [*TESTS, ALL])
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


def test_more_paraphrases_than_there_are_wordings_are_refused():
    fewest = min(len(NAME_FIRST[0]), len(DESCRIPTION_FIRST[0]))
    assert ReversalCurse(4, 4, 4, paraphrases=fewest).draw(0).memory.size == 16 * fewest
    for more in (fewest + 1, 101):
        with pytest.raises(UserError, match=f"paraphrases is {more}; expected 1 to {fewest}"):
            ReversalCurse(4, 4, 4, paraphrases=more)
