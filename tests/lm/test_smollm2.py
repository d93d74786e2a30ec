"""A real model of 135 million weights, from a package: it is loaded, knows something, and is scored consistently."""

import dataclasses

import numpy as np
import pytest

from tolman.core.experience import NONE, token_rows
from tolman.studies.latent.presets import starting_model

WORDS = ("The", "capital", "of", "France", "is", "Paris", "Rome", "Madrid", "London", ".", "Italy", "Spain")
PLACES = [[WORDS.index(name)] for name in ("Paris", "Rome", "Madrid", "London")]


@pytest.fixture(scope="module")
def model():
    return starting_model("hf:smollm2").start(WORDS)


def asked(country):
    return [WORDS.index(word) for word in f"The capital of {country} is".split()]


def test_it_is_put_to_its_chat_template(model):
    assert model.config.chat_template
    (prompt,) = model.prompts.split(token_rows([asked("France")]))
    assert prompt.head.endswith("<|im_start|>user\nComplete the sentence.<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize("chat", [True, False])
def test_it_knows_capitals(model, chat):
    plain = dataclasses.replace(model.config, chat_template=chat).start(WORDS)
    rows = token_rows([asked("France"), asked("Italy"), asked("Spain")])
    found = plain.option_logprobs(rows, np.array([PLACES] * 3))
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    assert plain.generate(rows, 1)[:, 0].tolist() == [place for (place,) in PLACES[:3]] or chat


def test_a_context_is_read_once_and_changes_no_number(model):
    context = [*asked("France"), WORDS.index("London"), WORDS.index(".")]
    rows = token_rows([[*context, *asked("France")], [*context, *asked("Italy")]])
    rows.segment[:, len(context) :] = 1
    options = np.array([PLACES] * 2)
    found = model.option_logprobs(rows, options)
    np.testing.assert_allclose(found, model.option_logprobs(rows, options, cached=False), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(found, model.option_logprobs(rows, options, batch=1), rtol=1e-4, atol=1e-3)
    assert found[0, 3] > model.option_logprobs(token_rows([asked("France")]), options[:1])[0, 3]
    assert (options != NONE).all()
