"""Mazes and an agent so small that they train in a second, of one shape, so that programs are compiled once."""

from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.worlds.mazes import Maze, Mazes

WORLD = Mazes(
    Maze(size=3, objects=4, view=1, limit=5),
    mazes=3,
    held_out=1,
    latent=1,
    episodes=4,
    supports=1,
    past=1,
    test_items=12,
)
MODEL = AgentConfig(DecoderConfig(width=16, layers=1, rotary=0.25))
