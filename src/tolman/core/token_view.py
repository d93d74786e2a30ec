"""Documents and questions of tokens as coloured words.

Text only ever becomes `rich.text.Text`, never markup: a user's table may hold a name like `[red]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from tolman.core.experience import NONE, Corpus, TestSet
from tolman.core.view import Sample
from tolman.core.world import Instance

STYLES = {
    "entity": "cyan",
    "answer": "green",
    "relation": "magenta",
    "direction": "bold yellow",
    "marker": "bold blue",
    "filler": "bright_black",
}
"""Styles of the usual sorts of token (`Instance.palette`): the terminal's own 16 colours, legible in any theme."""

_SPARE = ("red", "bright_green", "bright_magenta", "bright_cyan", "bright_red")


class Painter:
    """Writes an instance's tokens as words, coloured by sort; those that bear loss are underlined."""

    def __init__(self, instance: Instance):
        self.vocabulary, self.palette = instance.vocabulary, instance.palette
        others = sorted(set(self.palette) - set(STYLES))
        self.styles = STYLES | {sort: _SPARE[i % len(_SPARE)] for i, sort in enumerate(others)}

    def paint(self, tokens: np.ndarray, learned: np.ndarray | bool = False) -> Text:
        """Return tokens as words with blanks between them.

        Args:
            tokens: ids; `NONE` is left out.
            learned: marks the tokens that training predicts, or all or none of them.
        """
        ids = tokens[tokens != NONE].tolist()
        marks = np.broadcast_to(learned, len(ids)).tolist()
        text = Text()
        for i, (token, mark) in enumerate(zip(ids, marks, strict=True)):
            text.append(" " if i else "")
            text.append(self.vocabulary[token], style=self.styles[self.palette[token]] + (" underline" if mark else ""))
        return text

    def legend(self) -> Text:
        """Return the meaning of the underline and of the colours of the sorts that this instance has."""
        text = Text()
        for sort in (s for s in self.styles if s in set(self.palette)):
            text.append(sort, style=self.styles[sort]).append("  ")
        return text.append("underlined", style="underline").append(": trained to predict it, or the right answer")


class TokenView:
    """View of a world whose steps are tokens."""

    def __init__(self, instance: Instance):
        self.corpus, self.painter = instance.corpus, Painter(instance)

    def legend(self) -> Text:
        return self.painter.legend()

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        return [Sample("· ", self._document(corpus, row)) for row in rows]

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        """Items of a test, each with its answer and the first document that supports it."""
        return [sample for item in items for sample in self._question(test, item)]

    def _document(self, corpus: Corpus, row: int) -> Text:
        rows = corpus.experiences
        valid = rows.valid[row]
        return self.painter.paint(rows.steps["token"][row][valid], rows.weight[row][valid] > 0)

    def _question(self, test: TestSet, item: int) -> Iterator[Sample]:
        prompt = test.prompts.steps["token"][item][test.prompts.valid[item]]
        answers = self._answers(test, item)
        yield Sample("· ", self.painter.paint(prompt).append("  ⟶  ", style="bold").append_text(answers))
        supports = [row for row in test.supports[item].tolist() if row != NONE]
        if supports:
            document = self._document(self.corpus, supports[0])
            why = "related to" if test.role == "control" else "supported by"
            yield Sample("    ", Text(f"{why}  ", style="dim").append_text(document))

    def _answers(self, test: TestSet, item: int) -> Text:
        """Return the right answers, the first three of them if there are more."""
        options, right = test.options[test.choice[item]], np.flatnonzero(test.correct[item]).tolist()
        painted = (self.painter.paint(options[option], learned=True) for option in right[:3])
        text = Text(" or ", style="dim").join(painted)
        return text.append(f" or {len(right) - 3} others", style="dim") if len(right) > 3 else text
