"""Agents that practise in mazes of nine cells: small enough to train in a second."""

import hashlib
import json

import numpy as np
from tiny_block import SEEDS
from tiny_block import bits as weight_bits

from tiny_mazes import MODEL, WORLD
from tolman.core.learning import Phase, Reinstatement
from tolman.training.actor_learner import ActorLearner
from tolman.training.optimiser import OptimiserConfig
from tolman.training.ppo import Reinforcement
from tolman.training.spec import TrainingConfig, TrainingSpec

PHASES = (
    Phase(2, (("lesson", 1.0),), reinstate=False),
    Phase(8, (("practice", 1.0),)),
)
CHUNKS, BATCH = 5, 8
"""In all, and episodes of an iteration; a chunk has two."""


def tiny_actors(folder=None, seeds=SEEDS, kind=ActorLearner, phases=PHASES, **training):
    """The block; with a folder it writes a checkpoint after every chunk."""
    settings = {"batch": BATCH, "chunk": 2, "transients": 8, "lanes": len(seeds), "curve_points": 3, **training}
    config = TrainingConfig(**{"optimiser": OptimiserConfig(warmup=4), "precision": "float32", **settings})
    how = Reinforcement(memory=6)
    spec = TrainingSpec(WORLD, MODEL, config, phases, Reinstatement("oracle", 2), reinforcement=how)
    return kind(spec, seeds, tuple(WORLD.draw(s.world) for s in seeds), folder, checkpoint_every=0.0)


def bits(trained):
    """What must be the same to the last bit: a lane's weights, its curve, its budget and its memory."""
    kept = hashlib.sha256(b"".join(np.ascontiguousarray(leaf).tobytes() for leaf in vars(trained.own).values()))
    return json.dumps([weight_bits(trained), kept.hexdigest()])
