"""Which recorded walks tell most about latent learning, chosen by a rule, and what is to be read beside each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tolman.records.schema import Record
from tolman.report.curves import role_of
from tolman.report.palette import colours
from tolman.report.scores import Score
from tolman.report.summary import Arm, Summary
from tolman.report.words import count, listed, percent

if TYPE_CHECKING:
    from tolman.worlds.mazes import Scene

FAR = 3
"""Goals nearer than so many actions are found by chance too often to be drawn, if there are others."""

_TRAINED = ("Trained goal", "an object that it was sent to in training, from a new start")
_LATENT = ("Latent goal", "an object that it passed in training but was never sent to")
_MEMORIES = {
    "parametric-retrieval-oracle": (
        "Latent goal + memory",
        "the same, with one past episode of this maze in its context",
    ),
    "parametric-retrieval-bm25": (
        "Latent goal + search",
        "the same, with the past episodes that look most like this maze",
    ),
}
Walk = Mapping[str, Any]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Panel:
    """One maze with a walk in it: a heading, whose walk it is, how it ended, and what is drawn."""

    heading: str
    text: str
    outcome: str
    scene: Scene

    @property
    def svg(self) -> str:
        """The maze as an SVG element."""
        from tolman.worlds.mazes import panel_svg

        return panel_svg([self.scene])


@dataclasses.dataclass(frozen=True)
class Story:
    """Panels from what was trained to what memory makes of what was not, and how they were chosen."""

    panels: tuple[Panel, ...]
    caption: str


@dataclasses.dataclass(frozen=True)
class _Pair:
    """One latent item's walk without memory and those with it, of agents of one seed."""

    record: Record
    alone: Walk
    aided: Mapping[str, Walk]

    @property
    def telling(self) -> bool:
        """Whether it is missed without memory and found with it, however memory was searched."""
        return not self.alone["correct"] and all(walk["correct"] for walk in self.aided.values())


def story(summary: Summary) -> Story | None:
    """The walks to draw; None without recorded walks of the parametric learner and of one with memory."""
    base = summary.arm("parametric")
    memories = [arm for name in _MEMORIES if (arm := summary.arm(name)) is not None]
    if base is None or not (pairs := list(_pairs(base, memories))):
        return None
    pair = _first(pairs, lambda p: p.telling and p.alone["shortest"] >= FAR, lambda p: p.telling)
    shades, sketch = colours(arm.label for arm in summary.arms), pair.record.result["walks"]["sketch"]
    trained = _trained(base, pair)
    told = [(*_TRAINED, base.label, trained)] if trained else []
    told += [(*_LATENT, base.label, pair.alone)]
    told += [(*_MEMORIES[name], name, walk) for name, walk in pair.aided.items()]
    panels = (Panel(head, text, outcome(walk), _scene(sketch, walk, shades[name])) for head, text, name, walk in told)
    return Story(tuple(panels), _caption(base, memories, pairs, pair))


def outcome(walk: Walk) -> str:
    """How a walk ended, in words and numbers."""
    taken, fewest = count(walk["actions"], "action"), walk["shortest"]
    if walk["arrived"] and walk["actions"] == fewest:
        return f"straight there: {taken}"
    how, end = "by a detour" if walk["correct"] else "it wanders", "there" if walk["arrived"] else "not there"
    return f"{how}: {end} in {taken} ({fewest} would do)"


def _walks(record: Record, role: str) -> list[Walk]:
    tests = record.result.get("walks", {}).get("tests", {})
    roles = {name: test["role"] for name, test in record.tests.items()}
    return [walk for name, walks in tests.items() if role_of(name, roles) == role for walk in walks]


def _pairs(base: Arm, memories: Sequence[Arm]) -> Iterator[_Pair]:
    """Seed by seed and item by item, where every learner with memory has walked too."""
    aided = {arm.label: {r.seeds: {w["item"]: w for w in _walks(r, "latent")} for r in arm.records} for arm in memories}
    for record in base.records:
        for walk in _walks(record, "latent"):
            found = {name: seeds.get(record.seeds, {}).get(walk["item"]) for name, seeds in aided.items()}
            if found and all(found.values()):
                yield _Pair(record, walk, {name: walk for name, walk in found.items() if walk})


def _first(among: Sequence[T], *wishes: Callable[[T], bool]) -> T:
    """The first for which the earliest wish holds that holds for any; else the first."""
    for wish in wishes:
        for one in among:
            if wish(one):
                return one
    return among[0]


def _trained(base: Arm, pair: _Pair) -> Walk | None:
    walks = _walks(pair.record, "explicit")
    here = [walk for walk in walks if walk["place"] == pair.alone["place"]] or walks
    found = [walk for walk in here if walk["correct"]] or here
    return _first(found, lambda walk: walk["shortest"] >= FAR) if found else None


def _scene(sketch: Mapping[str, Any], walk: Walk, colour: str) -> Scene:
    from tolman.envs.maze.sketch import scene

    made = scene(sketch, walk["place"], walk["goal"], walk["way"], walk["remembered"])
    return made._replace(colour=colour)


def _caption(base: Arm, memories: Sequence[Arm], pairs: Sequence[_Pair], pair: _Pair) -> str:
    return " ".join([_legend(pair), _chosen(pairs, pair), _overall(base, memories)])


def _legend(pair: _Pair) -> str:
    grey = any(walk["remembered"] for walk in pair.aided.values())
    past = " Grey is the way of a past episode in its context." if grey else ""
    return f"The goal is circled, a ring marks the start, and the agent stands where it ended.{past}"


def _chosen(pairs: Sequence[_Pair], pair: _Pair) -> str:
    telling, seeds = sum(p.telling for p in pairs), len({p.record.seeds for p in pairs})
    recorded = f"{count(len(pairs), 'recorded latent goal')} ({count(seeds, 'seed')})"
    if not telling:
        return f"This is the first of {recorded}, none of which is missed without memory and found with it."
    far = f", at least {FAR} actions away" if pair.alone["shortest"] >= FAR else ""
    return (
        f"Chosen by rule: the first latent goal{far}, that is missed without memory and found with it, as are "
        f"{telling} of {recorded}."
    )


def _overall(base: Arm, memories: Sequence[Arm]) -> str:
    aids = listed([f"{_share(arm.latent)} ({arm.label})" for arm in memories])
    return (
        f"Without memory the agent finds {_share(base.explicit)} of all trained goals and {_share(base.latent)} of all "
        f"latent ones; those trained and tested with memory find {aids} of the latent ones."
    )


def _share(score: Score | None) -> str:
    return "–" if score is None else percent(score.accuracy.mean)
