"""Text with a hanging indent on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

_NARROW = 20


def hang(console: Console, before: str | Text, text: Text) -> None:
    """Print `text` after `before`, its further lines below its first, without blanks at the ends of lines."""
    first = before if isinstance(before, Text) else Text(before, style="dim")
    indent = first.cell_len
    for i, line in enumerate(text.wrap(console, max(_NARROW, console.width - indent))):
        line.rstrip()
        console.print(Text.assemble(first if i == 0 else " " * indent, line), soft_wrap=True)
