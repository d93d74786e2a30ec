"""One spelling of users' text."""

import datetime
import unicodedata
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.arrow_text import column_texts
from tolman.core.text import alike, control_character, normalised

INVISIBLE = "\u00ad\u034f\u061c\u200b\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\ufe0f\u180e\U000e0001"
SPACES = "\u00a0\u1680\u2000\u2009\u202f\u205f\u3000\u2028\t\n"

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Cafe\u0301", "Café"),
        ("e\u200b\u0301", "é"),
        ("\ufeffLima\u200b ", "Lima"),
        ("\u202bLima\u202c", "Lima"),
        ("S\u00a0\u3000\tTome\n", "S Tome"),
        ("❤\ufe0f", "❤"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("ab\U000e0067", "ab"),
        ("Lima lima ＬＩＭＡ", "Lima lima ＬＩＭＡ"),
        ("\u0645\u0600", "\u0645\u0600"),
    ],
)
def test_what_is_invisible_goes_and_what_words_need_stays(given, expected):
    assert normalised(given) == expected


@given(words)
def test_once_is_enough_and_the_form_is_nfc(text):
    once = normalised(text)
    assert normalised(once) == once == unicodedata.normalize("NFC", once)
    assert once == once.strip()
    assert "  " not in once
    assert not set(once) & set(INVISIBLE + SPACES)


@given(words, st.sampled_from(INVISIBLE), st.integers(0, 12))
def test_an_invisible_character_anywhere_changes_nothing(text, mark, at):
    assert normalised(text[:at] + mark + text[at:]) == normalised(text)


@given(st.lists(words, max_size=3), st.sampled_from(SPACES))
def test_every_space_counts_as_a_space(parts, space):
    assert normalised(space.join(parts)) == normalised(" ".join(parts))


@given(words, words)
def test_only_the_form_spaces_and_invisible_characters_are_merged(one, other):
    def visible(text):
        kept = [c for c in unicodedata.normalize("NFD", text) if not c.isspace() and c.isprintable()]
        return "".join(c for c in kept if c not in INVISIBLE and unicodedata.category(c) not in ("Mn", "Lo"))

    if visible(one) != visible(other):
        assert normalised(one) != normalised(other)


def test_names_that_are_nearly_the_same_are_found():
    assert alike(["Lima", "lima", "Quito", "LIMA", "Lima"]) == [["LIMA", "Lima", "lima"]]
    assert alike(["می\u200cخواهم", "میخواهم", "ＡＢ", "ab"]) == [["ab", "ＡＢ"], ["میخواهم", "می\u200cخواهم"]]
    assert alike(["a", "b"]) == []


def test_control_characters_are_found_and_white_space_is_none():
    assert control_character("a\tb\nc") == control_character("می\u200cخواهم") == ""
    assert control_character("a\x1b[31m") == "\x1b"
    assert control_character("\ud800") == "\ud800"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1950.0, 0.1, -0.0, 1e-7, float("nan"), None]), ["1950", "0.1", "0", "1e-07", None, None]),
        (pa.array([0.1, 16777216.0], pa.float32()), ["0.1", "16777216"]),
        (pa.array(np.array([0.1, 2.0], np.float16)), ["0.1", "2"]),
        (pa.array([2**64 - 1, None], pa.uint64()), ["18446744073709551615", None]),
        (pa.array([Decimal("2.50")]), ["2.50"]),
        (pa.array([Decimal("1000")], pa.decimal128(5, -3)), ["1000"]),
        (pa.array([True, None]), ["True", None]),
        (pa.array([datetime.date(1950, 1, 2)]), ["1950-01-02"]),
        (pa.array([datetime.datetime(1950, 1, 2)], pa.timestamp("ns")), ["1950-01-02"]),
        (pa.array([datetime.datetime(1950, 1, 2, 3, 4, 5)], pa.timestamp("ms")), ["1950-01-02 03:04:05"]),
        (pa.array([datetime.time(3, 4)]), ["03:04:00"]),
        (pa.nulls(2), [None, None]),
        (pa.chunked_array([pa.array(["a", None]).dictionary_encode(), ["b"]]), ["a", None, "b"]),
        (pa.array(["a"], pa.string_view()), ["a"]),
        (pa.chunked_array([], pa.string()), []),
        (pa.array([["a"]]), None),
        (pa.array([b"a"]), None),
        (pa.array([{"a": 1}]), None),
    ],
)
def test_columns_of_every_type_become_text(column, expected):
    assert column_texts(column) == expected
