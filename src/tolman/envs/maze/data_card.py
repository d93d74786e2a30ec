"""Data card of exported demonstrations: their contents, their making, and how to read them."""

from __future__ import annotations

from typing import Any

MEANINGS = {
    "episode": "number of the episode",
    "maze": "number of the maze, a row of `mazes`",
    "time": "actions taken before, from 0",
    "step_type": "0 first, 1 in between, 2 last step of its episode",
    "reward": "1 where the goal has just been reached, else 0",
    "discount": "0 where the goal has been reached, else 1; a last step with 1 was cut off by the limit",
    "action": "action taken; -1 at last steps",
    "expert_action": "the first action, by number, that begins a shortest path to the goal; -1 at last steps",
    "distance": "actions on a shortest path to the goal",
    "cell": "row and column of the agent, also where they are not observed",
    "cue": "digits that identify the maze; -1 where floors do",
    "goal": "number of the object that is the goal",
    "position": "row and column as observed; -1 where they are not",
    "heading": "0 north, 1 east, 2 south, 3 west",
    "walls": "bits of each cell's closed sides: 1 north, 2 east, 4 south, 8 west",
    "object_map": "number of the object in each cell, plus 1; 0 = none",
    "object_cells": "row and column of each object",
    "floor": "colour of each cell",
    "goals": "whether each object may be the goal of an episode in that maze",
}
VIEWS = {
    "symbolic": "the square around the agent, ahead up: object plus 1, colour of the floor (-1 unseen), closed sides",
    "pixels": "the square around the agent, ahead up: 8-bit intensities of red, green and blue",
}

_LOAD = {
    "parquet": """import pyarrow.parquet as pq

table = pq.read_table("steps.parquet")
view = table["view"].combine_chunks().flatten().to_numpy().reshape(-1, {view})""",
    "npz": """import numpy as np

steps = np.load("steps.npz")
view = steps["view"]""",
}


def data_card(about: dict[str, Any]) -> str:
    """Return the card in Markdown with the head that the Hugging Face Hub reads; `about` is the `metadata.json`."""
    parts = [_head(about), _what(about), _columns(about), _loading(about), _making(about)]
    return "\n".join(parts)


def _head(about: dict[str, Any]) -> str:
    episodes = about["counts"]["episodes"]
    sizes = (("n<1K", 1e3), ("1K<n<10K", 1e4), ("10K<n<100K", 1e5), ("100K<n<1M", 1e6), ("n>1M", float("inf")))
    size = next(name for name, most in sizes if episodes < most)
    lines = ["license: apache-2.0", "pretty_name: Demonstrations in mazes", "task_categories: [reinforcement-learning]"]
    lines += ["tags: [imitation-learning, gridworld, navigation, demonstrations]", f"size_categories: ['{size}']"]
    if about["format"] == "parquet":
        files = (f"- {{config_name: {name}, data_files: {name}.parquet}}" for name in ("steps", "mazes"))
        lines += ["configs:", *files]
    return "\n".join(["---", *lines, "---", ""])


def _what(about: dict[str, Any]) -> str:
    counts, noise = about["counts"], about["noise"]
    errs = f", but {noise:g} of its actions were drawn at random" if noise else ""
    agreed = counts["actions_as_the_expert"] / max(counts["actions"], 1)
    rows = [
        ("mazes", about["mazes"]),
        ("episodes", counts["episodes"]),
        ("steps (rows)", counts["steps"]),
        ("episodes that reached their goal", counts["goals_reached"]),
        ("actions taken", counts["actions"]),
        ("actions on shortest paths from the same starts", counts["actions_of_shortest_paths"]),
        ("fraction of actions that were the expert's", f"{agreed:.3f}"),
    ]
    text = f"""# Demonstrations in mazes

Episodes in the gridworld `mazes` of Tolman, a laboratory for what models learn. In each, an agent goes to one object in
one maze. It takes shortest paths, found by breadth-first search{errs}. Mazes, goals and starts were
drawn uniformly; an episode ends at its goal, or after {about["config"]["max_steps"]} actions.
"""
    return text + "\n" + _table(("", "number"), rows) + "\nParameters of the environment:\n\n" + _config(about)


def _config(about: dict[str, Any]) -> str:
    actions = ", ".join(f"{number} {name}" for number, name in enumerate(about["actions"]))
    return _table(("parameter", "value"), list(about["config"].items())) + f"\nActions: {actions}.\n"


def _columns(about: dict[str, Any]) -> str:
    meanings = MEANINGS | {"view": VIEWS[about["config"]["observation"]]}
    text = """## Columns

A row of `steps` is one time step: an observation, the reward of the action that led to it, and the action taken next.
An episode of `n` actions has `n + 1` rows, one after another.
"""
    for name, columns in about["columns"].items():
        rows = [(f"`{key}`", c["type"], _shape(c["shape"]), meanings[key]) for key, c in columns.items()]
        text += f"\n`{name}.{about['format']}`:\n\n" + _table(("column", "type", "shape", "meaning"), rows)
    return text


def _shape(shape: list[int]) -> str:
    return " × ".join(map(str, shape)) or "number"


def _loading(about: dict[str, Any]) -> str:
    plain = _LOAD[about["format"]].format(view=str(about["columns"]["steps"]["view"]["shape"])[1:-1])
    lists = "\nArrays are lists of fixed size, in C order.\n" if about["format"] == "parquet" else ""
    return f"""## Loading

```python
{plain}
```
{lists}
With Tolman, as arrays and with the mazes to go on in:

```python
from tolman.envs.maze import load_demonstrations

params, steps = load_demonstrations(".")
```
"""


def _making(about: dict[str, Any]) -> str:
    how = (
        f"```bash\n{about['command']}\n```\n" if about["command"] else "Made in Python, by `tolman.envs.maze.export`.\n"
    )
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    files = _table(("file", "SHA-256"), [(f"`{name}`", f"`{digest}`") for name, digest in about["sha256"].items()])
    return f"""## How it was made

{how}
Seed {about["seed"]}, noise {about["noise"]:g}; {versions}. The same call writes the same files on the same versions.

{files}
## Licence

Apache-2.0, as the program that made it.
"""


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
