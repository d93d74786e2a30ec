"""`tolman compare`: the difference between two sets of records."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tolman.cli.output import console, print_json
from tolman.cli.report import say_damaged
from tolman.core.config import parse_assignments
from tolman.core.errors import UnknownName, UserError

if TYPE_CHECKING:
    from tolman.claims.comparison import Comparison
    from tolman.records.schema import Record
    from tolman.records.store import Store

_FIELDS = ("preset", "condition", "learner")


@dataclasses.dataclass(frozen=True)
class Selection:
    """A set of records, as typed.

    Attributes:
        study: its name.
        fields: preset, condition and learner, where given.
        overrides: parameters set with `-P`, as text.
    """

    study: str
    fields: dict[str, str]
    overrides: dict[str, str]

    def of(self, store: Store) -> list[Record]:
        """Return the records of a store that fit; without parameters, those of the study's own settings."""
        found = store.records(study=self.study, **self.fields)
        return [record for record in found if _texts(record.config["overrides"]) == self.overrides]


def parse_selection(text: str) -> Selection:
    """Parse `reversals:learner=parametric,world.held_out=4`.

    Raises:
        UserError: it cannot be read.
    """
    study, _, rest = text.partition(":")
    given = parse_assignments(part for part in rest.split(",") if part.strip())
    for name in given:
        if name not in _FIELDS and "." not in name:
            raise UnknownName("field", name, _FIELDS)
    if not study:
        form = "expected STUDY:NAME=VALUE,..., for example STUDY:learner=NAME,world.held_out=4"
        raise UserError(f"cannot read {text!r}: {form}.")
    fields = {name: value for name, value in given.items() if name in _FIELDS}
    return Selection(study, fields, {name: _same(value) for name, value in given.items() if name not in _FIELDS})


def _texts(overrides: dict[str, Any]) -> dict[str, str]:
    return {name: _same(value) for name, value in overrides.items()}


def _same(value: Any) -> str:
    """Return a value as text that is the same however it is written: 1, 1.0 and "1.0"."""
    if isinstance(value, list):
        return ",".join(map(_same, value))
    try:
        return f"{float(value):.12g}" if not isinstance(value, bool) else str(value).lower()
    except (TypeError, ValueError):
        return str(value).lower()


def compare(a: str, b: str, folders: tuple[Path, Path], *, as_json: bool) -> None:
    """Print the difference of two selections of records, each from its folder."""
    from tolman.claims.comparison import compare as difference
    from tolman.records.store import Store

    stores = [Store(folder) for folder in folders]
    for store in stores[: len(set(folders))]:
        say_damaged(store)
    sets = [_found(side, text, store) for side, text, store in zip("AB", (a, b), stores, strict=True)]
    found = difference(sets[0], sets[1], stores[0].items, stores[1].items)
    if as_json:
        print_json(
            {
                "a": a,
                "b": b,
                "configuration": {path: list(pair) for path, pair in found.configuration.items()},
                "seeds": found.seeds,
                "left_out": found.left_out,
                "differences": [each.as_dict() for each in found.differences],
            }
        )
        return
    _print(a, b, found)


def _found(side: str, text: str, store: Store) -> list[Record]:
    selection = parse_selection(text)
    found = selection.of(store)
    if not found:
        known = store.records(study=selection.study)
        some = sorted(set(map(_written, known)))[:5]
        hint = f"there are, for example, {'; '.join(some)}" if some else f"there are none of {selection.study!r}"
        differ = _differing(known, selection)
        raise UserError(f"{side}, {text}, fits no record in {store.root}: {hint}.{differ}")
    return found


def _differing(known: Sequence[Record], selection: Selection) -> str:
    """Return which parameters were set in the records of the study, and what leaving one out means."""
    values: dict[str, list[str]] = {}
    for record in known:
        for name, value in _texts(record.config["overrides"]).items():
            if selection.overrides.get(name) != value:
                values.setdefault(name, []).append(value)
    if not values:
        return ""
    some = "; ".join(f"{name}={' or '.join(dict.fromkeys(found[:4]))}" for name, found in list(values.items())[:5])
    return f" A parameter that is left out means the study's own value, and records were run with {some}."


def _written(record: Record) -> str:
    """Return how a record's configuration is asked for."""
    given = {name: getattr(record, name) for name in _FIELDS} | _texts(record.config["overrides"])
    return f"{record.study}:{','.join(f'{name}={value}' for name, value in given.items())}"


def _print(a: str, b: str, found: Comparison) -> None:
    from rich.text import Text

    from tolman.report.fitting import FittingTable
    from tolman.report.words import percent, quantity, signed

    click.echo(f"A: {a}\nB: {b}")
    for path, (one, other) in list(found.configuration.items())[:8]:
        click.echo(f"  {path}: {one} → {other}")
    table = FittingTable(caption=_caption(found))
    for heading in ("", "A", "B", "B − A", "items"):
        table.add_column(heading, no_wrap=heading in ("A", "B"))
    for each in found.differences:
        between = each.difference
        if each.kind == "test":
            shown = f"{signed(between.mean)} [{signed(between.low)}, {signed(between.high)}]"
            table.add_row(Text(each.name), percent(each.a), percent(each.b), shown, str(each.items))
        else:
            ends = f"[{quantity(between.low, 'number')}, {quantity(between.high, 'number')}]"
            shown = f"{quantity(between.mean, 'number')} {ends}"
            table.add_row(Text(each.name), quantity(each.a, "number"), quantity(each.b, "number"), shown, "–")
    console().print(table)


def _caption(found: Comparison) -> str:
    from tolman.report.words import count

    left = f"; {count(len(found.left_out), 'pair')} of seeds that only one has left out" if found.left_out else ""
    return f"Points of accuracy with 95 % intervals, paired over {count(len(found.seeds), 'seed')} and items{left}."
