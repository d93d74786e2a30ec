"""Two premises stated apart: what is stated, and whether what counts as right follows from them."""

import functools
import itertools
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stated_worlds import documents, guessed, learned, pattern, questions

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.world import check_leaks
from tolman.worlds.reading import wordings as w
from tolman.worlds.syllogisms import ASKED, WORDINGS, Syllogisms

SMALL = Syllogisms(examples=12, paraphrases=2, test_items=50)
MOST = min(len(trained) for trained, _ in WORDINGS)
SEEDS = st.integers(0, 499)
TESTS = ("premises", "rephrased", "asked", "conclusion")


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


@pytest.fixture(scope="module")
def whole():
    return Syllogisms().draw(1)


class Read(NamedTuple):
    """A sentence: its quantifier and two terms."""

    quantifier: str
    subject: str
    object: str

    @property
    def meaning(self):
        """The same for both orders of a sentence that may be turned around."""
        terms = (self.subject, self.object)
        return self.quantifier, tuple(sorted(terms)) if self.quantifier in ("no", "some") else terms


QUANTIFIERS = ("all", "no", "some", "some not")
READINGS = {
    pattern(w.as_text(template, s="_", o="_"), ()): quantifier
    for quantifier, halves in zip(QUANTIFIERS, WORDINGS, strict=True)
    for template in itertools.chain(*halves)
}
"""What the words of a sentence around two terms mean; the subject comes first in all of them."""


def terms_in(text):
    return [word for word in text.split() if word not in w.CLOSED]


def read(text):
    return Read(READINGS[pattern(text.removesuffix(" ."), ())], *terms_in(text))


def premises(instance):
    """Each premise with the number of its statements."""
    return Counter(read(statement) for statement in documents(instance))


def about(instance):
    """The two premises from which each conclusion follows, by its outer terms; found by the term they share."""
    stated = list(premises(instance))
    found = {}
    for one, other in itertools.combinations(stated, 2):
        if shared := set(one[1:]) & set(other[1:]):
            ends = (set(one[1:]) | set(other[1:])) - shared
            found[frozenset(ends)] = (one, other)
    return found


def conclusions(instance):
    """The questions what follows, each with the premises about its first term and about its second."""
    found = about(instance)
    for one in questions(instance, "conclusion"):
        first, second = terms_in(one.prompt)
        pair = found[frozenset((first, second))]
        yield one, pair if first in pair[0] else pair[::-1]


# ---- models


@functools.cache
def models():
    """All worlds of up to four things, each of which is an A, a B, a C or several of them; each term has a member."""
    kinds = list(itertools.product((False, True), repeat=3))
    things = {frozenset(chosen) for chosen in itertools.product(kinds, repeat=4)}
    return [each for each in things if all(any(thing[term] for thing in each) for term in range(3))]


@functools.cache
def where(quantifier, subject, object):
    """The models in which a sentence about two of the terms 0, 1 and 2 is true."""
    return frozenset(number for number, model in enumerate(models()) if true(quantifier, subject, object, model))


def true(quantifier, subject, object, model):
    both = any(thing[subject] and thing[object] for thing in model)
    without = any(thing[subject] and not thing[object] for thing in model)
    return {"all": not without, "no": not both, "some": both, "some not": without}[quantifier]


def holds(sentence, terms):
    return where(sentence.quantifier, terms.index(sentence.subject), terms.index(sentence.object))


def concluded(instance):
    """For each question: the premises' models, the right answer, the options, and the terms."""
    for one, pair in conclusions(instance):
        terms = list(dict.fromkeys(term for premise in pair for term in premise[1:]))
        yield holds(pair[0], terms) & holds(pair[1], terms), read(one.right), [*map(read, one.options)], terms


def sentences(first, second):
    """The eight sentences about two terms."""
    return [Read(q, *pair) for q in QUANTIFIERS for pair in ((first, second), (second, first))]


@pytest.mark.parametrize("seed", range(5))
def test_the_right_answer_is_true_in_all_models_of_the_premises_and_no_other_option_is(seed):
    for where_premises, right, options, terms in concluded(Syllogisms().draw(seed)):
        assert where_premises
        assert [option for option in options if where_premises <= holds(option, terms)] == [right]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_else_follows_from_the_premises_follows_from_the_right_answer(seed):
    for where_premises, right, _, terms in concluded(Syllogisms().draw(seed)):
        for other in sentences(right.subject, right.object):
            if where_premises <= holds(other, terms):
                assert holds(right, terms) <= holds(other, terms)


