"""What stands where on the page: sections of a study, parts of a condition, and each part's tables and figures."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tolman.report.curves import role_of
from tolman.report.figures import bars, curves, measured_dots, measured_lines
from tolman.report.finding import finding
from tolman.report.measures import MeasureTable
from tolman.report.scores import Chance, Score
from tolman.report.summary import Arm, Summary
from tolman.report.walks import Story, story
from tolman.report.words import count, scope


@dataclasses.dataclass(frozen=True)
class Figure:
    """A chart with its place on the page and what a reader sees in it."""

    id: str
    chart: Any
    caption: str


@dataclasses.dataclass(frozen=True)
class GroupRow:
    """One group of latent questions (a relation, say): its chances, and each learner's score, in their order."""

    name: str
    questions: int
    chance: Chance
    scores: tuple[Score | None, ...]


@dataclasses.dataclass(frozen=True)
class Part:
    """One condition of a study."""

    id: str
    title: str
    summary: Summary
    finding: str
    story: Story | None
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
    """Summaries as sections of a page, in their order."""
    together: dict[str, list[Summary]] = {}
    for summary in summaries:
        together.setdefault(summary.name, []).append(summary)
    return tuple(
        Section(
            f"s{i}", name, bool(group[0].overrides), tuple(_part(s, group, f"s{i}p{j}") for j, s in enumerate(group))
        )
        for i, (name, group) in enumerate(together.items())
    )


def _part(summary: Summary, group: Sequence[Summary], place: str) -> Part:
    twins = [other for other in group if other.condition == summary.condition]
    title = summary.condition if len(twins) == 1 else f"{summary.condition}, world {_world_name(summary)}"
    return Part(
        id=place,
        title=title,
        summary=summary,
        # A condition without the parametric learner is half of a comparison: the sentence would say only that.
        finding="" if summary.arm("parametric") is None and len(group) > 1 else finding(summary),
        story=story(summary),
        figures=_measured(summary, place) or _figures(summary, place),
        tables=tuple(table for arm in summary.arms for table in arm.tables),
        tests=tuple(dict.fromkeys(name for arm in summary.arms for name in arm.tests)),
        groups=_groups(summary),
        commands=_commands(summary),
        provenance=_provenance(summary),
        config=_shared_config(summary),
    )


def _world_name(summary: Summary) -> str:
    """Worlds that differ in some dial need telling apart, by what was drawn."""
    from tolman.core.config import digest

    what = scope(summary.sizes)
    return f"{what} ({digest(summary.world, 8)})" if what else digest(summary.world, 8)


def _figures(summary: Summary, place: str) -> tuple[Figure, ...]:
    seeds, found = count(summary.seeds, "seed"), []
    if any(arm.explicit or arm.latent for arm in summary.arms):
        pale = (
            f"Pale: explicit questions, solid: latent ones. Lines are 95 % intervals over {seeds}, ticks mark chance."
        )
        found.append(Figure(f"{place}-bars", bars(summary), pale))
    lines = curves(summary)
    if lines is not None:
        found.append(Figure(f"{place}-curves", lines, f"Accuracy during training, over {seeds}; bands are 95 % "
                            "intervals, dashes are latent questions, the dotted line is chance. Learners that share "
                            "their trained weights appear once."))  # fmt: skip
    return tuple(found)


def _measured(summary: Summary, place: str) -> tuple[Figure, ...]:
    """What stands in place of learners' bars where networks were looked at."""
    seeds = count(summary.seeds, "seed")
    dots = f"Dots are means, lines 95 % intervals over {seeds}."
    tables = [table for arm in summary.arms for table in arm.tables]
    found = [Figure(f"{place}-dots{i}", measured_dots(table), dots) for i, table in enumerate(tables)]
    lines = [line for arm in summary.arms for line in arm.measure_curves]
    if lines:
        found.append(Figure(f"{place}-lines", measured_lines(lines), f"During training, over {seeds}."))
    return tuple(found)


