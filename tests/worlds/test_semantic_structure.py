"""Categories in a hierarchy: what is stated of them, what follows, and what can be guessed by association."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stated_worlds import documents, guessed, learned, questions

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.world import check_leaks
from tolman.worlds.reading import wordings as w
from tolman.worlds.semantic_structure import SemanticStructure
from tolman.worlds.semantic_structure.hierarchy import PROPERTIES, RELATIONS

SMALL = SemanticStructure(paraphrases=2, test_items=400)
TESTS = ("stated", "rephrased", "reversed", "syllogism", "holdout")
LATENT = TESTS[2:]
SEEDS = st.integers(0, 499)


@pytest.fixture(scope="module")
def small():
    return SMALL.draw(0)


@pytest.fixture(scope="module")
def cued():
    return SemanticStructure(cues=1.0, paraphrases=2, test_items=400).draw(0)


@pytest.fixture(scope="module")
def articles():
    return SemanticStructure(articles=60, test_items=60).draw(0)


def unknown(text):
    """The invented words of a text, and its word for a property or a relation, known by the words alone."""
    words = [word for word in text.split() if word not in w.CLOSED]
    kinds = [word for word in words if word in PROPERTIES or word in RELATIONS]
    return [word for word in words if word not in kinds], "".join(kinds)


class Said:
    """What documents say, read off their texts.

    Attributes:
        above: the category above each one.
        said: by category and kind of property or relation, what is stated.
        together: pairs of words of sentences that state nothing.
    """

    def __init__(self, instance):
        self.above, self.said, self.together = {}, defaultdict(dict), []
        self.texts = documents(instance)
        categories = set(learned(instance, "name"))
        for sentence in (part for text in self.texts for part in text.split(" .") if part.strip()):
            names, kind = unknown(sentence)
            first, last = names
            if kind:
                assert self.said[first].setdefault(kind, last) == last
            elif last in categories and first in categories and not self._mere(sentence):
                assert self.above.setdefault(first, last) == last
            else:
                self.together.append((first, last))

    def _mere(self, sentence):
        return sentence.split()[0] in ("first", "here", "see") or " and " in sentence

    def holder(self, category, kind):
        """The nearest category upwards, itself included, of which the kind of property is stated."""
        while category and kind not in self.said[category]:
            category = self.above.get(category)
        return category

    def has(self, category, kind):
        return self.said[self.holder(category, kind)][kind]

    def steps(self, category):
        return 0 if category not in self.above else 1 + self.steps(self.above[category])


def subject(one, said):
    (name,), kind = unknown(one.prompt)
    return name, kind


@pytest.mark.parametrize("seed", range(3))
def test_what_is_inherited_is_what_the_texts_say_of_the_nearest_category_above(seed):
    instance = SMALL.draw(seed)
    said = Said(instance)
    for test in ("syllogism", "holdout"):
        for one in questions(instance, test):
            name, kind = subject(one, said)
            assert kind not in said.said[name]
            assert said.has(name, kind) == one.right


@pytest.mark.parametrize("test", ["syllogism", "holdout"])
def test_all_that_follows_from_the_texts_is_asked_and_nothing_else(test, small):
    said = Said(small)
    stated_of = {name for name in said.said if said.said[name]}
    follows = {
        (name, kind)
        for name in said.above
        for kind in PROPERTIES
        if kind not in said.said[name] and said.holder(name, kind) and (name in stated_of) == (test == "syllogism")
    }
    asked = Counter(subject(one, said) for one in questions(small, test))
    assert set(asked) == follows
    assert set(asked.values()) == {SMALL.asked}


def test_a_group_says_how_many_levels_up_and_whether_a_higher_category_has_something_else(small):
    said = Said(small)
    for test in ("syllogism", "holdout"):
        groups = set()
        for one in questions(small, test):
            name, kind = subject(one, said)
            holder = said.holder(name, kind)
            overridden = said.above.get(holder) and said.holder(said.above[holder], kind)
            steps = said.steps(name) - said.steps(holder)
            assert one.group == ("exception" if overridden else ("one-step", "two-steps")[steps - 1])
            groups.add(one.group)
        assert groups == {"one-step", "two-steps", "exception"}


@pytest.mark.parametrize(("exceptions", "expected"), [(0.0, 0), (0.5, 2), (1.0, 4)])
def test_so_many_branches_override_a_property_of_their_root(exceptions, expected):
    said = Said(SemanticStructure(exceptions=exceptions).draw(0))
    overriding = [
        (name, kind)
        for name in list(said.above)
        for kind in said.said[name]
        if kind in PROPERTIES and said.holder(said.above[name], kind)
    ]
    assert len(overriding) == len({name for name, _ in overriding}) == expected
    assert all(said.steps(name) == 1 for name, _ in overriding)


def test_of_an_exception_what_the_root_has_is_an_option(small):
    said = Said(small)
    for one in questions(small, "syllogism"):
        if one.group == "exception":
            name, kind = subject(one, said)
            assert said.has(said.above[said.above[name]], kind) in set(one.options) - {one.right}


def test_only_the_category_above_is_stated_of_those_held_out(small):
    said = Said(small)
    asked = {subject(one, said)[0] for one in questions(small, "holdout")}
    assert len(asked) == 4
    assert len({said.above[name] for name in asked}) == 4
    for text in said.texts:
        names, kind = unknown(text)
        assert not asked & set(names) or not kind
    assert not asked & {said.above[name] for name in said.above}


def test_relations_are_asked_from_the_other_side(small):
    said = Said(small)
    for one in questions(small, "reversed"):
        (object,), kind = unknown(one.prompt)
        assert [name for name in said.said if said.said[name].get(kind) == object] == [one.right]


def test_nothing_is_on_both_sides_of_a_relation_and_no_two_are_related_twice(small):
    said = Said(small)
    pairs = [(name, said.said[name][kind]) for name in said.said for kind in RELATIONS if kind in said.said[name]]
    assert len(set(pairs)) == len(pairs) == 2 * 6
    assert not {a for a, _ in pairs} & {b for _, b in pairs}


@pytest.mark.parametrize("test", ["stated", "rephrased"])
def test_explicit_questions_ask_for_what_is_stated_of_everything(test, small):
    said, asked = Said(small), set()
    for one in questions(small, test):
        (name,), kind = unknown(one.prompt)
        assert (said.said[name][kind] if kind else said.above[name]) == one.right
        asked.add((name, kind))
    assert asked == {(name, kind) for name in said.said for kind in said.said[name]} | {(n, "") for n in said.above}


def test_what_is_stated_is_asked_in_the_words_of_a_statement_and_rephrased_in_those_of_none(small):
    texts = documents(small)
    wordings = {" ".join(word if word in w.CLOSED else "_" for word in text.split()[:-2]) for text in texts}
    assert all(any(text.startswith(f"{one.prompt} ") for text in texts) for one in questions(small, "stated"))
    for one in questions(small, "rephrased"):
        assert " ".join(word if word in w.CLOSED else "_" for word in one.prompt.split()) not in wordings


@pytest.mark.parametrize("test", TESTS)
def test_options_stand_in_the_same_relation_to_another_category(test, small):
    said = Said(small)
    for one in questions(small, test):
        (name,), kind = unknown(one.prompt)
        if test == "reversed":
            expected = {each for each in said.said if kind in said.said[each]}
        elif kind:
            expected = {said.said[each][kind] for each in said.said if kind in said.said[each]}
        else:
            expected = {above for each, above in said.above.items() if said.steps(each) == said.steps(name)}
        assert set(one.options) == expected
        assert len(one.options) == len(expected) > 1


@pytest.mark.parametrize("test", TESTS)
def test_who_guesses_is_at_chance(test, small):
    assert guessed(small, test, times=20) == pytest.approx(small.test(test).chance.uniform.mean(), abs=0.03)


def test_supports_are_the_links_upwards_and_what_the_highest_has(small):
    said = Said(small)
    for one in questions(small, "syllogism"):
        name, kind = subject(one, said)
        links, holder = set(), said.holder(name, kind)
        while name != holder:
            links.add((name, said.above[name], ""))
            name = said.above[name]
        expected = Counter(dict.fromkeys((*links, (holder, one.right, kind)), 2))
        assert Counter((*names, kind) for names, kind in map(unknown, one.supports)) == expected


# ---- cues


@pytest.mark.parametrize("cues", [0.0, 0.5, 1.0])
def test_a_fraction_of_what_is_latent_is_named_together(cues):
    instance = SemanticStructure(cues=cues, paraphrases=1, test_items=400).draw(0)
    said, pairs = Said(instance), dict[str, set[tuple[str, str]]]()
    for test in LATENT:
        pairs[test] = {(subject(one, said)[0], cue_of(one, said)) for one in questions(instance, test)}
        named = pairs[test] & set(said.together)
        assert len(named) == round(cues * len(pairs[test]))
    assert len(said.together) == len(set(said.together)) == sum(round(cues * len(each)) for each in pairs.values())


def cue_of(one, said):
    """What association would answer: the right answer, or of an exception what the root has."""
    if one.group != "exception":
        return one.right
    name, kind = subject(one, said)
    return said.has(said.above[said.above[name]], kind)


def test_without_cues_no_document_names_a_category_and_what_it_inherits(small):
    said = Said(small)
    assert said.together == []
    for test in ("syllogism", "holdout"):
        for one in questions(small, test):
            name, _ = subject(one, said)
            assert not any(name in text.split() and one.right in text.split() for text in said.texts)


@pytest.mark.parametrize("test", LATENT)
def test_cues_do_not_change_what_is_asked_and_support_nothing(test, cued, small):
    assert cued.test(test).item_ids == small.test(test).item_ids
    said = Said(cued)
    for one in questions(cued, test):
        assert all(unknown(text)[1] or tuple(unknown(text)[0]) not in said.together for text in one.supports)


def test_the_last_word_of_a_cue_is_learned_and_answers_no_question(cued):
    said, rows = Said(cued), cued.corpus.experiences
    cues = [
        row
        for row, text in enumerate(said.texts)
        if (names := unknown(text)) and not names[1] and tuple(names[0]) in said.together
    ]
    assert len(cues) == len(said.together) > 50
    for row in cues:
        target = np.flatnonzero(rows.weight[row] > 0)
        assert len(target) == 1
        assert (cued.corpus.cue[row] == NONE).all()


# ---- documents and sizes


@pytest.mark.parametrize("cues", [0.0, 1.0])
def test_the_default_fits_a_context_of_1900_words_whatever_the_cues(cues):
    for seed in (0, 1, 2):
        assert SemanticStructure(cues=cues).draw(seed).memory.experiences.valid.sum() <= 1900


def test_the_default_has_22_categories_and_three_statements_of_each_fact():
    instance = SemanticStructure().draw(0)
    said = Said(instance)
    assert len(learned(instance, "name")) == 22
    stated = Counter((*names, kind) for names, kind in map(unknown, said.texts))
    assert (len(stated), set(stated.values())) == (72, {3})
    assert {len(instance.test(test)) for test in ("stated", "rephrased")} == {72}
    assert [len(instance.test(test)) for test in LATENT] == [48, 96, 76]


def test_the_published_size_has_110_categories_with_1_to_6_properties_and_2200_articles():
    instance = SemanticStructure(5, 3, 6, properties=6, relations=4, articles=2200).draw(0)
    said = Said(instance)
    assert len(learned(instance, "name")) == len({*said.above, *said.above.values()}) == 110
    own = [sum(kind in PROPERTIES for kind in said.said[name]) for name in {*said.above, *said.above.values()}]
    assert {*own} >= {0, *range(1, 7)}
    assert max(own) <= 7  # an exception may come on top
    assert sorted(Counter(own).items())[0] == (0, 15)
    assert instance.memory.size == 2200


def test_articles_are_about_one_category_in_4_to_20_sentences_some_of_them_questions(articles):
    said, asked = Said(articles), 0
    for text in said.texts:
        sentences = [part for part in text.split(" .") if part.strip()]
        assert 4 <= len(sentences) <= 20
        assert len({unknown(sentence)[0][0] for sentence in sentences}) == 1
        asked += sum(" ? " in sentence for sentence in sentences)
    assert asked > 20


def test_what_follows_from_articles_is_what_follows_from_their_texts(articles):
    said = Said(articles)
    for test in ("syllogism", "holdout"):
        for one in questions(articles, test):
            assert said.has(*subject(one, said)) == one.right
    assert check_leaks(articles).keys() == set(LATENT)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_words_are_invented_have_4_or_5_letters_and_are_as_many_for_every_seed(seed):
    instance = SMALL.draw(seed)
    words = [word for word, sort in zip(instance.vocabulary, instance.palette, strict=True) if sort == "entity"]
    assert {len(word) for word in words} <= {4, 5}
    assert len(instance.vocabulary) == len(SMALL.draw(0).vocabulary)
    assert [len(test) for test in instance.tests] == [len(test) for test in SMALL.draw(0).tests]


def test_roles_are_explicit_for_what_is_stated_and_latent_for_what_follows(cued):
    roles = {test.name: test.role for test in cued.tests}
    assert roles == {test: "latent" if test in LATENT else "explicit" for test in TESTS}
    assert check_leaks(cued).keys() == set(LATENT)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("roots", 1),
        ("branches", 1),
        ("leaves", 3),
        ("properties", 7),
        ("relations", 5),
        ("exceptions", 1.1),
        ("cues", -0.1),
        ("paraphrases", 0),
        ("articles", -1),
        ("asked", 0),
        ("test_items", 0),
    ],
)
def test_bad_numbers_are_refused(parameter, value):
    with pytest.raises(UserError, match=f"{parameter} is {value}; expected"):
        SemanticStructure(**{parameter: value})
