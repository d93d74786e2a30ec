"""How text is laid out on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

_NARROW = 20
_GAP = 2


def hang(console: Console, before: str | Text, text: Text) -> None:
    """Prints `text` after `before`, its further lines under its first, without blanks at the ends of lines."""
    first = before if isinstance(before, Text) else Text(before, style="dim")
    indent = first.cell_len
    for i, line in enumerate(text.wrap(console, max(_NARROW, console.width - indent))):
        line.rstrip()
        console.print(Text.assemble(first if i == 0 else " " * indent, line), soft_wrap=True)


def side_by_side(blocks: list[list[Text]], width: int) -> list[Text]:
    """As many blocks of lines next to each other as fit, all in columns as wide as the widest."""
    column = max((line.cell_len for block in blocks for line in block), default=0) + _GAP
    per_row = max(1, width // column)
    rows = [blocks[start : start + per_row] for start in range(0, len(blocks), per_row)]
    return [Text("\n").join(_padded(line, column) for line in zip_longest(*row, fillvalue=Text())) for row in rows]


def _padded(parts: Sequence[Text], width: int) -> Text:
    line = Text()
    for part in parts:
        line.append_text(part).append(" " * (width - part.cell_len))
    return line