def _groups(summary: Summary) -> tuple[GroupRow, ...]:
    latent = [_latent_groups(arm) for arm in summary.arms]
    rows = []
    for name in dict.fromkeys(name for groups in latent for name in groups):
        scores = tuple(groups.get(name) for groups in latent)
        one = next(score for score in scores if score)
        rows.append(GroupRow(name, max(one.items), one.chance, scores))
    return tuple(rows)


def _latent_groups(arm: Arm) -> dict[str, Score]:
    """By group; several latent tests that share group names are told apart by the test's name."""
    tests = [test for test in arm.groups if role_of(test, arm.roles) == "latent"]
    return {
        name if len(tests) == 1 else f"{test}: {name}": score
        for test in tests
        for name, score in arm.groups[test].items()
    }


def _commands(summary: Summary) -> tuple[str, ...]:
    """What was typed, as recorded; where that is missing, the command that the configuration amounts to."""
    typed = {str(record.provenance["command"]) for record in _records(summary) if record.provenance.get("command")}
    if typed:
        return tuple(sorted(typed))
    dials = [part for dial, value in sorted(summary.overrides.items()) for part in ("-P", f"{dial}={value}")]
    return (shlex.join(["tolman", "run", summary.study, "--preset", summary.preset, *dials]),)


def _provenance(summary: Summary) -> tuple[tuple[str, str], ...]:
    records = _records(summary)
    seconds = {
        "+".join(record.result["trainings"].values()): record.provenance.get("seconds", {}) for record in records
    }
    spent = ", ".join(f"{part} {sum(s.get(part, 0) for s in seconds.values()):.0f}"
                      for part in ("compile", "train", "evaluate"))  # fmt: skip
    facts = {
        "Tolman": _each(r.provenance.get("tolman") for r in records),
        "commit": _each(_commit(r.provenance.get("git")) for r in records),
        "Python": _each(r.provenance.get("python") for r in records),
        "packages": _each(_pairs(r.provenance.get("packages")) for r in records),
        "device": _each(_device(r.provenance) for r in records),
        "XLA flags": _each(r.provenance.get("xla_flags") for r in records),
        "seconds": f"{spent} (over {count(len(seconds), 'training')})",
        "made": _made(records),
        "seeds": f"{count(summary.seeds, 'pair')} of world and model seed: " + _each(r.seeds for r in records),
        "records": " ".join(r.key for r in records),
    }
    return tuple((name, text) for name, text in facts.items() if text)


def _shared_config(summary: Summary) -> str:
    """The configuration that all arms have in common, as in the records."""
    configs = [record.config for record in _records(summary)]
    same = {k: v for k, v in configs[0].items() if all(c.get(k) == v for c in configs)}
    return json.dumps(same, indent=1, ensure_ascii=False)


def _records(summary: Summary) -> list[Any]:
    return [record for arm in summary.arms for record in arm.records]


def _each(values: Iterable[Any]) -> str:
    return "; ".join(dict.fromkeys(str(value) for value in values if value))


def _made(records: Sequence[Any]) -> str:
    times = sorted(str(r.provenance[end]) for r in records for end in ("started", "finished") if r.provenance.get(end))
    return f"{times[0]} to {times[-1]}" if times else ""


def _commit(git: Mapping[str, Any] | None) -> str:
    return f"{git.get('commit')}{' with uncommitted changes' if git.get('dirty') else ''}" if git else ""


def _pairs(versions: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted((versions or {}).items()))


def _device(provenance: Mapping[str, Any]) -> str:
    device, cpu = provenance.get("device") or {}, provenance.get("cpu") or {}
    kinds = f"{device.get('count', 1)} × {device.get('kind')} ({device.get('platform')})" if device else ""
    threads = f"{cpu.get('model')}, {count(cpu.get('threads') or 1, 'thread')}" if cpu else ""
    return ", ".join(part for part in (kinds, threads) if part)
