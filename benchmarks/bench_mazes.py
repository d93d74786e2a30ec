"""Steps per second of the mazes, against navix, XLand-MiniGrid and MiniGrid.

    python benchmarks/bench_mazes.py            # both tasks, batches of 1, 64, 1024 and 16384
    python benchmarks/bench_mazes.py --quick    # one task, batches of 64 and 1024
    python benchmarks/bench_mazes.py --json     # machine-readable

Every contender takes random actions in a place of the same size, sees 7 x 7 cells of it, starts another episode a step
after one ended, and returns sums of all that it showed. Each is a process of its own on the same core; they measure in
turn, so that a machine that slows down slows everybody. `benchmarks/README.md` says what is compared.
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench_decoder import describe

WORKER = Path(__file__).resolve().parent / "_maze_worker.py"
CONTENDERS = {"tolman": "Tolman", "navix": "navix", "xminigrid": "XLand-MiniGrid", "minigrid": "MiniGrid"}
COMPILED = ("navix", "xminigrid")
TASKS = {"open": "open, 8 x 8", "rooms": "walls, 19 x 19"}
BATCHES = (1, 64, 1024, 16384)
JUDGED = 64
"""Targets are set for batches of so many and more."""
TIMES_MINIGRID = 500.0


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table: who steps how many environments of which task."""

    task: str
    batch: int
    contender: str

    @property
    def ours(self) -> Case:
        return dataclasses.replace(self, contender="tolman")


class Process:
    """A contender that is asked for one measurement after another."""

    def __init__(self, contender: str, cores: list[int]):
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        flags = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false" * (len(cores) == 1)
        environment = os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags}
        command = [sys.executable, str(WORKER), contender, *map(str, cores)]
        self.process: Any = subprocess.Popen(command, text=True, env=environment, **pipes)
        self.versions = self._answer()

    @property
    def missing(self) -> bool:
        return "missing" in self.versions

    def ask(self, **request: Any) -> dict[str, float]:
        """The answer to one request."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise click.ClickException(f"a measured process ended early:\n{self.process.stderr.read()[-3000:]}")
        return json.loads(line)

    def end(self) -> None:
        """Lets the process end."""
        self.process.communicate()


def cases(tasks: tuple[str, ...], batches: tuple[int, ...]) -> list[Case]:
    """All rows in the table's order; MiniGrid steps one environment at a time whatever the batch."""
    rows = []
    for task in tasks:
        rows.append(Case(task, 1, "minigrid"))
        rows += [Case(task, batch, who) for batch in batches for who in ("tolman", *COMPILED)]
    return rows


def measure(plan: list[Case], processes: dict[str, Process], options: dict[str, Any], note: Any) -> dict[Case, list]:
    """Every case `repeats` times, in turn."""
    found: dict[Case, list] = {case: [] for case in plan}
    for repeat in range(options["repeats"]):
        for case in plan:
            note(
                f"repeat {repeat + 1} of {options['repeats']}: {TASKS[case.task]}, batch {case.batch}, {case.contender}"
            )
            asked = {"task": case.task, "batch": case.batch, "seconds": options["seconds"]}
            found[case].append(processes[case.contender].ask(**asked))
    return found


def rates(runs: list[dict[str, float]], clock: str = "cpu") -> list[float]:
    """Steps a second, repeat by repeat."""
    return [run["steps"] / run[clock] for run in runs]


