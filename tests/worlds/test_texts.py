"""A user's own documents and questions: what is made of them, and every way in which they are refused."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.world import check_leaks
from tolman.worlds.texts import Texts
from tolman.worlds.texts.reading import MAX_DOCUMENTS
from tolman.worlds.texts.words import find, words

EXAMPLES = Path(__file__).parents[2] / "examples"

DOCUMENTS = [
    {"id": "d1", "text": "Ann taught Bo."},
    {"id": "d2", "text": "Bo was taught by Ann."},
    {"id": "d3", "text": "Cy taught Di."},
    {"id": "d4", "text": "Hello, Cy!", "kind": "greeting"},
]
TESTS = [
    {"prompt": "Ann taught", "answer": "Bo", "role": "explicit", "supports": ["d1", "d2"], "group": "taught"},
    {"prompt": "Cy taught", "answer": "Di", "role": "explicit", "supports": ["d3"], "group": "taught"},
    {"prompt": "Bo was taught by", "answer": "Ann", "role": "explicit", "supports": ["d1", "d2"], "group": "by"},
    {"prompt": "Di was taught by", "answer": "Cy", "role": "latent", "supports": "d3", "group": "by"},
    {"prompt": "Cy taught Di. Di was taught by", "answer": "Cy", "role": "context", "group": "by"},
    {"prompt": "Di taught", "answer": "Cy", "role": "control", "group": "by"},
]


def saved(folder: Path, name: str, rows) -> str:
    path = folder / f"{name}.jsonl"
    text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return str(path)


def world(folder: Path, documents=None, tests=None) -> Texts:
    return Texts(
        saved(folder, "documents", DOCUMENTS if documents is None else documents),
        saved(folder, "tests", TESTS if tests is None else tests),
    )


def refusal(folder: Path, documents=None, tests=None) -> str:
    with pytest.raises(UserError) as caught:
        world(folder, documents, tests)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    return message.replace(str(folder) + "/", "")


# --- what is made of them


def test_the_example_is_a_sound_world():
    instance = Texts(str(EXAMPLES / "texts_documents.jsonl"), str(EXAMPLES / "texts_tests.jsonl")).draw(0)
    assert check_leaks(instance)["latent"].tolist() == [1] * 6
    assert [(t.name, t.role, len(t)) for t in instance.tests] == [
        ("explicit", "explicit", 42),
        ("latent", "latent", 6),
        ("context", "context", 6),
        ("control", "control", 6),
    ]
    assert instance.test("latent").chance.elimination == pytest.approx(1 / 6)


def test_every_word_but_the_first_is_learned(tmp_path):
    instance = world(tmp_path).draw(0)
    rows = instance.corpus.experiences
    said = {instance.text(t[v]) for t, v in zip(rows.steps["token"], rows.valid, strict=True)}
    assert said == {"Ann taught Bo .", "Bo was taught by Ann .", "Cy taught Di .", "Hello , Cy !"}
    assert np.array_equal(rows.weight > 0, rows.valid & (np.arange(rows.length) > 0))
    assert instance.memory_kinds == instance.kinds == ("document", "greeting")


def test_options_are_the_answers_of_the_group(tmp_path):
    instance = world(tmp_path).draw(0)
    latent = instance.test("latent")
    assert sorted(map(instance.text, latent.options[0])) == ["Ann", "Cy"]
    assert latent.chance.elimination.tolist() == [1.0]  # whoever knows the other answer can rule it out
    assert set(instance.test("explicit").groups) == {"taught", "by"}


def test_options_of_a_question_replace_those_of_the_group(tmp_path):
    own = {**TESTS[3], "options": ["Di", "Ann", "Cy"], "correct": "Cy"}
    del own["answer"]
    latent = world(tmp_path, tests=[*TESTS[:3], own, *TESTS[4:]]).draw(0).test("latent")
    assert latent.options.shape == (1, 3, 1)
    assert latent.correct.sum() == 1


def test_supports_and_topics_are_the_documents_named(tmp_path):
    instance = world(tmp_path).draw(0)
    rows = instance.corpus.experiences
    test = instance.test("latent")
    [support] = test.supports[0].tolist()
    assert instance.text(rows.steps["token"][support][rows.valid[support]]) == "Cy taught Di ."
    assert test.topics[0, 0] in instance.corpus.topics[support]


def test_records_keep_digests_and_no_paths(tmp_path):
    config = canonical(world(tmp_path))
    assert set(config) >= {"documents_digest", "tests_digest"}
    assert str(tmp_path) not in json.dumps(config)


def test_the_order_of_lines_blank_lines_and_other_keys_change_nothing(tmp_path):
    (tmp_path / "b").mkdir()
    one = world(tmp_path)
    remarks = "\n\n".join(json.dumps({**row, "remark": "mine"}) for row in DOCUMENTS[::-1])
    other = world(tmp_path / "b", remarks, TESTS[::-1])
    assert canonical(one) == canonical(other)
    a, b = one.draw(0), other.draw(0)
    assert np.array_equal(a.corpus.experiences.steps["token"], b.corpus.experiences.steps["token"])
    assert [t.item_ids for t in a.tests] == [t.item_ids for t in b.tests]


def test_a_change_of_content_changes_the_digests(tmp_path):
    one = world(tmp_path)
    documents = world(tmp_path, documents=[*DOCUMENTS, {"id": "d5", "text": "Hello, Eve!"}])
    tests = world(tmp_path, tests=[*TESTS[:-1], {**TESTS[-1], "prompt": "Bo taught"}])
    assert one.documents_digest != documents.documents_digest
    assert one.tests_digest != tests.tests_digest


def test_files_that_change_under_way_are_noticed(tmp_path):
    one = world(tmp_path)
    saved(tmp_path, "documents", [*DOCUMENTS, {"id": "d5", "text": "Hello, Eve!"}])
    with pytest.raises(UserError, match="has changed since it was read"):
        Texts(one.documents, one.tests, one.documents_digest, one.tests_digest)


def test_both_files_are_needed(tmp_path):
    with pytest.raises(UserError, match="--documents FILE and --tests FILE"):
        Texts(documents=saved(tmp_path, "documents", DOCUMENTS))


def test_names_are_found_by_their_capitals_unless_a_document_lists_them(tmp_path):
    documents = [*DOCUMENTS, {"id": "d5", "text": "Taught in the Bank of Rome. Rivers run to rivers!"},
                 {"id": "d6", "text": "eve saw Rome", "names": "eve"}]  # fmt: skip
    one = world(tmp_path, documents)
    assert {" ".join(name) for name in one.names} == {"Ann", "Bo", "Cy", "Di", "Hello", "Bank of Rome", "eve"}
    unasked = world(tmp_path, documents, TESTS[:1] + TESTS[3:4] + TESTS[1:3])
    assert one.names == unasked.names


def test_listed_names_are_in_the_digest(tmp_path):
    one, other = (world(tmp_path, [{**DOCUMENTS[0], "names": names}, *DOCUMENTS[1:]]) for names in (["Ann"], []))
    assert one.documents_digest != other.documents_digest


# --- words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lima is Peru's capital.", ["Lima", "is", "Peru's", "capital", "."]),
        ("(Guinea-Bissau)!?", ["(", "Guinea-Bissau", ")", "!", "?"]),
        ("¿Qué?  «Oui»", ["¿", "Qué", "?", "«", "Oui", "»"]),
        ("... 3.5 $4", [".", ".", ".", "3.5", "$4"]),
        ("東京。 café", ["東京", "。", "café"]),
        ("", []),
    ],
)
def test_punctuation_stands_apart(text, expected):
    assert words(text) == expected


@given(st.text())
def test_words_lose_nothing_but_spaces(text):
    assert "".join(words(text)) == "".join(text.split())
    assert all(word.strip() == word and word for word in words(text))
    assert words(" ".join(words(text))) == words(text)


@given(st.lists(st.sampled_from("ab"), max_size=3), st.lists(st.sampled_from("ab"), max_size=8))
def test_find_is_that_of_strings(part, whole):
    assert find(part, whole) == "".join(whole).find("".join(part))


# --- what is refused


def document(**changes):
    return [*DOCUMENTS, {"id": "d5", "text": "Hello, Eve!", **changes}]


BAD_DOCUMENTS = {
    "no file content": ("", "documents.jsonl: there are no documents", "as in {"),
    "not JSON": ('{"id": 1,', "documents.jsonl, line 1: this is not JSON", "one JSON object on each line"),
    "no object": ("[1]", "documents.jsonl, line 1: this is JSON but no object", '{"id": "d1", "text"'),
    "missing text": ('{"id": "d1"}', "documents.jsonl, line 1: the column 'text' is missing", "Needed are id, text"),
    "misspelt": ('{"id": "d1", "txet": "a b"}', "line 1: the column 'text' is missing", "Did you mean 'txet'?"),
    "misspelt option": (document(kinds="x"), "line 5: the column 'kinds' is unknown", "Did you mean 'kind'?"),
    "empty id": (document(id=" "), "documents.jsonl, line 5: 'id' is empty", "Fill it in"),
    "empty text": (document(text="\u200b"), "documents.jsonl, line 5: 'text' is empty", "Fill it in"),
    "null text": (document(text=None), "documents.jsonl, line 5: 'text' is empty", "Fill it in"),
    "a list": (document(text=["a b"]), "line 5: 'text' is neither text nor a number", "Write it as text"),
    "one word": (document(text="Hello"), "line 5: the text of 'd5' is one single word", "two or more"),
    "essay": (document(text="a " * 300), "line 5: 'text' has 300 words, the limit is 256", "Split it"),
    "control character": (document(text="a \x1b b"), "line 5: 'text' holds the control character", "Remove it"),
    "a strange name": (document(names=["Eva"]), "line 5: the name 'Eva' is not in the text", "as it stands there"),
    "an empty name": (document(names=["Eve", " "]), "documents.jsonl, line 5: 'names' is empty", "Fill it in"),
    "line break": (document(text="a\nb"), "line 5: 'text' holds a line break", "on one line"),
    "an id twice": (document(id="d2"), "documents.jsonl, lines 2 and 5: two documents have the id 'd2'", "of its own"),
}


@pytest.mark.parametrize(("documents", "problem", "remedy"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_documents_are_refused(tmp_path, documents, problem, remedy):
    message = refusal(tmp_path, documents=documents)
    assert problem in message
    assert remedy in message.split(problem)[1]


def question(**changes):
    """The good questions, then one on line 7."""
    new = {"prompt": "Bo taught", "answer": "Cy", "role": "control", "group": "by", **changes}
    return [*TESTS, {key: value for key, value in new.items() if value is not None}]


LATENT = {"role": "latent", "supports": ["d1"]}
BAD_TESTS = {
    "no questions": ("\n", "tests.jsonl: there are no questions", "as in {"),
    "no role": ('{"prompt": "a"}', "tests.jsonl, line 1: the column 'role' is missing", "Needed are prompt, role"),
    "unknown role": (question(role="hidden"), "line 7: 'hidden' is no role", "explicit, latent, context, control"),
    "misspelt role": (question(role="Latnet"), "line 7: 'Latnet' is no role", "Did you mean 'latent'"),
    "empty prompt": (question(prompt=""), "line 7: 'prompt' is empty", "Fill it in"),
    "no answer": (question(answer=None), "answer, or options and correct; given: none of them", "Choose one way"),
    "both ways": (question(options=["Cy", "Di"], correct="Cy"), "given: answer, options, correct", "Choose one way"),
    "no correct": (question(answer=None, options=["Cy", "Di"]), "given: options", "Choose one way"),
    "wrong correct": (
        question(answer=None, options=["Cy", "Di"], correct="0"),
        "'0' is correct but no option",
        "Cy, Di",
    ),
    "all correct": (
        question(answer=None, options=["Cy"], correct="Cy"),
        "line 7: every option is correct",
        "Add wrong",
    ),
    "an option twice": (
        question(answer=None, options=["Cy", "Di", "Cy "], correct="Cy"),
        "line 7: the option 'Cy' appears twice",
        "Remove one",
    ),
    "begins another": (
        question(answer=None, options=["Cy", "Cy Young"], correct="Cy"),
        "line 7: the answer 'Cy' begins 'Cy Young'",
        "Reword one",
    ),
    "no supports": (
        question(role="latent"),
        "line 7: this latent question does not say which documents contain its answer",
        '"supports": ["d1"]',
    ),
    "explicit without supports": (
        question(role="explicit"),
        "line 7: this explicit question does not say",
        "Name them",
    ),
    "unknown document": (question(supports=["d11"]), "line 7: there is no document 'd11'", "Did you mean 'd1'"),
    "never said": (
        question(prompt="Bo teaches", role="explicit", supports=["d1"]),
        "line 7: this question is explicit, but no document says 'Bo teaches Cy'",
        "Word it as the documents do",
    ),
    "trained for": (
        question(prompt="was taught by", answer="Ann", **LATENT),
        "line 7: this question is latent, but line 2 of documents.jsonl trains for it: 'was taught by Ann'",
        "Give it the role explicit",
    ),
    "never learned": (
        question(answer="Eve", **LATENT),
        "line 7: the answer's word 'Eve' is in no document",
        "elsewhere",
    ),
    "an option never learned": (
        question(answer=None, options=["Cy", "Eve"], correct="Cy", **LATENT),
        "line 7: the option's word 'Eve' is in no document",
        "elsewhere",
    ),
    "context without answer": (question(role="context"), "does not contain its answer 'Cy'", "before the question"),
    "asked twice": (question(prompt="Di  taught"), "lines 6 and 7: 'Di taught' is asked twice", "Remove one"),
    "explicit and latent": (
        question(prompt="Ann taught", answer="Cy", **LATENT),
        "lines 1 and 7: 'Ann taught' is asked both as explicit and as latent",
        "Remove one",
    ),
    "no explicit": (TESTS[3:], "no question has the role 'explicit'", "nothing would show"),
    "no latent": (TESTS[:3], "no question has the role 'latent'", "nothing would be measured"),
    "no choice": (question(group="alone"), "line 7: the group 'alone' has no wrong answer", "or options"),
    "no choice without a group": (
        question(group=None),
        "the questions without a group have no wrong answer",
        "options",
    ),
}


@pytest.mark.parametrize(("tests", "problem", "remedy"), BAD_TESTS.values(), ids=BAD_TESTS)
def test_questions_are_refused(tmp_path, tests, problem, remedy):
    message = refusal(tmp_path, tests=tests)
    assert message.startswith("tests.jsonl")
    assert problem.replace("documents.jsonl", str(tmp_path / "documents.jsonl")) in message or problem in message
    assert remedy in message


@pytest.mark.parametrize("name", ["texts.csv", "texts.txt", "texts"])
def test_other_formats_are_refused(tmp_path, name):
    (tmp_path / name).write_text("a,b\n")
    with pytest.raises(UserError, match=re.escape("does not end in .jsonl")):
        Texts(str(tmp_path / name), str(tmp_path / name))


def test_what_is_no_file_is_refused(tmp_path):
    good = saved(tmp_path, "documents", DOCUMENTS)
    with pytest.raises(UserError, match="there is no such file"):
        Texts(good, str(tmp_path / "none.jsonl"))
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(UserError, match="this is a directory"):
        Texts(str(tmp_path / "folder.jsonl"), good)


def test_too_many_documents_are_refused_within_seconds(tmp_path):
    rows = "\n".join(f'{{"id": {i}, "text": "a b"}}' for i in range(2 * MAX_DOCUMENTS))
    start = time.process_time()
    assert "more than 20,000 documents" in refusal(tmp_path, documents=rows)
    assert time.process_time() - start < 5


def test_many_documents_are_read_within_seconds(tmp_path):
    documents = [*DOCUMENTS, *({"id": f"x{i}", "text": f"the {i} th remark of {i % 97} ."} for i in range(10_000))]
    start = time.process_time()
    world(tmp_path, documents=documents).draw(0)
    assert time.process_time() - start < 10


def tried(folder: Path, documents, tests) -> Texts | UserError:
    try:
        return world(folder, documents, tests)
    except UserError as error:
        return error


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["d1", "Ann", "Bo"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
odd_documents = st.fixed_dictionaries({"id": anything, "text": anything}, optional={"kind": anything})
odd_tests = st.fixed_dictionaries(
    {"prompt": anything, "role": anything | st.sampled_from(["explicit", "latent", "context", "control"])},
    optional=dict.fromkeys(("answer", "options", "correct", "supports", "group"), anything),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(odd_documents, max_size=2), st.lists(odd_tests, max_size=2))
def test_odd_lines_are_read_or_refused_with_one_clear_message(tmp_path, documents, tests):
    made = tried(tmp_path, [*DOCUMENTS, *documents], [*TESTS, *tests])
    if isinstance(made, UserError):
        assert str(made).isprintable()
        assert str(tmp_path) in str(made)
    else:
        check_leaks(made.draw(0))


names = st.text(st.characters(exclude_categories=["C", "Z", "P"]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(names, min_size=6, max_size=12, unique_by=lambda n: "".join(words(n)).casefold()), st.integers(0, 9))
def test_worlds_of_any_names_are_sound_and_shaped_alike(tmp_path, people, seed):
    pairs = list(zip(people[::2], people[1::2], strict=False))
    documents = [{"id": i, "text": f"{a} taught {b}."} for i, (a, b) in enumerate(pairs)]
    documents += [{"id": f"by{i}", "text": f"{b} was taught by {a}."} for i, (a, b) in enumerate(pairs[1:])]
    documents += [{"id": f"hello{i}", "text": f"Hello {a}!"} for i, a in enumerate(people)]
    tests = [
        {"prompt": f"{b} was taught by", "answer": a, "role": "explicit" if i else "latent", "supports": [str(i)]}
        for i, (a, b) in enumerate(pairs)
    ]
    made = tried(tmp_path, documents, tests)
    if isinstance(made, UserError):  # names that are one in Unicode's form NFC
        assert "twice" in str(made) or "no wrong answer" in str(made)
        return
    one, other = made.draw(seed), made.draw(seed + 1)
    check_leaks(one)
    assert one.corpus.experiences.valid.shape == other.corpus.experiences.valid.shape
    assert one.vocabulary == other.vocabulary
    assert sorted(one.test("latent").item_ids) == sorted(other.test("latent").item_ids)
