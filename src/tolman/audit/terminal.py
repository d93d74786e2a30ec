"""An audit as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from tolman.audit.formatting import coefficient, decoded, fraction, interval, measured
from tolman.audit.results import Audit, LayerResult
from tolman.report.fitting import FittingTable
from tolman.report.words import count


def tables(audit: Audit) -> Iterator[FittingTable]:
    """Yield a table for each layer, and one for pairs of layers."""
    for layer in audit.layers:
        yield _layer_table(layer)
    if audit.pairs:
        yield _pair_table(audit)


def _layer_table(layer: LayerResult) -> FittingTable:
    title = f"{layer.name} · {count(layer.units, 'unit')} · all features together {measured(layer.joint)} of variance"
    table = FittingTable(title=Text(title), title_justify="left")
    table.add_column("feature", overflow="fold")
    k = len(layer.components)
    for column in ("alone", "unique", "linear", "kNN", "chance", f"in {count(k, 'PC')}", "units"):
        table.add_column(column, justify="right")
    for found in layer.features:
        linear = f"{decoded(found.linear, found.classes)} {interval(found.linear)}".strip()
        chance = fraction(found.chance) if found.classes else "–"
        cells = (found.feature, measured(found.alone), measured(found.unique), linear,
                 decoded(found.knn, found.classes), chance, fraction(found.carried), str(found.led))  # fmt: skip
        table.add_row(*map(Text, cells))
    return table


def _pair_table(audit: Audit) -> FittingTable:
    table = FittingTable(title="Similarity of layers, as they are and with features taken out", title_justify="left")
    for column in ("layers", "taken out"):
        table.add_column(column, overflow="fold")
    for column in ("RSA", "CKA", "calibrated", "kNN"):
        table.add_column(column, justify="right", no_wrap=True)
    for pair in audit.pairs:
        numbers = map(coefficient, (pair.rsa, pair.cka, pair.calibrated, pair.knn))
        table.add_row(*map(Text, (f"{pair.a} – {pair.b}", pair.control, *numbers)))
    return table
