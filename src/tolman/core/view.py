"""Experiences and tests as text on a terminal: the protocol of `AbstractWorld.view`, and columns of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.text import Text

if TYPE_CHECKING:
    from tolman.core.experience import Corpus, TestSet

GAP = 2
"""Blanks between two columns."""


class Sample(NamedTuple):
    """A text and what stands before its first line; further lines are indented as far."""

    before: str
    text: Text


class View(Protocol):
    """Renders the experiences and tests of one instance of a world."""

    def legend(self) -> Text:
        """The meaning of colours and signs."""
        ...

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        """Rows of a corpus."""
        ...

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        """Items of a test, each with its answer."""
        ...


def side_by_side(blocks: Sequence[Sequence[Text]], width: int) -> list[Text]:
    """Set blocks of lines next to each other, as many as fit into `width`, in columns as wide as the widest."""
    column = max((line.cell_len for block in blocks for line in block), default=0) + GAP
    per_row = max(1, width // column)
    rows = [blocks[start : start + per_row] for start in range(0, len(blocks), per_row)]
    return [Text("\n").join(_padded(line, column) for line in zip_longest(*row, fillvalue=Text())) for row in rows]


def _padded(parts: Sequence[Text], width: int) -> Text:
    line = Text()
    for part in parts:
        line.append_text(part).append(" " * (width - part.cell_len))
    return line
