"""Documents that a model writes: what it is asked, and what of its answers is kept."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sources import WORDS, Scripted, names_in, text_of, texts, to_predict, written

from tolman.augmentation.augmentation import GAP, STOP
from tolman.augmentation.distilled import Distilled
from tolman.augmentation.inferred import Inferred
from tolman.augmentation.rewritten import Rewritten
from tolman.core.errors import UserError

SAY, AGAIN = "say {s} in other words :", "{s} . again :"
ASK, FILL = "what is _ in {s} ?", "fill in : {s} ;"
WROTE, IS = "Ann Lee wrote Blue Sky .", "Bob is the author of Blue Sky"


def asked(augmentation, *statements, model=None, **options):
    """What a model is asked, the model, what was written, and the source."""
    model = model or Scripted("Blue Sky by Ann Lee .")
    made, source = written(augmentation, *statements, start=model.start, **options)
    return model.prompts, model, made, source


# ---- rewritten


def test_a_model_is_asked_to_rewrite_the_sentence_in_its_place():
    prompts, model, *_ = asked(Rewritten((SAY,), copies=1), WROTE, IS)
    assert prompts == [
        ["say Ann Lee wrote Blue Sky in other words :"],
        ["say Bob is the author of Blue Sky in other words :"],
    ]
    assert model.vocabulary == (*WORDS, "say", "in", "other", "words", ":")
    assert not model.rows.weight.any()


def test_the_words_of_instructions_are_not_the_worlds():
    _, _, made, source = asked(Rewritten((SAY,)), WROTE)
    assert source.vocabulary == WORDS
    assert all(token < len(WORDS) for document in made.documents for token in document.tokens)


def test_a_world_without_full_stops_gets_the_word():
    words = ("Ann", "wrote", "Bob")
    _, model, made, source = asked(
        Rewritten((AGAIN,)), "Ann wrote Bob", model=Scripted("Bob wrote Ann .", fill="Ann"), words=words
    )
    assert source.vocabulary == (*words, STOP)
    assert model.vocabulary == (*words, STOP, "again", ":")
    assert texts(made, source) == ["Bob wrote Ann ."] * 2


@pytest.mark.parametrize("longest", [2, 5, 16])
def test_a_rewriting_has_at_most_so_many_tokens(longest):
    _, model, made, _ = asked(Rewritten((SAY,), copies=3, longest=longest), WROTE, IS)
    assert model.steps == longest
    assert made.generated == 6 * longest
    assert len(made.documents) == (6 if longest > 5 else 0)
    assert made.dropped == 6 - len(made.documents)


def test_what_is_kept_ends_with_its_full_stop_and_its_names_are_to_be_predicted():
    model = Scripted("Blue Sky by Ann Lee .", "the author of Blue Sky is Ann Lee . Bob .", "Bob wrote Blue Sky . say")
    _, _, made, source = asked(Rewritten((SAY,), copies=3), WROTE, model=model)
    assert to_predict(made, source) == [
        "blue SKY by ANN LEE .",
        "the author of BLUE SKY is ANN LEE .",
        "bob wrote BLUE SKY .",
    ]
    assert made.dropped == 0


REFUSED = {
    "no full stop": "Blue Sky by Ann Lee",
    "a full stop too late": "Blue Sky by Ann Lee of of of of of of of of of of of .",
    "a strange word": "say Blue Sky by Ann Lee .",
    "one name": "the author is Ann Lee .",
    "names side by side": "Blue Sky Ann Lee .",
    "three names": "Bob by Blue Sky by Ann Lee .",
    "no name": "the author of .",
    "nothing": ". Blue Sky by Ann Lee .",
}


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_what_is_no_sentence_with_two_names_is_dropped_and_counted(said):
    model = Scripted(said, "Blue Sky by Ann Lee .", said)
    _, _, made, source = asked(Rewritten((SAY,), copies=3), WROTE, model=model)
    assert texts(made, source) == ["Blue Sky by Ann Lee ."]
    assert (made.dropped, made.generated) == (2, 3 * 16)


@pytest.mark.parametrize("said", ["Bob wrote Ann Lee .", "Ann Lee wrote Blue Sky .", "Bob is Bob ."])
def test_nobody_looks_whether_a_rewriting_is_right_or_new(said):
    _, _, made, source = asked(Rewritten((SAY,)), WROTE, model=Scripted(said))
    assert texts(made, source) == [said, said]


@pytest.mark.parametrize("copies", range(1, 8))
def test_copies_of_a_statement_are_asked_for_in_different_ways_as_far_as_there_are_enough(copies):
    prompts, *_ = asked(Rewritten(("say {s}", "write {s}", "tell {s}"), copies), *[WROTE, IS] * 4)
    assert len(prompts) == 8 * copies
    for number in range(8):
        ways, sentences = zip(*(text.split(" ", 1) for (text,) in prompts[number * copies :][:copies]), strict=True)
        assert set(sentences) == {(WROTE, IS)[number % 2].removesuffix(" .")}
        assert sorted(Counter(ways).values()) == sorted(len(range(way, copies, 3)) for way in range(min(3, copies)))


def test_which_instruction_is_given_is_random_and_the_seeds():
    augmentation = Rewritten((SAY, AGAIN), copies=1)
    one, same, other = (asked(augmentation, *[WROTE] * 20, seed=seed)[0] for seed in (0, 0, 1))
    assert one == same != other
    assert 3 < sum(text.startswith("say") for (text,) in one) < 17


# ---- distilled


def test_a_model_has_the_statement_in_its_context_when_it_is_asked_for_each_name():
    prompts, model, *_ = asked(Distilled((FILL,)), WROTE, IS)
    assert prompts == [
        [WROTE, "fill in : _ wrote Blue Sky ;"],
        [WROTE, "fill in : Ann Lee wrote _ ;"],
        [IS, "fill in : _ is the author of Blue Sky ;"],
        [IS, "fill in : Bob is the author of _ ;"],
    ]
    assert model.vocabulary == (*WORDS, "fill", "in", ":", ";")
    assert not model.rows.weight.any()
    assert not model.rows.segment[~model.rows.valid].any()


def test_answers_are_learned_without_the_statement():
    model = Scripted("Ann Lee .", "Blue Sky wrote Bob")
    _, _, made, source = asked(Distilled((FILL,)), WROTE, model=model)
    assert to_predict(made, source) == ["fill in : _ wrote blue sky ; ANN LEE", "fill in : ann lee wrote _ ; BLUE SKY"]
    assert (made.dropped, made.generated) == (0, 2 * 6)


def test_nobody_looks_whether_an_answer_is_right():
    _, _, made, source = asked(Distilled((FILL,)), WROTE, model=Scripted("Bob ."))
    assert to_predict(made, source) == ["fill in : _ wrote blue sky ; BOB", "fill in : ann lee wrote _ ; BOB"]
    assert made.dropped == 0


@pytest.mark.parametrize("said", ["the author", "_", ".", ". Ann Lee", "of Blue Sky", "fill Bob", "_ wrote Ann"])
def test_what_does_not_begin_with_a_name_is_dropped_and_counted(said):
    model = Scripted(said, "Ann Lee .", said)
    _, _, made, source = asked(Distilled((FILL,)), WROTE, "Bob is Blue Sky .", model=model)
    assert to_predict(made, source) == ["fill in : ann lee wrote _ ; ANN LEE"]
    assert (made.dropped, made.generated) == (3, 4 * 6)


@pytest.mark.parametrize(("longest", "expected"), [(1, "ANN"), (2, "ANN LEE"), (9, "ANN LEE")])
def test_an_answer_has_at_most_so_many_tokens(longest, expected):
    _, model, made, source = asked(Distilled((FILL,), longest), "Ann Lee wrote .", model=Scripted("Ann Lee ."))
    assert (model.steps, made.generated) == (longest, longest)
    assert to_predict(made, source) == [f"fill in : _ wrote ; {expected}"]


def test_a_statement_without_a_name_is_not_asked_about():
    prompts, *_ = asked(Distilled((FILL,)), "the author is .", "Bob wrote .", "_ is")
    assert prompts == [["Bob wrote .", "fill in : _ wrote ;"]]


def test_which_question_is_asked_is_random_and_the_seeds():
    one, same, other = (asked(Distilled((ASK, FILL)), *[WROTE] * 10, seed=seed)[0] for seed in (0, 0, 1))
    assert one == same != other
    assert 3 < sum(question.startswith("what") for _, question in one) < 17


# ---- inferred

LINK = "so what of {s} and {o} ?"
CHAIN = "Ann Lee wrote Blue Sky .", "Blue Sky is by Bob ."


def test_a_model_has_both_statements_in_its_context_when_it_is_asked_about_the_names_that_they_do_not_share():
    prompts, model, *_ = asked(Inferred((LINK,)), *CHAIN)
    assert prompts == [[*CHAIN, "so what of Ann Lee and Bob ?"]]
    assert model.vocabulary == (*WORDS, "so", "what", "and", "?")
    assert (model.steps, model.rows.weight.any()) == (8, False)
    assert not model.rows.segment[~model.rows.valid].any()


@pytest.mark.parametrize(
    "statements",
    [
        ("Ann wrote Blue .", "Sky wrote Lee ."),
        ("Ann wrote Blue .", "Blue is by Ann ."),
        ("Ann wrote .", "Ann is Blue ."),
        ("Ann is Ann .", "Ann is Blue ."),
        ("Ann is Blue by Sky .", "Ann is Lee ."),
        ("Sky Blue is Lee .", "Sky is Ann ."),
    ],
    ids=["no name", "both names", "one has one", "one has one twice", "one has three", "a part of a name"],
)
def test_statements_are_linked_where_they_share_one_of_their_two_names(statements):
    prompts, *_ = asked(Inferred((LINK,)), *CHAIN, *statements)
    assert prompts == [[*CHAIN, "so what of Ann Lee and Bob ?"]]


def test_each_two_names_are_asked_about_once():
    prompts, *_ = asked(Inferred((LINK,)), *CHAIN, "the author of Blue Sky is Ann Lee .", "Bob is by Sky .")
    assert prompts == [
        [*CHAIN, "so what of Ann Lee and Bob ?"],
        [CHAIN[1], "Bob is by Sky .", "so what of Blue Sky and Sky ?"],
    ]


def test_what_follows_is_learned_without_the_statements_and_without_its_full_stop():
    _, _, made, source = asked(Inferred((LINK,)), *CHAIN, model=Scripted("Ann Lee is by Bob . of"))
    assert to_predict(made, source) == ["so what of ann lee and bob ? ANN LEE IS BY BOB"]
    assert (made.dropped, made.generated) == (0, 8)


@pytest.mark.parametrize("said", ["Bob of Bob is Ann Lee .", "Ann Lee what Bob .", "Bob wrote Ann Lee . Sky"])
def test_nobody_looks_whether_what_follows_is_right(said):
    _, _, made, source = asked(Inferred((LINK,)), *CHAIN, model=Scripted(said))
    assert texts(made, source) == [f"so what of Ann Lee and Bob ? {said.partition(' .')[0]}"]


@pytest.mark.parametrize(
    "said",
    [
        "Ann Lee is by Bob",
        "Ann Lee is by the author .",
        "Ann Lee is by Blue Sky .",
        "Ann Lee is Bob by Sky .",
        "Ann is by Bob .",
        "Ann Lee Bob .",
        ". Ann Lee is by Bob .",
    ],
    ids=["no full stop", "one name", "another name", "three names", "a part of a name", "side by side", "nothing"],
)
def test_what_is_no_sentence_with_both_names_is_dropped_and_counted(said):
    model = Scripted(said, "Blue Sky is Sky .")
    _, _, made, source = asked(Inferred((LINK,)), *CHAIN, "Bob is by Sky .", model=model)
    assert texts(made, source) == ["so what of Blue Sky and Sky ? Blue Sky is Sky"]
    assert (made.dropped, made.generated) == (1, 16)


def test_the_names_may_stand_in_either_order():
    prompts, *_ = asked(Inferred(("what of {o} and {s} ?",)), *CHAIN)
    assert prompts == [[*CHAIN, "what of Bob and Ann Lee ?"]]


# ---- all of them

EACH = {
    "rewritten": (Rewritten, (ASK, AGAIN)),
    "distilled": (Distilled, (ASK, AGAIN)),
    "inferred": (Inferred, ("_ {s} and {o} .", "{s} or {o} ?")),
}


@pytest.mark.parametrize(("kind", "instructions"), EACH.values(), ids=EACH)
def test_no_word_is_added_twice(kind, instructions):
    words, said = ("Ann", "wrote", "Bob", "of", "Sky"), Scripted("of")
    _, model, _, source = asked(kind(instructions), "Ann wrote Bob", "Bob wrote Sky", model=said, words=words)
    assert {GAP, STOP} <= set(model.vocabulary)
    for vocabulary in (source.vocabulary, model.vocabulary):
        assert len(set(vocabulary)) == len(vocabulary)


NUMBERS = [
    (Rewritten, {"copies": 0}, "Rewritten: copies is 0; expected 1 to 100"),
    (Rewritten, {"copies": 101}, "Rewritten: copies is 101; expected 1 to 100"),
    (Rewritten, {"longest": 1}, "Rewritten: longest is 1; expected 2 to 1000"),
    (Distilled, {"longest": 0}, "Distilled: longest is 0; expected 1 to 1000"),
    (Inferred, {"longest": 0}, "Inferred: longest is 0; expected"),
]


@pytest.mark.parametrize(("kind", "wrong", "message"), NUMBERS, ids=[each[2].partition(";")[0] for each in NUMBERS])
def test_numbers_that_mean_nothing_are_refused(kind, wrong, message):
    with pytest.raises(UserError, match=message):
        kind((LINK if kind is Inferred else SAY,), **wrong)


@pytest.mark.parametrize("kind", [Rewritten, Distilled, Inferred])
@pytest.mark.parametrize("wrong", [(), ("say",), (SAY, LINK, "say"), ("{s} {s}",)], ids=["none", "no", "one", "two"])
def test_instructions_have_one_place_for_each_thing_that_they_are_about(kind, wrong):
    with pytest.raises(UserError, match="instruction"):
        kind(wrong)


SAID = st.lists(st.sampled_from((*WORDS, "say")), min_size=1, max_size=8).map(" ".join)


@given(st.lists(SAID, min_size=1, max_size=4))
def test_what_is_kept_of_a_rewriting_is_as_it_was_written(said):
    _, _, made, source = asked(Rewritten(("say {s}",), copies=len(said)), WROTE, model=Scripted(*said))
    sentences = [text.split()[: text.split().index(STOP) + 1] for text in said if STOP in text.split()]
    known = [" ".join(words) for words in sentences if "say" not in words]
    assert texts(made, source) == [text for text in known if len(names_in(text)) == 2]
    assert made.dropped == len(said) - len(made.documents)


@given(st.lists(SAID, min_size=1, max_size=4))
def test_what_is_kept_of_an_answer_is_the_name_that_it_begins_with(said):
    statements = ["Bob wrote ."] * len(said)
    _, _, made, source = asked(Distilled(("say {s}",), longest=9), *statements, model=Scripted(*said))
    begun = [source.parts(source.tokens(text))[0] for text in said]
    names = [text_of(part) for part in begun if source.is_name[part[0]]]
    assert texts(made, source) == [f"say _ wrote {name}" for name in names]
    assert made.dropped == len(said) - len(names)


# ---- words that the vocabulary lacks

NAME_LAST = ("wrote", "by", "of", ".", "_", "what", "follows", "from", "?", "Blue", "Sky", "Ann", "Lee", "Bob")
"""So that a name stands where the index of no word, -1, would point."""


@pytest.mark.parametrize(
    ("augmentation", "kept", "dropped"),
    [
        (Rewritten(("{s} ?",), copies=1), "Blue Sky by Ann Lee .", "Blue Sky by strange Ann Lee ."),
        (Distilled(("{s} ?",)), "Ann strange", "strange Ann"),
        (Inferred(("what follows from {s} of {o} ?",)), "Ann Lee by Bob .", "Ann Lee by Bob strange ."),
    ],
)
def test_what_stands_after_a_word_that_the_vocabulary_lacks_is_not_read(augmentation, kept, dropped):
    stated = ("Ann Lee wrote Blue Sky .", "Bob wrote Blue Sky .")
    for said, documents in ((kept, True), (dropped, False)):
        _, _, made, _ = asked(augmentation, *stated, model=Scripted(said), words=NAME_LAST)
        assert bool(made.documents) == documents
        assert all(token >= 0 for document in made.documents for token in document.tokens)
