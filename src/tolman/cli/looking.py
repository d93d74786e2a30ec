"""`tolman look`: sample experiences and tests of a world, in colour, as a model sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from rich.console import Console
from rich.text import Text

from tolman.cli.input_view import InputView
from tolman.cli.layout import hang
from tolman.cli.token_view import Sample, TokenView
from tolman.core.config import override, parse_assignments
from tolman.core.errors import UserError
from tolman.core.experience import Corpus, TestSet
from tolman.core.registry import load
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.report.words import count

_ROLES = {
    "explicit": "explicit: trained for",
    "latent": "latent: in the experiences, never asked for",
    "context": "context: the answer stands in the prompt",
    "control": "control: nothing should make a model answer so",
}


def look(name: str, n: int, seed: int, settings: Iterable[str], facts: str | None) -> None:
    """Prints `n` samples of every kind of document and of every test of a world."""
    world = make_world(name, settings, facts)
    instance = world.draw(seed)
    console = Console(highlight=False)
    view = _view(name, world, instance, console)
    console.print(_heading(name, world, instance, seed))
    console.print(view.legend())
    rng = np.random.default_rng(seed)
    for section in (*_documents(instance, view, n, rng), *_tests(instance, view, n, rng)):
        _show(console, section)


class View(Protocol):
    """How a world's samples are shown."""

    def legend(self) -> Text: ...

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]: ...

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]: ...


def _view(name: str, world: Any, instance: Instance, console: Console) -> View:
    steps, first = instance.corpus.experiences.steps, instance.tests[0]
    if "token" in steps:
        return TokenView(instance)
    if isinstance(first, RolloutTest):
        # Mazes are JAX's: worlds of words are looked at without waiting for it.
        from tolman.cli.maze_view import MazeView
        from tolman.envs.maze.environment import MazeEnvironment

        if isinstance(first.environment, MazeEnvironment):
            return MazeView(instance, first.environment, console)
    if "input" in steps:
        return InputView(instance, getattr(world, "block", 0), console)
    raise UserError(f"experiences of {name!r} consist of {', '.join(steps)}; expected token, or input with label.")


class _Section(NamedTuple):
    """Samples under a heading."""

    title: str
    note: str
    samples: list[Sample]


def make_world(name: str, settings: Iterable[str], facts: str | None) -> Any:
    """The world with its dials set; `--facts` turns reversals into the world of a table, as it does for `run`."""
    if facts is not None and name not in ("facts", "reversals"):
        raise UserError(f"the world {name!r} takes no table: use --facts with reversals.")
    given = {"path": facts} if facts is not None else {}
    cls = load("worlds", "facts" if facts is not None else name)
    try:
        world = cls(**given)
    except TypeError as error:
        raise UserError(f"the world {name!r} cannot be made without arguments: {error}") from error
    dials = {path.removeprefix("world."): text for path, text in parse_assignments(settings).items()}
    return override(world, dials)


def _heading(name: str, world: Any, instance: Instance, seed: int) -> Text:
    shown = " ".join(f"{name}={str(value)[:12]}" for name, value in _dials(world))
    sizes = (len(instance.vocabulary), "word"), (instance.corpus.size, "document"), (len(instance.tests), "test")
    counted = "".join(f" · {count(n, noun)}" for n, noun in sizes)
    return Text.assemble((f"{name}, seed {seed}", "bold"), counted, "\n", (shown, "dim"))


def _dials(config: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values of a configuration's fields and of those within them."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from _dials(value, f"{before}{field.name}.")
        elif field.metadata.get("key", True):
            yield before + field.name, value


def _documents(instance: Instance, view: View, n: int, rng: np.random.Generator) -> Iterator[_Section]:
    corpus = instance.corpus
    for index, kind in enumerate(instance.kinds):
        rows = np.flatnonzero(corpus.kind == index)
        note = count(len(rows), "document") + (", held in episodic memory" if kind in instance.memory_kinds else "")
        yield _Section(kind, note, view.documents(corpus, _sample(rng, rows, n)))
    for kind, draw in instance.samplers.items():
        fresh = draw(rng, n)
        note = "transient: drawn afresh all the time"
        yield _Section(kind, note, view.documents(fresh, range(fresh.size)))


def _tests(instance: Instance, view: View, n: int, rng: np.random.Generator) -> Iterator[_Section]:
    for test in instance.tests:
        samples = view.questions(test, _sample(rng, np.arange(len(test)), n))
        yield _Section(f"test: {test.name}", _about(test), samples)


def _about(test: TestSet) -> str:
    names = ("uniform", "elimination", "constant")
    chance = ", ".join(f"{name} {getattr(test.chance, name).mean():.3f}" for name in names if len(test))
    return f"{_ROLES[test.role]} · {count(len(test), 'question')} · chance: {chance or 'none'}"


def _show(console: Console, section: _Section) -> None:
    console.print()
    hang(console, Text(section.title, style="bold"), Text(f"  {section.note}", style="dim"))
    for before, text in section.samples:
        hang(console, before, text)


def _sample(rng: np.random.Generator, rows: np.ndarray, n: int) -> list[int]:
    return sorted(rng.permutation(rows)[:n].tolist())
