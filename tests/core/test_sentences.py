"""Where sentences end among words, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.sentences import sentence_ends
from tolman.worlds.texts.words import words


def sentences(text):
    said = words(text)
    ends = sentence_ends(said)
    return [" ".join(said[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ilse taught Odell. Odell taught Bram.", ["Ilse taught Odell .", "Odell taught Bram ."]),
        ("no stop at all", ["no stop at all"]),
        ("one . two", ["one .", "two"]),
        ("Stop! Go on... Now.", ["Stop !", "Go on . . .", "Now ."]),
        ("Who taught Bram? Odell. Odell left.", ["Who taught Bram ? Odell .", "Odell left ."]),
        ("Who? What? Where", ["Who ? What ? Where"]),
        ("Is it so?! Yes.", ["Is it so ? !", "Yes ."]),
        ("Dr. Odell met J. Bram in St. Ives. They left at 3.30 p.m. and slept.",
         ["Dr . Odell met J . Bram in St . Ives .", "They left at 3.30 p.m . and slept ."]),
        ('He said "no." "Yes," she said. (He left.) She stayed.',
         ['He said " no . "', '" Yes , " she said .', "( He left . )", "She stayed ."]),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_say(text, expected):
    assert sentences(text) == expected


def test_no_words_have_no_sentence_but_the_empty_one():
    assert sentence_ends([]) == [0]


@given(st.lists(st.sampled_from(["a", "Dr", "B", ".", "?", "!", '"', ")", "…"])))
def test_ends_rise_to_the_last_word_and_each_sentence_is_found_again_alone(said):
    ends = sentence_ends(said)
    assert ends == sorted(set(ends))
    assert ends[-1] == len(said)
    first = said[: ends[0]]
    assert sentence_ends(first) == [len(first)]
