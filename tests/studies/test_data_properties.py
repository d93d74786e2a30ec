"""The sweeps of `data-properties` can be run as they are, and its accounts count what its worlds hold."""

import functools
import math

import pytest
from click.testing import CliRunner
from record_samples import items

from tolman.cli import main
from tolman.experiments.study import PRESETS
from tolman.experiments.sweep import Choice, cells_of
from tolman.records.schema import make_record
from tolman.records.store import Store
from tolman.studies.latent.data_properties import MEMORY, RECALL, TRAINED_RECALL, DataPropertiesStudy
from tolman.studies.latent.strategies import strategies
from tolman.sweeps.axes import parse_axes

STUDY = DataPropertiesStudy()


def ready(preset, name):
    return next(each for each in STUDY.sweeps(preset) if each.name == name)


@functools.cache
def grid(preset, name):
    found = ready(preset, name)
    choice = Choice(
        preset=preset, seeds=1, fixed=found.fixed, conditions=(found.condition,), learners=found.learners, sample=4
    )
    return cells_of(STUDY, "data-properties", parse_axes(found.over, found.fixed), choice)


@pytest.mark.parametrize("preset", PRESETS)
def test_recall_and_k_at_test_train_nothing_anew(preset):
    runs = [run for cell in grid(preset, "retrieval") for run in cell.runs]
    memory = {batch for run in runs if run.learner == MEMORY for batch in run.batches}
    assert len(memory) <= (1 if preset == "smoke" else 4)  # one for each recall in training
    assert len({batch for run in runs if run.learner == "parametric" for batch in run.batches}) == 1


def test_nothing_is_claimed():
    assert all(STUDY.claims(preset) == () for preset in PRESETS)


def record(run, right=16):
    tests = {
        name: {
            "role": role, "n": 16, "accuracy": right / 16, "recall": None, "precision": None, "exposure": None,
            "chance": dict.fromkeys(("uniform", "elimination", "constant"), 0.25), "groups": {},
        }
        for name, role in (("encoding", "explicit"), ("latent", "latent"))
    }  # fmt: skip
    table = items({"encoding": (right, 16), "latent": (right, 16)})
    result = {"tests": tests, "curves": [], "trainings": {}, "measures": {}, "budget": {}}
    provenance = {"started": "2026-11-27T10:00:00+00:00", "seconds": {}}
    return make_record(run.config, result, provenance, table)


def first(name, *over, learner="parametric", preset="smoke", **world):
    """A run of a sweep's condition with these parameters."""
    over = [*over, *(f"world.{path}={value}" for path, value in world.items())] or ["world.books=4"]
    choice = Choice(preset=preset, seeds=1, conditions=(ready(preset, name).condition,), learners=(learner,))
    (cell,) = cells_of(STUDY, "data-properties", parse_axes(over, {}), choice)
    return cell.runs[0]


def test_weights_alone_keep_one_table_or_one_for_each_kind_of_document():
    entries, latent, books, definitions = 6, 2, 4, 2
    forward = {"direction": "input-output", "books": books}
    found = strategies(record(first("properties", order="fixed", **forward)))
    bits = math.log2(entries)
    assert found.complexity_difference == pytest.approx(books * (entries - latent) * bits)
    assert (found.loss_difference, found.memorising, found.reading) == (0.0, pytest.approx(1 / 6), 1.0)
    assert found.data == 8 * 20
    shuffled = strategies(record(first("properties", order="shuffled", **forward)))
    answers = entries * (definitions - 1) + entries - latent
    assert shuffled.complexity_difference == pytest.approx(books * answers * bits)


def test_a_table_of_what_was_recited_the_other_way_round_gets_encodings_wrong():
    found = strategies(record(first("properties", direction="output-input")))
    assert found.loss_difference == pytest.approx(-0.75 / 1.25 * math.log(6))


def test_runs_that_learned_nothing_are_left_out():
    assert strategies(record(first("properties"), right=14)) is None
    assert strategies(record(first("properties"), right=15)) is not None


def test_weights_beside_a_memory_are_not_accounted_for():
    assert strategies(record(first("retrieval"))) is None


def test_reading_is_as_good_as_the_memory_it_reads():
    found = strategies(record(first("retrieval", f"{RECALL}=0.5", learner=MEMORY, preset="quick"), right=2))
    assert found.reading == pytest.approx(0.5 + 0.5 / 8)
    assert found.complexity_difference == pytest.approx(16 * (8 + 6) * 3)


def test_fresh_documents_and_missed_experiences_change_the_loss():
    found = strategies(record(first("retrieval", f"{TRAINED_RECALL}=0.5", "phases.0.steps=10", learner=MEMORY)))
    fresh, world = 10 / 30, 1.0 / 1.25
    assert found.loss_difference == pytest.approx((fresh - 0.5 * world * (1 - fresh)) * math.log(6))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data-properties", "retreival"], "did you mean retrieval"),
        (["reversals"], "reversals has no sweep ready: give its axes by --over"),
        (["data-properties", "retrieval", "--over", "world.books=4,8"], "not both"),
        (
            ["data-properties", "--json"],
            "name one of formats, targets, properties, blocked, retrieval, in-context",
        ),
        (["data-properties", "retrieval", "--learner", "parametric"], "leave --condition and --learner out"),
        (["data-properties", "blocked", "--sample", "5"], "expected 1 to the grid's 4"),
    ],
)
def test_what_a_sweep_cannot_be_is_said(arguments, said, tmp_path):
    result = CliRunner().invoke(main, ["sweep", *arguments, "--preset", "smoke", "--records", str(tmp_path / "none")])
    assert result.exit_code != 0
    assert said in " ".join(str(result.exception or result.output).split()) + " ".join(result.output.split())
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_one_command_runs_a_sweep_with_the_recall_that_its_cells_say(tmp_path):
    arguments = ["data-properties", "retrieval", "--sample", "3", "--preset", "smoke", "--seeds", "1"]
    result = CliRunner().invoke(main, ["sweep", *arguments, "--records", str(tmp_path / "r")])
    assert result.exit_code == 0, result.output
    assert "retrieval: How imprecise may memory be?" in result.stderr
    assert "3 cells, 6 records, 6 of them missing: 4 models to train" in result.stderr  # two seeds side by side
    assert f"data-properties · smoke · retrieval · {MEMORY}" in result.stdout
    recalls = {}
    for found in Store(tmp_path / "r").records():
        if found.learner == MEMORY:
            (recall,) = (value for path, value in found.config["overrides"].items() if path.endswith(".recall"))
            recalls.setdefault(recall, []).append(found.tests["latent"]["recall"])
    assert set(recalls[0.0]) == {0.0}
    assert set(recalls[1.0]) == {1.0}
