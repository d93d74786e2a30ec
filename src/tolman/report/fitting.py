"""Tables that lose nothing on a narrow terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

_FOLDED = 8
"""The narrowest that a column becomes whose words may be broken."""


class FittingTable(Table):
    """A table that breaks no word, but in columns with `overflow="fold"`.

    Rich cuts words off where a table is too wide. Here every column is at least as wide as its longest word; where they
    do not fit side by side, each row is printed as lines of its own, `heading: value`. The first column names the row,
    and is printed without its heading unless `names_rows` is false.
    """

    names_rows: ClassVar[bool] = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        ranges = [_range(console, options, column) for column in self.columns]
        lines, (_, right, _, left) = len(ranges) + 1, self.padding
        room = options.max_width - lines - len(ranges) * (left + right)
        if room < sum(found.minimum for found in ranges):
            yield from self._stacked()
            return
        for column, width in zip(self.columns, _widths(ranges, room), strict=True):
            column.width = width
        yield from super().__rich_console__(console, options)

    def _stacked(self) -> Iterator[Any]:
        if self.title:
            yield _text(self.title, style="italic")
        for row, (first, *cells) in zip(self.rows, zip(*(c.cells for c in self.columns), strict=True), strict=True):
            if not self.names_rows:
                yield _line(self.columns[0], first)
            else:
                yield first if not isinstance(first, Text) else _text(first, style="bold")
            for column, cell in zip(self.columns[1:], cells, strict=True):
                yield Padding(_line(column, cell, style=str(row.style or "")), (0, 0, 0, 2), expand=False)
        if self.caption:
            yield _text(self.caption, style="dim italic")


def _range(console: Console, options: ConsoleOptions, column: Column) -> Measurement:
    found = [Measurement.get(console, options, cell) for cell in (column.header, *column.cells)]
    longest = max(cell.maximum for cell in found)
    if column.no_wrap:
        return Measurement(longest, longest)
    shortest = max(map(_shortest, (column.header, *column.cells), found))
    return Measurement(min(shortest, _FOLDED) if column.overflow == "fold" else shortest, longest)


def _shortest(cell: Any, found: Measurement) -> int:
    """Return the least width of a cell; Rich does not count the spaces that a line begins with."""
    return found.maximum if any(line[:1].isspace() for line in str(cell).split("\n")) else found.minimum


def _widths(ranges: list[Measurement], room: int) -> list[int]:
    """Return widths that take no more than the room: the least ones, and a share of what is left for the others."""
    widths, spare = [found.minimum for found in ranges], room - sum(found.minimum for found in ranges)
    wanted = [found.maximum - found.minimum for found in ranges]
    if sum(wanted) <= spare:
        return [found.maximum for found in ranges]
    return [width + spare * more // max(1, sum(wanted)) for width, more in zip(widths, wanted, strict=True)]


def _line(column: Column, cell: Any, style: str = "") -> Text:
    """Return `heading: value`, the value in a style."""
    return Text.assemble(_text(column.header), ": ", _text(cell, style=style))


def _text(value: Any, style: str = "") -> Text:
    """Return a heading or cell on one line."""
    plain = value.plain if isinstance(value, Text) else str(value)
    return Text(" ".join(plain.split("\n")), style=style)
