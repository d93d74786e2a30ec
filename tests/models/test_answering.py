"""Answers about contexts that are read apart: as probable as a slow model says, whatever is answered beside them."""

import jax
import numpy as np
import pytest
from parallel_samples import ASKED, ONE, OTHER, THIRD, VOCABULARY, logprobs, model, near, prompts, varied

from tolman.core.experience import token_rows
from tolman.models import answering
from tolman.models.base import SequenceModel

ROWS = [[ONE, OTHER, ASKED], [ASKED], [THIRD, ASKED[:1]], [ONE, OTHER, THIRD, ASKED], [ONE, OTHER, ASKED[:2]]]


@pytest.fixture(autouse=True)
def _one_size(monkeypatch):
    """Batches of one size, so that little is compiled."""
    monkeypatch.setattr(answering, "_BATCH", 8)


@pytest.fixture(params=["with each question", "once"])
def path(request, monkeypatch):
    """Both ways of reading contexts: with every question, or once for all questions that share them."""
    if request.param == "once":
        monkeypatch.setattr(answering, "_SHORT", 0)
    return request.param


def test_a_model_is_a_sequence_model():
    assert isinstance(model(), SequenceModel)
    assert isinstance(model(), answering.ContextReader)


def test_next_tokens_are_as_probable_as_numpy_says(path):
    assert model().next_logprobs(prompts(ROWS)) == near(np.concatenate([logprobs(row) for row in ROWS]))


def test_experiences_in_a_prompt_may_be_longer_than_a_block(path):
    row = [[*ONE, *OTHER, *THIRD, *ONE], OTHER, ASKED]
    assert model().next_logprobs(prompts([row])) == near(logprobs(row))


def test_gaps_in_the_numbers_of_experiences_do_not_matter(path):
    made = prompts(ROWS)
    assert model().next_logprobs(made._replace(segment=3 * made.segment + 2)) == near(model().next_logprobs(made))


def test_many_questions_are_answered_batch_by_batch(path):
    rows = [[ONE[:n], OTHER[:m], ASKED] for n in range(1, 6) for m in range(1, 4)]
    assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


def test_questions_that_share_a_context_and_questions_without_any_are_answered():
    shared = [[ONE, OTHER, ASKED[:n]] for n in (1, 2, 3, 4, 1, 2, 3, 4)]
    alone = [[ASKED[:n]] for n in (1, 2, 3, 4)]
    for rows in (shared, alone, alone[:1]):
        assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


def test_greedy_generation_takes_the_most_probable_token_again_and_again(path):
    decoder = varied(model(), 0.3)
    found = decoder.generate(prompts(ROWS), 4)
    for row, continued in zip(ROWS, found, strict=True):
        for step in range(4):
            asked = [*row[-1], *continued[:step].tolist()]
            assert decoder.next_logprobs(prompts([[*row[:-1], asked]])).argmax() == continued[step]
    assert len(set(found.ravel().tolist())) > 3


def test_samples_are_repeatable_by_their_key_and_alike_on_both_paths(monkeypatch):
    def sampled(seed):
        return model().generate(prompts(ROWS), 4, temperature=0.7, key=jax.random.key(seed)).tolist()

    assert sampled(0) == sampled(0)
    assert sampled(0) != sampled(1)
    short = sampled(0)
    monkeypatch.setattr(answering, "_SHORT", 0)
    assert sampled(0) == short


def test_samples_follow_the_softmax_at_the_temperature():
    rows = prompts([[ONE, OTHER, ASKED]] * 1024)
    found = model().generate(rows, 4, temperature=0.7, key=jax.random.key(0))[:, 0]
    expected = np.exp(logprobs([ONE, OTHER, ASKED])[0] / 0.7)
    expected = expected / expected.sum()
    assert np.bincount(found, minlength=VOCABULARY) / 1024 == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("steps", "temperature", "message"), [(0, 0.0, "1 or more"), (1, 0.5, "needs a key")], ids=["steps", "key"]
)
def test_generation_that_makes_no_sense_is_refused(steps, temperature, message):
    with pytest.raises(ValueError, match=message):
        model().generate(prompts(ROWS), steps, temperature=temperature)


