"""Models trained by a sweep, against one process per model and against a plain PyTorch loop over the same grid.

    python benchmarks/bench_grid.py [--steps 100] [--cells 8] [--seeds 2] [--torch PYTHON] [--json]
    python benchmarks/bench_grid.py --steps 500 --cells 2 --seeds 64 --torch python --gpu    # on a GPU

The grid is learning rates of the study `sweet-spot` (smoke: a decoder of 2 layers, sequences of 8 and a few tokens,
batches of 64) at width 64. `sweep` is one call of `tolman sweep`, which trains the seeds of a cell side by side;
`processes` are calls of it for one cell and one seed each, of which two are measured and stand for all; `torch` trains
the same decoder in PyTorch, eager, one model after another, without tests or records, of which at most `--torch-models`
are trained and stand for all. Start-up and compilation are included. Tolman's cache of compiled programs is empty
before `sweep`; for `processes`, what the first call of them compiled is in it, and that call is not counted.

On CPUs everything is given in processor time (user and system, of all threads), which a busy machine distorts least; on
a quiet machine, models a minute follow from it by the number of cores. On a GPU it is wall time. `steady` is the
sweep's wall time of training alone, as its records tell it, with compilation, `compile`, and start-up left out;
`added_seed` is what a further seed of a cell adds to it, as a fraction of what training one seed alone takes.
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


def time_of(command: list[str], folder: Path, wall: bool) -> tuple[float, str]:
    """Run a command, and return its processor time, or wall time, with what it printed."""
    began = time.monotonic()
    environment = os.environ | {"TOLMAN_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    with (folder / "out.txt").open("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=environment, text=True)
        said = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(said)
        out.seek(0)
        seconds = time.monotonic() - began if wall else usage.ru_utime + usage.ru_stime
        return seconds, out.read()


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
    """Return the seconds of each contender for the whole grid."""
    rates = [f"{0.001 * 1.1**i:.6f}" for i in range(max(3, given.cells))]
    models = given.cells * given.seeds
    together = ("--seeds", str(given.seeds), "-P", f"training.parallel_seeds={given.seeds}")
    alone = ("--seeds", "1", "-P", "training.parallel_seeds=1")
    sweep, _ = time_of(sweep_command(rates[: given.cells], folder / "sweep", given, *together), folder, given.gpu)
    one = [time_of(sweep_command([rate], folder / rate, given, *alone), folder, given.gpu)[0] for rate in rates[:3]]
    steady, first = seconds_of(folder / "sweep", "train"), seconds_of(folder / rates[1], "train")
    found = {
        "models": models,
        "sweep": sweep,
        "processes": models * statistics.mean(one[1:]),
        "steady": steady,
        "compile": seconds_of(folder / "sweep", "compile"),
        "added_seed": (steady / given.cells / first - 1) / max(given.seeds - 1, 1),
    }
    return found | (torch_times(given, folder, models) if given.torch else {})


def torch_times(given: argparse.Namespace, folder: Path, models: int) -> dict[str, float]:
    """Return the seconds of PyTorch for as many models, with and without its start."""
    trained = min(models, given.torch_models)
    command = [given.torch, str(HERE / "bench_grid.py"), "--worker", "--steps", str(given.steps)]
    more = ["--torch-models", str(trained), *(["--gpu"] if given.gpu else [])]
    whole, text = time_of([*command, *more], folder, given.gpu)
    steady = json.loads(text)["steady"]
    return {"torch": whole + steady * (models / trained - 1), "torch_steady": steady * models / trained}


def torch_loop(given: argparse.Namespace) -> float:
    """Train models of the grid, and return seconds without imports and first steps."""
    import torch

    from _torch_decoder import TorchDecoder, TorchTraining
    from tolman.studies.shortcuts.sweet_spot import SweetSpotStudy

    torch.set_num_threads(1)
    torch.set_default_device("cuda" if given.gpu else "cpu")
    clock = time.monotonic if given.gpu else time.process_time
    (condition,) = (each for each in SweetSpotStudy().plan("smoke").conditions if each.name == "spot")
    instance = condition.world.draw(0)
    length, vocabulary = instance.tests[0].prompts.length, len(instance.vocabulary)
    rows = torch.randint(0, vocabulary, (3200, length + 1))
    config = dataclasses.replace(condition.model, width=WIDTH)

    def train(steps: int) -> None:
        step = TorchTraining(TorchDecoder(config, vocabulary, length), condition.training.optimiser, rows, BATCH)
        for _ in range(steps):
            step()
        if given.gpu:
            torch.cuda.synchronize()

    train(3)
    began = clock()
    for _ in range(given.torch_models):
        train(given.steps)
    return clock() - began


def main() -> None:
    """Measure, and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--cells", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--torch", metavar="PYTHON", help="An interpreter with torch and Tolman.")
    parser.add_argument("--torch-models", type=int, default=16, metavar="N", help="Models that PyTorch trains at most.")
    parser.add_argument("--gpu", action="store_true", help="Train on a GPU, and measure wall time.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(json.dumps({"steady": torch_loop(given)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measured(given, Path(folder))
    found |= {f"ratio_{name}": found[name] / found["sweep"] for name in ("processes", "torch") if name in found}
    if given.torch and given.gpu:  # elsewhere one is wall time, and the other processor time
        found["ratio_torch_steady"] = found["torch_steady"] / found["steady"]
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:16} {value:.4g}")


if __name__ == "__main__":
    main()
