"""Episodes and questions of the mazes for `tolman look`: drawn where the maze is known, else step by step in words."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from rich.text import Text

from tolman.core.experience import NONE, Corpus, Experiences, TestSet
from tolman.core.view import GAP, Sample, side_by_side
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.envs.maze.encoding import part_slices
from tolman.envs.maze.environment import MazeEnvironment
from tolman.envs.maze.state import MazeState
from tolman.envs.maze.terminal import draw_text, object_name

_CAPTION = 24
"""Width of a caption, at least."""


class MazeView:
    """View of an instance whose tests take place in mazes, as in `tolman.core.view.View`.

    Args:
        instance: its corpus has a maze as each row's topic.
        environment: the mazes of its tests.
        width: columns of the terminal, which drawings fill.
    """

    def __init__(self, instance: Instance, environment: MazeEnvironment, width: int):
        self.corpus, self.environment, self.width = instance.corpus, environment, width
        self.parts, self.names = part_slices(environment.config), environment.config.action_names

    def legend(self) -> Text:
        """Return the meaning of the signs."""
        text = Text("letters: objects   [ ]: the goal   ○ • ●: start, path and end of an episode\n")
        text.append("in a question ● is the start, and ○ • an episode of its maze that shows the goal\n")
        return text.append("underlined", style="underline").append(": trained to do it")

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        """Render rows of a corpus."""
        paths = [self._path(corpus, row) for row in rows]
        if any(path is None for path in paths):
            return [sample for row in rows for sample in self._in_words(corpus.experiences, row)]
        blocks = [self._episode(corpus, row, path) for row, path in zip(rows, paths, strict=True) if path is not None]
        return self._beside(blocks)

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        """Render items of a test, each with the first episode that supports it."""
        assert isinstance(test, RolloutTest)
        return self._beside([self._question(test, item) for item in items])

    def _path(self, corpus: Corpus, row: int) -> np.ndarray | None:
        """Return the cells `[n, 2]` of an episode in one known maze, if its observations tell them."""
        rows = corpus.experiences
        if corpus.topics[row, 0] == NONE:
            return None
        return self.environment.describe_observations(rows.steps["input"][row][rows.valid[row]])

    def _episode(self, corpus: Corpus, row: int, path: np.ndarray) -> list[Text]:
        rows, maze = corpus.experiences, int(corpus.topics[row, 0])
        steps = rows.steps["input"][row][rows.valid[row]]
        goal, heading = self._number(steps[0], "goal"), max(self._number(steps[-1], "heading"), 0)
        actions = [self.names[action] for action in self._actions(steps[1:])]
        drawing = self._drawing(maze, goal, (*path[-1], heading), path)
        return _captioned(drawing, f"maze {maze}, to {object_name(goal)}: {' '.join(actions)}")

    def _question(self, test: RolloutTest, item: int) -> list[Text]:
        maze, goal = int(test.tasks.mazes[item, 0]), int(test.tasks.goals[item, 0])
        supports = [r for r in test.supports[item].tolist() if r != NONE]
        path = self._path(self.corpus, supports[0]) if supports else None
        drawing = self._drawing(maze, goal, np.asarray(test.tasks.starts[item, 0]), () if path is None else path)
        told, told_of = int(test.tasks.shown[item, 0]), ""
        if told != goal:
            told_of = ", which is hidden" if told == NONE else f", but told to go to {object_name(told)}"
        return _captioned(drawing, f"maze {maze}, to {object_name(goal)}{told_of}: {int(test.shortest[item])} away")

    def _drawing(
        self, maze: int, goal: int, agent: Sequence[int] | np.ndarray, path: Sequence[int] | np.ndarray
    ) -> list[Text]:
        """Draw a maze with the agent at a row, column and heading."""
        row, column, heading = agent
        state = MazeState(*map(np.asarray, (maze, (row, column), heading, goal, 0, False)))  # pyright: ignore
        return list(draw_text(self.environment.params, state, path).split("\n"))

    def _in_words(self, rows: Experiences, row: int) -> list[Sample]:
        """Render an episode's trials, one to a line: the actions, and the objects that came into view."""
        valid = rows.valid[row]
        inputs, learned = rows.steps["input"][row][valid], rows.weight[row][valid] > 0
        starts = np.flatnonzero(self._actions(inputs) == NONE)
        ends = [*starts[1:].tolist(), len(inputs)]
        return [
            Sample("  " if start else "· ", self._trial(inputs[start:end], learned[start:end]))
            for start, end in zip(starts.tolist(), ends, strict=True)
        ]

    def _trial(self, inputs: np.ndarray, learned: np.ndarray) -> Text:
        goal = self._number(inputs[0], "goal")
        # An action is learned at the step before it was taken.
        styles = ["", *("underline" if each else "" for each in learned.tolist())]
        steps = [self._step(step, goal, style) for step, style in zip(inputs, styles, strict=False)]
        text = Text.assemble((self._cue(inputs[0]), "dim"), (f"to {object_name(goal)}:", "bold"))
        for step in filter(None, steps):
            text.append(" · ", style="dim").append_text(step)
        return text

    def _step(self, step: np.ndarray, goal: int, style: str) -> Text:
        """Render the action that led to a step, and the objects in view."""
        (action,) = self._actions(step[None]).tolist()
        done = [(self.names[action], style)] if action != NONE else []
        shown = [(object_name(number), "bold" if number == goal else "cyan") for number in self._in_view(step)]
        return Text(" ").join(Text(*part) for part in (*done, *shown))

    def _cue(self, step: np.ndarray) -> str:
        if "cue" not in self.parts:
            return ""
        digits = (step[self.parts["cue"]] > 0).reshape(self.environment.config.digits, -1).argmax(axis=1)
        return f"maze {'-'.join(map(str, digits.tolist()))}  "

    def _in_view(self, step: np.ndarray) -> list[int]:
        if "objects" not in self.parts:
            return []
        cells = step[self.parts["objects"]].reshape(-1, self.environment.config.objects)
        return np.flatnonzero(cells.any(axis=0)).tolist()

    def _actions(self, inputs: np.ndarray) -> np.ndarray:
        return inputs[:, self.parts["action"]].argmax(axis=1) + NONE

    def _number(self, step: np.ndarray, part: str) -> int:
        """Return the number that a part of an observation encodes, `NONE` if there is none."""
        bits = step[self.parts[part]] > 0 if part in self.parts else np.zeros(1, bool)
        return int(bits.argmax()) if bits.any() else NONE

    def _beside(self, blocks: list[list[Text]]) -> list[Sample]:
        return [Sample("  ", text) for text in side_by_side(blocks, max(1, self.width - GAP))]


def _captioned(drawing: list[Text], caption: str) -> list[Text]:
    width = max(drawing[0].cell_len, _CAPTION)
    return [*drawing, *(Text(line, style="dim") for line in wrap(caption, width))]
