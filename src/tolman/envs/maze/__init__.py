"""Mazes with objects, as an environment of its own: pure functions, Gymnasium, pictures, an expert, demonstrations.

```python
import jax
from tolman.envs import maze

params = maze.make_params(maze.MazeConfig(size=7, wall_density=0.6), mazes=64)
state, timestep = maze.reset(jax.random.key(0), params)
```
"""

from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.demonstrations import Demonstrations, demonstrations
from tolman.envs.maze.dynamics import make_params, observe, reset, step
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.expert import Expert, best_actions, distances, solve
from tolman.envs.maze.export import export, load_demonstrations
from tolman.envs.maze.geometry import Scene
from tolman.envs.maze.gymnasium import register_gymnasium, to_gymnasium, to_gymnasium_vector
from tolman.envs.maze.recording import recorded_scene
from tolman.envs.maze.render import frames, render, render_svg, save_gif, save_png, side_by_side, side_by_side_svg
from tolman.envs.maze.state import MazeParams, MazeState, MazeTimeStep
from tolman.envs.maze.terminal import draw_text

__all__ = [
    "Demonstrations", "Expert", "MazeConfig", "MazeEnvironment", "MazeParams", "MazeState", "MazeTask", "MazeTimeStep",
    "Scene", "best_actions", "demonstrations", "distances", "draw_text", "export", "frames", "load_demonstrations",
    "make_params", "observe", "recorded_scene", "register_gymnasium", "render", "render_svg", "reset", "save_gif",
    "save_png", "side_by_side", "side_by_side_svg", "solve", "step", "to_gymnasium", "to_gymnasium_vector",
]  # fmt: skip