def test_options_are_all_sentences_but_weaker_ones_and_equivalents_count_once(whole):
    for one in questions(whole, "conclusion"):
        right, options = read(one.right), {read(option).meaning for option in one.options}
        ends = terms_in(one.prompt)
        every = {sentence.meaning for sentence in sentences(*ends)}
        missing = {sentence.meaning for sentence in sentences(*ends) if _is_weaker(sentence, right)}
        assert len(every) == 6
        assert options == every - missing
        assert len(one.options) == len(options) == {"all": 5, "no": 4}.get(right.quantifier, 6)


def _is_weaker(sentence, right):
    terms = [right.subject, right.object, ""]
    return holds(right, terms) < holds(sentence, terms)


@pytest.mark.parametrize("test", ["asked", "conclusion"])
def test_the_chance_of_a_question_what_follows_is_one_of_its_own_options(test, whole):
    numbers = [len(one.options) for one in questions(whole, test)]
    assert len(set(numbers)) == 3
    assert whole.test(test).chance.uniform == pytest.approx([1 / number for number in numbers])
    assert whole.test(test).chance.elimination == pytest.approx(whole.test(test).chance.uniform)


# ---- what is stated


def test_no_wording_has_two_meanings():
    assert len(READINGS) == sum(len(half) for halves in WORDINGS for half in halves)


def test_each_example_has_two_premises_and_three_terms_that_are_in_no_other(small):
    assert len(premises(small)) == 2 * 12
    assert len(about(small)) == 12
    groups = [frozenset((*one[1:], *other[1:])) for one, other in about(small).values()]
    assert {len(group) for group in groups} == {3}
    assert len(frozenset.union(*groups)) == 3 * 12


def test_each_premise_is_stated_as_often_in_different_wordings(small):
    assert set(premises(small).values()) == {2}
    assert len(set(documents(small))) == len(documents(small)) == 2 * 2 * 12


def test_the_default_has_the_published_number_of_examples(whole):
    assert (len(about(whole)), whole.memory.size) == (69, 2 * 2 * 69)
    assert len(whole.test("conclusion")) == 69


def test_statements_end_in_what_is_learned_of_them_and_terms_are_learned_alone(small):
    for statement, last in zip(documents(small), learned(small, "statement"), strict=True):
        assert statement.endswith(f" {last} .")
        assert last == read(statement).object
    names = [document.removeprefix(": ") for document in documents(small, "name")]
    assert learned(small, "name") == names
    assert len(set(names)) == len(names) == 3 * 12
    assert set(names) == {term for premise in premises(small) for term in premise[1:]}


def test_each_premise_is_the_answer_that_is_learned_of_one_question(whole):
    answered = list(zip(documents(whole, "question"), learned(whole, "question"), strict=True))
    assert {read(answer).meaning for _, answer in answered} == {premise.meaning for premise in premises(whole)}
    assert len(answered) == 2 * 69
    orders = Counter()
    for document, answer in answered:
        named = terms_in(document.removesuffix(answer))
        assert sorted(named) == sorted(terms_in(answer))
        orders[read(answer).quantifier, named == terms_in(answer)] += 1
    assert orders["no", False] == orders["some", False] == 0
    assert 0.3 < orders["all", False] / (orders["all", False] + orders["all", True]) < 0.7


def test_every_learned_word_but_those_of_terms_alone_answers_a_question(small):
    corpus = small.corpus
    said, alone = corpus.experiences.weight > 0, corpus.kind == small.kinds.index("name")
    assert (corpus.cue[~alone][said[~alone]] != NONE).all()
    assert (corpus.cue[alone] == NONE).all()


@pytest.mark.parametrize("seed", range(3))
def test_no_document_names_both_outer_terms(seed):
    instance = Syllogisms().draw(seed)
    together = {frozenset(terms_in(text)) for kind in ("statement", "question") for text in documents(instance, kind)}
    assert not together & set(about(instance))
    assert {frozenset(terms_in(one.prompt)) for one in questions(instance, "conclusion")} == set(about(instance))


