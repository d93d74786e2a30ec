"""Documents and questions in words, and the arrays that the builder makes of them."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.experience import NONE
from tolman.core.world import LeakError, check_leaks
from tolman.worlds.builder import Builder, Question, Target

CITIES = ["Lima", "Oslo", "Rome", "Cairo"]
COUNTRIES = ["Peru", "Norway", "Italy", "Egypt"]


def capitals(latent: int = 2) -> Builder:
    """Forward facts of four countries, in two kinds; the reverse of all but the first `latent`."""
    builder = Builder()
    reverse = [Question(f"{b} capital of", a, fact=a, frame="reverse") for a, b in zip(COUNTRIES, CITIES, strict=True)]
    forward = [Question(f"{a} capital", b, fact=a, frame="forward") for a, b in zip(COUNTRIES, CITIES, strict=True)]
    builder.document("well", Target("said"), kind="chat")
    for question in [*forward, *reverse[latent:]]:
        builder.document(question, "indeed", kind="statement")
    for country in COUNTRIES:
        builder.document("hello", Target(country), kind="chat")
    builder.test("forward", "explicit", forward, options=CITIES)
    builder.test("reverse", "explicit", reverse[latent:], options=COUNTRIES)
    builder.test("latent", "latent", reverse[:latent], options=COUNTRIES)
    return builder


def texts(instance, rows):
    return [instance.text(tokens[valid]) for tokens, valid in zip(rows.steps["token"], rows.valid, strict=True)]


def test_documents_become_rows_with_those_in_memory_first():
    instance = capitals().build(memory=["statement"])
    said = texts(instance, instance.corpus.experiences)
    assert said[0] == "Peru capital Lima indeed"
    assert said[-5:] == ["well said", *(f"hello {country}" for country in COUNTRIES)]
    assert instance.kinds == ("statement", "chat")
    assert instance.memory.size == 6
    assert (instance.memory_length, instance.corpus.experiences.length, instance.most_targets) == (5, 5, 1)


def test_only_answers_and_targets_carry_loss():
    instance = capitals().build(memory=["statement"])
    rows = instance.corpus.experiences
    learned = [instance.text(t[w > 0]) for t, w in zip(rows.steps["token"], rows.weight, strict=True)]
    assert learned == [*CITIES, "Italy", "Egypt", "said", *COUNTRIES]
    assert (instance.corpus.cue[6:] == NONE).all()


def test_facts_give_supports_and_topics():
    instance = capitals().build(memory=["statement"])
    forward, latent = instance.test("forward"), instance.test("latent")
    assert forward.supports.tolist() == [[0, NONE], [1, NONE], [2, 4], [3, 5]]
    assert latent.supports.tolist() == [[0], [1]]
    assert instance.corpus.supports[:6, 0].tolist() == [NONE, NONE, 4, 5, 2, 3]
    assert instance.corpus.topics[:, 0].tolist() == [0, 1, 2, 3, 2, 3, *[NONE] * 5]
    assert check_leaks(instance)["latent"].tolist() == [1, 1]


def test_chances_rule_out_what_the_others_of_the_frame_are_answered_with():
    instance = capitals().build()
    forward, reverse, latent = (instance.test(name).chance for name in ("forward", "reverse", "latent"))
    assert set(forward.uniform) == set(latent.uniform) == {1 / 4}
    assert set(forward.elimination) == {1.0}
    assert set(reverse.elimination) == {1 / 3}
    assert set(latent.elimination) == {1 / 2}
    assert set(forward.constant) == {1 / 4}
    assert set(latent.constant) == {1 / 2}


def test_a_question_without_a_frame_rules_nothing_out():
    builder = capitals()
    builder.test("wrong", "control", [Question("Lima capital", "Peru", frame=None)], options=COUNTRIES)
    assert builder.build().test("wrong").chance.elimination.tolist() == [1 / 4]


def test_item_ids_are_the_words_or_those_given():
    builder = Builder()
    question = Question("a b", "c", id="first")
    builder.document(question, question._replace(answer="d"))
    builder.test("asked", "explicit", [question, question._replace(id="")], options=["c", "d"])
    assert builder.build().test("asked").item_ids == ("asked/first", "asked/a b|c")


def test_several_answers_are_all_correct():
    builder = Builder()
    for country in ("France", "Spain", "Peru"):
        builder.document(Question("Euro used in" if country != "Peru" else "Sol used in", country))
    question = Question("Euro used in", ("France", "Spain"))
    builder.test("users", "explicit", [question], options=["France", "Peru", "Spain"])
    test = builder.build().test("users")
    assert test.correct.tolist() == [[True, False, True]]
    assert test.chance.uniform.tolist() == [2 / 3]
    assert test.chance.elimination.tolist() == [1.0]


def test_options_of_questions_are_kept_once_and_padded():
    builder = Builder()
    words = ["a", "b", "c d"]
    for word in words:
        builder.document("q", Target(word))
    asked = [Question("q", "a", options=words[:2], id="1"), Question("q", "c d", options=words, id="2")]
    builder.test("mixed", "context", [*asked, asked[0]._replace(id="3")])
    test = builder.build().test("mixed")
    assert test.choice.tolist() == [0, 1, 0]
    assert test.options.shape == (2, 3, 2)
    assert test.correct.tolist() == [[True, False, False], [False, False, True], [True, False, False]]


def test_options_may_grow_between_tests():
    builder, options = Builder(), ["a", "b"]
    for word in "abc":
        builder.document("q", Target(word))
    builder.test("two", "context", [Question("q", "a")], options)
    options.append("c")
    builder.test("three", "context", [Question("q", "c")], options)
    assert [test.options.shape[1] for test in builder.build().tests] == [2, 3]


def test_supports_and_topics_can_be_named():
    builder = Builder()
    builder.document("Ann", Target("is a baker"), name="d1", topics=["Ann"])
    builder.document("bakers", Target("rise early"), name="d2", supports=["d1"])
    question = Question("Ann rises", "early", supports=["d2", "d1"], topics=["Ann"])
    builder.test("latent", "latent", [question], options=["early", "baker"])
    instance = builder.build()
    assert instance.test("latent").supports.tolist() == [[1, 0]]
    assert instance.test("latent").topics.tolist() == [[0]]
    assert instance.corpus.supports.tolist() == [[NONE], [0]]
    assert instance.corpus.topics.tolist() == [[0], [NONE]]


def test_a_leak_is_found_where_the_question_is_marked():
    builder = capitals()
    builder.document(Question("Oslo capital of", "Italy"))
    with pytest.raises(LeakError, match=re.escape("latent/Oslo capital of|Norway")):
        check_leaks(builder.build())


def test_a_leak_is_found_where_documents_merely_spell_it():
    builder = capitals()
    builder.document("they say that Oslo", Target("capital of Norway is"))
    with pytest.raises(LeakError, match=re.escape("latent/Oslo capital of|Norway")):
        check_leaks(builder.build())


def test_a_leak_is_found_in_documents_sampled_afresh():
    builder = capitals()
    builder.sampler("fresh", lambda rng: ["Oslo capital of", Target(str(rng.choice(COUNTRIES)))], length=4, targets=1)
    with pytest.raises(LeakError, match=re.escape("latent/Oslo capital of|Norway")):
        check_leaks(builder.build())


WORDED, REWORDED, AGAIN = "{} capital", "the seat of {} is", "of {} it is"


def capital(country: str, wording: str, **changes) -> Question:
    """The forward question about a country, which is the same in every wording."""
    city = CITIES[COUNTRIES.index(country)]
    asked = Question(wording.format(country), city, fact=country, cue=("capital of", country), frame="forward")
    return asked._replace(**changes)


def reworded(*latent: str, wordings: tuple[str, ...] = (WORDED,)) -> Builder:
    """Forward facts in these wordings, none of which asks for those that are latent in another one."""
    builder = Builder()
    for country, city in zip(COUNTRIES, CITIES, strict=True):
        builder.document("hello", Target(city))
        for wording in wordings:
            if country in latent:
                builder.document(wording.format(country), "is not said")
            else:
                builder.document(capital(country, wording))
    if latent:
        builder.test("latent", "latent", [capital(country, REWORDED) for country in latent], CITIES)
    return builder


def test_a_question_in_other_words_is_the_one_that_is_trained_for_under_its_cue():
    builder = reworded()
    for name, wording in (("worded", WORDED), ("reworded", REWORDED)):
        builder.test(name, "explicit", [capital(country, wording) for country in COUNTRIES], CITIES)
    instance = builder.build()
    same, other = instance.test("worded"), instance.test("reworded")
    trained = instance.corpus.cue[instance.corpus.experiences.weight > 0]
    assert len(set(other.cue.tolist())) == 4
    assert other.cue.tolist() == same.cue.tolist() == trained[trained != NONE].tolist()
    assert other.supports.tolist() == same.supports.tolist()
    assert set(other.item_ids).isdisjoint(same.item_ids)


@pytest.mark.parametrize("cue", [None, ("capital of", "Atlantis")], ids=["none", "another"])
def test_a_question_in_other_words_is_not_trained_for_without_that_cue(cue):
    builder = reworded()
    builder.test("reworded", "explicit", [capital("Peru", REWORDED, cue=cue)], CITIES)
    with pytest.raises(ValueError, match=re.escape("no document trains for its question 'the seat of Peru is|Lima'")):
        builder.build()


def test_latent_questions_in_other_words_are_as_latent_as_in_one():
    instance = reworded("Peru", "Norway", wordings=(WORDED, AGAIN)).build()
    check_leaks(instance)
    assert not np.isin(instance.test("latent").cue, instance.corpus.cue).any()


@pytest.mark.parametrize("answer", ["Oslo", "Rome"], ids=["right", "wrong"])
@pytest.mark.parametrize("wording", [WORDED, AGAIN, REWORDED])
def test_a_leak_is_found_where_a_document_trains_for_the_cue_in_whatever_words(wording, answer):
    builder = reworded("Peru", "Norway")
    builder.document(capital("Norway", wording, answer=answer))
    with pytest.raises(LeakError, match=re.escape("latent/the seat of Norway is|Oslo")):
        check_leaks(builder.build())


@pytest.mark.parametrize(("cue", "answer"), [(None, "Oslo"), ("another", "Oslo")])
def test_a_leak_is_found_where_a_document_trains_for_the_prompt_under_whatever_cue(cue, answer):
    builder = reworded("Peru", "Norway")
    builder.document(capital("Norway", REWORDED, cue=cue, answer=answer))
    with pytest.raises(LeakError, match=re.escape("latent/the seat of Norway is|Oslo")):
        check_leaks(builder.build())


def test_a_leak_is_found_where_documents_merely_spell_a_question_that_has_a_cue():
    builder = reworded("Peru", "Norway")
    builder.document("they say the seat of", Target("Norway is Oslo"))
    with pytest.raises(LeakError, match=re.escape("latent/the seat of Norway is|Oslo")):
        check_leaks(builder.build())


def test_a_leak_is_found_in_other_words_in_documents_sampled_afresh():
    builder = reworded("Peru", "Norway")
    builder.sampler("fresh", lambda rng: [capital(str(rng.choice(COUNTRIES)), AGAIN)], length=5, targets=1)
    builder.vocabulary.words(AGAIN.replace("{}", ""))
    with pytest.raises(LeakError, match=re.escape("item 'latent/the seat of ")):
        check_leaks(builder.build())


def test_documents_sampled_afresh_ask_the_same_in_other_words():
    def draw(rng):
        wording, who = rng.choice([WORDED, AGAIN]), str(rng.choice(COUNTRIES))
        return [capital(who, str(wording), cue=("elsewhere", who), answer="Lima")]

    builder = reworded()
    builder.sampler("fresh", draw, length=5, targets=1)
    builder.vocabulary.words(AGAIN.replace("{}", ""))
    instance = builder.build()
    fresh = instance.samplers["fresh"](np.random.default_rng(0), 64)
    asked = dict(zip(texts(instance, fresh.experiences), fresh.cue.max(axis=1).tolist(), strict=True))
    by_country = {who: {cue for said, cue in asked.items() if who in said.split()} for who in COUNTRIES}
    assert len(asked) == 2 * 4
    assert sorted(map(len, by_country.values())) == [1] * 4
    assert len(set.union(*by_country.values())) == 4
    assert not set.union(*by_country.values()) & {NONE, *instance.corpus.cue.ravel().tolist()}


def test_a_cue_of_numbers_is_no_prompt_of_the_words_that_have_them():
    builder = reworded()
    assert builder.vocabulary.words("Peru capital") == (2, 3)
    builder.test("numbered", "latent", [Question("who knows", "Rome", cue=(2, 3))], CITIES)
    builder.document(capital("Peru", WORDED, cue=None))
    check_leaks(builder.build())


def test_trained_answers_are_ruled_out_across_wordings_save_ones_own():
    builder = reworded("Norway", wordings=(WORDED, AGAIN))
    stated = [country for country in COUNTRIES if country != "Norway"]
    builder.test("worded", "explicit", [capital(country, WORDED) for country in stated], CITIES)
    builder.test("reworded", "explicit", [capital(country, REWORDED) for country in stated], CITIES)
    instance = builder.build()
    assert instance.test("worded").chance.elimination.tolist() == [1 / 2] * 3
    assert instance.test("reworded").chance.elimination.tolist() == [1 / 2] * 3
    assert instance.test("latent").chance.elimination.tolist() == [1.0]


def test_documents_sampled_afresh_are_rows_of_fixed_length():
    def draw(rng):
        country, city = rng.choice(COUNTRIES), rng.choice(CITIES)
        return Question(f"{country} capital", city, weight=0), Question(f"{city} is that of", country)

    builder = capitals()
    builder.sampler("fresh", draw, length=9, targets=2)
    builder.vocabulary.words("is that")
    instance = builder.build(memory=["statement"])
    one, again = (instance.samplers["fresh"](np.random.default_rng(0), 8) for _ in range(2))
    assert one.experiences.length == 9
    assert instance.most_targets == 2
    assert (one.experiences.weight.sum(axis=1) == 1).all()
    assert np.array_equal(one.cue, again.cue)
    assert (one.fact == NONE).all()
    assert (one.cue[one.experiences.weight > 0] != NONE).all()


def test_words_keep_the_sort_and_order_they_are_declared_with():
    builder = Builder()
    builder.vocabulary.words("Lima Oslo", "city")
    builder.document("Peru", Target("Oslo"))
    builder.test("t", "context", [Question("Peru", "Oslo")], options=["Oslo", "Lima"])
    instance = builder.build()
    assert instance.vocabulary == ("Lima", "Oslo", "Peru")
    assert instance.palette == ("city", "city", "word")


MISTAKES = {
    "begins with a target": lambda b: b.document(Target("a")),
    "two documents are called 'x'": lambda b: [b.document("a", name="x") for _ in range(2)],
    "has 2 answers; a document gives exactly one": lambda b: b.document(Question("a", ("b", "c"))),
    "has 0 answers; a document gives exactly one": lambda b: b.document(Question("a", ())),
    "'Paris' of 'x' is not among its options": lambda b: b.test("t", "latent", [Question("x", "Paris")], CITIES),
    "has no correct option": lambda b: b.test("t", "latent", [Question("x", ())], CITIES),
    "has an empty prompt": lambda b: b.test("t", "latent", [Question(" ", "Lima")], CITIES),
    "every option answers 'x'": lambda b: b.test("t", "latent", [Question("x", ("a", "b"))], ["a", "b"]),
    "has no questions": lambda b: b.test("t", "latent", [], CITIES),
    "'latent' exists already": lambda b: b.test("latent", "latent", [Question("x", "Lima")], CITIES),
    "expected at least two": lambda b: b.test("t", "latent", [Question("x", "a")], ["a"]),
    "'a' appears twice": lambda b: b.test("t", "latent", [Question("x", "a")], ["a", "b", "a"]),
    "an option is empty": lambda b: b.test("t", "latent", [Question("x", "a")], ["a", ""]),
    "'New' begins 'New York'": lambda b: b.test("t", "latent", [Question("x", "New")], ["New York", "New"]),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes_are_refused_where_they_are_made(message):
    with pytest.raises(ValueError, match=re.escape(message)):
        MISTAKES[message](capitals())


FAULTS = {
    "has 5 words where at most 3 were announced": (lambda b: None, {"length": 3}),
    "has 2 words where at most 1 were announced": (lambda b: None, {"memory": ["chat"], "memory_length": 1}),
    "no documents of the kind 'storie'; found: chat, statement": (lambda b: None, {"memory": ["storie"]}),
    "'t' is explicit, but no document trains for its question 'x|Lima'": (
        lambda b: b.test("t", "explicit", [Question("x", "Lima")], CITIES),
        {},
    ),
    "'Paris' answers 'x|Paris' but is never a target": (
        lambda b: b.test("t", "latent", [Question("x", "Paris")], ["Paris", "Lima"]),
        {},
    ),
    "two questions 'x|Lima'": (lambda b: b.test("t", "latent", [Question("x", "Lima")] * 2, CITIES), {}),
    "supporting document 'd' does not exist": (
        lambda b: b.test("t", "latent", [Question("x", "Lima", supports=["d"])], CITIES),
        {},
    ),
    "supporting document 'd' is not in memory": (
        lambda b: [
            b.document("x", name="d"),
            b.test("t", "latent", [Question("x", "Lima", supports=["d"])], CITIES),
        ],
        {"memory": ["statement"]},
    ),
}


@pytest.mark.parametrize("message", FAULTS)
def test_faults_of_the_whole_are_refused_when_it_is_built(message):
    spoil, arguments = FAULTS[message]
    builder = capitals()
    spoil(builder)
    with pytest.raises(ValueError, match=re.escape(message)):
        builder.build(**arguments)


def test_nothing_is_built_of_nothing():
    with pytest.raises(ValueError, match="no documents"):
        Builder().build()


def test_a_sampler_keeps_to_what_it_announced():
    builder = capitals()
    builder.sampler("wordy", lambda rng: ["Peru", Target("Lima Oslo")], length=3, targets=1)
    builder.sampler("strange", lambda rng: ["Peru", Target("Atlantis")], length=3, targets=1)
    instance = builder.build()
    with pytest.raises(ValueError, match="more than the 1 targets announced"):
        instance.samplers["wordy"](np.random.default_rng(0), 1)
    with pytest.raises(ValueError, match="the word 'Atlantis' is not in the vocabulary"):
        instance.samplers["strange"](np.random.default_rng(0), 1)


words = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5), min_size=1, max_size=6)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=12))
def test_rows_spell_what_was_written(documents):
    builder = Builder()
    for plain, target in documents:
        builder.document(" ".join(plain), Target("  ".join(target)))
    instance = builder.build()
    rows = instance.corpus.experiences
    for i, (plain, target) in enumerate(documents):
        assert texts(instance, rows)[i].split() == [*" ".join(plain).split(), *"  ".join(target).split()]
        assert rows.weight[i].sum() == len(" ".join(target).split())


def test_one_answer_can_be_given_to_all_questions_of_a_pool():
    builder = Builder()
    for who, city in zip(COUNTRIES, CITIES, strict=True):
        builder.document(Question(f"capital of {who}", city))
    asked = [
        Question(f"capital of {who}", city, options=[city, f"not {city}"], pool="cities")
        for who, city in zip(COUNTRIES, CITIES, strict=True)
    ]
    builder.test("pooled", "explicit", asked)
    builder.test("apart", "explicit", [question._replace(pool=None) for question in asked])
    instance = builder.build()
    assert instance.test("pooled").chance.constant.tolist() == [1 / 4] * 4
    assert instance.test("apart").chance.constant.tolist() == [1.0] * 4
