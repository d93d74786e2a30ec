"""A sweep runs what `tolman run -P` would, once, in few programs, and refuses what cannot be before it trains."""

import json

import pytest
from click.testing import CliRunner
from tiny_study import LEARNERS, Tiny, run_tiny

from tolman.cli import main
from tolman.cli.run import RunRequest
from tolman.cli.sweep import SweepRequest, _results
from tolman.core.devices import compilations
from tolman.core.errors import UserError
from tolman.experiments.boundary_search import Steering, _Grid, search
from tolman.experiments.estimate import from_records
from tolman.experiments.sweep import Choice, cells_of, cost, left_out, sweep
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.sweeps.axes import parse_axes
from tolman.sweeps.outcomes import sweeps_of

RATE = "training.optimiser.learning_rate"
ONE = Choice(preset="smoke", seeds=2, learners=("parametric",))


def planned(*over, choice=ONE, study=None):
    axes = parse_axes(over, choice.fixed)
    return axes, cells_of(study or Tiny(), "tiny", axes, choice)


class Heard:
    """A display that remembers what it is told."""

    def __init__(self):
        self.started, self.steps, self.finished = [], [], []

    def start(self, label, total):
        self.started.append((label, total))

    def update(self, label, step, text):
        self.steps.append(step)

    def finish(self, label):
        self.finished.append(label)

    def note(self, text):
        raise AssertionError(text)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    store, heard = Store(tmp_path_factory.mktemp("records")), Heard()
    # Worlds of other sizes: their rows are padded to a common number, so that they share the compiled program.
    _, cells = planned("world.held_out=4,5", f"{RATE}=0.001,0.003")
    before = compilations()
    records = sweep(cells, store, progress=heard, command="tolman sweep tiny")
    return store, cells, records, heard, compilations() - before


def test_a_sweep_has_a_record_per_cell_and_seed_and_one_display(done):
    _, cells, records, heard, _ = done
    assert [record.key for record in records] == [run.key for cell in cells for run in cell.runs]
    assert len(records) == 4 * 2
    total = 4 * 16 + 8
    assert heard.started == [("sweep", total)]
    assert heard.finished == ["sweep"]
    assert heard.steps == sorted(heard.steps)
    assert heard.steps[-1] == total


def test_cells_of_similar_sizes_share_one_program(done):
    *_, programs = done
    assert programs <= 2  # one for each phase; fewer where another test of this process has compiled it


def test_a_cell_is_a_run_with_p(done, tmp_path):
    store, _, records, *_ = done
    overrides = {"world.held_out": "4", RATE: "0.003"}
    again = run_tiny(store.root, overrides=overrides)
    mine = {record.key for record in records}
    assert {record.key for record in again if record.learner == "parametric"} <= mine
    fresh = run_tiny(tmp_path, overrides=overrides)
    digests = {record.key: record.result["digest"] for record in records}
    same = [digests[record.key] == record.result["digest"] for record in fresh if record.learner == "parametric"]
    assert same == [True, True]


def test_nothing_is_trained_again(done):
    store, cells, records, *_ = done
    axes, wider = planned("world.held_out=4,5", f"{RATE}=0.001,0.003,0.01")
    found = cost(wider, axes, store)
    assert (found.records, found.missing, found.models) == (12, 4, 4)
    assert found.estimate is not None
    assert found.estimate.source == "records"
    assert cost(cells, axes, store).missing == 0
    heard = Heard()
    assert sweep(cells, store, progress=heard) == records
    assert heard.started == []


def test_records_of_a_sweep_are_found_by_what_differs(done):
    _, _, records, *_ = done
    (found,) = sweeps_of(records)
    assert [(axis.path, axis.values) for axis in found.axes] == [(RATE, (0.001, 0.003)), ("world.held_out", (4, 5))]
    assert found.learners == ["parametric"]
    table = found.table("parametric", "latent")
    assert table.values.shape == (4, 2)
    for record in records:
        value = record.config["overrides"][RATE], record.config["overrides"]["world.held_out"]
        (latent,) = (test["accuracy"] for test in record.tests.values() if test["role"] == "latent")
        assert table.values[table.cells.index(value), record.seeds[0]] == latent