# ---- tests


def test_only_what_follows_from_both_premises_is_latent_and_it_is_trained_for_nowhere(whole):
    assert {test.name: test.role for test in whole.tests} == {
        "premises": "explicit",
        "rephrased": "explicit",
        "asked": "explicit",
        "conclusion": "latent",
    }
    assert check_leaks(whole).keys() == {"conclusion"}
    assert not np.isin(whole.test("conclusion").cue, whole.corpus.cue).any()
    assert len(set(whole.test("conclusion").cue.tolist())) == 69


def test_single_premises_are_asked_in_the_words_of_a_statement_that_supports_them(small):
    asked = list(questions(small, "premises"))
    assert len(asked) == 2 * 12
    for one in asked:
        assert f"{one.prompt} {one.right} ." in documents(small)
        assert {read(support) for support in one.supports} == {read(f"{one.prompt} {one.right}")}


def test_rephrased_questions_are_the_same_in_words_that_no_document_has(small):
    begun = {pattern(text, ()).rsplit(" _", 1)[0] for text in documents(small)}
    for one in questions(small, "rephrased"):
        assert pattern(one.prompt, ()) not in begun
        assert {read(support) for support in one.supports} == {read(f"{one.prompt} {one.right}")}
    same, other = small.test("premises"), small.test("rephrased")
    assert set(same.cue.tolist()) == set(other.cue.tolist()) <= set(small.corpus.cue.ravel().tolist())


@pytest.mark.parametrize("test", ["premises", "rephrased"])
def test_options_of_a_premise_are_one_term_of_each_example_of_which_only_the_right_one_is_true(test, whole):
    members = [{term for one in pair for term in one[1:]} for pair in about(whole).values()]
    for one in questions(whole, test):
        assert len(one.options) == len(members) == 69
        assert all(len(terms & set(one.options)) == 1 for terms in members)
        assert next(terms for terms in members if one.right in terms) >= {one.right, *terms_in(one.prompt)}
    assert whole.test(test).chance.uniform == pytest.approx(1 / 69)


def test_questions_about_single_premises_stand_in_documents(small):
    asked = list(questions(small, "asked"))
    assert {f"{one.prompt} {one.right}" for one in asked} == set(documents(small, "question"))
    for one in asked:
        assert len(one.supports) == 2
        assert {read(support).meaning for support in one.supports} == {read(one.right).meaning}


def test_conclusions_are_asked_for_in_wordings_that_documents_use_for_single_premises(whole):
    known = {pattern(w.as_text(template, s="_", o="_"), ()) for template in ASKED}
    for name in ("asked", "conclusion"):
        assert {pattern(one.prompt, ()) for one in questions(whole, name)} <= known


@pytest.mark.parametrize("paraphrases", [1, 2, MOST])
def test_all_statements_of_both_premises_support_a_conclusion_and_no_others_do(paraphrases):
    instance = Syllogisms(12, paraphrases=paraphrases).draw(0)
    for one, both in conclusions(instance):
        assert sorted(one.supports) == sorted(text for text in documents(instance) if read(text) in both)
        assert len(one.supports) == 2 * paraphrases


@pytest.mark.parametrize("test", TESTS)
def test_a_test_has_at_most_as_many_questions_as_asked_for(test):
    instance = Syllogisms(12, test_items=7).draw(0)
    assert len(instance.test(test)) == len(set(instance.test(test).item_ids)) == 7


# ---- who answers without the knowledge


def form(sentence, ends):
    """A sentence by quantifier, and whether it is about the terms in the order asked."""
    return sentence.quantifier, sentence.quantifier in ("no", "some") or sentence.subject == ends[0]


def forms(instance):
    """For each question: the form of the right answer, and of all options."""
    for one in questions(instance, "conclusion"):
        ends = terms_in(one.prompt)
        yield form(read(one.right), ends), [form(read(option), ends) for option in one.options]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("examples", [12, 69])
def test_the_forms_of_conclusions_are_balanced(examples, seed):
    counts = Counter(right for right, _ in forms(Syllogisms(examples).draw(seed)))
    assert len(counts) == 6
    assert max(counts.values()) - min(counts.values()) <= 1
    assert max(counts.values()) / examples <= 12 / 69


