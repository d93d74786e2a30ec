"""The structure of the page: sections of studies, parts of conditions, and each part's tables and figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tolman.report.costs import costs
from tolman.report.criterion import Timing, timings
from tolman.report.criterion_figures import REACHED, STEPS, reached_figure, steps_figure
from tolman.report.figures import bars, curves
from tolman.report.finding import finding, stands_alone
from tolman.report.measure_figures import measure_dots
from tolman.report.measures import MeasureTable
from tolman.report.over_training import columns_of, quantities
from tolman.report.palette import colours
from tolman.report.pictures import pictures_of
from tolman.report.presentation import Criterion, Pictures
from tolman.report.reproduction import commands, provenance, shared_config
from tolman.report.scores import MeanChance, Score
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.training_figures import column_chart, quantity_chart
from tolman.report.words import amounts, count


@dataclasses.dataclass(frozen=True)
class Figure:
    """A chart with its id on the page and its caption."""

    id: str
    chart: Any
    caption: str


@dataclasses.dataclass(frozen=True)
class GroupRow:
    """One group of latent questions (a relation, say): its chances, and each learner's score, in order."""

    name: str
    questions: int
    chance: MeanChance
    scores: tuple[Score | None, ...]


@dataclasses.dataclass(frozen=True)
class Part:
    """One condition of a study."""

    id: str
    title: str
    summary: Summary
    finding: str
    pictures: Pictures | None
    figures: tuple[Figure, ...]
    tables: tuple[MeasureTable, ...]
    tests: tuple[str, ...]
    groups: tuple[GroupRow, ...]
    commands: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    config: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The conditions of a study side by side: how soon they reach its criterion, and quantities over training.

    Attributes:
        criterion: of the study, or None.
        timings: how soon each condition reaches it.
        figures: of these.
        reading: how to read the small figures over training.
        legend: conditions with their colours in these.
        multiples: the small figures, whose captions are their headings.
    """

    criterion: Criterion | None
    timings: tuple[Timing, ...]
    figures: tuple[Figure, ...]
    reading: str
    legend: Mapping[str, str]
    multiples: tuple[Figure, ...]

    @property
    def all_figures(self) -> tuple[Figure, ...]:
        """All figures, large and small."""
        return (*self.figures, *self.multiples)


@dataclasses.dataclass(frozen=True)
class Section:
    """All conditions of a study at one preset; the main one first."""

    id: str
    name: str
    overridden: bool
    parts: tuple[Part, ...]
    comparison: Comparison | None = None


def sections(summaries: Iterable[Summary]) -> tuple[Section, ...]:
    """Return summaries as sections of a page, in their order."""
    together: dict[str, list[Summary]] = {}
    for summary in summaries:
        together.setdefault(summary.name, []).append(summary)
    return tuple(_section(f"s{i}", name, group) for i, (name, group) in enumerate(together.items()))


def _section(identifier: str, name: str, group: Sequence[Summary]) -> Section:
    parts = tuple(_part(summary, group, f"{identifier}p{j}") for j, summary in enumerate(group))
    return Section(identifier, name, bool(group[0].overrides), parts, _comparison(identifier, group))


def _comparison(identifier: str, group: Sequence[Summary]) -> Comparison | None:
    """Return what compares the conditions over training; None where the study says nothing about it."""
    words, found = group[0].presentation, timings(group)
    multiples, legend = _multiples(identifier, group) if words.over_training else ((), {})
    if not found and not multiples:
        return None
    drawn = [Figure(f"{identifier}-steps", steps_figure(found), STEPS), Figure(f"{identifier}-reached",
             reached_figure(found), REACHED)] if found else []  # fmt: skip
    return Comparison(
        criterion=words.criterion,
        timings=found,
        figures=tuple(drawn),
        reading=words.over_training,
        legend=legend,
        multiples=multiples,
    )


def _multiples(identifier: str, group: Sequence[Summary]) -> tuple[tuple[Figure, ...], Mapping[str, str]]:
    found = quantities(group)
    shades = colours(list(dict.fromkeys(name for quantity in found for name in quantity.lines)))
    charts = [quantity_chart(quantity, shades) for quantity in found]
    pairs = enumerate(zip(charts, found, strict=True))
    return tuple(Figure(f"{identifier}-q{i}", chart, quantity.heading) for i, (chart, quantity) in pairs), shades


def _part(summary: Summary, group: Sequence[Summary], identifier: str) -> Part:
    same = [other for other in group if other.condition == summary.condition]
    title = summary.condition if len(same) == 1 else f"{summary.condition}, world {_world_name(summary)}"
    return Part(
        id=identifier,
        title=title,
        summary=summary,
        finding=finding(summary) if stands_alone(summary) or len(group) == 1 else "",
        pictures=pictures_of(summary),
        figures=tuple(
            figure for of in (_result_figures, _training_figures, _cost_figures) for figure in of(summary, identifier)
        ),
        tables=tuple(table for learner in summary.learners for table in learner.tables),
        tests=tuple(dict.fromkeys(name for learner in summary.learners for name in learner.tests)),
        groups=_groups(summary),
        commands=commands(summary),
        provenance=provenance(summary),
        config=shared_config(summary),
    )


def _world_name(summary: Summary) -> str:
    """Return a name that tells worlds with different parameters apart."""
    from tolman.core.config import digest

    what = amounts(summary.sizes, summary.presentation.sizes)
    return f"{what} ({digest(summary.world, 8)})" if what else digest(summary.world, 8)


def _result_figures(summary: Summary, identifier: str) -> tuple[Figure, ...]:
    """Return the figures of the end of training: measures, or bars of learners."""
    seeds, found = count(summary.seeds, "seed"), list[Figure]()
    tables = [table for learner in summary.learners for table in learner.tables]
    if tables:
        dots = f"Dots are means, lines 95 % intervals over {seeds}."
        return tuple(Figure(f"{identifier}-dots{i}", measure_dots(table), dots) for i, table in enumerate(tables))
    if any(learner.explicit or learner.latent for learner in summary.learners):
        pale = (
            f"Pale: explicit questions, solid: latent ones. Lines are 95 % intervals over {seeds}, ticks mark chance."
        )
        found.append(Figure(f"{identifier}-bars", bars(summary), pale))
    return tuple(found)


def _cost_figures(summary: Summary, identifier: str) -> tuple[Figure, ...]:
    read, seeds = costs(summary), count(summary.seeds, "seed")
    caption = f"Accuracy on latent questions against what is read for each. Lines are 95 % intervals over {seeds}."
    return () if read is None else (Figure(f"{identifier}-costs", read, caption),)


def _training_figures(summary: Summary, identifier: str) -> tuple[Figure, ...]:
    """Return the figures along training: of every test and every column of measures, or of learners by role."""
    seeds, words = count(summary.seeds, "seed"), summary.presentation
    if any(learner.measured_along for learner in summary.learners) or words.quantities:
        columns = [column for learner in summary.learners for column in columns_of(learner, words)]
        return tuple(
            Figure(f"{identifier}-along{i}", column_chart(column), f"{column.heading}, over {seeds}; bands are 95 % "
                   f"intervals{', the dotted line is chance' if column.chance is not None else ''}.")
            for i, column in enumerate(columns)
        )  # fmt: skip
    lines = curves(summary)
    caption = (
        f"Accuracy during training, over {seeds}; bands are 95 % intervals, dashes are latent questions, the dotted "
        "line is chance. Learners that share their trained weights appear once."
    )
    return () if lines is None else (Figure(f"{identifier}-curves", lines, caption),)


def _groups(summary: Summary) -> tuple[GroupRow, ...]:
    latent = [_latent_groups(learner) for learner in summary.learners]
    rows = []
    for name in dict.fromkeys(name for groups in latent for name in groups):
        scores = tuple(groups.get(name) for groups in latent)
        one = next(score for score in scores if score)
        rows.append(GroupRow(name, max(one.items), one.chance, scores))
    return tuple(rows)


def _latent_groups(learner: LearnerSummary) -> dict[str, Score]:
    """Return scores by group; the test's name tells several latent tests with the same groups apart."""
    tests = [test for test in learner.groups if learner.roles[test] == "latent"]
    return {
        name if len(tests) == 1 else f"{test}: {name}": score
        for test in tests
        for name, score in learner.groups[test].items()
    }
