"""What depends on what in a sweep: main effects of its axes, and beside them the two-strategy account."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from rich.table import Table

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval
from tolman.report.fitting import FittingTable
from tolman.report.words import count, estimate, index_text
from tolman.sweeps.mixed import fit_mixed
from tolman.sweeps.outcomes import OutcomeTable, Sweep
from tolman.sweeps.strategies import FEWEST, Comparison, Strategies, compare

OUTCOME = "latent"
"""The kind of test that the account is about."""

Describe = Callable[[Record], Strategies | None]
"""Says what the account needs to know of a record; None = it is left out, for example as it learned nothing."""


@dataclasses.dataclass(frozen=True)
class LevelEffect:
    """The runs at one value of an axis.

    Attributes:
        axis: its short name.
        value: on the axis.
        accuracy: mean over seeds, each averaged over its runs at that value.
        effect: of the value, in logits, the other axes held; values of an axis sum to about 0.
    """

    axis: str
    value: object
    accuracy: Interval
    effect: Interval


@dataclasses.dataclass(frozen=True)
class Account:
    """One learner's accuracy on latent questions in a sweep, in both accounts.

    Attributes:
        learner: whose runs.
        runs, left_out: numbers of runs, and of those that are not accounted for.
        levels: main effects.
        comparison: of the predictions for held-out cells.
    """

    learner: str
    runs: int
    left_out: int
    levels: tuple[LevelEffect, ...]
    comparison: Comparison

    @property
    def verdict(self) -> str:
        """A sentence: which account predicts held-out cells better."""
        better, runs = self.comparison.better, count(self.runs, "run")
        left = f", {self.left_out} left out that had not learned what they were trained for" if self.left_out else ""
        said = "neither account predicts held-out cells better" if better is None else f"the {better} predict better"
        return f"{self.learner}, {OUTCOME} questions ({runs}{left}): {said}."


def accounts(sweep: Sweep, describe: Describe | None) -> list[Account]:
    """Return the accounts of every learner of which the study says what they need; none for too few cells."""
    if describe is None or not sweep.axes:
        return []
    found = [_account(sweep, learner, describe) for learner in sweep.learners]
    return [each for each in found if each is not None]


def _account(sweep: Sweep, learner: str, describe: Describe) -> Account | None:
    table = sweep.table(learner, OUTCOME)
    if not table.is_accuracy:
        return None
    seeds = sorted({r.seeds for by in sweep.records.values() for r in by.get(learner, ())})
    values, cells = table.values.copy(), list[Strategies | None]()
    for i, cell in enumerate(table.cells):
        described = {record.seeds: describe(record) for record in sweep.records[cell][learner]}
        for j, pair in enumerate(seeds):
            if described.get(pair) is None:
                values[i, j] = np.nan
        cells.append(next((each for each in described.values() if each is not None), None))
    left_out = int(np.isnan(values).sum() - np.isnan(table.values).sum())
    kept = [i for i, each in enumerate(cells) if each is not None]
    if len(kept) < FEWEST:
        return None
    rest = OutcomeTable(table.axes, tuple(table.cells[i] for i in kept), values[kept], table.items[kept])
    known = [each for each in cells if each is not None]
    runs = int((~np.isnan(rest.values)).sum())
    return Account(learner, runs, left_out, tuple(_levels(rest)), compare(rest, known))


def _levels(table: OutcomeTable) -> Iterator[LevelEffect]:
    effects = fit_mixed(table, None).effects
    for i, axis in enumerate(table.axes):
        for value in axis.values:
            here = np.array([cell[i] == value for cell in table.cells])[:, None] & ~np.isnan(table.values)
            if here.any():
                yield LevelEffect(axis.name, value, _over_seeds(table, here), effects[axis.path, value])


def _over_seeds(table: OutcomeTable, runs: np.ndarray) -> Interval:
    """Return the mean over seeds of some runs `[cells, seeds]`: runs of a seed are alike, and none has its own say."""
    seeds = runs.any(0)
    means = np.nanmean(np.where(runs, table.values, np.nan)[:, seeds], axis=0)
    return mean_interval(means.tolist(), (runs * table.items).sum(0)[seeds].tolist())


def account_tables(account: Account) -> Iterator[Table]:
    """Yield the main effects, and how well either account predicts held-out cells, as tables for a terminal."""
    effects = FittingTable(title=f"Main effects · {account.learner} · {OUTCOME}", caption=_EFFECTS)
    for heading in ("parameter", "value", "accuracy", "effect"):
        effects.add_column(heading)
    for level in account.levels:
        effects.add_row(level.axis, str(level.value), estimate(level.accuracy), index_text(level.effect))
    yield effects
    made = FittingTable(title="Held-out cells", caption=account.verdict)
    for heading in ("account", "log score", "error"):
        made.add_column(heading)
    for row in prediction_rows(account):
        made.add_row(*row)
    yield made


_EFFECTS = "Means over seeds, and effects in logits with the other parameters held; 95 % intervals."


def prediction_rows(account: Account) -> list[tuple[str, str, str]]:
    """Return account, log score and error as text, and the difference of the two accounts."""
    found = account.comparison
    rows = [(name, index_text(found.log_score[name]), estimate(found.error[name])) for name in found.log_score]
    return [*rows, ("strategies less main effects", index_text(found.difference), "")]
