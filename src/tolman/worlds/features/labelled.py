"""Labelled inputs as experiences of one step, and the tests that ask a classifier for their labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tolman.core.experience import NONE, Corpus, Experiences, Role, TestSet, ragged
from tolman.worlds.documents import Item, make_test


@dataclasses.dataclass(frozen=True)
class Outputs:
    """A network's outputs: one softmax group per label, next to each other.

    Attributes:
        names: of the labels.
        sorts: the sort of each label (a function's name, say).
        values: the names of each label's values.
    """

    names: tuple[str, ...]
    sorts: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Texts of all columns, `name=value`."""
        pairs = zip(self.names, self.values, strict=True)
        return tuple(f"{name}={value}" for name, values in pairs for value in values)

    @property
    def palette(self) -> tuple[str, ...]:
        """Sorts of all columns."""
        return tuple(sort for sort, values in zip(self.sorts, self.values, strict=True) for _ in values)

    def columns(self, k: int) -> np.ndarray:
        """Return the columns `[v]` of label k."""
        start = sum(map(len, self.values[:k]))
        return np.arange(start, start + len(self.values[k]), dtype=np.int32)


def kind_names(names: Sequence[str], target: bool) -> tuple[str, ...]:
    """Return the kinds of document: all features' labels, each feature's alone, and the target's alone."""
    return ("labelled", *(f"only-{name}" for name in names), *(["target"] if target else []))


def kept(labels: np.ndarray, kind: int, features: int) -> np.ndarray:
    """Return the labels `[n, l]` that documents of that kind carry; all others are `NONE`."""
    shown = range(features) if kind == 0 else (kind - 1,)
    return np.where(np.isin(np.arange(labels.shape[1]), shown), labels, NONE).astype(np.int32)


def labelled_rows(inputs: np.ndarray, labels: np.ndarray) -> Experiences:
    """Return inputs `[n, ...]` and labels `[n, l]` as experiences of one step."""
    n = len(inputs)
    steps = {"input": inputs[:, None], "label": labels[:, None]}
    return Experiences(steps, np.ones((n, 1), np.float32), np.ones((n, 1), bool), np.zeros((n, 1), np.int32))


def bare_corpus(rows: Experiences, kind: np.ndarray) -> Corpus:
    """Return rows as a corpus without questions that rows share, supports or topics."""
    empty = np.full(rows.valid.shape, NONE, np.int32)
    nothing = _nothing(len(kind))
    return Corpus(rows, kind.astype(np.int32), cue=empty, fact=empty, supports=nothing, topics=nothing)


def label_prompts(inputs: np.ndarray, labels: int) -> Experiences:
    """Return unlabelled inputs; their tree is the corpus's, with a `label` step that is `NONE` throughout."""
    rows = labelled_rows(inputs, np.full((len(inputs), labels), NONE, np.int32))
    return rows._replace(weight=np.zeros_like(rows.weight))


def label_test(name: str, role: Role, prompts: Experiences, options: np.ndarray, values: np.ndarray) -> TestSet:
    """Return the test that asks for the values `[m]` of a label, of which `options[v]` are the outputs."""
    items = [Item(id=f"{name}/{i}", correct=[value]) for i, value in enumerate(values.tolist())]
    return make_test(name, role, prompts, items, [[[option] for option in options.tolist()]])


def _nothing(n: int) -> np.ndarray:
    return ragged([[]] * n)
