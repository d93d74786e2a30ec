"""Agreement, read from its tokens alone."""

import numpy as np
import pytest

from tolman.core.errors import UserError
from tolman.worlds.agreement import Agreement

SHORTCUTS = ("cued", "last", "marked")


def sequences(world, kind="fresh", n=4000):
    """Every sequence's words, of a kind that is sampled afresh."""
    instance = world.draw(0)
    rows = instance.samplers[kind](np.random.default_rng(5), n).experiences.steps["token"]
    return [[instance.vocabulary[t] for t in row] for row in rows]


def after(words, sign):
    return [words[i + 1] for i, word in enumerate(words) if word == sign]


def suggested(words, shortcut):
    """The classes of the two tokens that give the answer away."""
    pair = {"cued": after(words, "*"), "marked": after(words, "+"), "last": words[-4:-2]}[shortcut]
    return [word[0] for word in pair]


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_the_answer_says_whether_the_two_cued_tokens_are_the_same(shortcut):
    for words in sequences(Agreement(shortcut=shortcut), n=500):
        one, other = after(words, "*")
        assert words[-2:] == ["?", "same" if one == other else "different"]
        assert one[0] == other[0]  # of one class
        assert len(after(words, "+")) == (2 if shortcut == "marked" else 0)
        assert len(words) == 24 + 2 + 2 + len(after(words, "+"))


@pytest.mark.parametrize("predictivity", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_the_class_agrees_with_the_answer_as_often_as_asked_for(shortcut, predictivity):
    drawn = sequences(Agreement(shortcut=shortcut, predictivity=predictivity))
    right = [{"a": "different", "b": "same"}[suggested(words, shortcut)[0]] == words[-1] for words in drawn]
    assert np.mean(right) == pytest.approx(predictivity, abs=0.03)
    assert all(len(set(suggested(words, shortcut))) == 1 for words in drawn)
    assert np.mean([words[-1] == "same" for words in drawn]) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("shortcut", ["last", "marked"])
def test_cued_tokens_have_an_uninformative_class_where_the_shortcut_is_elsewhere(shortcut):
    drawn = sequences(Agreement(shortcut=shortcut, predictivity=1.0))
    agrees = [{"a": "different", "b": "same"}[after(words, "*")[0][0]] == words[-1] for words in drawn]
    assert np.mean(agrees) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("kind", "length"), [("uninformative", 24), ("short", 6)])
def test_sequences_for_curricula_have_no_shortcut(kind, length):
    drawn = sequences(Agreement(predictivity=1.0), kind)
    agrees = [{"a": "different", "b": "same"}[after(words, "*")[0][0]] == words[-1] for words in drawn]
    assert np.mean(agrees) == pytest.approx(0.5, abs=0.03)
    assert {len(words) for words in drawn} == {length + 4}


def test_every_place_but_the_last_two_is_cued_alike():
    places = [i for words in sequences(Agreement(length=8), n=6000) for i in cued_places(words)]
    counts = np.bincount(places, minlength=8)
    assert (counts[6:] == 0).all()
    assert counts[:6] / len(places) == pytest.approx(1 / 6, abs=0.02)


def cued_places(words):
    cues = [i for i, word in enumerate(words) if word == "*"]
    return [cue - i for i, cue in enumerate(cues)]


@pytest.mark.parametrize("classes", [2, 4])
def test_half_of_the_classes_stand_for_either_answer(classes):
    drawn = sequences(Agreement(classes=classes, predictivity=1.0))
    answers = {(after(words, "*")[0][0], words[-1]) for words in drawn}
    assert answers == {(letter, "same" if i % 2 else "different") for i, letter in enumerate("abcd"[:classes])}


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_tests_are_balanced_and_differ_in_how_often_the_class_is_right(shortcut):
    instance = Agreement(predictivity=0.75, shortcut=shortcut, test_items=400).draw(0)
    for name, share in {"standard": 0.75, "unbiased": 0.5, "conflicting": 0.0}.items():
        test = instance.test(name)
        right = test.correct.argmax(axis=1)
        assert right.mean() == 0.5
        assert set(test.chance.constant) == {0.5}
        words = [[instance.vocabulary[t] for t in row] for row in test.prompts.steps["token"]]
        agrees = [
            "ab".index(suggested([*row, "answer"], shortcut)[0]) == answer
            for row, answer in zip(words, right, strict=True)
        ]
        assert np.mean(agrees) == share
        assert [group == "agreeing" for group in test.groups] == agrees
        for row, answer in zip(words, right, strict=True):
            assert (len(set(after(row, "*"))) == 1) == bool(answer)


@pytest.mark.parametrize(
    ("given", "message"), [({"classes": 3}, "even number"), ({"vocabulary": 33}, "equal size"), ({"length": 5}, "6")]
)
def test_impossible_sequences_are_refused(given, message):
    with pytest.raises(UserError, match=message):
        Agreement(**given)
