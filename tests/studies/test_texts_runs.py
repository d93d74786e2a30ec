"""The study of a user's own texts: what is run, what is recorded, and what can be judged of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_checkpoint import write_tiny

from tolman.claims.verdict import judge
from tolman.cli import main
from tolman.core.registry import load
from tolman.experiments.study import PRESETS
from tolman.records.store import Store
from tolman.studies.language.texts import PRESETS as PRESETS_OF_TEXTS
from tolman.studies.language.texts import TextsStudy
from tolman.worlds.texts import Texts

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = (str(EXAMPLES / "texts_documents.jsonl"), str(EXAMPLES / "texts_tests.jsonl"))
OPTIONS = ("--documents", FILES[0], "--tests", FILES[1])
GOOD = {"explicit": (40, 40), "latent": (1, 24)}
LEARNERS = ("parametric", "parametric-context", *(f"retrieval-{r}" for r in ("oracle", "random", "bm25", "tfidf")))


class Named:
    """The study as records name it."""

    name, version, seeds = "texts", TextsStudy.version, TextsStudy.seeds


@pytest.fixture
def verdicts(monkeypatch):
    """Verdicts on six seeds with these results of (right, all) questions, by learner, and this recall of BM25."""
    monkeypatch.syspath_prepend(EXAMPLES.parent / "tests/records")
    return _verdicts


def _verdicts(parametric, oracle=(24, 24), bm25=(24, 24), recall=1.0):
    from record_samples import sample

    results = {"parametric": parametric, "retrieval-oracle": {"latent": oracle}, "retrieval-bm25": {"latent": bm25}}
    found = {"retrieval-oracle": 1.0, "retrieval-bm25": recall}
    records = [
        sample(GOOD | tests, chance=1 / 24, recall=found.get(learner), learner=learner, condition="pretrained",
               study="texts", study_version=TextsStudy.version, world_seed=seed, model_seed=seed)[0]
        for seed in TextsStudy.seeds[:6]
        for learner, tests in results.items()
    ]  # fmt: skip
    return {claim.name: judge(claim, records, Named(), "quick").status for claim in TextsStudy().claims("quick")}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_document_is_as_frequent_as_any_other(preset):
    plan = TextsStudy(*FILES).plan(preset)
    [condition] = plan.conditions
    [phase] = condition.phases
    assert phase.mixture == pytest.approx({"greeting": 24 / 66, "statement": 42 / 66})
    assert phase.steps % condition.training.chunk == 0
    assert condition.learner_names == LEARNERS
    assert condition.spec(condition.learners[0]) == condition.spec(condition.learners[1])


@pytest.mark.parametrize(
    ("preset", "few", "many"), [("smoke", 20, 160), ("quick", 300, 15_010), ("full", 3000, 60_010)]
)
def test_more_documents_take_more_steps_in_whole_chunks(preset, few, many):
    """A hundred passes over 9,601 documents in batches of 64, say, are 15,002 steps, in chunks of 10."""
    size = PRESETS_OF_TEXTS[preset]
    assert size.finetuning({"document": 66}).steps == few
    phase = size.finetuning({"document": 9600, "greeting": 1})
    assert phase.steps == many
    assert phase.mixture == pytest.approx({"document": 9600 / 9601, "greeting": 1 / 9601})


def test_everything_is_judged_where_the_weights_recite_and_the_reader_reads(verdicts):
    assert TextsStudy().claims("smoke") == ()
    assert verdicts(GOOD) == {
        "parametric-explicit": "holds",
        "parametric-latent": "holds",
        "oracle-latent": "holds",
        "bm25-latent": "holds",
    }


def test_nothing_latent_is_judged_of_weights_that_learned_nothing_and_reading_is(verdicts):
    found = verdicts(GOOD | {"explicit": (3, 40)})
    assert (found["parametric-explicit"], found["parametric-latent"]) == ("fails", "not testable")
    assert (found["oracle-latent"], found["bm25-latent"]) == ("holds", "holds")


def test_weights_that_answer_in_other_words_refute_the_claim(verdicts):
    assert verdicts(GOOD | {"latent": (24, 24)})["parametric-latent"] == "fails"


def test_a_reader_that_does_not_read_is_found_out(verdicts):
    assert verdicts(GOOD, oracle=(1, 24))["oracle-latent"] == "fails"


def test_lexical_retrieval_is_judged_where_it_finds_what_is_needed(verdicts):
    assert verdicts(GOOD, bm25=(8, 24))["bm25-latent"] == "fails"
    assert verdicts(GOOD, bm25=(8, 24), recall=0.3)["bm25-latent"] == "not testable"


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
    write_tiny(Path("tiny.safetensors"))
    result = call("run", "texts", *OPTIONS, "--model", "tiny.safetensors", "--preset", "smoke", "-o", "report.html")
    assert result.exit_code == 0, result.output
    records = Store("records").records(study="texts")
    assert sorted((r.learner, r.seeds) for r in records) == [
        (learner, (seed, seed)) for learner in sorted(LEARNERS) for seed in (0, 1)
    ]
    for record in records:
        asked = {"locality"} if record.learner == "parametric" else set()
        assert set(record.tests) == {"explicit", "latent", "context", "control"} | asked
        assert str(EXAMPLES) not in str(record.config)
        assert set(record.config["world"]) >= {"documents_digest", "tests_digest"}
    assert "texts" in Path("report.html").read_text()
    assert load("studies", "texts") is TextsStudy
