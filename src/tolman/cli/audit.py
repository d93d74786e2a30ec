"""`tolman audit`: measure one's own activations against labels, as tables, sentences and a page."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tolman.cli.components import typed
from tolman.cli.output import console, print_json
from tolman.cli.outputs import PAGE, check_output

if TYPE_CHECKING:
    from tolman.audit.feature_choice import Missing
    from tolman.audit.results import Audit


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditRequest:
    """An audit, as typed.

    Attributes:
        activations: files of arrays `[rows, units]`.
        features: table with the labels of the same rows.
        layers, only: names of the layers and of the features to keep; empty for all.
        classes, quantity: columns that name classes, and that are quantities, whatever they look like.
        key: the column, and the array or column of the activations, that names rows; "" for the same order.
        missing: what to do with rows that lack a label: refuse, drop or keep them.
        groups: column that says which rows stay together in every split and draw, no feature unless in `only`; "" if
            rows stand for themselves.
        seed: of folds and subsamples.
        output: path of the HTML page, if one is wanted.
    """

    activations: Sequence[str]
    features: str
    layers: Sequence[str]
    only: Sequence[str]
    classes: Sequence[str]
    quantity: Sequence[str]
    key: str
    missing: Missing
    groups: str
    seed: int
    output: str | None


def audit(request: AuditRequest, *, as_json: bool) -> None:
    """Read, measure, print, and write the page if one is wanted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what users should know of their data, notes say
        _audit(request, as_json)


def _audit(request: AuditRequest, as_json: bool) -> None:
    inputs = {"--features": request.features, **{f"FILE {i}": path for i, path in enumerate(request.activations, 1)}}
    check_output(request.output, PAGE, inputs)
    from tolman.audit.activations import read_layers
    from tolman.audit.analysis import audit as measure
    from tolman.audit.labels import LabelOptions, read_labels
    from tolman.audit.rows import matched, without_labels
    from tolman.cli.progress import show_progress

    options = LabelOptions(
        only=request.only,
        classes=request.classes,
        quantity=request.quantity,
        key=request.key,
        groups=request.groups,
        missing=request.missing,
    )
    labels = read_labels(request.features, options)
    layers, odd = read_layers(request.activations, request.layers, request.key)
    found, same = without_labels(matched(layers, labels, request.key), labels)
    notes = [*labels.notes, *odd, *same]
    with show_progress() as progress:
        result = measure(found, labels.features, progress, seed=request.seed, groups=labels.groups, notes=notes)
    try:
        written = None if request.output is None else _write(result, request.output)
    finally:
        print_json(result.plain()) if as_json else _print(result)
    if written is not None:
        click.echo(f"wrote {written}", err=as_json)


def _print(result: Audit) -> None:
    from rich.text import Text

    from tolman.audit.terminal import tables
    from tolman.cli.layout import hang

    screen = console()
    for table in tables(result):
        screen.print(table)
        screen.print()
    for sentence in result.findings:
        hang(screen, Text("→ ", style="bold"), Text(sentence))
    for note in result.notes:
        hang(screen, Text("  ", style="dim"), Text(note, style="dim"))


def _write(result: Audit, output: str) -> Path:
    from tolman import __version__
    from tolman.audit.page import render
    from tolman.report.document import write_page

    return write_page(Path(output), render(result, typed(), __version__))
