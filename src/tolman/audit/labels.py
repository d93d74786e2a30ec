"""Feature labels from a table: one row for each stimulus, one column for each feature."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from tolman.audit.columns import Decision, Kind, values_of
from tolman.audit.feature_choice import (
    Missing,
    asked_kinds,
    decided,
    group_column,
    kept_rows,
    key_column,
    unusable,
)
from tolman.audit.files import chosen, refusal
from tolman.audit.label_tables import Table, read_table
from tolman.audit.remarks import remarks
from tolman.report.words import count


@dataclasses.dataclass(frozen=True, eq=False)
class Feature:
    """Labels of one feature.

    Attributes:
        name: the column's.
        values: `[n]`: text or numbers.
        classes: whether values name classes; otherwise they are numbers to be regressed on.
    """

    name: str
    values: np.ndarray
    classes: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelOptions:
    """The choices that the reading of a table of labels leaves.

    Attributes:
        only: the columns that are features; empty for all that can be.
        classes, quantity: columns that name classes, and that are quantities, whatever they look like.
        key: the column that names rows, here and in the activations; "" if rows stand in the same order.
        groups: the column that says which rows belong together, no feature unless it is in `only`; "" if rows stand
            for themselves.
        missing: what to do where a label is missing: refuse the table, drop the row here and in the activations, or
            keep it as a class of its own.
    """

    only: Sequence[str] = ()
    classes: Sequence[str] = ()
    quantity: Sequence[str] = ()
    key: str = ""
    groups: str = ""
    missing: Missing = "refuse"


@dataclasses.dataclass(frozen=True, eq=False)
class Labels:
    """The features of a table of labels.

    Attributes:
        table: all of it.
        features: labels of the rows that are kept.
        kept: which rows of the table those are, `[n]`.
        ids: names of all rows, `[n]`, if there is a column of them.
        groups: which rows belong together, of the rows that are kept, if there is a column that says so.
        notes: sentences on what was left out and what columns were taken for.
    """

    table: Table
    features: list[Feature]
    kept: np.ndarray
    ids: list[str] | None
    groups: np.ndarray | None
    notes: list[str]


def read_labels(path: str, options: LabelOptions | None = None) -> Labels:
    """Return the features of a .csv, .tsv or .parquet file.

    What is a quantity and what names classes is decided from a whole column (see `decide`). Left out, with a note, are
    columns that never vary, that number the rows or are the index of a pandas frame, that hold neither text nor
    numbers, and text that differs in almost every row.

    Raises:
        UserError: the file cannot be read, a label is missing, a column is not there or not what it is said to be, or
            none is left.
    """
    options = options or LabelOptions()
    table = read_table(path)
    key = key_column(table, options.key)
    together = group_column(table, options.groups)
    apart = [name for name in ([key] if options.only else [key, together]) if name]
    asked = asked_kinds(table, options.classes, options.quantity)
    used, left_out = _sorted(table, apart, options.only, asked)
    named = {together: Decision("classes")} if together else {}
    kept = kept_rows(table, {**named, **used}, options.missing)
    for name in list(used):
        if why := unusable(table.columns[name], used[name].kind, kept, asked=name in asked):
            left_out[name] = why
            del used[name]
    if not used:
        said = "; ".join(f"{name!r}, which {why}" for name, why in left_out.items()) or _apart(key, together)
        raise refusal(path, f"no feature is left ({said})", "Give at least one column that varies between stimuli")
    features = [
        Feature(name, values_of(table.columns[name], found.kind)[kept], found.kind == "classes")
        for name, found in used.items()
    ]
    ids = table.columns[key].texts.tolist() if key else None
    groups = values_of(table.columns[together], "classes")[kept] if together else None
    notes = _notes(table, features, used, left_out=left_out, kept=kept)
    return Labels(table, features, kept, ids=ids, groups=groups, notes=notes)


def _apart(key: str, together: str) -> str:
    """Say why a table without another column has no feature."""
    roles = [f"{name!r}, which {what}" for name, what in ((key, "names rows"), (together, "groups rows")) if name]
    return f"besides {' and '.join(roles)}, there is none" if roles else "there is no column"


def _sorted(
    table: Table, apart: Sequence[str], wanted: Sequence[str], asked: Mapping[str, Kind]
) -> tuple[dict[str, Decision], dict[str, str]]:
    """Return what the columns are that are features, and why others are none, but for those `apart`."""
    only = chosen(table.path, "column", wanted, table.columns)
    named = {*asked, *(only if wanted else ())}
    used: dict[str, Decision] = {}
    left_out: dict[str, str] = {}
    for name in (name for name in only if name not in apart):
        found = decided(table, table.columns[name], asked.get(name), named=name in named)
        if isinstance(found, str):
            left_out[name] = found
        else:
            used[name] = found
    return used, left_out


def _notes(
    table: Table,
    features: Sequence[Feature],
    used: Mapping[str, Decision],
    *,
    left_out: Mapping[str, str],
    kept: np.ndarray,
) -> list[str]:
    notes = [f"{table.path}: left out {name!r}, which {why}" for name, why in left_out.items()]
    if not kept.all():
        notes.append(f"{table.path}: left out {count(int((~kept).sum()), 'row')} without a label, {table.where(~kept)}")
    types = ", ".join(_type(feature, used[feature.name]) for feature in features)
    said = (remarks(table, table.columns[f.name], classes=f.classes, rows=kept) for f in features)
    return [*notes, f"{table.path}: {types}", *(note for each in said for note in each)]


def _type(feature: Feature, decision: Decision) -> str:
    what = count(len(np.unique(feature.values)), "class", "classes") if feature.classes else "a quantity"
    return f"{feature.name!r} {'has' if feature.classes else 'is'} {what}{f' ({decision.why})' if decision.why else ''}"
