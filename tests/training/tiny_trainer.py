"""A trainer whose models train in a second; as a script, it is run by children that are killed."""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from tolman.models.decoder import DecoderConfig
from tolman.models.io import flatten
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.trainer import Trainer
from tolman.worlds.reversals import Reversals

WORLD = Reversals(
    entities=12, relations=2, held_out=4, fillers=2, filler=2, inner_filler=1, copies=2, max_premises=2, test_items=8
)
MODEL = DecoderConfig(width=16, layers=1, heads=2)
SEEDS = (Seeds(0, 0), Seeds(1, 1), Seeds(2, 2), Seeds(3, 3))
READING = Phase(8, {"long-in-context": 1.0}, retrieve=False)
EVERYTHING = {"statement": 0.4, "restatement": 0.3, "in-context": 0.2, "long-in-context": 0.1}


def tiny_spec(steps=16, **training):
    """Two phases of 8 and `steps` steps, 4 to a chunk; four seeds, so that a device holds more than one."""
    settings = {"batch": 8, "chunk": 4, "fresh": 16, "parallel_seeds": len(SEEDS), "curve_points": 3, **training}
    config = TrainingConfig(**{"optimiser": OptimiserConfig(warmup=4), "precision": "float32", **settings})
    phases = (READING, Phase(steps, EVERYTHING))
    return TrainingSpec(WORLD, MODEL, config, phases, Retrieval(Oracle(), 2))


def tiny_trainer(folder=None, seeds=SEEDS, spec=None, kind=Trainer, workers=0):
    """The trainer; with a folder it writes a checkpoint after every chunk."""
    instances = tuple(WORLD.draw(s.world) for s in seeds)
    return kind(spec or tiny_spec(), seeds, instances, folder=folder, checkpoint_every=0.0, workers=workers)


class Interrupted(Exception):
    """Stands for the end of a process."""


def interrupt(trainer, after):
    """Trains up to the report of a chunk, which ends it before that chunk's checkpoint is written; the reports."""
    reports = []

    def report(update):
        reports.append(update)
        if len(reports) == after:
            raise Interrupted

    try:
        trainer.train(report)
    except Interrupted:
        return reports
    raise AssertionError(f"training ended before report {after}")


def bits(trained):
    """All that must be the same to the last bit: a seed's weights, its curve and its budget."""
    weights = hashlib.sha256()
    for name, leaf in sorted(flatten(trained.model).items()):
        weights.update(name.encode() + np.asarray(leaf).tobytes())
    return json.dumps(
        [weights.hexdigest(), trained.curve, trained.steps, trained.tokens, trained.targets, trained.stopped]
    )


LONG = tiny_spec(steps=152)
OTHERS = (SEEDS[0], Seeds(7, 5), Seeds(8, 6), SEEDS[3])
"""The first and the last seed beside others."""


def _prepare():
    """Sets JAX up; returns the number of its devices."""
    import jax

    from tolman.core.devices import configure_jax

    configure_jax()
    return len(jax.devices())


def _whole(folder, writing):
    """Trains without an interruption, the first and the last seed once more beside others."""
    devices = _prepare()
    found = [[bits(one) for one in tiny_trainer(spec=LONG, seeds=seeds).train()] for seeds in (SEEDS, OTHERS)]
    (folder / "whole.json").write_text(json.dumps([devices, *found]))


def _child(folder, writing):
    _prepare()
    trainer = tiny_trainer(folder, spec=LONG)
    # A byte for every chunk tells the parent how far this child is.
    result = [bits(trained) for trained in trainer.train(lambda update: os.write(writing, b".") and None)]
    (folder / "result.json").write_text(json.dumps(result))


def _attempt(folder, delay, work=_child):
    """Trains in a child and kills it `delay` seconds after its first chunk (before it, if negative)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(folder, writing)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    if delay is None:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return 0
    if delay >= 0:
        os.read(reading, 1)
    time.sleep(abs(delay))
    os.kill(child, signal.SIGKILL)
    chunks = 0
    while data := os.read(reading, 4096):
        chunks += len(data)
    os.close(reading)
    os.waitpid(child, 0)
    return chunks + (delay >= 0)


def main(folder, kills, seed):
    """Kills `kills` children at random moments, lets one finish, and writes down how many chunks each trained."""
    _attempt(folder, None, _whole)
    rng = random.Random(seed)
    delays = [-rng.uniform(0, 1.5) if i % 6 == 5 else rng.uniform(0, 0.15) for i in range(kills)]
    chunks = [_attempt(folder, delay) for delay in [*delays, None]]
    (folder / "chunks.json").write_text(json.dumps(chunks))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
