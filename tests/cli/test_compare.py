"""`tolman compare` on a folder of records."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from record_samples import sample

from tolman import cli
from tolman.records.store import Store


@pytest.fixture
def folder(tmp_path):
    store = Store(tmp_path)
    for seed in range(2):
        store.write(*sample({"latent [bold]": (1 + seed, 4)}, world_seed=seed, model_seed=seed))
        decayed = {"training.optimiser.weight_decay": 0.1}
        store.write(*sample({"latent [bold]": (2, 4)}, world_seed=seed, model_seed=seed, overrides=decayed))
    return str(tmp_path)


def call(folder: str, *arguments: str, width: str = "100"):
    return CliRunner(env={"COLUMNS": width}).invoke(cli.main, ["compare", *arguments, "--records", folder])


def test_what_fits_no_record_is_told_how_to_ask_for_those_that_are_there(folder):
    done = call(folder, "reversals", "reversals:learner=parametric,world.entities=4")
    assert done.exit_code == 2
    asked = "reversals:preset=quick,condition=standard,learner=parametric"
    there = f"there are, for example, {asked}; {asked},training.optimiser.weight_decay=0.1."
    assert there in done.stderr
    assert call(folder, asked, f"{asked},training.optimiser.weight_decay=0.1").exit_code == 0


def test_records_of_a_sweep_are_said_to_have_set_parameters(tmp_path):
    store, path = Store(tmp_path), "training.optimiser.weight_decay"
    for value in (0.1, 0.2):
        store.write(*sample({"latent": (2, 4)}, overrides={path: value}))
    said = call(str(tmp_path), "reversals", f"reversals:{path}=0.1").stderr
    assert "A parameter that is left out means the study's own value, and records were run with" in said
    assert f"{path}=0.1 or 0.2" in said or f"{path}=0.2 or 0.1" in said


def test_damaged_records_are_named_once(folder):
    damaged = Store(folder).path(Store(folder).records()[0].key) / "record.json"
    damaged.write_text("{")
    said = call(folder, "reversals", "reversals:training.optimiser.weight_decay=0.1").stderr
    assert said.count("left out: ") == 1
    assert said.count(str(damaged.parent)) == 1


@pytest.mark.parametrize("width", ["45", "60", "100"])
def test_the_table_breaks_no_percentage_and_shows_names_as_they_are(folder, width):
    done = call(folder, "reversals", "reversals:training.optimiser.weight_decay=0.1", width=width)
    assert done.exit_code == 0
    said = done.stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "38 %" in said
    assert "50 %" in said
    assert "[bold]" in done.stdout