def test_a_prompt_without_steps_is_refused():
    with pytest.raises(ValueError, match="no valid step"):
        model().next_logprobs(token_rows([[1], []]))


# ---- contexts that are shared


def some_tokens(count, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, count).tolist()


def cut(tokens, length):
    """Experiences of so many tokens, the last one shorter."""
    return [tokens[i : i + length] for i in range(0, len(tokens), length)]


SHARED = cut(some_tokens(11), 4)
MIXED = [
    *([*cut(some_tokens(length, length), 4), some_tokens(1 + length % 5, 1)] for length in (1, 2, 3, 4, 14, 40)),
    *([some_tokens(length, 2)] for length in (1, 2, 5)),
    *([*SHARED, some_tokens(1 + i % 5, 10 + i)] for i in range(12)),
    [*SHARED[::-1], ASKED],
]
"""Prompts with contexts of different lengths, with none, and with the same one."""


@pytest.mark.parametrize("more", [[], [[*cut(some_tokens(300, 3), 7), ASKED]]], ids=["short", "long"])
def test_answers_are_those_of_every_prompt_asked_alone(more):
    rows = [*MIXED, *more]
    whole, continued = model().next_logprobs(prompts(rows)), model().generate(prompts(rows), 3)
    for row, found, tokens in zip(rows, whole, continued, strict=True):
        assert found == near(logprobs(row)[0])
        assert found == near(model().next_logprobs(prompts([row]))[0])
        assert np.array_equal(tokens, model().generate(prompts([row]), 3)[0])


@pytest.mark.parametrize("length", [256, 257, 300])
def test_contexts_of_any_length_are_read_whole(length):
    rows = [[*cut(some_tokens(length, seed), 9), ASKED] for seed in (0, 1)]
    rows.append([*rows[0][:-1], OTHER])
    assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


@pytest.mark.parametrize("shuffled", [False, True])
def test_many_more_questions_than_contexts_get_the_answers_of_their_own(shuffled, path):
    contexts = [[ONE], [OTHER], [ONE, OTHER], [OTHER, ONE], []]
    rows = [[*context, some_tokens(1 + i % 4, i)] for i in range(5) for context in contexts]
    order = np.random.default_rng(0).permutation(len(rows)) if shuffled else np.arange(len(rows))
    rows = [rows[i] for i in order]
    assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


@pytest.fixture
def encodings(monkeypatch):
    """The number of contexts in every call that encodes some."""
    made, counts = answering._encode_all, []
    monkeypatch.setattr(answering, "_encode_all", lambda *given: counts.append(len(given[1])) or made(*given))
    return counts


def test_a_context_is_encoded_once_for_all_questions_that_share_it(encodings):
    model().next_logprobs(prompts([[*SHARED, some_tokens(1 + i % 7, i)] for i in range(20)]))
    assert encodings == [8]  # a batch of the one size
    model().next_logprobs(prompts([[some_tokens(5, i), ASKED] for i in range(10)] * 2))
    assert encodings == [8, 8, 8]


def test_what_is_generated_reads_a_context_that_is_encoded_once(encodings):
    model().generate(prompts([[*SHARED, some_tokens(1 + i % 7, i)] for i in range(20)]), 3)
    assert encodings == [8]


def test_samples_of_prompts_that_share_a_context_follow_their_own_keys():
    rows = prompts([[*SHARED, ASKED]] * 64)
    found = model().generate(rows, 2, temperature=1.0, key=jax.random.key(0))
    assert len(np.unique(found, axis=0)) > 8
    assert np.array_equal(found, model().generate(rows, 2, temperature=1.0, key=jax.random.key(0)))


@pytest.mark.parametrize(("longest", "width"), [(0, 0), (1, 16), (17, 32), (1024, 1024), (1025, 2048), (5703, 6144)])
def test_contexts_have_few_widths_and_long_ones_little_padding(longest, width):
    asked = answering.split(prompts([[[THIRD[0]] * longest, ASKED]] if longest else [[ASKED]]))
    assert asked.context.shape == (1, width)
    assert (asked.segment >= 0).sum() == longest
