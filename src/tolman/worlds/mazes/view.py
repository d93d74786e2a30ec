"""Episodes in mazes on a terminal: drawn where the maze is known, else step by step in words."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from rich.text import Text

from tolman.core.experience import NONE, Corpus, Experiences, TestSet
from tolman.core.view import GAP, Sample, side_by_side
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.envs.maze.dynamics import State
from tolman.envs.maze.environment import MazeEnvironment, slices
from tolman.envs.maze.terminal import draw_text, object_name


class MazeView:
    """View of an instance whose tests take place in mazes.

    Args:
        instance: has a maze as the topic of each row of its corpus.
        place: the environment of its tests.
        width: columns of the terminal, which drawings fill.
    """

    def __init__(self, instance: Instance, place: MazeEnvironment, width: int):
        self.corpus, self.place, self.width = instance.corpus, place, max(1, width - GAP)
        self.parts, self.names = slices(place.dials), place.dials.action_names

    def legend(self) -> Text:
        """What the signs mean."""
        text = Text("letters: objects   [ ]: the goal   ○ • ●: where an episode began, came through and ended\n")
        text.append("in a question ● is where it starts from, and ○ • an episode of its maze that shows the goal\n")
        return text.append("underlined", style="underline").append(": trained to do it")

    def documents(self, corpus: Corpus, rows: Sequence[int]) -> list[Sample]:
        """Rows of a corpus."""
        ways = [self._way(corpus, row) for row in rows]
        if any(way is None for way in ways):
            return [sample for row in rows for sample in self._told(corpus.experiences, row)]
        blocks = [self._episode(corpus, row, way) for row, way in zip(rows, ways, strict=True) if way is not None]
        return self._beside(blocks)

    def questions(self, test: TestSet, items: Sequence[int]) -> list[Sample]:
        """Items of a test, each with the first episode that supports it."""
        assert isinstance(test, RolloutTest)
        return self._beside([self._question(test, item) for item in items])

    def _way(self, corpus: Corpus, row: int) -> np.ndarray | None:
        """The run_groups `[n, 2]` of an episode in one known maze, if they are told."""
        rows = corpus.experiences
        known = corpus.topics[row, 0] != NONE
        return self.place.describe_observations(rows.steps["input"][row][rows.valid[row]]) if known else None

    def _episode(self, corpus: Corpus, row: int, way: np.ndarray) -> list[Text]:
        rows, maze = corpus.experiences, int(corpus.topics[row, 0])
        steps = rows.steps["input"][row][rows.valid[row]]
        goal, heading = self._one(steps[0], "goal"), max(self._one(steps[-1], "heading"), 0)
        drawing = self._drawn(maze, way[-1], heading, goal, way)
        told = [self.names[action] for action in self._taken(steps[1:])]
        return _captioned(drawing, f"maze {maze}, to {object_name(goal)}: {' '.join(told)}")

    def _question(self, test: RolloutTest, item: int) -> list[Text]:
        maze, goal = int(test.tasks.mazes[item, 0]), int(test.tasks.goals[item, 0])
        row, column, heading = np.asarray(test.tasks.starts[item, 0]).tolist()
        supports = [r for r in test.supports[item].tolist() if r != NONE]
        way = self._way(self.corpus, supports[0]) if supports else None
        drawing = self._drawn(maze, np.array([row, column]), heading, goal, () if way is None else way)
        hidden = ", which is hidden" if test.tasks.goal_masked[item] else ""
        return _captioned(drawing, f"maze {maze}, to {object_name(goal)}{hidden}: {int(test.shortest[item])} away")

    def _drawn(self, maze: int, at: np.ndarray, heading: int, goal: int, way: Sequence | np.ndarray) -> list[Text]:
        whole = map(np.asarray, (maze, at, heading, goal, 0, False))
        lines = draw_text(self.place.params, State(*whole), way).split("\n")  # pyright: ignore
        return list(lines)

    def _told(self, rows: Experiences, row: int) -> list[Sample]:
        """An episode's trials, one to a line: what was done, and which objects were then in view."""
        valid = rows.valid[row]
        inputs, learned = rows.steps["input"][row][valid], rows.weight[row][valid] > 0
        begun = np.flatnonzero(self._taken(inputs) == NONE)
        ends = [*begun[1:].tolist(), len(inputs)]
        return [
            Sample("  " if start else "· ", self._trial(inputs[start:end], learned[start:end]))
            for start, end in zip(begun.tolist(), ends, strict=True)
        ]

    def _trial(self, inputs: np.ndarray, learned: np.ndarray) -> Text:
        goal = self._one(inputs[0], "goal")
        # An action is learned at the step before it was taken.
        steps = [self._step(step, goal, style) for step, style in zip(inputs, ["", *_styles(learned)], strict=False)]
        text = Text.assemble((self._cue(inputs[0]), "dim"), (f"to {object_name(goal)}:", "bold"))
        for step in filter(None, steps):
            text.append(" · ", style="dim").append_text(step)
        return text

    def _step(self, step: np.ndarray, goal: int, style: str) -> Text:
        """The action that led here, and what is in view."""
        (action,), seen = self._taken(step[None]).tolist(), self._seen(step)
        done = [(self.names[action], style)] if action != NONE else []
        shown = [(object_name(thing), "bold" if thing == goal else "cyan") for thing in seen]
        return Text(" ").join(Text(*part) for part in (*done, *shown))

    def _cue(self, step: np.ndarray) -> str:
        if "cue" not in self.parts:
            return ""
        digits = (step[self.parts["cue"]] > 0).reshape(self.place.dials.digits, -1).argmax(axis=1)
        return f"maze {'-'.join(map(str, digits.tolist()))}  "

    def _seen(self, step: np.ndarray) -> list[int]:
        if "things" not in self.parts:
            return []
        run_groups = step[self.parts["things"]].reshape(-1, self.place.dials.objects)
        return np.flatnonzero(run_groups.any(axis=0)).tolist()

    def _taken(self, inputs: np.ndarray) -> np.ndarray:
        return inputs[:, self.parts["taken"]].argmax(axis=1) + NONE

    def _one(self, step: np.ndarray, part: str) -> int:
        """The number that a part of an input tells, `NONE` where it tells none."""
        bits = step[self.parts[part]] > 0 if part in self.parts else np.zeros(1, bool)
        return int(bits.argmax()) if bits.any() else NONE

    def _beside(self, blocks: list[list[Text]]) -> list[Sample]:
        return [Sample("  ", text) for text in side_by_side(blocks, self.width)]


def _styles(learned: np.ndarray) -> list[str]:
    return ["underline" if each else "" for each in learned.tolist()]


def _captioned(drawing: list[Text], caption: str) -> list[Text]:
    width = max(drawing[0].cell_len, 24)
    return [*drawing, *(Text(line, style="dim") for line in wrap(caption, width))]
