"""Options of several words continue the question that a model reads in the light of its context."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_checkpoint import CLOSED, DECODER
from tiny_option_test import option_test

from tolman.core.experience import NONE, token_rows
from tolman.training.evaluate import option_logprobs
from tolman.training.options import append_tokens

WORDS = len(CLOSED) + 6
DEEP = dataclasses.replace(DECODER, layers=2)
MODEL = DEEP.make((), (WORDS,), jax.random.key(1))
OPTIONS = np.array([[[1, 2, 3], [1, 2, NONE], [1, 5, 7], [6, NONE, NONE], [8, 9, 4]]])
CONTEXTS = ([], [[3, 4, 5], [6, 7]], [[9, 8, 7, 6]], [[2] * 5 for _ in range(60)])
QUESTIONS = ([4, 5], [6], [7, 8, 9, 1], [3, 3, 4])


def rows(continued=()):
    """Prompts of no, few and many experiences; the last experience is the question."""
    texts = [[*context, [*asked, *continued]] for context, asked in zip(CONTEXTS, QUESTIONS, strict=True)]
    made = token_rows([[token for part in text for token in part] for text in texts])
    for segment, text in zip(made.segment, texts, strict=True):
        numbers = np.repeat(np.arange(len(text)), [len(part) for part in text])
        segment[: len(numbers)] = numbers
    return made


def a_test():
    return option_test("t", "explicit", rows(), OPTIONS, [0] * len(QUESTIONS))


def by_teacher_forcing(option):
    """Log-probabilities `[m]` of an option, from one pass over each whole row."""
    option = [int(token) for token in option if token != NONE]
    made = rows(option)
    hidden = jax.vmap(lambda row, segment: MODEL.hidden(row, segment=segment))(
        jnp.asarray(made.steps["token"]), jnp.asarray(made.segment)
    )
    logprob = np.asarray(jax.nn.log_softmax(MODEL.logits(hidden), axis=-1))
    ends = made.valid.sum(axis=1) - len(option)
    return np.array([sum(logprob[i, end + j - 1, t] for j, t in enumerate(option)) for i, end in enumerate(ends)])


def test_appended_tokens_belong_to_the_last_experience():
    longer = append_tokens(rows(), np.array([[1, 2]] * 4))
    expected = rows([1, 2])
    length = expected.length
    np.testing.assert_array_equal(longer.valid[:, :length], expected.valid)
    assert not longer.valid[:, length:].any()
    for found, wanted in ((longer.steps["token"], expected.steps["token"]), (longer.segment, expected.segment)):
        np.testing.assert_array_equal(found[:, :length][expected.valid], wanted[expected.valid])


@pytest.mark.parametrize("place", range(OPTIONS.shape[1]))
def test_an_option_has_the_probability_of_its_words_after_the_question(place):
    found = option_logprobs(MODEL, rows(), a_test())[:, place]
    np.testing.assert_allclose(found, by_teacher_forcing(OPTIONS[0, place]), rtol=1e-4, atol=1e-4)
