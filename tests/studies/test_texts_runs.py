"""The study of a user's own texts: what is run, what is recorded, and what can be judged of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tolman.claims.verdict import judge
from tolman.cli import main
from tolman.core.registry import load
from tolman.experiments.study import PRESETS
from tolman.records.store import Store
from tolman.studies.latent.texts import TextsStudy
from tolman.worlds.texts import Texts

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = (str(EXAMPLES / "texts_documents.jsonl"), str(EXAMPLES / "texts_tests.jsonl"))
OPTIONS = ("--documents", FILES[0], "--tests", FILES[1])
GOOD = {"explicit": (40, 40), "latent": (1, 24), "context": (4, 24)}


class Named:
    """The study as records name it."""

    name, version, seeds = "texts", TextsStudy.version, TextsStudy.seeds


@pytest.fixture
def verdicts(monkeypatch):
    """Verdicts on six seeds with these results of (right, all) questions."""
    monkeypatch.syspath_prepend(EXAMPLES.parent / "tests/records")
    return _verdicts


def _verdicts(tests, accuracy_in_context=(1, 24)):
    from record_samples import sample

    records = []
    for seed in TextsStudy.seeds[:6]:
        for learner in ("parametric", "parametric-context"):
            found = tests | ({"latent": accuracy_in_context} if learner == "parametric-context" else {})
            changes = {"study": "texts", "study_version": TextsStudy.version, "world_seed": seed, "model_seed": seed}
            records.append(sample(found, chance=1 / 24, learner=learner, **changes)[0])
    claims = TextsStudy().claims("quick")
    return {claim.name: judge(claim, records, Named(), "quick").status for claim in claims}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_document_is_as_frequent_as_any_other(preset):
    plan = TextsStudy(*FILES).plan(preset)
    [condition] = plan.conditions
    [phase] = condition.phases
    assert phase.mixture == pytest.approx({"greeting": 24 / 66, "statement": 42 / 66})
    assert phase.steps % condition.training.chunk == 0
    assert condition.learner_names == ("parametric", "parametric-context")
    assert condition.spec(condition.learners[0]) == condition.spec(condition.learners[1])


def test_weights_are_judged_and_reading_is_not_testable(verdicts):
    assert TextsStudy().claims("smoke") == ()
    assert verdicts(GOOD) == {
        "parametric-explicit": "holds",
        "parametric-latent": "holds",
        "context-latent": "not testable",
    }


def test_reading_is_not_testable_without_questions_that_show_it(verdicts):
    assert verdicts({"explicit": (40, 40), "latent": (1, 24)})["context-latent"] == "not testable"


def test_reading_is_judged_once_a_model_reads(verdicts):
    found = verdicts(GOOD | {"context": (24, 24)}, accuracy_in_context=(24, 24))
    assert found["context-latent"] == "holds"


def test_nothing_latent_is_judged_where_nothing_was_learned(verdicts):
    assert verdicts(GOOD | {"explicit": (3, 40)})["parametric-latent"] == "not testable"


def test_the_material_is_counted():
    assert Texts(*FILES).sizes() == {"documents": 66, "questions": 60}


def call(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_look_shows_documents_and_questions():
    shown = call("look", "texts", *OPTIONS, "-n", "1").stdout
    assert "66 documents" in shown
    assert "test: latent" in shown
    assert str(EXAMPLES) not in shown


@pytest.mark.parametrize("command", ["look", "run"])
def test_both_files_are_asked_for(command):
    for given, missing in (((), "--documents FILE and --tests FILE"), (OPTIONS[:2], "--tests FILE")):
        result = call(command, "texts", *given)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"give {missing}" in result.stderr


def test_what_is_wrong_in_a_file_is_said_before_anything_runs(tmp_path):
    tests = tmp_path / "tests.jsonl"
    tests.write_text(Path(FILES[1]).read_text() + '{"prompt": "Odell taught", "answer": "Bram", "role": "latnet"}\n')
    result = call(
        "run", "texts", "--documents", FILES[0], "--tests", str(tests), "--records", str(tmp_path / "records")
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{tests}, line 61: 'latnet' is no role. Did you mean 'latent'?" in " ".join(result.stderr.split())
    assert not (tmp_path / "records").exists()


@pytest.mark.slow
def test_a_run_is_recorded_and_reported_as_any_other(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = call("run", "texts", *OPTIONS, "--preset", "smoke", "-o", "report.html")
    assert result.exit_code == 0, result.output
    records = Store("records").records(study="texts")
    assert sorted((r.learner, r.seeds) for r in records) == [
        (learner, (seed, seed)) for learner in ("parametric", "parametric-context") for seed in (0, 1)
    ]
    for record in records:
        assert set(record.tests) == {"explicit", "latent", "context", "control"}
        assert str(EXAMPLES) not in str(record.config)
        assert set(record.config["world"]) >= {"documents_digest", "tests_digest"}
    assert "texts" in Path("report.html").read_text()
    assert load("studies", "texts") is TextsStudy
