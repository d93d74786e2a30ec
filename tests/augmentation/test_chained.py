"""What a model infers of a name from two statements, the first of which leads to what the second is about."""

import numpy as np
import pytest
from small_sources import WORDS, Scripted, source_of, text_of, texts, to_predict

from tolman.augmentation.chained import Chained
from tolman.core.errors import UserError

IS, AUTHOR = "Ann Lee is Bob .", "the author of Bob is Blue Sky ."
ASK = "so the {r} of {s} ?"


def asked(*statements, said="Sky .", rounds=1, model=None):
    """What a model is asked and was started over, what was written, and the source."""
    model = model or Scripted(said)
    source = source_of(*statements, start=model.start).with_words(Chained((ASK,)).words)
    made = Chained((ASK,), rounds=rounds).write(source, np.random.default_rng(0))
    return model, made, source


def test_both_statements_stand_in_the_context_when_the_first_name_is_asked_about():
    model, _, _ = asked(IS, AUTHOR)
    assert model.prompts == [[IS, AUTHOR, "so the author of Ann Lee ?"]]


def test_a_model_can_say_that_nothing_is_stated():
    model, _, _ = asked(IS, AUTHOR)
    assert {"not", "stated"} <= set(model.vocabulary)


def test_the_second_statement_is_written_again_about_the_first_name_with_the_answer_to_predict():
    _, made, source = asked(IS, AUTHOR, said="Sky . of")
    assert to_predict(made, source) == ["the author of ann lee is SKY ."]
    assert (made.generated, made.dropped) == (4, 0)


@pytest.mark.parametrize("said", ["Blue Sky .", "Bob by", "Sky Sky Sky"])
def test_nobody_looks_whether_an_answer_is_right(said):
    _, made, source = asked(IS, AUTHOR, said=said)
    name = " ".join(word for word in said.split() if word in ("Blue", "Sky", "Bob"))
    assert texts(made, source)[0].startswith(f"the author of Ann Lee is {name}")


@pytest.mark.parametrize("said", ["not stated .", "of Sky .", "."])
def test_what_does_not_begin_with_a_name_is_dropped_and_counted(said):
    _, made, source = asked(IS, AUTHOR, said=said)
    assert texts(made, source) == []
    assert made.dropped == 1


@pytest.mark.parametrize(("said", "documents"), [("Sky strange", 1), ("strange Sky", 0)])
def test_what_stands_after_a_word_that_the_vocabulary_lacks_is_not_read(said, documents):
    """A name ends the vocabulary, where the index of no word, -1, would point."""
    words = (*(word for word in WORDS if word != "Bob"), "so", "?", "not", "stated", "Bob")
    model = Scripted(said)
    source = source_of(IS, AUTHOR, words=words, start=model.start).with_words(Chained((ASK,)).words)
    assert source.vocabulary[-1] == "Bob"
    made = Chained((ASK,), rounds=1).write(source, np.random.default_rng(0))
    assert texts(made, source) == ["the author of Ann Lee is Sky ."][:documents]
    assert made.dropped == 1 - documents
    assert all(token >= 0 for document in made.documents for token in document.tokens)


@pytest.mark.parametrize(
    "statements",
    [
        (IS, "Bob is Sky ."),
        (IS, "the author of Sky is Bob ."),
        ("Bob is Ann Lee .", AUTHOR),
        (IS, AUTHOR, "the author of Ann Lee is Sky ."),
        (IS, "the author of Bob is Ann Lee ."),
        ("Ann Lee is Bob by Sky .", AUTHOR),
        ("Ann Lee is Bob the author .", AUTHOR),
        ("Bob is Bob .", AUTHOR),
    ],
    ids=["no relation", "turned", "leads away", "stated", "in a circle", "three names", "no name last", "itself"],
)
def test_other_statements_are_not_linked(statements):
    _, made, _ = asked(*statements)
    assert (made.documents, made.generated, made.dropped) == ([], 0, 0)


def test_every_wording_of_the_second_statement_is_written_once_whatever_leads_to_it():
    again = "Bob wrote Blue Sky ."
    model, made, source = asked(IS, "Ann Lee the Bob .", AUTHOR, again)
    assert [prompt[1] for prompt in model.prompts] == [AUTHOR, again]
    assert texts(made, source) == ["the author of Ann Lee is Sky .", "Ann Lee wrote Sky ."]


def test_what_was_written_is_linked_in_the_next_round():
    statements = ("Lee is Ann .", "Ann is Bob .", AUTHOR)
    for rounds, expected in ((1, ["Ann"]), (2, ["Ann", "Lee"]), (3, ["Ann", "Lee"])):
        _, made, source = asked(*statements, rounds=rounds)
        assert texts(made, source) == [f"the author of {name} is Sky ." for name in expected]
    model, _, _ = asked(*statements, rounds=2)
    assert model.prompts == [["Lee is Ann .", "the author of Ann is Sky .", "so the author of Lee ?"]]


def test_an_exception_is_what_the_names_below_it_get():
    exception = "the author of Ann is Lee ."
    model, made, source = asked("Sky is Ann .", "Ann is Bob .", AUTHOR, exception, said="Lee .", rounds=2)
    assert texts(made, source) == ["the author of Sky is Lee ."]
    assert model.prompts == [["Sky is Ann .", exception, "so the author of Sky ?"]]


def test_which_question_is_asked_is_random_and_the_seeds():
    asks = tuple(f"{word} the {{r}} of {{s}} ?" for word in ("so", "by", "is", "the"))
    prompts = []
    for seed in range(30):
        model = Scripted("Sky")
        source = source_of(IS, AUTHOR, start=model.start).with_words(Chained(asks).words)
        Chained(asks, rounds=1).write(source, np.random.default_rng(seed))
        prompts.append(text_of(model.rows.steps["token"][0][model.rows.valid[0]], model.vocabulary))
    assert len(set(prompts)) == len(asks)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rounds": 0}, "Chained: rounds is 0; expected 1 to 10"),
        ({"longest": 0}, "Chained: longest is 0; expected"),
        ({"instructions": ("what of {s} and {o} ?",)}, "instruction"),
        ({"instructions": ()}, "instruction"),
    ],
)
def test_what_means_nothing_is_refused(wrong, message):
    with pytest.raises(UserError, match=message):
        Chained(**{"instructions": (ASK,), **wrong})
