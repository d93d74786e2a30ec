"""Mazes and an agent so small that they train in a second, of one shape, so that programs are compiled once."""

from tolman.envs.maze import MazeConfig
from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.worlds.mazes import Mazes

WORLD = Mazes(
    MazeConfig(size=3, objects=4, view_size=1, max_steps=5),
    mazes=3,
    held_out=1,
    latent_goals=1,
    episodes=4,
    min_supports=1,
    context_trials=1,
    test_items=12,
)
MODEL = AgentConfig(DecoderConfig(width=16, layers=1, rotary=0.25))