def test_who_ranks_the_forms_alike_for_all_questions_is_right_in_a_third_at_best(whole):
    asked = list(forms(whole))
    every = sorted({form for _, options in asked for form in options})
    scores = [
        np.mean([min(options, key=ranking.index) == right for right, options in asked])
        for ranking in itertools.permutations(every)
    ]
    assert max(scores) == pytest.approx(23 / 69)
    assert whole.test("conclusion").chance.uniform.mean() == pytest.approx(0.193, abs=0.001)


@pytest.mark.parametrize("test", TESTS)
def test_who_guesses_is_at_chance(test, whole):
    assert guessed(whole, test) == pytest.approx(whole.test(test).chance.uniform.mean(), abs=0.02)


def test_no_sentence_answers_two_questions(whole):
    test = whole.test("conclusion")
    assert test.chance.constant == pytest.approx(1 / len(test))


def test_which_terms_stand_together_says_nothing_as_all_options_have_the_same(whole):
    for one in questions(whole, "conclusion"):
        assert {frozenset(terms_in(option)) for option in one.options} == {frozenset(terms_in(one.prompt))}


def atmosphere(premises):
    """The quantifier that the premises' quantifiers suggest."""
    said = {premise.quantifier for premise in premises}
    negative, particular = said & {"no", "some not"}, said & {"some", "some not"}
    return ("some not" if negative else "some") if particular else ("no" if negative else "all")


def by_atmosphere(instance, keeps_places):
    """The scores of who follows the atmosphere, by the groups of the questions.

    Where two options have the quantifier, either is chosen as often, or, with `keeps_places`, the one in which the
    terms have the places of their premises if that is only one.
    """
    scores: dict[str, list[float]] = {}
    for one, pair in conclusions(instance):
        first, second = terms_in(one.prompt)
        options = [read(option) for option in one.options]
        fitting = [option for option in options if option.quantifier == atmosphere(pair)] or options
        subjects = [first == pair[0].subject, second == pair[1].subject]
        if keeps_places and len(fitting) == 2 and sum(subjects) == 1:
            fitting = [option for option in fitting if option.subject == (first if subjects[0] else second)]
        scores.setdefault(one.group, []).append((read(one.right) in fitting) / len(fitting))
    return scores


@pytest.mark.parametrize("seed", range(3))
def test_who_follows_the_atmosphere_of_the_premises_is_right_in_half_and_never_against_it(seed):
    scores = by_atmosphere(Syllogisms().draw(seed), keeps_places=False)
    assert np.mean(scores["with-atmosphere"] + scores["against-atmosphere"]) == pytest.approx(36 / 69)
    assert set(scores["against-atmosphere"]) == {0.0}
    assert (len(scores["with-atmosphere"]), len(scores["against-atmosphere"])) == (54, 15)


def test_who_also_leaves_the_terms_in_their_places_is_right_in_seven_of_ten():
    scores = [by_atmosphere(Syllogisms().draw(seed), keeps_places=True) for seed in range(10)]
    assert all(set(each["against-atmosphere"]) == {0.0} for each in scores)
    means = [np.mean(each["with-atmosphere"] + each["against-atmosphere"]) for each in scores]
    assert np.mean(means) == pytest.approx(0.70, abs=0.02)


# ---- sizes


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from([6, 12]))
def test_all_seeds_have_one_size_of_vocabulary_and_documents(seed, examples):
    def sizes(instance):
        lengths = (instance.memory_length, instance.corpus.experiences.length, instance.most_targets)
        return len(instance.vocabulary), instance.corpus.size, *lengths

    world = Syllogisms(examples)
    assert sizes(world.draw(seed)) == sizes(world.draw(0))


@pytest.mark.parametrize("seed", range(5))
def test_the_whole_world_fits_a_context_of_1900_words(seed):
    assert Syllogisms().draw(seed).memory.experiences.valid.sum() <= 1900


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("examples", 5), ("paraphrases", 0), ("paraphrases", MOST + 1), ("test_items", 0)],
)
def test_bad_numbers_are_refused(parameter, value):
    with pytest.raises(UserError, match=f"{parameter} is {value}; expected"):
        Syllogisms(**{parameter: value})
