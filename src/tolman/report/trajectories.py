"""Recorded trajectories that show latent learning: chosen by a rule, and drawn by the study's renderer.

A picture starts from a goal of training and goes on with one latent goal, without and with memory.
"""

from __future__ import annotations

import dataclasses
import functools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tolman.records.schema import Record
from tolman.report.palette import colours
from tolman.report.presentation import Drawing, Pictures
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.words import count, listed, percent

FAR = 3
"""Goals nearer than so many actions are found by chance too often to be drawn, if there are others."""

_LETTERS = 25
"""Letters in a line of a caption within a picture."""

Trajectory = Mapping[str, Any]
"""One recorded trajectory: item, level, goal, path, actions, shortest, success, correct, retrieved."""

T = TypeVar("T")


class Renderer(Protocol):
    """Drawing of an environment's trajectories."""

    def scene(self, layouts: Mapping[str, Any], trajectory: Trajectory, colour: str) -> Any:
        """Return one trajectory in its level, from what a record holds."""
        ...

    def svg(self, scenes: Sequence[Any], captions: Sequence[str] = ()) -> str:
        """Return scenes side by side as one SVG element, each with its caption."""
        ...

    def save(self, scenes: Sequence[Any], captions: Sequence[str], path: Path) -> None:
        """Write scenes side by side to a file that ends in `.svg` or `.png`."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrajectoryText:
    """Wording of a picture; headings come with a text that follows them.

    Attributes:
        explicit: a trajectory to a goal of training.
        latent: one to a latent goal, without memory.
        aids: by learner, the same with memory.
        legend: the meaning of the signs.
        retrieved: the meaning of retrieved episodes in the drawing.
    """

    explicit: tuple[str, str]
    latent: tuple[str, str]
    aids: Mapping[str, tuple[str, str]]
    legend: str
    retrieved: str


@dataclasses.dataclass(frozen=True)
class Pair:
    """One latent item's trajectory without memory and those with it, of learners of one seed."""

    record: Record
    alone: Trajectory
    aided: Mapping[str, Trajectory]

    @property
    def contrasting(self) -> bool:
        """True if the goal is missed without memory and found by every learner with memory."""
        return not self.alone["correct"] and all(one["correct"] for one in self.aided.values())


def trajectory_pictures(summary: Summary, text: TrajectoryText, renderer: Renderer) -> Pictures | None:
    """Choose and draw trajectories; None without those of the baseline and of a learner with memory."""
    base = summary.baseline
    memories = [learner for name in text.aids if (learner := summary.learner(name)) is not None]
    if base is None or not (pairs := list(_pairs(base, memories))):
        return None
    pair = choose(pairs)
    shown = [(*text.latent, base.label, pair.alone)]
    shown += [(*text.aids[name], name, trajectory) for name, trajectory in pair.aided.items()]
    trained = _trained(pair)
    if trained is not None:
        shown.insert(0, (*text.explicit, base.label, trained))
    of = colours((learner.label for learner in summary.learners), summary.presentation.learners)
    layouts = pair.record.result["trajectories"]["layouts"]
    scenes = [renderer.scene(layouts, trajectory, of[name]) for _, _, name, trajectory in shown]
    drawings = tuple(
        Drawing(heading, said, outcome(trajectory), renderer.svg([scene]))
        for (heading, said, _, trajectory), scene in zip(shown, scenes, strict=True)
    )
    captions = [_wrapped(drawing) for drawing in drawings]
    caption = " ".join([_legend(text, pair), _chosen(pairs, pair), _overall(base, memories)])
    return Pictures(drawings, caption, functools.partial(renderer.save, scenes, captions))


def choose(pairs: Sequence[Pair]) -> Pair:
    """Return the first pair that contrasts at a distant goal, else the first that contrasts, else the first."""
    return _first(pairs, lambda p: p.contrasting and p.alone["shortest"] >= FAR, lambda p: p.contrasting)


def outcome(trajectory: Trajectory) -> str:
    """Return the end of a trajectory, in words and numbers."""
    taken, fewest = count(trajectory["actions"], "action"), trajectory["shortest"]
    if trajectory["success"] and trajectory["actions"] == fewest:
        return f"found on a shortest path: {taken}"
    if not trajectory["success"]:
        return f"not found in {taken} ({fewest} would do)"
    return f"{'found by a detour' if trajectory['correct'] else 'found too late'}: {taken} ({fewest} would do)"


def _recorded(record: Record, role: str) -> list[Trajectory]:
    tests = record.result.get("trajectories", {}).get("tests", {})
    roles = {name: test["role"] for name, test in record.tests.items()}
    return [one for name, found in tests.items() if roles.get(name) == role for one in found]


def _pairs(base: LearnerSummary, memories: Sequence[LearnerSummary]) -> Iterator[Pair]:
    """Pair trajectories by seed and item, where every learner with memory has one."""
    aided = {
        learner.label: {r.seeds: {one["item"]: one for one in _recorded(r, "latent")} for r in learner.records}
        for learner in memories
    }
    for record in base.records:
        for alone in _recorded(record, "latent"):
            found = {name: seeds.get(record.seeds, {}).get(alone["item"]) for name, seeds in aided.items()}
            if found and all(found.values()):
                yield Pair(record, alone, {name: one for name, one in found.items() if one})


def _first(among: Sequence[T], *wishes: Callable[[T], bool]) -> T:
    """Return the first that meets the earliest wish that any meets, else the first."""
    for wish in wishes:
        for one in among:
            if wish(one):
                return one
    return among[0]


def _trained(pair: Pair) -> Trajectory | None:
    """Return a trajectory to a goal of training, if possible one that was found, in the same level and distant."""
    every = _recorded(pair.record, "explicit")
    here = [one for one in every if one["level"] == pair.alone["level"]] or every
    found = [one for one in here if one["correct"]] or here
    return _first(found, lambda one: one["shortest"] >= FAR) if found else None


def _legend(text: TrajectoryText, pair: Pair) -> str:
    shown = any(one["retrieved"] for one in pair.aided.values())
    return f"{text.legend} {text.retrieved}" if shown else text.legend


def _chosen(pairs: Sequence[Pair], pair: Pair) -> str:
    contrasting, seeds = sum(p.contrasting for p in pairs), len({p.record.seeds for p in pairs})
    recorded = f"{count(len(pairs), 'recorded latent goal')} ({count(seeds, 'seed')})"
    if not contrasting:
        return f"This is the first of {recorded}, none of which is missed without memory and found with it."
    far = f", at least {FAR} actions away," if pair.alone["shortest"] >= FAR else ""
    return (
        f"Chosen by rule: the first latent goal{far} that is missed without memory and found with it, as are "
        f"{contrasting} of {recorded}."
    )


def _overall(base: LearnerSummary, memories: Sequence[LearnerSummary]) -> str:
    aids = listed([f"{_accuracy(learner.latent)} ({learner.label})" for learner in memories])
    return (
        f"Without memory the agent finds {_accuracy(base.explicit)} of all trained goals and {_accuracy(base.latent)} "
        f"of all latent ones; those trained and tested with memory find {aids} of the latent ones."
    )


def _accuracy(score: Score | None) -> str:
    return "–" if score is None else percent(score.accuracy.mean)


def _wrapped(drawing: Drawing) -> str:
    parts = (drawing.heading, drawing.text, drawing.outcome)
    return "\n".join(line for part in parts for line in textwrap.wrap(part, _LETTERS))
