"""Text with a hanging indent on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

_NARROW = 20
_BELOW = 4


def hang(console: Console, before: str | Text, text: Text) -> None:
    """Print `text` after `before`, its further lines below its first, without blanks at the ends of lines.

    Where `before` takes most of the line, all of the text stands below it.
    """
    first = before if isinstance(before, Text) else Text(before, style="dim")
    indent = first.cell_len
    if 2 * indent > console.width >= 2 * _NARROW:
        first.rstrip()
        console.print(first, soft_wrap=True)
        first, indent = Text(" " * _BELOW), _BELOW
    for i, line in enumerate(text.wrap(console, max(_NARROW, console.width - indent))):
        line.rstrip()
        console.print(Text.assemble(first if i == 0 else " " * indent, line), soft_wrap=True)
