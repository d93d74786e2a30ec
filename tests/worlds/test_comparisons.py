"""Comparisons of invented entities: what is stated from which side, and what is asked from the other."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stated_worlds import documents, guessed, learned, questions

from tolman.core.errors import UserError
from tolman.core.world import check_leaks, world_hash
from tolman.worlds.comparisons import FEATURES, HELD_OUT, OPENERS, TRAINED, Comparisons
from tolman.worlds.reading import wordings as w

SMALL = Comparisons(groups=5, paraphrases=2, test_items=20)
SMALL_WORDS = Comparisons(groups=5, paraphrases=2, choice="comparative", test_items=20)
SEEDS = st.integers(0, 499)
TESTS = ("forward", "rephrased", "reversed")
CHOICES = ("name", "comparative")
OPPOSITE = {word: other for pair in FEATURES for word, other in (pair, pair[::-1])}


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


@pytest.fixture(scope="module")
def words():
    """The small world asked for comparatives."""
    return SMALL_WORDS.draw(0)


@pytest.fixture(scope="module")
def whole():
    return {choice: Comparisons(choice=choice).draw(1) for choice in CHOICES}


def said(sentence):
    """The first entity, the comparative and the second entity of a sentence, known by its words alone."""
    first, second = (word for word in sentence.split() if word not in w.CLOSED)
    (comparative,) = (word for word in sentence.split() if word in OPPOSITE)
    return first, comparative, second


def stated(instance):
    """How often each comparison is stated."""
    return Counter(said(statement) for statement in documents(instance))


def answered(one, answer):
    """What a question says with an answer."""
    return said(f"{one.prompt} {answer}")


def reversed_comparison(comparison):
    first, comparative, second = comparison
    return second, OPPOSITE[comparative], first


def accuracy(instance, test, guess):
    """The expected accuracy of who gives each option a score and takes one of the best."""
    found = []
    for one in questions(instance, test):
        scores = {option: guess(one, option) for option in one.options}
        best = [option for option, score in scores.items() if score == max(scores.values())]
        found.append(best.count(one.right) / len(best))
    return np.mean(found)


def test_the_default_has_100_facts_about_100_entities_in_two_sentences_each(whole):
    facts = stated(whole["name"])
    assert (len(facts), set(facts.values()), whole["name"].memory.size) == (100, {2}, 200)
    named = [document.removeprefix(": ") for document in documents(whole["name"], "name")]
    assert len(set(named)) == len(named) == 100
    assert {name for fact in facts for name in fact[::2]} == set(named)


def test_two_of_a_group_come_first_in_all_their_sentences_and_are_compared_with_both_others(small):
    facts = set(stated(small))
    firsts, seconds = ({fact[place] for fact in facts} for place in (0, 2))
    assert (len(facts), len(firsts), len(seconds)) == (20, 10, 10)
    assert not firsts & seconds
    compared = {first: {fact[2] for fact in facts if fact[0] == first} for first in firsts}
    assert set(Counter(map(frozenset, compared.values())).items()) == {(frozenset(s), 2) for s in compared.values()}
    assert all(len(others) == 2 for others in compared.values())


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_each_entity_is_compared_by_two_features_and_each_comparative_is_stated_as_often_as_its_opposite(seed):
    facts = stated(SMALL.draw(seed))
    counts = Counter(comparative for _, comparative, _ in facts)
    assert all(counts[word] == counts[opposite] for word, opposite in FEATURES)
    for place in (0, 2):
        features = Counter((fact[place], frozenset((fact[1], OPPOSITE[fact[1]]))) for fact in facts)
        assert set(features.values()) == {1}
        assert set(Counter(name for name, _ in features).values()) == {2}


def test_what_is_said_by_one_feature_does_not_tell_what_is_said_by_the_other(whole):
    ways = {}
    for first, comparative, _ in stated(whole["name"]):
        ways.setdefault(first, []).append(comparative in {word for word, _ in FEATURES})
    assert 0.2 < np.mean([one == other for one, other in ways.values()]) < 0.8


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from(CHOICES))
def test_no_document_says_what_is_asked_from_the_other_side(seed, choice):
    instance = Comparisons(groups=4, choice=choice).draw(seed)
    facts = stated(instance)
    assert not {reversed_comparison(fact) for fact in facts} & set(facts)
    for one in questions(instance, "reversed"):
        comparison = answered(one, one.right)
        assert reversed_comparison(comparison) in facts
        assert not any(" ".join(comparison[1:]) in " ".join(said(document)) for document in documents(instance))


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("test", TESTS)
def test_who_looks_up_the_sentences_answers_everything(choice, test, whole):
    facts = set(stated(whole[choice]))
    known = facts | {reversed_comparison(fact) for fact in facts}
    for one in questions(whole[choice], test):
        assert [option for option in one.options if answered(one, option) in known] == [one.right]


@pytest.mark.parametrize("choice", CHOICES)
def test_every_fact_is_asked_from_either_side(choice, whole):
    facts = set(stated(whole[choice]))
    asked = {test: [answered(one, one.right) for one in questions(whole[choice], test)] for test in TESTS}
    assert set(asked["forward"]) == set(asked["rephrased"]) == facts
    assert set(asked["reversed"]) == {reversed_comparison(fact) for fact in facts}
    assert {len(each) for each in asked.values()} == {100}


def test_a_name_is_chosen_from_the_two_that_an_entity_is_compared_with(small):
    for test in TESTS:
        for one in questions(small, test):
            asked = answered(one, one.right)[0]
            pairs = [fact[::2] for fact in stated(small)]
            others = {name for pair in pairs if asked in pair for name in pair} - {asked}
            assert set(one.options) == others
            assert len(one.options) == 2


def test_a_comparative_is_chosen_from_two_opposites(words):
    for test in TESTS:
        for one in questions(words, test):
            (other,) = {*one.options} - {one.right}
            (first, right, second), (_, wrong, _) = answered(one, one.right), answered(one, other)
            assert wrong == OPPOSITE[right]
            assert set(one.options) == {f"{right} than {second}", f"{wrong} than {second}"}
            assert first in one.prompt.split()
            assert not {right, wrong, second} & set(one.prompt.split())


def test_what_is_learned_of_a_statement_is_what_is_chosen(small, words):
    for instance, count in ((small, 1), (words, 3)):
        for statement, last in zip(documents(instance), learned(instance, "statement"), strict=True):
            assert statement.endswith(f" {last} .")
            assert len(last.split()) == count
    assert {last.split()[0] for last in learned(words, "statement")} == {fact[1] for fact in stated(words)}


def test_names_are_learned_alone(small):
    assert sorted(learned(small, "name")) == sorted({name for fact in stated(small) for name in fact[::2]})


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("test", TESTS)
def test_who_guesses_is_at_chance(choice, test, whole):
    assert whole[choice].test(test).chance.uniform == pytest.approx(0.5)
    assert whole[choice].test(test).chance.elimination == pytest.approx(0.5)
    assert guessed(whole[choice], test) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("test", TESTS)
def test_who_always_says_the_same_or_what_is_most_often_learned_is_at_chance(choice, test, seed):
    instance = Comparisons(choice=choice, test_items=40).draw(seed)
    texts = sorted({option for one in questions(instance, test) for option in one.options})
    ends = Counter(" ".join(learned(instance, "statement") + learned(instance, "name")).split())
    if choice == "name":
        assert instance.test(test).chance.constant == pytest.approx(0.5)
        assert accuracy(instance, test, lambda one, option: texts.index(option)) == pytest.approx(0.5)
        assert accuracy(instance, test, lambda one, option: ends[option]) == pytest.approx(0.5)
    else:
        assert accuracy(instance, test, lambda one, option: option.split()[0] > "m") == pytest.approx(0.5)
        assert accuracy(instance, test, lambda one, option: ends[option.split()[0]]) == pytest.approx(0.5)
        for word in OPPOSITE:
            assert accuracy(instance, test, lambda one, option, word=word: word in option) == pytest.approx(0.5)


@pytest.mark.parametrize("choice", CHOICES)
def test_who_says_what_was_learned_after_the_entity_is_at_chance_from_the_other_side(choice, whole):
    after = Counter((said(s)[0], word) for s in documents(whole[choice]) for word in said(s)[1:])
    score = lambda one, option: sum(after[answered(one, option)[0], word] for word in option.split())  # noqa: E731
    assert accuracy(whole[choice], "reversed", score) == 0.5


@pytest.mark.parametrize("test", TESTS)
def test_who_says_the_name_that_stands_most_often_beside_the_entity_is_at_chance(test, whole):
    beside = Counter(frozenset(fact[::2]) for fact in stated(whole["name"]).elements())
    score = lambda one, option: beside[frozenset(answered(one, option)[::2])]  # noqa: E731
    assert accuracy(whole["name"], test, score) == 0.5


def test_who_repeats_the_comparative_of_both_entities_says_the_contrary_from_the_other_side(whole):
    beside = {(frozenset(fact[::2]), fact[1]) for fact in stated(whole["comparative"])}
    score = lambda one, option: (frozenset(answered(one, option)[::2]), option.split()[0]) in beside  # noqa: E731
    assert accuracy(whole["comparative"], "forward", score) == 1
    assert accuracy(whole["comparative"], "reversed", score) == 0


def test_forward_prompts_are_beginnings_of_statements_and_others_are_not(small, words):
    for instance in (small, words):
        for test in TESTS:
            for one in questions(instance, test):
                begun = any(statement.startswith(f"{one.prompt} {one.right}") for statement in documents(instance))
                assert begun == (test == "forward")


def wording(sentence):
    """A sentence from its first entity on, with "_" for an entity and "r" for a comparative."""
    marks = ["r" if word in OPPOSITE else word if word in w.CLOSED else "_" for word in sentence.split()]
    return " ".join(marks[marks.index("_") :])


def test_no_document_has_a_wording_of_the_rephrased_questions(whole):
    written = {wording(document).removesuffix(" .") for document in documents(whole["name"])}
    asked = {test: {wording(f"{one.prompt} {one.right}") for one in questions(whole["name"], test)} for test in TESTS}
    assert len(written) == len(TRAINED) == 10
    assert asked["forward"] | asked["reversed"] <= written
    assert len(asked["rephrased"]) == len(HELD_OUT) == 4
    assert not asked["rephrased"] & written


@pytest.mark.parametrize("test", TESTS)
def test_both_statements_of_the_fact_support_a_question(test, small):
    for one in questions(small, test):
        comparison = answered(one, one.right)
        expected = reversed_comparison(comparison) if test == "reversed" else comparison
        assert [said(support) for support in one.supports] == [expected] * 2


def test_statements_begin_with_an_opener(small):
    openers = {w.as_text(opener) for opener in OPENERS}
    for statement in documents(small):
        assert statement[: statement.index(f" {said(statement)[0]} ")] in openers


def test_no_statement_about_its_entities_is_irrelevant_to_another_one_or_to_a_question(small):
    topics, names = small.memory.topics[:, 0], [set(said(statement)[::2]) for statement in documents(small)]
    assert len(set(topics.tolist())) == 5
    about = [*zip(topics, names, strict=True)]
    for test in TESTS:
        asked = [set(answered(one, one.right)[::2]) for one in questions(small, test)]
        about += zip(small.test(test).topics[:, 0], asked, strict=True)
    for topic, some in about:
        assert all(topic == other for other, others in zip(topics, names, strict=True) if some & others)


@pytest.mark.parametrize("choice", CHOICES)
def test_nothing_leaks(choice, whole):
    exposure = check_leaks(whole[choice])
    assert set(exposure) == {"reversed"}
    assert set(exposure["reversed"].tolist()) == {2 if choice == "name" else 6}


def test_the_same_seed_draws_the_same_world_and_another_one_another():
    assert world_hash(SMALL, SMALL.draw(3)) == world_hash(SMALL, SMALL.draw(3))
    assert world_hash(SMALL, SMALL.draw(3)) != world_hash(SMALL, SMALL.draw(4))


@settings(max_examples=10, deadline=None)
@given(SEEDS)
@example(37)  # all its statements are shorter
def test_vocabulary_and_rows_have_one_size_for_all_seeds(seed):
    one, other = (Comparisons(groups=2, paraphrases=1).draw(each) for each in (seed, 0))
    assert len(one.vocabulary) == len(other.vocabulary)
    assert one.memory_length == other.memory_length == one.corpus.experiences.length == 9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("choice", CHOICES)
def test_the_whole_world_fits_a_context_of_1900_words(choice, seed):
    assert Comparisons(choice=choice).draw(seed).memory.experiences.valid.sum() <= 1900


def test_the_published_number_of_facts_and_sentences_draws():
    instance = Comparisons(groups=25, paraphrases=10, choice="comparative").draw(0)
    facts = stated(instance)
    assert (len(facts), set(facts.values()), instance.memory.size) == (100, {10}, 1000)
    assert len(instance.test("reversed")) == 100


def test_features_and_wordings_are_several():
    assert len(FEATURES) == 16
    assert len(OPPOSITE) == 32
    assert (len(TRAINED), len(HELD_OUT)) == (10, 4)
    assert len(OPENERS) >= 20
    assert not set(TRAINED) & set(HELD_OUT)


def test_tests_ask_about_whole_groups():
    assert {len(test) for test in Comparisons(groups=5, test_items=11).draw(0).tests} == {8}


@pytest.mark.parametrize(
    ("parameter", "value"), [("groups", 1), ("paraphrases", 0), ("paraphrases", 11), ("test_items", 3)]
)
def test_bad_numbers_are_refused(parameter, value):
    with pytest.raises(UserError, match=f"{parameter} is {value}; expected"):
        Comparisons(**{parameter: value})
