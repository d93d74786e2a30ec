"""The package in docs/howto/study.md: written out, installed as far as Python can tell, and used."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner
from code_blocks import files

from tolman import measures
from tolman.cli import main
from tolman.core.experience import NONE
from tolman.core.registry import find, load
from tolman.core.world import check_leaks
from tolman.learners.learner import Finetune
from tolman.measures.registration import named_measure
from tolman.records.store import Store
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.retriever import Queries, Retrieval

PAGE = "docs/howto/study.md"
SOURCES = files(PAGE, "python")
PROJECT = tomllib.loads(files(PAGE, "toml")["pyproject.toml"])["project"]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package with its metadata on the path, as `pip install` leaves it."""
    for name, source in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    info = tmp_path / "tolman_couples-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PROJECT['name']}\nVersion: {PROJECT['version']}\n")
    groups = PROJECT["entry-points"].items()
    lines = [line for group, entries in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in entries.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for module in [m for m in sys.modules if m.partition(".")[0] == "tolman_couples"]:
        del sys.modules[module]


def out(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_shows_it_without_importing_it(installed):
    listed = out("list")
    for name, first_line in (
        ("couples", "A symmetric relation."),
        ("late-retrieval", "Train without retrieval; at test"),
        ("overlap", "Rank experiences by the Jaccard index"),
        ("jaccard_knn", "Mean Jaccard index of a stimulus's"),
        ("couples", "A symmetric relation, stated in one direction"),
    ):
        assert any(row.split()[:1] == [name] and first_line in row for row in listed.splitlines()), (name, listed)
    assert not any(module.startswith("tolman_couples") for module in sys.modules)


def test_the_world_can_be_looked_at(installed):
    shown = out("look", "couples", "-n", "2", "-P", "couples=8", "-P", "held_out=2")
    assert "statement  14 documents, held in episodic memory" in shown
    assert "test: latent  latent: in the experiences, never asked for · 2 questions" in shown
    assert "married  ⟶  p" in shown


def test_the_world_is_sound(installed):
    instance = load("worlds", "couples")().draw(0)
    assert check_leaks(instance)["latent"].tolist() == [1] * 16  # each fact was stated once, the other way round
    again = load("worlds", "couples")().draw(0)
    np.testing.assert_array_equal(instance.corpus.experiences.steps["token"], again.corpus.experiences.steps["token"])
    other = load("worlds", "couples")().draw(1)
    assert (instance.memory_length, instance.most_targets) == (other.memory_length, other.most_targets)


def test_its_mistakes_are_the_users(installed):
    result = CliRunner().invoke(main, ["look", "couples", "-P", "held_out=99"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "held_out is 99; expected 1 to 63 of the couples" in result.stderr


def test_the_retriever_finds_the_couple(installed):
    instance = load("worlds", "couples")(couples=8, held_out=2).draw(0)
    test = instance.test("latent")
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    rows = load("retrievers", "overlap")().neighbours(instance.memory, queries, 3, np.random.default_rng(0))
    assert rows.shape == (2, 3)
    assert rows[:, -1].tolist() == test.supports[:, 0].tolist()


def test_the_retriever_never_returns_the_query_itself(installed):
    instance = load("worlds", "couples")(couples=8, held_out=2).draw(0)
    memory = instance.memory
    queries = Queries(memory.experiences, memory.supports, memory.topics, np.arange(memory.size))
    rows = load("retrievers", "overlap")().neighbours(memory, queries, 3, np.random.default_rng(0))
    assert not (rows == np.arange(memory.size)[:, None]).any()


def test_the_learner_is_made_as_others_are(installed):
    learner = load("learners", "late-retrieval")()
    assert learner.steps == (Finetune(context=None),)
    assert learner.context == Retrieval(BM25(), k=3)


def test_the_measure_is_named_as_others_are(installed):
    measures._modules.cache_clear()
    X = np.random.default_rng(0).normal(size=(30, 4))
    assert measures.jaccard_knn(X, 3 * X + 1) == named_measure("jaccard_knn?k=10")(X=X, Y=X) == 1.0
    assert 0 <= measures.jaccard_knn(X, X[::-1]) < 0.6
    measures._modules.cache_clear()


@pytest.mark.parametrize(
    ("noun", "folder", "file"), [("worlds", "worlds", "couples"), ("retrievers", "retrieval", "overlap")]
)
def test_in_tree_a_file_in_the_folder_is_enough(noun, folder, file, installed, monkeypatch, tmp_path):
    """The same file, found by its place: here in a folder that the package counts as its own."""
    place = tmp_path / folder
    place.mkdir()
    (place / f"own_{file}.py").write_text(SOURCES[f"tolman_couples/{file}.py"])
    package = importlib.import_module(f"tolman.{folder}")
    monkeypatch.setattr(package.__spec__, "submodule_search_locations", [*package.__path__, str(place)])
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(place)])
    assert find(noun)[f"own-{file}"].target == f"tolman.{folder}.own_{file}"
    assert load(noun, f"own-{file}").__name__.lower() == file
    assert f"own-{file}" in out("list", noun)
    sys.modules.pop(f"tolman.{folder}.own_{file}", None)


def test_a_name_that_is_taken_is_refused(installed):
    entries = installed / "tolman_couples-0.1.0.dist-info" / "entry_points.txt"
    entries.write_text(entries.read_text().replace("couples =", "reversals =", 1))
    importlib.invalidate_caches()
    result = CliRunner().invoke(main, ["list", "worlds"])
    assert result.exit_code == 2
    assert "two worlds are called 'reversals'" in result.stderr


@pytest.mark.slow
def test_the_study_runs_like_any_other(installed, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    shown = out("run", "couples", "--preset", "smoke", "-o", "report.html")
    assert "couples · smoke" in shown
    assert "parametric" in shown
    assert "late-" in shown
    assert "wrote report.html" in shown
    records = Store("records").records(study="couples")
    assert [(r.learner, r.seeds) for r in records] == [
        (n, (s, s)) for n in ("late-retrieval", "parametric") for s in (0, 1)
    ]
    assert len({r.result["trainings"]["model"] for r in records}) == 2  # both learners of a seed share its weights
    assert out("verify", "couples", "--preset", "smoke", "--json") == "[]\n"


def test_the_study_claims_something(installed):
    listed = json.loads(out("list", "claims", "--json"))
    [claim] = [row for row in listed if row["study"] == "couples"]
    assert (claim["name"], claim["bound"], claim["direction"]) == ("parametric-latent", 0.05, "<=")
