"""The structure of the page: sections of studies, parts of conditions, and each part's tables and figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from tolman.report.costs import costs
from tolman.report.figures import bars, curves
from tolman.report.finding import finding, stands_alone
from tolman.report.measure_figures import measure_dots, measure_lines
from tolman.report.measures import MeasureTable
from tolman.report.pictures import pictures_of
from tolman.report.presentation import Pictures
from tolman.report.reproduction import commands, provenance, shared_config
from tolman.report.scores import MeanChance, Score
from tolman.report.summary import LearnerSummary, Summary
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
class Section:
    """All conditions of a study at one preset; the main one first."""

    id: str
    name: str
    overridden: bool
    parts: tuple[Part, ...]


def sections(summaries: Iterable[Summary]) -> tuple[Section, ...]:
    """Return summaries as sections of a page, in their order."""
    together: dict[str, list[Summary]] = {}
    for summary in summaries:
        together.setdefault(summary.name, []).append(summary)
    return tuple(
        Section(
            f"s{i}", name, bool(group[0].overrides), tuple(_part(s, group, f"s{i}p{j}") for j, s in enumerate(group))
        )
        for i, (name, group) in enumerate(together.items())
    )


def _part(summary: Summary, group: Sequence[Summary], identifier: str) -> Part:
    same = [other for other in group if other.condition == summary.condition]
    title = summary.condition if len(same) == 1 else f"{summary.condition}, world {_world_name(summary)}"
    return Part(
        id=identifier,
        title=title,
        summary=summary,
        finding=finding(summary) if stands_alone(summary) or len(group) == 1 else "",
        pictures=pictures_of(summary),
        figures=_measure_figures(summary, identifier) or _learner_figures(summary, identifier),
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


def _learner_figures(summary: Summary, identifier: str) -> tuple[Figure, ...]:
    seeds, found = count(summary.seeds, "seed"), []
    if any(learner.explicit or learner.latent for learner in summary.learners):
        pale = (
            f"Pale: explicit questions, solid: latent ones. Lines are 95 % intervals over {seeds}, ticks mark chance."
        )
        found.append(Figure(f"{identifier}-bars", bars(summary), pale))
    lines = curves(summary)
    if lines is not None:
        found.append(Figure(f"{identifier}-curves", lines, f"Accuracy during training, over {seeds}; bands are 95 % "
                            "intervals, dashes are latent questions, the dotted line is chance. Learners that share "
                            "their trained weights appear once."))  # fmt: skip
    read = costs(summary)
    if read is not None:
        caption = f"Accuracy on latent questions against what is read for each. Lines are 95 % intervals over {seeds}."
        found.append(Figure(f"{identifier}-costs", read, caption))
    return tuple(found)


def _measure_figures(summary: Summary, identifier: str) -> tuple[Figure, ...]:
    """Return figures of measures, which replace the bars of learners."""
    seeds = count(summary.seeds, "seed")
    dots = f"Dots are means, lines 95 % intervals over {seeds}."
    tables = [table for learner in summary.learners for table in learner.tables]
    found = [Figure(f"{identifier}-dots{i}", measure_dots(table), dots) for i, table in enumerate(tables)]
    lines = [line for learner in summary.learners for line in learner.measure_curves]
    if lines:
        found.append(Figure(f"{identifier}-lines", measure_lines(lines), f"During training, over {seeds}."))
    return tuple(found)


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
