"""Words of a world as English text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_llama import VOCABULARY, ids

from tolman.core.experience import NONE
from tolman.models.huggingface.words import WordReader, render

READER = WordReader(VOCABULARY)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("Anna 's sea is .km .", "Anna's sea is .km."),
        ("Anna : the sea , the sea ( of Anna )", "Anna: the sea, the sea (of Anna)"),
        (": sea → the", ": sea → the"),
    ],
)
def test_words_are_spaced_as_in_english(words, text):
    assert render(words.split()).text == text
    assert READER.read(text) == ids(words)


def test_every_word_ends_where_its_text_does():
    text, ends = render(["Anna", "'s", "(", "sea", ")", "."])
    assert [text[:end].split("a")[-1] for end in ends] == ["", "'s", "'s (", "", ")", ")."]
    assert ends == [4, 6, 8, 11, 12, 13]


@given(st.lists(st.sampled_from(range(len(VOCABULARY))), min_size=1, max_size=8))
def test_what_is_rendered_is_read_back(tokens):
    assert READER.read(render([VOCABULARY[token] for token in tokens]).text) == tokens


def test_strange_words_are_none():
    assert READER.read("the whale, the sea.") == [0, NONE, *ids(", the sea .")]
