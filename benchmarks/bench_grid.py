"""Models trained by a sweep, against one process per model and against a plain PyTorch loop over the same grid.

    python benchmarks/bench_grid.py [--steps 100] [--cells 8] [--seeds 2] [--torch PYTHON] [--json]

The grid is learning rates of the study `sweet-spot` (smoke: a decoder of 2 layers, sequences of 8 and a few tokens,
batches of 64) at width 64. `sweep` is one call of `tolman sweep`; `processes` are calls of it for one cell and one seed
each, of which two are measured and stand for all; `torch` trains the same decoder in PyTorch, eager, one model after
another, without tests or records. Start-up and compilation are included. Tolman's cache of compiled programs is empty
before `sweep`; for `processes`, what the first call of them compiled is in it, and that call is not counted.

Everything is given in processor time (user and system, of all threads), which a busy machine distorts least; on a quiet
machine, models a minute follow from it by the number of cores. `steady` is the sweep's time of training alone, as its
records tell it (wall time), with compilation, `compile`, and start-up left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RATE = "training.optimiser.learning_rate"
WIDTH, BATCH = 64, 64


def cpu_of(command: list[str], folder: Path) -> tuple[float, str]:
    """Run a command, and return its processor time with what it printed."""
    environment = os.environ | {"TOLMAN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    with (folder / "out.txt").open("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=environment, text=True)
        said = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(said)
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, out.read()


def sweep_command(rates: list[str], records: Path, given: argparse.Namespace, *more: str) -> list[str]:
    """Return the call of a sweep over these rates."""
    settings = {"model.width": WIDTH, "phases.0.steps": given.steps}
    fixed = [text for name, value in settings.items() for text in ("-P", f"{name}={value}")]
    command = ["-m", "tolman", "sweep", "sweet-spot", "--preset", "smoke", "--condition", "spot"]
    where = ["--over", f"{RATE}={','.join(rates)}", "--records", str(records), "--json"]
    return [sys.executable, *command, *fixed, *where, *more]


def seconds_of(records: Path, part: str) -> float:
    """Return the seconds that all models of a folder took for one part of their training, by the records."""
    found = [json.loads(path.read_text()) for path in records.glob("*/record.json")]
    return sum(record["provenance"]["seconds"][part] for record in found)


def measured(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return processor seconds of each contender for the whole grid."""
    rates = [f"{0.001 * 1.1**i:.6f}" for i in range(given.cells)]
    models = given.cells * given.seeds
    sweep, _ = cpu_of(sweep_command(rates, folder / "sweep", given, "--seeds", str(given.seeds)), folder)
    one = [
        cpu_of(sweep_command([rate], folder / rate, given, "--seeds", "1", "-P", "training.parallel_seeds=1"), folder)[
            0
        ]
        for rate in rates[:3]
    ]
    found = {
        "models": models,
        "sweep": sweep,
        "processes": models * statistics.mean(one[1:]),
        "steady": seconds_of(folder / "sweep", "train"),
        "compile": seconds_of(folder / "sweep", "compile"),
    }
    if given.torch:
        command = [given.torch, str(HERE / "bench_grid.py"), "--worker", "--steps", str(given.steps)]
        cpu, text = cpu_of([*command, "--cells", str(given.cells), "--seeds", str(given.seeds)], folder)
        found |= {"torch": cpu, "torch_steady": json.loads(text)["steady"]}
    return found


def torch_loop(given: argparse.Namespace) -> float:
    """Train every model of the grid, and return processor seconds without imports and first steps."""
    import torch

    from _torch_decoder import TorchDecoder, TorchTraining
    from tolman.studies.shortcuts.sweet_spot import SweetSpotStudy

    torch.set_num_threads(1)
    (condition,) = (each for each in SweetSpotStudy().plan("smoke").conditions if each.name == "spot")
    instance = condition.world.draw(0)
    length, vocabulary = instance.tests[0].prompts.length, len(instance.vocabulary)
    rows = torch.randint(0, vocabulary, (3200, length + 1))
    config = dataclasses.replace(condition.model, width=WIDTH)
    began = time.process_time()
    for _ in range(given.cells * given.seeds):
        step = TorchTraining(TorchDecoder(config, vocabulary, length), condition.training.optimiser, rows, BATCH)
        for _ in range(given.steps):
            step()
    return time.process_time() - began


def main() -> None:
    """Measure, and print processor seconds and ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--cells", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--torch", metavar="PYTHON", help="An interpreter with torch and Tolman.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(json.dumps({"steady": torch_loop(given)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measured(given, Path(folder))
    found |= {f"ratio_{name}": found[name] / found["sweep"] for name in ("processes", "torch") if name in found}
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:16} {value:.4g}")


if __name__ == "__main__":
    main()
