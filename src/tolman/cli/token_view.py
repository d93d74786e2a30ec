"""Documents and questions of tokens as `tolman look` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from tolman.cli.wording import Painter
from tolman.core.experience import NONE, Corpus, TestSet
from tolman.core.world import Instance

Sample = tuple[str, Text]
"""A text with what stands before its first line."""


class TokenView:
    """Shows experiences as coloured words."""

    def __init__(self, instance: Instance):
        self.corpus, self.painter = instance.corpus, Painter(instance)

    def legend(self) -> Text:
        """What the colours mean."""
        return self.painter.legend()

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        """Rows of a corpus."""
        return [("· ", self._document(corpus, row)) for row in rows]

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        """Items of a test, each with its answer and the first document that supports it."""
        return [sample for item in items for sample in self._question(test, item)]

    def _document(self, corpus: Corpus, row: int) -> Text:
        rows = corpus.experiences
        valid = rows.valid[row]
        return self.painter.paint(rows.steps["token"][row][valid], rows.weight[row][valid] > 0)

    def _question(self, test: TestSet, item: int) -> Iterator[Sample]:
        prompt = test.prompts.steps["token"][item][test.prompts.valid[item]]
        yield "· ", self.painter.paint(prompt).append("  ⟶  ", style="bold").append_text(self._answers(test, item))
        supports = [row for row in test.supports[item].tolist() if row != NONE]
        if supports:
            document = self._document(self.corpus, supports[0])
            yield "    ", Text("supported by  ", style="dim").append_text(document)

    def _answers(self, test: TestSet, item: int) -> Text:
        """The right answers, the first few of them where there are many."""
        options, right = test.options[test.choice[item]], np.flatnonzero(test.correct[item]).tolist()
        painted = (self.painter.paint(options[option], learned=True) for option in right[:3])
        text = Text(" or ", style="dim").join(painted)
        return text.append(f" or {len(right) - 3} others", style="dim") if len(right) > 3 else text
