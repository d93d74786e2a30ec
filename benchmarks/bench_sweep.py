"""Models trained per minute in the setting of the representation bias: Tolman's parallel seeds against a PyTorch loop.

Both train tanh networks 256-128-64 on the inputs of `XOR`, batch 64, plain gradient descent, and draw their batches
at random from 16,384 inputs in memory. Tolman trains ten seeds side by side on two one-core devices; PyTorch trains
one model after another in two one-thread processes, which is its best here. Compilation and the first steps are not
counted. A model is `XOR.steps` steps.

    python benchmarks/bench_sweep.py [--seconds 10] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

PROCESSES = 2
CHUNK = 100


def tolman(seconds: float) -> float:
    """Model-steps per second of wall time."""
    from tolman.core.devices import configure_jax

    configure_jax()
    import jax
    import numpy as np

    from tolman.studies.representation.setting import XOR
    from tolman.training.config import Phase, Seeds, TrainingSpec
    from tolman.training.trainer import Trainer
    from tolman.worlds.features import Features

    world = Features(features=XOR.features, availability=XOR.availability, **XOR.sizes("quick"))
    phase = Phase(CHUNK, {"labelled": 1.0})
    spec = TrainingSpec(world, XOR.model, XOR.training(10), (phase,))
    seeds = tuple(Seeds(i, i) for i in range(10))
    trainer = Trainer(spec, seeds, tuple(world.draw(s.world) for s in seeds))
    states, source = trainer.initial(), trainer.source(phase)
    data = source.load(0)
    states, losses = jax.block_until_ready(source.learn(states, data))
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        states, losses = jax.block_until_ready(source.learn(states, data))
        steps += CHUNK * len(seeds)
    assert np.isfinite(losses).all()
    return steps / (time.perf_counter() - started)


def torch_loop(seconds: float) -> float:
    """Model-steps per second of one process."""
    import torch

    torch.set_num_threads(1)
    data = torch.randint(0, 2, (16_384, 32)).float() * 2 - 1
    labels = torch.stack([data[:, 0] > 0, data[:, 16] * data[:, 17] < 0], dim=1).long()
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in ((32, 256), (256, 128), (128, 64)):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(64, 4))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05)

    def step() -> None:
        rows = torch.randint(0, len(data), (64,))
        logits = model(data[rows])
        halves = torch.nn.functional.cross_entropy
        loss = (halves(logits[:, :2], labels[rows, 0]) + halves(logits[:, 2:], labels[rows, 1])) / 2
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    for _ in range(CHUNK):
        step()
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(CHUNK):
            step()
        steps += CHUNK
    return steps / (time.perf_counter() - started)


def measured(who: str, seconds: float, processes: int) -> float | None:
    """Model-steps per second of all processes together; None where the contender is not installed."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--worker", who, "--seconds", str(seconds)]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | threads, text=True)
        for _ in range(processes)
    ]
    ended = [process.communicate() for process in started]
    if any(process.returncode for process in started):
        print(f"{who} is left out: {ended[0][1].strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return sum(float(out) for out, _ in ended)


def main() -> None:
    """Measures both and prints models per minute with their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", choices=("tolman", "torch"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(tolman(given.seconds) if given.worker == "tolman" else torch_loop(given.seconds))
        return
    from tolman.studies.representation.setting import XOR

    rates = {"tolman": measured("tolman", given.seconds, 1), "torch": measured("torch", given.seconds, PROCESSES)}
    found = {who: None if rate is None else 60 * rate / XOR.steps for who, rate in rates.items()}
    if given.json:
        print(json.dumps(found))
        return
    for who, rate in found.items():
        print(f"{who:8}", "not measured" if rate is None else f"{rate:8.1f} models a minute")
    if found["tolman"] and found["torch"]:
        print(f"ratio    {found['tolman'] / found['torch']:8.2f}")


if __name__ == "__main__":
    main()
