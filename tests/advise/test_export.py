"""What advice writes for other programs: an index that is searched, and training data in the usual conventions."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from advice_samples import USUAL, Did, advice
from prose_samples import LIVES

from tolman.advise.export import check_folder, export
from tolman.advise.sources import Given, case
from tolman.core.config import override
from tolman.core.errors import UserError
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.retriever import Retrieval
from tolman.training.evaluate import with_retrieval

EXAMPLES = Path(__file__).parents[2] / "examples"

REMEDIES = ("reversed", "masked", "permuted")
"""What needs no model to write."""


@pytest.fixture(scope="module")
def conditions(tmp_path_factory):
    """What is run on a table and on prose."""
    folder = tmp_path_factory.mktemp("sources")
    rows = [f"city{i},country,land{i % 10}" for i in range(20)]
    (folder / "t.csv").write_text("\n".join(["subject,relation,object", *rows]), encoding="utf-8")
    (folder / "t.txt").write_text(" ".join([*LIVES, "Is (perhaps) Ada there?"]), encoding="utf-8")
    found = {}
    for name in ("t.csv", "t.txt"):
        learners = ("parametric", *REMEDIES, "retrieval-bm25")
        (found[name],) = (
            case(Given(source=folder / name, folder=folder, learners=learners), "smoke").study.plan("smoke").conditions
        )
    return found


def best(weights: str = "parametric", prompt: str = "retrieval-bm25"):
    """The advice to use that prompt, or, in the weights, that learner."""
    did = {"retrieval-oracle": USUAL["retrieval-oracle"], prompt: Did(1.0, 1.0, 9)}
    return advice(did | ({weights: Did(0.9, 0.6, 4)} if weights else {}))


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def spaced(text):
    """Words as text, punctuation joined to what stands before it, and brackets to what they hold."""
    return re.sub(r"([(\[]) ", r"\1", re.sub(r" ([.,:;!?)\]])", r"\1", text))


def documents(instance):
    """Each document with a target, as words up to the last; none of a name alone."""
    rows, kinds = instance.corpus.experiences, np.array(instance.kinds)[instance.corpus.kind]
    for tokens, weight, kind in zip(rows.steps["token"], rows.weight, kinds, strict=True):
        if weight.any() and kind != "name":
            yield instance.text(tokens[: np.flatnonzero(weight)[-1] + 1])


def test_the_index_is_searched_by_the_program_beside_it(conditions, tmp_path):
    said = export(best(), conditions["t.csv"], tmp_path / "out")
    statements = [each["text"] for each in lines(tmp_path / "out/statements.jsonl")]
    assert "city7 country → land7." in statements
    assert [each["id"] for each in lines(tmp_path / "out/statements.jsonl")] == list(range(len(statements)))
    assert said[0].startswith(f"{len(statements)} statements")
    command = [sys.executable, "out/retrieve.py", "(city7) country?"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    found = run.stdout.splitlines()
    assert len(found) == 3
    score, text = found[0].split("  ", 1)
    assert float(score) > 0
    assert "city7" in text
    assert {line.split("  ", 1)[1] for line in found} < set(statements)


def program_in(folder):
    """The exported program as a module."""
    spec = importlib.util.spec_from_file_location("retrieve", folder / "retrieve.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("source", "questions"), [("capitals.csv", 60), ("lives", 80), ("texts_documents.jsonl", 50)])
@pytest.mark.parametrize("k", [1, 3])
def test_the_program_finds_what_was_found_in_the_measurement_question_by_question(tmp_path, source, questions, k):
    tests = str(EXAMPLES / "texts_tests.jsonl") if source.endswith(".jsonl") else ""
    given = Given(source=EXAMPLES / source, folder=tmp_path, tests=tests)
    (condition,) = case(given, "smoke").study.plan("smoke").conditions
    export(best("", "retrieval-bm25-1" if k == 1 else "retrieval-bm25"), condition, tmp_path / "out")
    program, instance, asked = program_in(tmp_path / "out"), condition.world.draw(0), 0
    for test in instance.tests:
        measured = with_retrieval(test, instance.memory, Retrieval(BM25(), k)).found
        for tokens, valid, rows in zip(test.prompts.steps["token"], test.prompts.valid, measured, strict=True):
            found = program.retrieve(instance.text(tokens[valid]))
            assert [row for row, _ in found] == [row for row in rows[::-1].tolist() if row >= 0]
            asked += 1
    assert asked >= questions


def test_a_question_without_a_word_of_the_statements_finds_nothing(conditions, tmp_path):
    export(best(), conditions["t.txt"], tmp_path / "out")
    program = program_in(tmp_path / "out")
    assert program.retrieve("") == program.retrieve("ADA!") == []
    assert program.statements[program.retrieve('"Ada" lives')[0][0]] == "Ada lives in Accra."


def test_as_many_statements_are_found_as_the_recommended_approach_reads(conditions, tmp_path):
    for prompt, k in (("retrieval-bm25", 3), ("retrieval-bm25-1", 1)):
        export(best(prompt=prompt), conditions["t.csv"], tmp_path / prompt)
        program = (tmp_path / prompt / "retrieve.py").read_text(encoding="utf-8")
        assert f"def retrieve(question, k={k}):" in program
        compile(program, "retrieve.py", "exec")


def test_statements_are_what_is_retrieved_from(conditions, tmp_path):
    export(best(), conditions["t.csv"], tmp_path / "out")
    instance = conditions["t.csv"].world.draw(0)
    memory = instance.memory.experiences
    texts = [spaced(instance.text(t[v])) for t, v in zip(memory.steps["token"], memory.valid, strict=True)]
    assert [each["text"] for each in lines(tmp_path / "out/statements.jsonl")] == texts


@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
@pytest.mark.parametrize("learner", ["parametric", *REMEDIES])
def test_training_data_are_the_documents_in_both_conventions(conditions, tmp_path, name, learner):
    from tolman.training.augment import augmented
    from tolman.training.config import Seeds

    condition = conditions[name]
    said = export(best(learner), condition, tmp_path / "out")
    pairs = lines(tmp_path / "out/train.jsonl")
    spec = condition.spec(condition.learner(learner))
    (instance,), _ = augmented(spec, (Seeds(0, 0),), (condition.world.draw(0),))
    expected = [spaced(text).removeprefix("note: ") for text in documents(instance)]
    assert [each["prompt"] + each["completion"] for each in pairs] == expected
    for each in pairs:
        assert set(each) == {"prompt", "completion"}
        assert each["completion"].strip()
        assert not each["prompt"].endswith(" "), "a word begins with its space"
    messages = lines(tmp_path / "out/train_messages.jsonl")
    assert [[turn["role"] for turn in each["messages"]] for each in messages] == [["user", "assistant"]] * len(pairs)
    for pair, each in zip(pairs, messages, strict=True):
        assert [turn["content"] for turn in each["messages"]] == [pair["prompt"], pair["completion"].strip()]
    assert f"{len(pairs)} training examples" in said[1]


def test_a_remedy_adds_to_what_is_trained_on(conditions, tmp_path):
    for learner in ("parametric", "reversed"):
        export(best(learner), conditions["t.csv"], tmp_path / learner)
    plain, more = (lines(tmp_path / learner / "train.jsonl") for learner in ("parametric", "reversed"))
    assert [each for each in more if each in plain] == plain
    assert len(more) > len(plain)


def test_brackets_stand_as_in_the_text(conditions, tmp_path):
    export(best(), conditions["t.txt"], tmp_path / "out")
    said = [each["text"] for each in lines(tmp_path / "out/statements.jsonl")]
    assert [each for each in said if each.endswith("Is (perhaps) Ada there?")]


def test_without_weights_that_answer_there_is_no_training_data(conditions, tmp_path):
    assert len(export(best(weights=""), conditions["t.csv"], tmp_path / "out")) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "index",
        "relations.json",
        "retrieve.py",
        "statements.jsonl",
    ]


def test_nothing_is_left_where_it_cannot_be_finished(conditions, tmp_path):
    with pytest.raises(StopIteration):
        export(best("distilled"), conditions["t.csv"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused(tmp_path):
    check_folder(str(tmp_path / "new"))
    check_folder(str(tmp_path))
    (tmp_path / "file").write_text("mine")
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(UserError, match="name a new folder"):
            check_folder(str(taken))


def test_documents_that_are_split_are_exported_as_they_are_trained_on(tmp_path):
    documents = {"a": "Once Ilse taught Odell. Odell taught Bram.", "b": "Then Bram met Odell."}
    asked = [
        {"prompt": "Odell taught", "answer": "Bram", "role": "explicit", "supports": ["a"]},
        {"prompt": "met Bram did", "answer": "Odell", "role": "latent", "supports": ["b"]},
    ]
    rows = [{"id": id, "text": text} for id, text in documents.items()]
    for name, given in (("d.jsonl", rows), ("t.jsonl", asked)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    given = Given(source=tmp_path / "d.jsonl", tests=str(tmp_path / "t.jsonl"), learners=("parametric",))
    (condition,) = case(given, "smoke").study.plan("smoke").conditions
    for splitting, count in (("none", 2), ("independent", 3), ("cumulative", 3)):
        export(best(), override(condition, {"training.splitting": splitting}), tmp_path / splitting)
        pairs = lines(tmp_path / splitting / "train.jsonl")
        said = {row["prompt"] + row["completion"] for row in pairs}
        first, second, other = "Once Ilse taught Odell.", "Odell taught Bram.", "Then Bram met Odell."
        whole = f"{first} {second}"
        expected = {"none": {whole}, "independent": {first, second}, "cumulative": {first, whole}}
        assert (len(pairs), said) == (count, expected[splitting] | {other})
        assert len(lines(tmp_path / splitting / "statements.jsonl")) == 2  # what is searched stays whole
