"""Agents that act in mazes of nine cells: small enough to train in a second."""

import hashlib
import json

import numpy as np
from tiny_trainer import SEEDS
from tiny_trainer import bits as weight_bits

from tiny_mazes import MODEL, WORLD
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, TrainingConfig, TrainingSpec
from tolman.training.trainer import Trainer

PHASES = (
    Phase(2, {"long-in-context": 1.0}, retrieve=False),
    Phase(8, {"task": 1.0}),
)
CHUNKS, BATCH = 5, 8
"""In all, and episodes of an iteration; a chunk has two."""


def tiny_actors(folder=None, seeds=SEEDS, kind=Trainer, phases=PHASES, **training):
    """The trainer; with a folder it writes a checkpoint after every chunk."""
    settings = {"batch": BATCH, "chunk": 2, "fresh": 8, "parallel_seeds": len(seeds), "curve_points": 3, **training}
    config = TrainingConfig(**{"optimiser": OptimiserConfig(warmup=4), "precision": "float32", **settings})
    spec = TrainingSpec(WORLD, MODEL, config, phases, Retrieval(Oracle(), 2), ppo=PPOConfig(episodes_per_level=6))
    return kind(spec, seeds, tuple(WORLD.draw(s.world) for s in seeds), folder=folder, checkpoint_every=0.0)


def bits(trained):
    """All that must be the same to the last bit: a seed's weights, curve, budget and replay buffer."""
    kept = hashlib.sha256(b"".join(np.ascontiguousarray(leaf).tobytes() for leaf in vars(trained.replay).values()))
    return json.dumps([weight_bits(trained), kept.hexdigest()])
