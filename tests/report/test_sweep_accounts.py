"""Both accounts of a sweep on the page and in the terminal, of records that either of them made."""

import io
import itertools

import numpy as np
import pytest
from record_samples import sample
from rich.console import Console

from tolman.records.statistics import student
from tolman.report.presentation import Presentation
from tolman.report.site import render
from tolman.report.sweep_accounts import account_tables, accounts
from tolman.sweeps.outcomes import sweeps_of
from tolman.sweeps.strategies import Parameters, Strategies, predicted

TRUE = Parameters(alpha=0.5, beta=0.3, gamma=0.05, kappa=6.0)
ITEMS = 60


def describe(record):
    """The account of records with these parameters; one of the seeds learned nothing."""
    values = record.config["overrides"]
    learned = record.tests["forward"]["accuracy"] > 0.5
    strategies = Strategies(values["training.steps"], values["world.fresh"], 24.0 * values["world.books"], 0.25, 1.0)
    return strategies if learned else None


def made():
    rng, found = np.random.default_rng(0), []
    for steps, books, fresh in itertools.product((100, 1000, 10_000), (4, 32, 256), (0.1, 0.6)):
        p = predicted([Strategies(steps, fresh, 24.0 * books, 0.25, 1.0)], TRUE)[0]
        for seed in range(3):
            tests = {"latent": (int(rng.binomial(ITEMS, p)), ITEMS), "forward": (ITEMS if seed else 3, ITEMS)}
            overrides = {"training.steps": steps, "world.books": books, "world.fresh": fresh}
            found.append(sample(tests=tests, overrides=overrides, world_seed=seed, model_seed=seed)[0])
    return found


@pytest.fixture(scope="module")
def account():
    (sweep,) = sweeps_of(made())
    (found,) = accounts(sweep, describe)
    return found


def test_runs_that_learned_nothing_are_left_out(account):
    assert (account.runs, account.left_out) == (36, 18)
    assert "18 left out that had not learned" in account.verdict


def test_the_account_that_made_the_records_predicts_them_better(account):
    assert account.comparison.better == "strategies"
    assert account.verdict.endswith("the strategies predict better.")


def test_main_effects_have_a_row_for_every_value(account):
    rows = {(level.axis, level.value): level for level in account.levels}
    assert len(rows) == 3 + 3 + 2
    runs = [r.tests["latent"]["accuracy"] for r in made() if r.config["overrides"]["world.fresh"] == 0.1 and r.seeds[0]]
    assert rows["fresh", 0.1].accuracy.mean == pytest.approx(np.mean(runs))
    assert rows["fresh", 0.1].effect.mean < 0 < rows["fresh", 0.6].effect.mean


def test_accuracies_vary_as_seeds_do_and_not_as_runs():
    """Cells of a seed are alike here: eight of them say no more than one."""
    means = [0.3, 0.5, 0.8, 0.45]
    found = [
        sample(
            tests={"latent": (round(100 * mean), 100), "forward": (100, 100)},
            overrides={"training.steps": 100, "world.books": books, "world.fresh": fresh},
            world_seed=seed, model_seed=seed,
        )[0]
        for books, fresh in itertools.product((4, 8, 16, 32), (0.1, 0.6))
        for seed, mean in enumerate(means)
    ]  # fmt: skip
    (of_learner,) = accounts(sweeps_of(found)[0], describe)
    level = next(each for each in of_learner.levels if each.value == 0.1)
    assert level.accuracy[:3] == pytest.approx(student(means).clip(0, 1)[:3])
    assert level.accuracy.n == 4


def test_the_terminal_shows_both_accounts(account):
    screen = Console(width=100, record=True, file=io.StringIO())
    for table in account_tables(account):
        screen.print(table)
    text = screen.export_text()
    assert all(name in text for name in ("strategies", "main effects", "constant", "strategies less main effects"))


def test_the_page_shows_both_accounts_where_the_study_describes_them():
    records = made()
    page = render(records, [], {"reversals": Presentation(strategies=describe)})
    assert "Two accounts, parametric" in page
    assert "the strategies predict better." in page
    assert "Two accounts" not in render(records, [], {"reversals": Presentation()})


def test_too_few_cells_have_no_account():
    (sweep,) = sweeps_of([r for r in made() if r.config["overrides"]["world.books"] == 4][:15])
    assert accounts(sweep, describe) == []
