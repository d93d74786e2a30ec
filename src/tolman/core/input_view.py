"""Labelled inputs on a terminal: bits as digits, images as half-block characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from rich.text import Text

from tolman.core.experience import NONE, Corpus, TestSet
from tolman.core.token_view import Painter
from tolman.core.view import GAP, Sample, side_by_side
from tolman.core.world import Instance

_SHADES = " .:-=+*#%@"


class InputView:
    """View of a world whose steps are labelled inputs.

    Args:
        instance: its `vocabulary` lists the outputs as `name=value`, one label's next to each other.
        width: columns of the terminal, which images fill.
        colour: draw images in colours, not in shades of characters.
        block: units of each label's domain, coloured as the label; 0 if labels have none.
    """

    def __init__(self, instance: Instance, width: int, colour: bool, block: int = 0):
        self.painter, self.block = Painter(instance), block
        self.width, self.colour = max(1, width - GAP), colour
        names = [word.rpartition("=")[0] for word in instance.vocabulary]
        self.first = [names.index(name) for name, _ in groupby(names)]
        self.images = instance.corpus.experiences.steps["input"].ndim > 3

    def legend(self) -> Text:
        """The meaning of the colours and, for bits, of the digits."""
        text = self.painter.legend()
        return text if self.images else text.append("\n1: +1   0: -1   ·: 0, the feature is absent", style="dim")

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        steps = corpus.experiences.steps
        return self._samples(steps["input"][rows, 0], [self._labels(steps["label"][row, 0]) for row in rows])

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        return self._samples(test.prompts.steps["input"][items, 0], [self._answer(test, item) for item in items])

    def _labels(self, labels: np.ndarray) -> Text:
        columns = np.array(self.first) + labels
        return self.painter.paint(columns[labels != NONE], learned=True) or Text("no label", style="dim")

    def _answer(self, test: TestSet, item: int) -> Text:
        options = test.options[test.choice[item]][test.correct[item]]
        return Text("⟶ ", style="bold").append_text(self.painter.paint(options.ravel(), learned=True))

    def _samples(self, inputs: np.ndarray, captions: list[Text]) -> list[Sample]:
        if not self.images:
            pairs = zip(inputs, captions, strict=True)
            return [Sample("· ", self._bits(bits).append("  ").append_text(caption)) for bits, caption in pairs]
        pictures = [picture(_narrowed(image, self.width), self.colour) for image in inputs]
        blocks = [[*lines, caption] for lines, caption in zip(pictures, captions, strict=True)]
        return [Sample("  ", row) for row in side_by_side(blocks, self.width)]

    def _bits(self, bits: np.ndarray) -> Text:
        digits = np.where(bits == 0, "·", np.where(bits > 0, "1", "0"))
        text, width = Text(), self.block or len(bits)
        for k, start in enumerate(range(0, len(bits), width)):
            sort = self.painter.palette[self.first[k]] if self.block else ""
            text.append(" " if k else "")
            text.append("".join(digits[start : start + width]), style=self.painter.styles.get(sort, ""))
        return text


def picture(image: np.ndarray, colour: bool) -> list[Text]:
    """Return an image `[h, w, 3]` of 8-bit intensities as lines of text, two rows of pixels in each."""
    rows = image[: len(image) // 2 * 2].reshape(-1, 2, *image.shape[1:])
    return [_half_blocks(*pair) if colour else _shades(pair) for pair in rows]


def _half_blocks(upper: np.ndarray, lower: np.ndarray) -> Text:
    line = Text()
    for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
        line.append("▀", style=f"rgb({','.join(map(str, above))}) on rgb({','.join(map(str, below))})")
    return line


def _shades(pair: np.ndarray) -> Text:
    brightness = pair.mean(axis=(0, 2)) / 256
    return Text("".join(_SHADES[int(value * len(_SHADES))] for value in brightness))


def _narrowed(image: np.ndarray, width: int) -> np.ndarray:
    every = -(-image.shape[1] // width)
    return image[::every, ::every]
