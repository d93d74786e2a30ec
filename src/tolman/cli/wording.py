"""Tokens as coloured words.

Text only ever becomes `rich.text.Text`, never markup: a user's table may hold a name like `[red]`.
"""

from __future__ import annotations

import numpy as np
from rich.text import Text

from tolman.core.experience import NONE
from tolman.core.world import Instance

STYLES = {
    "entity": "cyan",
    "answer": "green",
    "relation": "magenta",
    "direction": "bold yellow",
    "marker": "bold blue",
    "filler": "bright_black",
}
"""Sort of token (an instance's palette) -> style. The terminal's own 16 colours, so that any theme stays legible."""

_SPARE = ("red", "bright_green", "bright_magenta", "bright_cyan", "bright_red")


class Painter:
    """Colours an instance's tokens by sort and underlines those that bear loss."""

    def __init__(self, instance: Instance):
        self.vocabulary, self.palette = instance.vocabulary, instance.palette
        others = sorted(set(self.palette) - set(STYLES))
        self.styles = STYLES | {sort: _SPARE[i % len(_SPARE)] for i, sort in enumerate(others)}

    def paint(self, tokens: np.ndarray, learned: np.ndarray | bool = False) -> Text:
        """Token ids as words with spaces between; `learned` says which of them training predicts, or all or none."""
        ids = tokens[tokens != NONE].tolist()
        marks = np.broadcast_to(learned, len(ids)).tolist()
        text = Text()
        for place, (token, mark) in enumerate(zip(ids, marks, strict=True)):
            text.append(" " if place else "")
            text.append(self.vocabulary[token], style=self.styles[self.palette[token]] + (" underline" if mark else ""))
        return text

    def legend(self) -> Text:
        """What the colours and the underline mean, for the sorts that this instance has."""
        text = Text()
        for sort in (s for s in self.styles if s in set(self.palette)):
            text.append(sort, style=self.styles[sort]).append("  ")
        return text.append("underlined", style="underline").append(": trained to predict it, or the right answer")
