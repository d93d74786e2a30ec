"""`tolman look`: sample documents and tests of a world, in colour, as a model sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.text import Text

from ..core.config import override, parse_assignments
from ..core.errors import UserError
from ..core.experience import NONE, Corpus, TestSet
from ..core.registry import load
from ..core.world import Instance
from ..report.words import count
from .layout import hang
from .wording import Painter

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
    if "token" not in instance.corpus.experiences.steps:
        raise UserError(f"experiences of {name!r} are no tokens, and this command can show nothing else so far.")
    console, painter = Console(highlight=False), Painter(instance)
    console.print(_heading(name, world, instance, seed))
    console.print(painter.legend())
    rng = np.random.default_rng(seed)
    for section in (*_documents(instance, painter, n, rng), *_tests(instance, painter, n, rng)):
        _show(console, section)


class _Section(NamedTuple):
    """Samples under a heading; each is a text with what stands before its first line."""

    title: str
    note: str
    samples: list[tuple[str, Text]]


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
    dials = {f.name: getattr(world, f.name) for f in dataclasses.fields(world) if f.metadata.get("key", True)}
    shown = " ".join(f"{k}={str(v)[:12]}" for k, v in dials.items())
    sizes = (len(instance.vocabulary), "word"), (instance.corpus.size, "document"), (len(instance.tests), "test")
    counted = "".join(f" · {count(n, noun)}" for n, noun in sizes)
    return Text.assemble((f"{name}, seed {seed}", "bold"), counted, "\n", (shown, "dim"))


def _documents(instance: Instance, painter: Painter, n: int, rng: np.random.Generator) -> Iterator[_Section]:
    corpus = instance.corpus
    for index, kind in enumerate(instance.kinds):
        rows = np.flatnonzero(corpus.kind == index)
        note = count(len(rows), "document") + (", held in episodic memory" if kind in instance.memory_kinds else "")
        yield _Section(kind, note, [("· ", _document(painter, corpus, row)) for row in _sample(rng, rows, n)])
    for kind, draw in instance.transients.items():
        fresh = draw(rng, n)
        note = "transient: drawn afresh all the time, true only within the document"
        yield _Section(kind, note, [("· ", _document(painter, fresh, row)) for row in range(fresh.size)])


def _document(painter: Painter, corpus: Corpus, row: int) -> Text:
    rows = corpus.experiences
    valid = rows.valid[row]
    return painter.paint(rows.steps["token"][row][valid], rows.weight[row][valid] > 0)


def _tests(instance: Instance, painter: Painter, n: int, rng: np.random.Generator) -> Iterator[_Section]:
    for test in instance.tests:
        items = _sample(rng, np.arange(len(test)), n)
        samples = [sample for item in items for sample in _question(instance, painter, test, item)]
        yield _Section(f"test: {test.name}", _about(test), samples)


def _about(test: TestSet) -> str:
    names = ("uniform", "elimination", "constant")
    chance = ", ".join(f"{name} {getattr(test.chance, name).mean():.3f}" for name in names if len(test))
    return f"{_ROLES[test.role]} · {count(len(test), 'question')} · chance: {chance or 'none'}"


def _question(instance: Instance, painter: Painter, test: TestSet, item: int) -> Iterator[tuple[str, Text]]:
    prompt = test.prompts.steps["token"][item][test.prompts.valid[item]]
    yield "· ", painter.paint(prompt).append("  ⟶  ", style="bold").append_text(_answers(painter, test, item))
    supports = [row for row in test.supports[item].tolist() if row != NONE]
    if supports:
        document = _document(painter, instance.corpus, supports[0])
        yield "    ", Text("supported by  ", style="dim").append_text(document)


def _answers(painter: Painter, test: TestSet, item: int) -> Text:
    """The right answers, the first few of them where there are many."""
    options, right = test.options[test.choice[item]], np.flatnonzero(test.correct[item]).tolist()
    text = Text(" or ", style="dim").join(painter.paint(options[option], learned=True) for option in right[:3])
    return text.append(f" or {len(right) - 3} others", style="dim") if len(right) > 3 else text


def _show(console: Console, section: _Section) -> None:
    console.print()
    hang(console, Text(section.title, style="bold"), Text(f"  {section.note}", style="dim"))
    for before, text in section.samples:
        hang(console, before, text)


def _sample(rng: np.random.Generator, rows: np.ndarray, n: int) -> list[int]:
    return sorted(rng.permutation(rows)[:n].tolist())
