"""Sentences and names of prose."""

from __future__ import annotations

import pytest

from tolman.advise.prose import sentences


def said(text: str) -> list[str]:
    """The sentences of a text."""
    return [" ".join(each.words) for each in sentences([("t", text)])]


def names(text: str) -> list[str]:
    """The names of a text's only sentence."""
    (found,) = sentences([("t", text)])
    return [" ".join(found.words[start:end]) for start, end in found.names]


# --- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada lives here. She works.", ["Ada lives here .", "She works ."]),
        ("Does Ada live here? Yes! She does.", ["Does Ada live here ?", "Yes !", "She does ."]),
        ("It costs 3.50 euros.", ["It costs 3.50 euros ."]),
        ("Ada lives\nin Accra.\nBoris lives\nin Basel.", ["Ada lives in Accra .", "Boris lives in Basel ."]),
        ("Ada lives in Accra\n\nBoris lives in Basel", ["Ada lives in Accra", "Boris lives in Basel"]),
        ("Ada lives in Accra\r\n\r\nBoris lives in Basel\r\n", ["Ada lives in Accra", "Boris lives in Basel"]),
        ("Ada left. Élise came.", ["Ada left .", "Élise came ."]),
        ("Ada left. 1999 was a good year.", ["Ada left .", "1999 was a good year ."]),
        ("She knows etc. and so on.", ["She knows etc . and so on ."]),
        ("  \n\n ", []),
        ("Hello", []),
    ],
)
def test_sentences_end_where_they_end(text, expected):
    assert said(text) == expected


def test_what_closes_a_quotation_stays_with_it():
    assert said('"Ada is here." Boris left.') == ['" Ada is here . "', "Boris left ."]


@pytest.mark.parametrize("text", ["She met Dr. Ada King.", "He read J. R. R. Tolkien.", "It is Mt. Rainier.",
                                  "The U.S. Navy came."])  # fmt: skip
def test_titles_and_initials_end_no_sentence(text):
    assert len(said(text)) == 1


def test_a_small_letter_with_an_accent_begins_no_sentence():
    assert len(said("It went on approx. à la carte.")) == 1


def test_headings_and_the_marks_of_lists_are_left_out():
    text = "# Title of Ada\n\nAda lives here.\n## More\n* Boris plays.\n- Chloe runs.\n1. Dmitri sits.\n2) Elif eats.\n"
    assert said(text) == ["Ada lives here .", "Boris plays .", "Chloe runs .", "Dmitri sits .", "Elif eats ."]
    assert said("> Ada lives here.\n+ Boris plays.") == ["Ada lives here .", "Boris plays ."]
    assert said("Items:\n- one apple\n- two pears") == ["Items :", "one apple", "two pears"]


def test_items_with_asterisks_are_apart_even_without_full_stops():
    assert said("* Ada lives in Accra\n* Boris lives in Basel\n") == ["Ada lives in Accra", "Boris lives in Basel"]
    assert said("* **Ada** lives *in* Accra\n  * Boris *lives\n    in* Basel") == [
        "Ada lives in Accra",
        "Boris lives in Basel",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 2 * 3 and 4 * 5.", "It is 2 * 3 and 4 * 5 ."),
        ("A **very *bold* word** and ***both***.", "A very bold word and both ."),
        ("A star* is no mark.", "A star * is no mark ."),
        ("`a` and _b_ in snake_case.", "a and b in snake_case ."),
    ],
)
def test_asterisks_are_left_out_only_around_what_they_mark(text, expected):
    assert said(text) == [expected]


def test_a_line_between_paragraphs_is_no_sentence():
    assert said("Ada left.\n\n***\n\nBoris came.\n\n- - -\n\nChloe sat.") == [
        "Ada left .",
        "Boris came .",
        "Chloe sat .",
    ]


@pytest.mark.parametrize("text", ["Ada came on\n10. December 1815 to Basel.", "10. December was cold.",
                                  "Ada came on 3. Mai to Basel."])  # fmt: skip
def test_a_day_of_a_month_is_no_mark_of_a_list_and_no_end(text):
    (found,) = said(text)
    assert found.split() == text.replace(".", " .").split()


def test_numbers_of_lists_follow_one_another():
    assert said("1. the one\n   1. in one\n   2. in two\n2. the two\n\n3. the three") == [
        "the one", "in one", "in two", "the two", "the three"]  # fmt: skip
    assert said("1. the one\n1. it again\n12. other") == ["the one", "it again 12 . other"]


def test_a_year_that_begins_a_line_is_no_mark_of_a_list():
    assert said("Ada was born in\n1815. She lived in London.") == ["Ada was born in 1815 .", "She lived in London ."]


def test_the_marks_of_links_and_emphasis_are_no_part_of_names():
    assert names("**Marie Curie** left _Warsaw_ early.") == ["Marie Curie", "Warsaw"]
    assert names("Marie Curie left [Warsaw](https://example.org/Warsaw).") == ["Marie Curie", "Warsaw"]


def test_a_sentence_that_is_repeated_counts_once():
    found = sentences([("a", "Ada lives here. Boris plays."), ("b", "Chloe runs. Ada  lives\nhere.")])
    assert [(each.id, " ".join(each.words)) for each in found] == [
        ("a-1", "Ada lives here ."),
        ("a-2", "Boris plays ."),
        ("b-1", "Chloe runs ."),
    ]


# --- names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Marie Curie moved to Paris.", ["Marie Curie", "Paris"]),
        ("The river Rhine passes Basel.", ["Rhine", "Basel"]),  # a function word is no name
        ("In Rome he met Bella Rossi.", ["Rome", "Bella Rossi"]),
        ("He went to the Bank of England.", ["Bank of England"]),
        ("Jean-Paul Sartre read Simone de Beauvoir.", ["Jean-Paul Sartre", "Simone de Beauvoir"]),
        ("Apollo 11 left Florida.", ["Apollo", "Florida"]),
        ("3M makes it in 1999 with IBM.", ["IBM"]),
        ("Éric saw Ángel and Øystein in Ålesund.", ["Éric", "Ángel", "Øystein", "Ålesund"]),
        ("Ольга живёт в Москве.", ["Ольга", "Москве"]),
        ("Η Ελένη ζει στην Αθήνα.", ["Η Ελένη", "Αθήνα"]),
        ("He met Ada, Boris and Chloe.", ["Ada", "Boris", "Chloe"]),
        ("There is nobody.", []),
        ("東京 は 日本 の 首都 です 。", []),
    ],
)
def test_names_are_runs_of_capitals(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "name", ["Vincent van Gogh", "Ludwig Mies van der Rohe", "Oscar de la Renta", "Ursula von der Leyen"]
)
def test_small_words_within_a_name_belong_to_it(name):
    assert names(f"There {name} saw Delft.") == [name, "Delft"]


def test_a_small_word_between_two_names_that_are_not_one_joins_nothing():
    assert names("There Ada and Boris met.") == ["Ada", "Boris"]


def test_a_first_word_that_texts_have_in_small_letters_is_no_name():
    text = "Rivers run to Basel. There are rivers in Delft. Ada lives there."
    found = {each.words: [" ".join(each.words[a:b]) for a, b in each.names] for each in sentences([("t", text)])}
    assert list(found.values()) == [["Basel"], ["Delft"], ["Ada"]]
