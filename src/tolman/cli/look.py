"""`tolman look`: sample experiences and tests of a world, in colour, as a model sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.text import Text

from tolman.cli.components import make, resolve
from tolman.cli.layout import hang
from tolman.cli.output import console
from tolman.core.config import override, parse_assignments
from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.view import Sample, View
from tolman.core.world import AbstractWorld, Instance
from tolman.report.words import count

ROLES = {
    "explicit": "explicit: trained for",
    "latent": "latent: in the experiences, never asked for",
    "context": "context: the answer is in the prompt",
    "control": "control: this answer should not be given",
    "variant": "variant: questions of another test, with other options",
}


def look(name: str, n: int, seed: int, settings: Iterable[str], files: Mapping[str, str]) -> None:
    """Print `n` samples of every kind of document and of every test of a world."""
    world = make_world(name, settings, files)
    instance = world.draw(seed)
    screen = console()
    view = view_of(world, instance, screen)
    screen.print(_heading(name, world, instance, seed))
    if notice := world.notice():
        screen.print(Text(notice))
    screen.print(view.legend())
    rng = np.random.default_rng(seed)
    for section in (*_documents(instance, view, n, rng), *_tests(instance, view, n, rng)):
        _show(screen, section)


def make_world(name: str, settings: Iterable[str], files: Mapping[str, str]) -> Any:
    """Make the world that a name and the user's files mean, with its parameters set."""
    world = make("worlds", resolve("worlds", name, files), files)
    given = parse_assignments(settings)
    return override(world, {path.removeprefix("world."): text for path, text in given.items()})


def view_of(world: AbstractWorld, instance: Instance, screen: Console) -> View:
    """Return the world's own view, or the one that fits what its steps are made of."""
    colour = screen.color_system is not None
    view = world.view(instance, screen.width, colour)
    if view is not None:
        return view
    steps = instance.corpus.experiences.steps
    if "token" in steps:
        from tolman.core.token_view import TokenView

        return TokenView(instance)
    if "input" in steps:
        from tolman.core.input_view import InputView

        return InputView(instance, screen.width, colour)
    raise UserError(
        f"{type(world).__name__}: steps consist of {', '.join(steps)}; expected token, or input with label, or a "
        "world with a `view` of its own"
    )


class _Section(NamedTuple):
    """Samples under a heading."""

    title: str
    note: str
    samples: list[Sample]


def _heading(name: str, world: Any, instance: Instance, seed: int) -> Text:
    shown = " ".join(f"{name}={str(value)[:12]}" for name, value in _parameters(world))
    sizes = (len(instance.vocabulary), "word"), (instance.corpus.size, "document"), (len(instance.tests), "test")
    counted = "".join(f" · {count(n, noun)}" for n, noun in sizes)
    return Text.assemble((f"{name}, seed {seed}", "bold"), counted, "\n", (shown, "dim"))


def _parameters(config: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names and values of a configuration's fields and of the fields within them."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from _parameters(value, f"{before}{field.name}.")
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
        yield _Section(kind, "sampled afresh throughout training", view.documents(fresh, range(fresh.size)))


def _tests(instance: Instance, view: View, n: int, rng: np.random.Generator) -> Iterator[_Section]:
    for test in instance.tests:
        samples = view.questions(test, _sample(rng, np.arange(len(test)), n))
        yield _Section(f"test: {test.name}", _note(test), samples)


def _note(test: TestSet) -> str:
    names = ("uniform", "elimination", "constant")
    chance = ", ".join(f"{name} {getattr(test.chance, name).mean():.3f}" for name in names if len(test))
    return f"{ROLES[test.role]} · {count(len(test), 'question')} · chance: {chance or 'none'}"


def _show(screen: Console, section: _Section) -> None:
    screen.print()
    hang(screen, Text(section.title, style="bold"), Text(f"  {section.note}", style="dim"))
    for before, text in section.samples:
        hang(screen, before, text)


def _sample(rng: np.random.Generator, rows: np.ndarray, n: int) -> list[int]:
    return sorted(rng.permutation(rows)[:n].tolist())