@pytest.mark.parametrize(
    ("over", "choice", "error"),
    [
        (["world.held_outt=3,4"], ONE, "did you mean world.held_out"),
        (["world.held_out=3,400"], ONE, "held_out"),
        (["world.held_out=3:4:4"], ONE, "expected a whole number"),
        ([f"{RATE}=0.1,-1"], ONE, "learning_rate"),
        ([f"{RATE}=0.1,0.10"], ONE, "are the same"),
        ([f"{RATE}=0.1,0.2"], Choice(preset="smoke", learners=("parametrik",)), "did you mean parametric"),
        ([f"{RATE}=0.1,0.2"], Choice(preset="smoke", conditions=("other",)), "unknown condition"),
        ([f"{RATE}=0.1,0.2"], Choice(preset="smoke", seeds=2, first_seed=499), "for exploring"),
    ],
)
def test_what_cannot_be_run_is_refused_before_training(over, choice, error):
    with pytest.raises(UserError, match=error):
        planned(*over, choice=choice)


def test_only_conditions_with_every_parameter_are_run():
    axes, cells = planned("learners.parametric-context.context.k=1,2,3", choice=Choice(preset="smoke", seeds=1))
    assert left_out(Tiny(), axes, ONE) == []
    assert {run.learner for run in cells[0].runs} == {learner.name for learner in LEARNERS}


def test_a_boundary_takes_three_cells(tmp_path):
    axes, cells = planned("world.held_out=4,5")
    with pytest.raises(UserError, match="a boundary takes 3 cells or more, and there are 2"):
        search(cells, axes, Store(tmp_path), Steering(outcome="latent"))
    assert Store(tmp_path).records() == []


def test_an_unknown_outcome_is_refused_after_the_first_training(tmp_path):
    store = Store(tmp_path)
    axes, cells = planned(f"{RATE}=0.001,0.003,0.01", "world.held_out=4,5")
    with pytest.raises(UserError, match=r"has no 'laten'; choose by --outcome one of .*latent"):
        search(cells, axes, store, Steering(outcome="laten", fraction=1.0))
    assert len(store.records()) == 2  # both seeds of one cell, which are trained together


@pytest.mark.parametrize("option", [["--outcome", "latent"], ["--fraction", "0.5"]])
def test_options_of_a_search_are_refused_without_one(option):
    result = CliRunner().invoke(main, ["sweep", "reversals", "--over", "world.held_out=2,3", *option])
    assert result.exit_code == 2
    assert f"{option[0]} is about the search for a boundary: add --boundary" in result.stderr


def test_two_cells_are_in_the_json(done, capsys):
    _, _, records, *_ = done
    two = [record for record in records if record.config["overrides"][RATE] == 0.001]
    request = SweepRequest(run=RunRequest(study="tiny", preset="smoke"), over=(), solved=0.9, as_json=True)
    _results(request, two)
    rows = json.loads(capsys.readouterr().out)["cells"]
    assert {row["world.held_out"] for row in rows} == {4, 5}
    _results(request, two[:1])
    (row, *_) = [r for r in json.loads(capsys.readouterr().out)["cells"] if r["outcome"] == "latent"]
    assert row[RATE] == 0.001
    assert row["n"] == 1


