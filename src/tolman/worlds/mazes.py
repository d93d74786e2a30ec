"""Mazes: objects passed on the way to others, which may or may not be found again when they become the goal.

After the latent gridworld of Lampinen et al. (arXiv 2509.16189), whose sizes are not public: all of them are ours.
"""

from __future__ import annotations

from ._mazes.dials import Maze
from ._mazes.dynamics import Params, State, TimeStep, make_params, observe, reset, step
from ._mazes.expert import best_actions, distances

__all__ = [
    "Maze", "Params", "State", "TimeStep", "best_actions", "distances", "make_params", "observe", "reset", "step",
]  # fmt: skip
