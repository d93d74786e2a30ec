"""Mazes: objects passed on the way to others, which may or may not be found again when they become the goal.

After the latent gridworld of Lampinen et al. (arXiv 2509.16189), whose sizes are not public: all of them are ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tolman.core.config import override
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.envs.environment import RolloutTest
from tolman.envs.maze.adapters import register_gymnasium, to_gymnasium, to_gymnasium_vector
from tolman.envs.maze.config import Maze, within
from tolman.envs.maze.dataset import export, load_demonstrations
from tolman.envs.maze.demonstrations import Demonstrations, demonstrations
from tolman.envs.maze.dynamics import Params, State, TimeStep, make_params, observe, reset, step
from tolman.envs.maze.environment import MazeEnvironment
from tolman.envs.maze.expert import best_actions, distances
from tolman.envs.maze.geometry import Scene
from tolman.envs.maze.render import frames, panel, panel_svg, render, render_svg, save_gif, save_png
from tolman.envs.maze.terminal import draw_text
from tolman.worlds.mazes.episodes import as_corpus, draw_episodes
from tolman.worlds.mazes.in_context import draw_lessons
from tolman.worlds.mazes.levels import Cast, draw_cast
from tolman.worlds.mazes.questions import draw_questions, unasked
from tolman.worlds.mazes.tasks import task_samplers
from tolman.worlds.mazes.test_builder import Examiner

if TYPE_CHECKING:
    from tolman.core.view import View

__all__ = [
    "Demonstrations", "Maze", "Mazes", "Params", "Scene", "State", "TimeStep", "best_actions", "demonstrations",
    "distances", "draw_text", "export", "frames", "load_demonstrations", "make_params", "observe", "panel",
    "panel_svg", "register_gymnasium", "render", "render_svg", "reset", "save_gif", "save_png", "step", "to_gymnasium",
    "to_gymnasium_vector",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mazes(AbstractWorld):
    """Mazes with objects, some of which are never goals there though they are elsewhere.

    Attributes:
        maze: the environment's dials.
        mazes: those trained in.
        held_out: those met in memory only.
        latent: objects of each maze that are no goals in its training.
        episodes: the expert's episodes in each maze.
        supports: in at least so many of them each object is in view.
        noise: share of the expert's actions that are random.
        past: trials that come before the one to learn from in a lesson.
        trials: those of a lesson that is practised by reward.
        test_items: most items per test.
    """

    version: ClassVar[int] = 2

    maze: Maze = dataclasses.field(default_factory=Maze)
    mazes: int = 64
    held_out: int = 16
    latent: int = 2
    episodes: int = 48
    supports: int = 3
    noise: float = 0.0
    past: int = 2
    trials: int = 6
    test_items: int = 256

    def __post_init__(self) -> None:
        for name in ("mazes", "episodes", "past", "trials", "test_items"):
            within(self, name, 1)
        within(self, "held_out", 0)
        within(self, "latent", 1, self.maze.objects - 2)
        within(self, "supports", 1, self.episodes)
        within(self, "noise", 0.0, 1.0)

    @property
    def length(self) -> int:
        """Most steps of an episode, the one at the goal included."""
        direct = not (self.noise or self.maze.walls or self.maze.headings > 1)
        longest = 2 * (self.maze.size - 1)
        return min(longest, self.maze.limit) + 1 if direct else self.maze.limit + 1

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        cast = draw_cast(self.maze, self.mazes, self.held_out, self.latent, rng)
        asking = np.random.default_rng([seed, 2])
        questions = draw_questions(cast, self.test_items, asking)
        rest = unasked(cast, questions)
        episodes = draw_episodes(rest, self.episodes, self.supports, self.noise, rng)
        kind = episodes.tasks.mazes[:, 0] >= cast.trained
        corpus = as_corpus(cast, episodes, kind, self.length, 2 * self.supports)
        tests = Examiner(cast, episodes, corpus, self.episodes).tests(questions, asking)
        arrivals = [f"arrives after {k}" for k in range(1, self.maze.limit + 1)]
        actions = self.maze.action_names
        return Instance(
            vocabulary=(*actions, *arrivals),
            palette=("relation",) * len(actions) + ("answer",) * len(arrivals),
            kinds=("episode", "elsewhere"),
            memory_kinds=("episode", "elsewhere"),
            memory_length=self.length,
            most_targets=self.length,
            corpus=corpus,
            tests=tests,
            samplers=self._samplers(cast),
            groups=(len(actions),),
            task_samplers=task_samplers(rest, self.trials),
        )

    def view(self, instance: Instance, width: int, colour: bool) -> View:
        from tolman.worlds.mazes.view import MazeView

        del colour
        test = instance.tests[0]
        assert isinstance(test, RolloutTest)
        assert isinstance(test.environment, MazeEnvironment)
        return MazeView(instance, test.environment, width)

    @classmethod
    def export(cls, folder: Path, settings: Mapping[str, str], **options: Any) -> Path:
        dials = override(Maze(), {path.removeprefix("maze."): text for path, text in settings.items()})
        levels, seed, command, progress = (options.pop(name) for name in ("levels", "seed", "command", "progress"))
        params = make_params(dials, levels, seed)
        return export(folder, params, seed=seed, command=command, progress=progress, **options)

    def _samplers(self, cast: Cast) -> dict[str, CorpusSampler]:
        def drawer(related: bool) -> CorpusSampler:
            return lambda rng, n: draw_lessons(cast, n, self.past, related, self.noise, self.length, rng)

        return {"long-in-context": drawer(True), "long-unrelated": drawer(False)}
