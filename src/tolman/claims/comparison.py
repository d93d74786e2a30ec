"""Comparisons: two sets of records, paired over seeds and items."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.statistics import Interval, over_seeds, wilson

_SEEDS = ("world_seed", "model_seed")


@dataclasses.dataclass(frozen=True)
class Difference:
    """Set B less set A on one test or measure.

    Attributes:
        kind: whether `name` is a test's or a measure's.
        name: of the test or measure.
        a: mean of A over seeds.
        b: mean of B.
        difference: of the means, with its 95 % interval; `n` counts the pairs of seeds.
        items: questions that both answered, of all seeds; 0 for a measure.
    """

    kind: Literal["test", "measure"]
    name: str
    a: float
    b: float
    difference: Interval
    items: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return dataclasses.asdict(self) | {"difference": self.difference._asdict()}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The difference between two sets of records.

    Attributes:
        configuration: path -> (value in A, value in B), for all that differs between the sets but the seeds.
        seeds: pairs of world and model seed that both have.
        left_out: pairs of seeds that only one has.
        differences: by test, then by measure.
    """

    configuration: Mapping[str, tuple[Any, Any]]
    seeds: tuple[tuple[int, int], ...]
    left_out: tuple[tuple[int, int], ...]
    differences: tuple[Difference, ...]


def compare(
    a: Sequence[Record], b: Sequence[Record], items_a: Callable[[str], pa.Table], items_b: Callable[[str], pa.Table]
) -> Comparison:
    """Compare two sets of records, each of one configuration, at the seeds that both have.

    A test is compared if it has questions in every record. An interval is Student's t over the seeds' differences,
    never narrower than that of all seeds' items together, each item paired with itself.

    Args:
        a: records that differ in nothing but their seeds.
        b: the same, of another configuration.
        items_a: the items of a record of A by its key, as `Store.items`.
        items_b: the same for B.

    Raises:
        UserError: a set is empty or of several configurations, the sets are the same, they share fewer than two pairs
            of seeds, or the same questions were not asked of both.
    """
    first, second = _by_seeds("A", a), _by_seeds("B", b)
    seeds = tuple(sorted(set(first) & set(second)))
    if len(seeds) < 2:
        raise UserError(f"A has the seeds {_listed(first)}, B {_listed(second)}: an interval needs two that both have.")
    differing = _differing(first[seeds[0]].config, second[seeds[0]].config)
    if not differing:
        raise UserError("A and B are the same configuration: choose two that differ.")
    pairs = [(first[pair], second[pair]) for pair in seeds]
    tables = [(items_a(x.key), items_b(y.key)) for x, y in pairs]
    every = [record for pair in pairs for record in pair]
    tests = [name for name in pairs[0][0].tests if all(record.tests.get(name, {}).get("n") for record in every)]
    measures = [name for name in pairs[0][0].measures if all(name in record.measures for record in every)]
    if not tests and not measures:
        x, y = pairs[0]
        raise UserError(f"A has the tests {', '.join(x.tests)}, B {', '.join(y.tests)}: they have none in common.")
    found = [_test(name, tables, seeds, differing) for name in tests]
    found += [each for name in measures if (each := _measure(name, pairs)) is not None]
    return Comparison(differing, seeds, tuple(sorted(set(first) ^ set(second))), tuple(found))


def _by_seeds(side: str, records: Sequence[Record]) -> dict[tuple[int, int], Record]:
    if not records:
        raise UserError(f"{side} has no records: run them first, or choose others.")
    for record in records:
        if differing := _differing(records[0].config, record.config):
            said = "; ".join(f"{path}: {one!r} and {other!r}" for path, (one, other) in list(differing.items())[:3])
            raise UserError(f"{side} holds several configurations, which differ in {said}. Choose one of them.")
    return {record.seeds: record for record in sorted(records, key=lambda record: record.started)}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return path -> both values, for all that differs but the seeds."""
    a, b = (_flat({name: value for name, value in config.items() if name not in _SEEDS}) for config in (one, other))
    return {path: (a.get(path), b.get(path)) for path in dict.fromkeys([*a, *b]) if a.get(path) != b.get(path)}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        return {path: value}
    return {key: each for name, part in parts for key, each in _flat(part, f"{path}.{name}".lstrip(".")).items()}


def _listed(seeds: Mapping[tuple[int, int], Record]) -> str:
    return ", ".join(str(world) if world == model else f"{world}/{model}" for world, model in sorted(seeds))


def _test(
    name: str,
    tables: Sequence[tuple[pa.Table, pa.Table]],
    seeds: Sequence[tuple[int, int]],
    differing: Mapping[str, tuple[Any, Any]],
) -> Difference:
    answers = []
    for (one, other), pair in zip(tables, seeds, strict=True):
        x, y = _answers(one, name), _answers(other, name)
        if x.keys() != y.keys():
            alike = len(x.keys() & y.keys())
            why = ", ".join(path for path in differing if path.startswith("world."))
            raise UserError(
                f"test {name!r} at seeds {pair} asks {len(x)} questions of A and {len(y)} of B, {alike} the same"
                + (f" (their worlds differ in {why})" if why else "")
                + ": answers to different questions cannot be paired."
            )
        answers.append(np.array([[x[item], y[item]] for item in x], bool))
    means = np.array([each.mean(0) for each in answers])
    pooled = np.concatenate(answers)
    interval = over_seeds((means[:, 1] - means[:, 0]).tolist(), paired_proportions(pooled)).clip(-1.0, 1.0)
    return Difference(
        kind="test",
        name=name,
        a=float(means[:, 0].mean()),
        b=float(means[:, 1].mean()),
        difference=interval,
        items=len(pooled),
    )


def _answers(items: pa.Table, test: str) -> dict[str, bool]:
    columns = (items[name].to_pylist() for name in ("test", "item_id", "correct"))
    return {item: correct for name, item, correct in zip(*columns, strict=True) if name == test}


def _measure(name: str, pairs: Sequence[tuple[Record, Record]]) -> Difference | None:
    """Return the difference of a measure over the seeds at which both have one; None for fewer than two."""
    values = [(x.measures.get(name), y.measures.get(name)) for x, y in pairs]
    both = np.array([pair for pair in values if None not in pair], float)
    if len(both) < 2:
        return None
    interval = over_seeds((both[:, 1] - both[:, 0]).tolist(), None)
    a, b = both.mean(0).tolist()
    return Difference(kind="measure", name=name, a=a, b=b, difference=interval, items=0)


def paired_proportions(answers: np.ndarray) -> Interval:
    """Return the 95 % interval of the second fraction less the first, of items that were answered twice.

    Args:
        answers: `[items, 2]` whether each answer was right.

    Source: Newcombe 1998, Stat. Med. 17:2635, method 10.
    """
    n = len(answers)
    both, second, first = (int((answers == pattern).all(1).sum()) for pattern in ([1, 1], [0, 1], [1, 0]))
    neither = n - both - first - second
    a, b = wilson(both + first, n), wilson(both + second, n)
    product = both * neither - first * second
    product = max(0.0, product - n / 2) if product > 0 else product
    spread = (both + first) * (second + neither) * (both + second) * (first + neither)
    phi = product / np.sqrt(spread) if spread else 0.0

    def half(one: float, other: float) -> float:
        return float(np.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2)))

    mean = b.mean - a.mean
    return Interval(mean, mean - half(b.mean - b.low, a.high - a.mean), mean + half(b.high - b.mean, a.mean - a.low), n)