def spread(values: list[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def ratio(found: dict[Case, list], case: Case, ours: Case) -> dict[str, float]:
    """How many times as fast Tolman is, from each repeat's pair."""
    return spread([a / b for a, b in zip(rates(found[ours]), rates(found[case]), strict=True)])


def summarise(case: Case, found: dict[Case, list]) -> dict[str, Any]:
    """One row as plain data."""
    runs = found[case]
    row = {**dataclasses.asdict(case), "cpu": spread(rates(runs)), "wall": spread(rates(runs, "wall"))}
    row |= {"compile": runs[0]["compile"]}
    row["episode"] = sum(run["steps"] for run in runs) / max(1, sum(run["episodes"] for run in runs))
    if case.contender in COMPILED:
        row["ratio"] = ratio(found, case, case.ours)
    return row


def verdicts(found: dict[Case, list]) -> list[dict[str, Any]]:
    """The targets: no peer faster than Tolman, and so many times MiniGrid, at every batch that is judged."""
    judged = [case for case in found if case.contender == "tolman" and case.batch >= JUDGED]
    out = []
    for rivals, target in ((COMPILED, 1.0), (("minigrid",), TIMES_MINIGRID)):
        ratios = []
        for ours in judged:
            peers = [Case(ours.task, 1 if who == "minigrid" else ours.batch, who) for who in rivals]
            here = [ratio(found, peer, ours) for peer in peers if peer in found]
            if here:
                ratios.append(dataclasses.asdict(ours) | min(here, key=lambda r: r["median"]))
        met = all(entry["median"] >= target for entry in ratios) if ratios else None
        out.append({"against": [CONTENDERS[who] for who in rivals], "target": target, "ratios": ratios, "met": met})
    return out


def collect(tasks: tuple[str, ...], batches: tuple[int, ...], options: dict[str, Any], note: Any) -> dict[str, Any]:
    """Measures everything and returns the report as plain data."""
    cores = sorted(os.sched_getaffinity(0))[-options["cores"] :]
    processes = {who: Process(who, cores) for who in CONTENDERS}
    if processes["tolman"].missing:
        raise click.ClickException("Tolman is not installed here: pip install -e .")
    plan = [case for case in cases(tasks, batches) if not processes[case.contender].missing]
    found = measure(plan, processes, options, note)
    for process in processes.values():
        process.end()
    versions = {k: v for p in processes.values() for k, v in p.versions.items() if k != "missing"}
    return {
        "machine": describe({"versions": versions, "load": os.getloadavg()}, cores),
        "missing": [who for who, process in processes.items() if process.missing],
        "rows": [summarise(case, found) for case in plan],
        "targets": verdicts(found),
    }


def table(rows: list[dict[str, Any]]) -> Table:
    """The rows, task by task."""
    out = Table("task", "batch", "contender", box=None, pad_edge=False)
    for name in ("steps per CPU-second", "per second", "episode", "compiled in (s)", "Tolman is faster by"):
        out.add_column(name, justify="right")
    for row in rows:
        times = "{median:,.1f} ({low:,.1f}-{high:,.1f})".format(**row["ratio"]) if "ratio" in row else ""
        cpu = "{median:,.0f} ({low:,.0f}-{high:,.0f})".format(**row["cpu"])
        numbers = (cpu, f"{row['wall']['median']:,.0f}", f"{row['episode']:.0f}", f"{row['compile']:.1f}", times)
        out.add_row(TASKS[row["task"]], str(row["batch"]), CONTENDERS[row["contender"]], *numbers)
    return out


def show(report: dict[str, Any], console: Console) -> None:
    """Prints the table and what it says of the targets."""
    console.print(table(report["rows"]))
    for who in report["missing"]:
        console.print(f"not measured: {CONTENDERS[who]} is not installed: pip install {who}")
    for verdict in report["targets"]:
        ratios = ", ".join(
            "{task} {batch}: {median:,.1f} ({low:,.1f}-{high:,.1f})".format(**r) for r in verdict["ratios"]
        )
        outcome = {True: "met", False: "missed", None: "not measured"}[verdict["met"]]
        console.print(f"target {verdict['target']:g} x {' and '.join(verdict['against'])}: {outcome}; {ratios}")


@click.command(help=__doc__.split("\n\n")[0] if __doc__ else None)
@click.option("--quick", is_flag=True, help="One task and two batches only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.option("--batch", "batches", type=int, multiple=True, help="Only this batch; may be repeated.")
@click.option("--repeats", default=5, show_default=True)
@click.option("--seconds", default=0.5, show_default=True, help="Least time of a measurement.")
@click.option("--cores", default=1, show_default=True, help="How many cores each contender has.")
def main(quick: bool, as_json: bool, batches: tuple[int, ...], **options: Any) -> None:
    """Runs the benchmark."""
    tasks = tuple(TASKS)[:1] if quick else tuple(TASKS)
    batches = batches or ((64, 1024) if quick else BATCHES)
    with Console(stderr=True).status("starting") as status:
        report = collect(tasks, batches, options, status.update)
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        show(report, Console(width=150))


if __name__ == "__main__":
    main()
