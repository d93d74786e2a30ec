"""Documents and questions out of prose: what is asked, and that the study takes what is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from prose_samples import LIVES, PEOPLE, TOWNS, lines

from tolman.advise.cloze import FEWEST_QUESTIONS, GAP, LONGEST, MOST_QUESTIONS, write_prose
from tolman.advise.prose import read_folder
from tolman.core.errors import UserError
from tolman.worlds.texts import Texts

# --- what is written


def test_every_sentence_is_a_document_and_those_with_two_names_are_asked_about(tmp_path):
    made = write_prose([("lives", " ".join([*LIVES, "It was a cold winter."]))], tmp_path)
    documents, questions = lines(made.documents), lines(made.tests)
    assert [each["id"] for each in documents] == [f"lives-{i}" for i in range(1, 14)]
    assert documents[0]["text"] == "note : Ada lives in Accra ."
    assert (made.sentences, made.left_out) == (13, 0)
    assert questions == list(made.questions)
    assert [(q["role"], q["answer"], q["supports"]) for q in questions[:2]] == [
        ("explicit", "Accra", ["lives-1"]),
        ("latent", "Ada", ["lives-1"]),
    ]
    assert questions[0]["prompt"] == "note : Ada lives in"
    assert f"{GAP} lives in Accra" in questions[1]["prompt"]
    assert "Ada" not in questions[1]["prompt"]
    assert len(questions) == 2 * len(LIVES)


def test_the_names_of_all_sentences_are_written_whether_or_not_they_are_asked_about(tmp_path):
    texts = [("t", " ".join(f"Ada{i} of Bern saw Ada{i} Boss and Chloe{i} there." for i in range(MOST_QUESTIONS + 9)))]
    made = write_prose(texts, tmp_path)
    documents = lines(made.documents)
    assert [each["names"] for each in documents] == [
        [f"Ada{i} of Bern", f"Ada{i} Boss", f"Chloe{i}"] for i in range(MOST_QUESTIONS + 9)
    ]
    names = {" ".join(name) for name in Texts(str(made.documents), str(made.tests)).names}
    assert names == {name for each in documents for name in each["names"]}


def test_names_that_a_text_lists_are_taken_in_it(tmp_path):
    texts = [("t", " ".join(LIVES)), ("u", "The sea saw ada of Rome. So it goes.")]
    made = write_prose(texts, tmp_path, marked={"u": [("ada", "of"), ("sea",)]})
    assert [each["names"] for each in lines(made.documents)[-2:]] == [["sea", "ada of"], []]
    assert ("sea", "ada of") in {(pair.first, pair.last) for pair in made.pairs}


def test_what_is_written_can_be_learned(tmp_path):
    made = write_prose([("lives", " ".join(LIVES))], tmp_path)
    instance = Texts(str(made.documents), str(made.tests)).draw(0)
    assert {test.name: test.prompts.valid.shape[0] for test in instance.tests} == {"explicit": 12, "latent": 12}


def test_the_same_content_has_the_same_folder_and_bytes(tmp_path):
    texts = [("lives", " ".join(LIVES))]
    one, two = write_prose(texts, tmp_path / "a"), write_prose(texts, tmp_path / "b")
    assert one.documents.parent.name == two.documents.parent.name
    for here, there in ((one.documents, two.documents), (one.tests, two.tests)):
        assert here.read_bytes() == there.read_bytes()
    assert write_prose(texts, tmp_path / "a") == one
    assert len(list((tmp_path / "a").iterdir())) == 1
    assert write_prose([("lives", " ".join(LIVES[1:]))], tmp_path / "a").documents != one.documents
    assert write_prose([("people", " ".join(LIVES))], tmp_path / "a").documents != one.documents


def test_sentences_that_are_too_long_are_left_out_and_counted(tmp_path):
    long = f"Ada walked {'on and ' * LONGEST}on to Basel."
    made = write_prose([("lives", " ".join([*LIVES, long]))], tmp_path)
    assert (made.sentences, made.left_out) == (12, 1)
    assert not [each for each in lines(made.documents) if "walked" in each["text"]]


def test_not_all_of_many_sentences_are_asked_about(tmp_path):
    texts = [("t", " ".join(f"Ada{i} knows Ben{i}." for i in range(120)))]
    made = write_prose(texts, tmp_path / "a")
    assert (made.sentences, len(made.questions)) == (120, 2 * MOST_QUESTIONS)
    assert write_prose(texts, tmp_path / "b").questions == made.questions


def test_what_could_be_answered_in_two_ways_is_not_asked(tmp_path):
    both = ["Ada plays with Boris.", "Ada plays with Chloe.", "Greta swims in Hanoi.", "Lena swims in Hanoi."]
    made = write_prose([("t", " ".join([*LIVES, *both, "Hugo meets Hugo Boss and Hugo."]))], tmp_path)
    asked = " ".join(question["prompt"] for question in made.questions)
    assert "plays" not in asked
    assert "swims" not in asked
    assert "meets" not in asked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing is here.",
        " ".join(LIVES[: FEWEST_QUESTIONS - 1]),
        "東京は日本の首都です。" * 30,
        "ada met boris. " * 9,
    ],
)
def test_too_few_names_are_refused_with_what_to_do(tmp_path, text):
    with pytest.raises(UserError, match="--tests") as caught:
        write_prose([("t", text)], tmp_path)
    assert "two names" in str(caught.value)
    assert not re.search(r"\b1 (sentences|pairs)", str(caught.value)), caught.value
    assert list(tmp_path.iterdir()) == []


def test_without_questions_anything_is_taken(tmp_path):
    made = write_prose([("t", "Nothing is here.")], tmp_path, ask=False)
    assert (made.sentences, made.questions) == (1, ())


# --- what the study would refuse must not be written


def accepted(texts, folder) -> Texts:
    made = write_prose(texts, folder)
    return Texts(str(made.documents), str(made.tests))


def test_a_name_that_begins_another_is_no_obstacle(tmp_path):
    """ "Ada" and "Ada King" cannot both be offered as answers; nearly all prose has such names."""
    accepted([("t", " ".join([*LIVES, "Ada King works in Bern.", "Elif met Cusco Alto."]))], tmp_path)


def test_sentences_that_differ_in_their_full_stop_are_not_asked_about_twice(tmp_path):
    accepted([("t", "\n\n".join([*LIVES, "Ada works in Bern.", "Boris works in Bern"]))], tmp_path)


def test_prose_about_one_single_person_is_refused_in_words_about_prose(tmp_path):
    text = " ".join(f"Ada saw {town} with {person}." for town, person in zip(TOWNS, PEOPLE[1:], strict=False))
    with pytest.raises(UserError, match="name") as caught:
        accepted([("t", text)], tmp_path)
    assert "tests.jsonl" not in str(caught.value)


WORD = st.sampled_from([*PEOPLE[:5], *TOWNS[:4], "lives", "in", "van", "of", "the", "and", "1815", "(Ada)", "“Boris”",
                        "Ada,", "Élise", "Dr.", "_", "note", ":"])  # fmt: skip
SAID = st.lists(WORD, min_size=1, max_size=7).map(" ".join)
TEXT = st.lists(st.tuples(SAID, st.sampled_from([".", "?", "", "..."])), min_size=1, max_size=6).map(
    lambda parts: "\n\n".join(a + b for a, b in parts)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("prose")


BASE = " ".join(f"{a} knows {b}." for a, b in zip(TOWNS[4:], PEOPLE[5:], strict=False))
"""Enough to ask about, whatever else there is."""


@settings(max_examples=40, phases=(Phase.generate,))
@given(text=TEXT)
def test_questions_ask_for_what_their_document_says(folder, text):
    made = write_prose([("base", BASE + " Zed knows Quito."), ("t", text)], folder)
    documents = {each["id"]: each["text"].split() for each in lines(made.documents)}
    assert len(documents) == made.sentences
    for question in made.questions:
        (id,) = question["supports"]
        document, answer, prompt = documents[id], question["answer"].split(), question["prompt"].split()
        assert answer[0][0].isupper()
        if question["role"] == "explicit":
            assert document[: len(prompt) + len(answer)] == prompt + answer
        else:
            body = document[2:]
            places = [i for i, word in enumerate(prompt) if word == GAP]
            filled = [[*prompt[:i], *answer, *prompt[i + 1 :]] for i in places]
            assert any(tuple(body) in {tuple(f[k:-1]), (*f[k:-1], ".")} for f in filled for k in range(6))


@settings(max_examples=40, phases=(Phase.generate,))
@given(text=TEXT)
def test_what_is_written_is_always_accepted(folder, text):
    accepted([("base", BASE + " Zed knows Quito."), ("t", text)], folder)


# --- folders


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for name in ("b.txt", "a.md", "deep/c.TXT", "ignored.html", "deep/.d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"This is {name}.", encoding="utf-8")
    found = read_folder(tmp_path)
    assert [name for name, _ in found] == ["a.md", "b.txt", "deep/c.TXT"]
    assert found[0][1] == "This is a.md."


def test_files_that_differ_in_their_suffix_have_sentences_of_their_own(tmp_path):
    (tmp_path / "lives.txt").write_text(" ".join(LIVES[:6]), encoding="utf-8")
    (tmp_path / "lives.md").write_text(" ".join(LIVES[6:]), encoding="utf-8")
    accepted(read_folder(tmp_path), tmp_path / "records")


def test_a_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"there is no \.txt or \.md file in this folder"):
        read_folder(tmp_path)


def test_what_is_no_text_is_refused_by_name(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00Ada")
    with pytest.raises(UserError, match=r"a\.txt.*not UTF-8"):
        read_folder(tmp_path)
