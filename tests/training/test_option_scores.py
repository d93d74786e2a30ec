"""Scores of options beside their sums: by hand, against brute force where options are pruned, and how much is read."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_option_test import option_test

from tolman.core.experience import GenerationTest, Normalisers, ragged, score, token_rows
from tolman.training.evaluate import option_logprobs
from tolman.training.options import NEUTRAL, normalisers

WORDS = ("a", "b", "c", "d", "e", "f", ":", "q")
OPTIONS = [[0], [1, 2], [1, 3, 4], [5, 5]]


def a_test(correct, options=OPTIONS, name="t", prompts=None):
    """One question for each correct option, all of them about the same options."""
    asked = token_rows(prompts or [[7, i % 6] for i in range(len(correct))])
    return option_test(name, "latent", asked, ragged(options)[None], correct)


class Chain:
    """A sequence model whose next token depends on the last one alone; it keeps what it was asked."""

    def __init__(self, logprob):
        self.logprob, self.asked = np.asarray(logprob, np.float32), []

    def next_logprobs(self, rows):
        last = rows.valid.sum(axis=1) - 1
        self.asked += [tokens[valid].tolist() for tokens, valid in zip(rows.steps["token"], rows.valid, strict=True)]
        return self.logprob[rows.steps["token"][np.arange(len(last)), last]]

    def of(self, start, option):
        """The log-probability of an option after a token, step by step."""
        return sum(self.logprob[a, b] for a, b in zip([start, *option], option, strict=False))

    def loss(self): ...
    def embed(self): ...
    def activations(self): ...
    def generate(self): ...


def chain(seed, sharp=6.0):
    logits = sharp * np.random.default_rng(seed).standard_normal((len(WORDS), len(WORDS)))
    return Chain(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


# ---- by hand

LOGPROBS = np.array([[-1.0, -1.5, -2.1, -9.0]] * 4, np.float32)
TOKENS = np.array([[1, 2, 3, 2]] * 4)
UNCONDITIONAL = np.array([[-1.0, -2.0, -3.0, -12.0]] * 4, np.float32)


def test_the_three_scores_may_each_put_another_option_first():
    # Sums: the first. Per token -1, -.75, -.7, -4.5: the third. Against the unconditional 0, .5, .9, 3: the last.
    found = score(a_test([0, 1, 2, 3]), LOGPROBS, Normalisers(TOKENS, UNCONDITIONAL))
    assert found.correct.tolist() == [True, False, False, False]
    assert found.correct_by["per_token"].tolist() == [False, False, True, False]
    assert found.correct_by["unconditional"].tolist() == [False, False, False, True]


def test_scores_are_means_and_log_ratios_in_float32():
    found = Normalisers(TOKENS, UNCONDITIONAL).scores(LOGPROBS.astype(float))
    np.testing.assert_allclose(found["per_token"][0], [-1, -0.75, -0.7, -4.5], rtol=1e-6)
    np.testing.assert_allclose(found["unconditional"][0], [0, 0.5, 0.9, 3], rtol=1e-6)
    assert {scores.dtype for scores in found.values()} == {np.dtype(np.float32)}


def test_ties_count_against_in_every_score():
    # Per token -1 three times; against the unconditional 1 three times: no option is ever picked for its place.
    tied = np.array([[-1.0, -2.0, -3.0, -4.0]] * 3, np.float32)
    by = Normalisers(np.array([[1, 2, 3, 2]] * 3), tied - 1)
    found = score(a_test([0, 1, 2]), tied, by)
    assert found.correct.tolist() == [True, False, False]
    assert not found.correct_by["per_token"].any()
    assert not found.correct_by["unconditional"].any()


def test_options_that_a_list_lacks_win_in_no_score():
    lacking = np.array([[-5.0, -6.0, -np.inf, -np.inf]], np.float32)
    by = Normalisers(np.array([[1, 2, 0, 0]]), np.array([[-1.0, -1, 0, 0]], np.float32))
    found = score(a_test([0]), lacking, by)
    assert (found.correct_by["per_token"].tolist(), found.correct_by["unconditional"].tolist()) == ([False], [True])


def test_without_normalisers_there_are_no_other_scores():
    assert score(a_test([0, 1, 2, 3]), LOGPROBS).correct_by == {}


def test_equally_many_tokens_leave_the_order_and_nothing_is_kept():
    same = a_test([0, 1], [[1, 2], [3, 4]])
    by = normalisers(chain(0), WORDS, [same])["t"]
    assert by.tokens is None
    found = score(same, np.array([[-1.0, -2], [-1, -2]]), by)
    assert found.correct_by["per_token"].tolist() == found.correct.tolist()


def test_lists_of_several_lengths_each_of_equally_many_tokens_are_the_same_too():
    both = a_test([0, 1], [[1, 2], [3, 4]])
    lists = np.stack([both.options[0], ragged([[1], [3]], width=2)])
    assert normalisers(chain(0), WORDS, [dataclasses.replace(both, options=lists, choice=[0, 1])])["t"].tokens is None


# ---- a model that is asked


@given(st.integers(0, 10_000), st.floats(0.5, 8.0))
def test_whether_a_correct_option_is_first_is_exact_in_every_score_though_options_are_pruned(seed, sharp):
    model, test = chain(seed, sharp), a_test([0, 1, 2, 3])
    by = normalisers(model, WORDS, [test])["t"]
    found = score(test, option_logprobs(model, test.prompts, test, by), by)
    sums = np.array([[model.of(i, option) for option in OPTIONS] for i in range(4)])
    neutral = np.array([[model.of(WORDS.index(":"), option) for option in OPTIONS]] * 4)
    np.testing.assert_allclose(by.unconditional, neutral, rtol=1e-5)
    np.testing.assert_array_equal(by.tokens, [[1, 2, 3, 2]] * 4)
    for name, expected in (("per_token", sums / by.tokens), ("unconditional", sums - neutral)):
        right = expected[np.arange(4), np.arange(4)]
        others = np.where(test.correct, -np.inf, expected).max(axis=1)
        clear = abs(right - others) > 1e-4
        np.testing.assert_array_equal(found.correct_by[name][clear], (right > others)[clear])


@given(st.integers(0, 1_000))
def test_other_scores_change_no_answer(seed):
    model, test = chain(seed), a_test([0, 1, 2, 3])
    plain = score(test, option_logprobs(model, test.prompts, test))
    by = normalisers(model, WORDS, [test])["t"]
    found = score(test, option_logprobs(model, test.prompts, test, by), by)
    np.testing.assert_array_equal(found.correct, plain.correct)
    assert (found.rank <= plain.rank).all()  # more is read, so that fewer options are only bounded


@given(st.integers(0, 10_000), st.floats(0.5, 8.0))
def test_accuracies_are_the_same_where_no_more_is_read_than_they_need(seed, sharp):
    test, answers, read = a_test([0, 1, 2, 3] * 5), [], []
    for margin in (np.inf, 8.0, 0.0):
        model = chain(seed, sharp)
        answers.append(score(test, option_logprobs(model, test.prompts, test, margin=margin)).correct)
        read.append(len(model.asked))
    np.testing.assert_array_equal(answers[1], answers[0])
    np.testing.assert_array_equal(answers[2], answers[0])
    assert read[2] <= read[1] <= read[0]


def test_each_distinct_option_is_read_once_whatever_the_number_of_questions():
    model = chain(0)
    tests = [a_test([0, 1, 2, 3] * 20), a_test([3, 2], OPTIONS[::-1], "u")]
    normalisers(model, WORDS, tests)
    colon = WORDS.index(":")
    assert sorted(model.asked) == sorted([[colon], [colon, 1], [colon, 5], [colon, 1, 3]])


@pytest.mark.parametrize(("words", "prefix"), [((*"abcdef:.",), 6), ((*"abcdef.q",), 6), ((*"abcde.:q",), 6)])
def test_the_prefix_is_the_first_neutral_word_of_the_vocabulary(words, prefix):
    model = chain(1)
    normalisers(model, words, [a_test([0])])
    assert model.asked[0] == [prefix]
    assert words[prefix] == next(word for word in NEUTRAL if word in words)


def test_without_a_neutral_word_nothing_is_unconditional():
    by = normalisers(chain(0), tuple("abcdefgh"), [a_test([0, 1])])["t"]
    assert by.unconditional is None
    assert set(score(a_test([0, 1]), LOGPROBS[:2], by).correct_by) == {"per_token"}


def test_what_is_generated_has_no_other_scores():
    plain = a_test([0, 1])
    assert normalisers(chain(0), WORDS, [GenerationTest(**vars(plain))]) == {}