def swept(folder, *arguments):
    arguments = ["--over", "world.held_out=2:4:3", "--learner", "parametric", "--condition", "standard", *arguments]
    result = CliRunner().invoke(main, ["sweep", "reversals", "--preset", "smoke", "--records", str(folder), *arguments])
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.slow
def test_the_command_previews_runs_logs_and_reports(tmp_path):
    preview = json.loads(swept(tmp_path / "none", "--preview", "--json").stdout)
    assert (preview["cells"], preview["records"], preview["missing"], preview["models"]) == (3, 6, 6, 6)
    assert preview["estimate"]["seconds"] > 0
    assert not (tmp_path / "none").exists()
    page = tmp_path / "page.html"
    result = swept(tmp_path / "records", "-o", str(page))
    assert "reversals · smoke · standard · parametric" in result.stdout
    assert "3 cells, 6 records, 6 of them missing: 6 models to train" in result.stderr
    assert "compiled" in result.stderr
    (log,) = (json.loads(path.read_text()) for path in (tmp_path / "records" / "sweeps").glob("*.json"))
    assert (log["cells"], log["models"], len(log["keys"])) == (3, 6, 6)
    assert log["programs"] <= 3
    assert page.stat().st_size > 10_000
    rows = json.loads(swept(tmp_path / "records", "--json").stdout)["cells"]
    assert {row["world.held_out"] for row in rows} == {2, 3, 4}
    assert len(list((tmp_path / "records" / "sweeps").glob("*.json"))) == 1  # nothing was done the second time


def test_the_time_that_records_tell_is_that_of_whole_batches():
    """Two seeds are trained together: each has half of the time, and one alone takes as long as both."""
    spent = {"compile": 10.0, "train": 40.0, "measure": 3.0}
    for asked, learners, seconds in (
        (1, ("parametric",), 103.0), (2, ("parametric",), 106.0), (3, ("parametric",), 209.0),
        (2, ("parametric", "parametric-context"), 112.0),
    ):  # fmt: skip
        _, cells = planned(f"{RATE}=0.001", choice=Choice(preset="smoke", seeds=asked, learners=learners))
        runs = [run for cell in cells for run in cell.runs]
        known = [Record("k", {**run.config}, {}, {"seconds": spent}) for run in runs]
        assert from_records(runs, known) == pytest.approx(seconds)


def test_a_search_for_a_boundary_uses_its_fraction_and_goes_on(tmp_path):
    store, heard = Store(tmp_path), Heard()
    axes, cells = planned(f"{RATE}=0.001,0.003,0.01", "world.held_out=4,5")
    few, more = Steering(outcome="latent", fraction=0.15), Steering(outcome="latent", fraction=0.3)
    first = search(cells, axes, store, few, progress=heard)
    assert len(first) == 2  # one cell and not two to begin with; both seeds of a cell are trained together
    assert heard.started == [("boundary", 2)]
    assert heard.finished == ["boundary"]
    assert len(search(cells, axes, store, few)) == 2
    second = search(cells, axes, store, more)
    assert len(second) == 4
    assert {record.key for record in first} <= {record.key for record in second}
    assert {record.key for record in second} <= {run.key for cell in cells for run in cell.runs}
    with pytest.raises(UserError, match=r"has no 'laten'; choose by --outcome one of .*latent"):
        search(cells, axes, store, Steering(outcome="laten", fraction=1.0))


def test_a_cell_that_is_chosen_twice_gets_its_next_two_batches(tmp_path):
    axes, cells = planned(f"{RATE}=0.001,0.003", choice=Choice(preset="smoke", seeds=6, learners=("parametric",)))
    grid = _Grid(cells, axes)
    assert grid.most_seeds == 2
    assert grid.next_runs(Store(tmp_path), 1, 2) == list(cells[1].runs[:4])
    assert grid.next_runs(Store(tmp_path), 1, 9) == list(cells[1].runs)


def test_a_boundary_is_that_of_one_learner(tmp_path):
    axes, cells = planned(f"{RATE}=0.001,0.003", choice=Choice(preset="smoke"))
    with pytest.raises(UserError, match="one learner's in one condition"):
        search(cells, axes, Store(tmp_path), Steering(outcome="latent"))
