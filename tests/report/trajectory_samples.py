"""Records of agents in mazes, which go by shortest paths, or to and fro."""

from __future__ import annotations

import functools

import numpy as np

from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.environment import MazeTask
from tolman.envs.maze.expert_trials import expert_trials
from tolman.worlds.mazes.levels import Levels, draw_levels

WORLD = {"class": "Mazes", "version": 1, "mazes": 64}
ACCURACIES = {
    "parametric": (0.98, 0.25),
    "parametric-retrieval-oracle": (0.97, 0.95),
    "parametric-retrieval-bm25": (0.97, 0.93),
}
LIMIT = 12


@functools.cache
def levels() -> Levels:
    """Four mazes, in each of which two objects are latent."""
    config = MazeConfig(size=5, view_size=1, max_steps=LIMIT)
    return draw_levels(config, np.random.default_rng(5), trained=4, held_out=0, latent=2)


def trajectory(name: str, maze: int, goal: int, start: tuple[int, int], found: bool, memory: bool = False) -> dict:
    """A trajectory as records keep it: the expert's, or one to and fro."""
    one = lambda x: np.array([x], np.int32)  # noqa: E731
    place, row, column = levels().environment, *start
    tasks = MazeTask(one([maze]), one([goal]), one([[row, column, 0]]), one([goal]))
    trial = expert_trials(place, levels().expert, tasks)
    way = place.describe_observations(trial.input[0][trial.valid[0]])
    assert way is not None
    aside = [row, column + (1 if column < 4 else -1)]
    taken = way.tolist() if found else [[row, column] if k % 2 == 0 else aside for k in range(LIMIT + 1)]
    return {
        "item": f"{name}/maze{maze}|object{goal}|{row},{column},0", "level": maze, "goal": goal,
        "path": [[*cell, 0] for cell in taken], "actions": len(taken) - 1, "shortest": len(way) - 1, "success": found,
        "correct": found, "retrieved": [way.tolist()[1:]] if memory else [],
    }  # fmt: skip


def items(latent: bool) -> list[tuple[int, int, tuple[int, int]]]:
    """Two questions in each of three mazes: an object, and the corner to start from that is farthest from it."""
    goals = np.argwhere(levels().goals[:3] != latent).tolist()
    chosen = [goal for maze in range(3) for goal in [g for g in goals if g[0] == maze][:2]]
    places = np.asarray(levels().environment.layouts.object_cells)
    return [(maze, goal, tuple(np.where(places[maze, goal] < 2.5, 4, 0).tolist())) for maze, goal in chosen]


def trajectories(learner: str, misses: tuple[int, ...] = ()) -> dict:
    """Trajectories of a record: trained goals are found, latent ones with memory except those numbered in `misses`."""
    memory = learner != "parametric"
    trained = [trajectory("explicit", *item, True, memory) for item in items(False)]
    latent = [trajectory("latent", *item, memory and i not in misses, memory) for i, item in enumerate(items(True))]
    return {"layouts": levels().environment.describe_levels(range(3)), "tests": {"explicit": trained, "latent": latent}}


def scores(learner: str, seed: int) -> dict:
    """Results of the tests."""
    explicit, latent = ACCURACIES[learner]
    chance = {"uniform": 0.05, "elimination": 0.5, "constant": 0.1}
    base = {"n": 100, "chance": chance, "recall": None, "precision": None, "exposure": None, "groups": {}}
    scored = {
        "explicit": ("explicit", explicit, 1.0, 1.01 + 0.01 * seed),
        "latent": ("latent", latent, latent + 0.02, 2.0 if learner == "parametric" else 1.04),
        "goal-masked": ("control", 0.2, 0.3, None),
    }
    return {
        name: {"role": role, "accuracy": accuracy, "success": success, "path_ratio": ratio, **base}
        for name, (role, accuracy, success, ratio) in scored.items()
    }


def agents(make, seeds: int = 5, misses: tuple[int, ...] = (), learners: tuple[str, ...] = tuple(ACCURACIES)) -> list:
    """Records of all of them over some seeds; `make` makes one."""
    found = []
    for learner in learners:
        for seed in range(seeds):
            record = make(learner=learner, seed=seed, tests=scores(learner, seed), study="mazes", world=WORLD)
            record.result["trajectories"] = trajectories(learner, misses)
            found.append(record)
    return found
