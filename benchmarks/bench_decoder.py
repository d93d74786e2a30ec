"""Training throughput of the decoder, against plain PyTorch and against Hugging Face's `Trainer`.

    python benchmarks/bench_decoder.py            # all shapes
    python benchmarks/bench_decoder.py --quick    # the smallest only
    python benchmarks/bench_decoder.py --json     # machine-readable

Every contender takes the same optimiser steps: the same shape, batch and length, every next token a target,
AdamW with the same numbers and a clipped gradient, float32 (on a GPU: bfloat16 activations, float32 weights).
Each measurement is a fresh process, warm before its clock starts; repeats are interleaved, so that a machine that
slows down slows everybody. `benchmarks/README.md` says what each measure means.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
INSTALL = {"torch": "pip install torch", "trainer": "pip install torch transformers accelerate"}
NEEDS = {"tolman": (), "torch": ("torch",), "trainer": ("torch", "transformers", "accelerate")}
TARGETS = {"torch": 1.0, "trainer": 2.0}
MEASURES = {
    "core": "one core, tokens per CPU-second",
    "two": "two cores, two models, tokens/s",
    "one": "two cores, one model, tokens/s",
    "gpu": "GPU, tokens/s",
}


@dataclasses.dataclass(frozen=True)
class Size:
    """A shape to train; `steps` are taken between two looks at the clock."""

    width: int
    layers: int
    length: int
    batch: int
    heads: int
    steps: int

    def __str__(self) -> str:
        return f"{self.width} x {self.layers}, {self.length} x {self.batch}"


SIZES = (Size(64, 2, 64, 64, 2, 10), Size(128, 4, 128, 32, 4, 3), Size(256, 6, 256, 16, 4, 2))


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table: who trains what, measured how."""

    size: Size
    measure: str
    contender: str
    llama: bool = False
    parallel_seeds: int = 1
    compiled: bool = False

    @property
    def name(self) -> str:
        """As the table shows it."""
        title = {"tolman": "Tolman", "torch": "PyTorch", "trainer": "HF Trainer"}[self.contender]
        extra = [", torch.compile"] * self.compiled + [", as Llama"] * (self.llama and self.contender == "tolman")
        seeds = f", {self.parallel_seeds} seeds" if self.parallel_seeds > 1 else ""
        return title + "".join(extra) + seeds

    def requests(self, cores: list[int], seconds: float) -> list[dict[str, Any]]:
        """What each process that is measured is asked; several run side by side."""
        shape = {**dataclasses.asdict(self.size), "llama": self.llama, "seconds": seconds, "compile": self.compiled}
        base = {**shape, "contender": self.contender, "parallel_seeds": self.parallel_seeds, "devices": 1, "threads": 1}
        if self.measure == "gpu":
            return [base]
        if self.measure == "core":
            return [{**base, "cores": cores[:1]}]
        if self.measure == "one":
            return [{**base, "cores": cores[:2], "threads": 2}]
        if self.contender == "tolman":
            return [{**base, "cores": cores[:2], "threads": 1, "devices": 2}]
        return [{**base, "cores": [core]} for core in cores[:2]]


def cases(size: Size, cores: int, seeds: tuple[int, ...], compiled: bool, gpu: bool) -> list[Case]:
    """All rows of one shape, in the table's order."""
    main = "gpu" if gpu else "core"
    rows = [*_rivals(size, main, compiled), *(Case(size, main, "tolman", parallel_seeds=n) for n in seeds if n > 1)]
    if gpu or cores < 2:
        return rows
    pair = [Case(size, "two", "tolman", parallel_seeds=2), Case(size, "two", "torch")]
    pair += [Case(size, "two", "tolman", llama=True, parallel_seeds=2), Case(size, "two", "trainer", llama=True)]
    return rows + pair + _rivals(size, "one", False)


def _rivals(size: Size, measure: str, compiled: bool) -> list[Case]:
    own, llama = Case(size, measure, "tolman"), Case(size, measure, "tolman", llama=True)
    torch = [Case(size, measure, "torch", compiled=c) for c in (False, True)[: 1 + compiled]]
    return [own, *torch, llama, Case(size, measure, "trainer", llama=True)]


def baseline(case: Case) -> Case:
    """The row that a case is compared with: Tolman doing the same work, or Tolman with one seed."""
    if case.contender == "tolman":
        return dataclasses.replace(case, parallel_seeds=1)
    return Case(case.size, case.measure, "tolman", case.llama, 2 if case.measure == "two" else 1)


def ask(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs the processes side by side, starts their clocks together, and returns their answers."""
    environment = dict(os.environ, TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
    command = [sys.executable, str(HERE / "_worker.py")]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen([*command, json.dumps(r)], text=True, env=environment, **pipes) for r in requests]
    for process in started:
        _until_ready(process)
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [_answer(process) for process in started]


def _until_ready(process: Any) -> None:
    for line in process.stdout:
        if line == "ready\n":
            return
    raise click.ClickException(f"a measured process ended early:\n{process.stderr.read()[-3000:]}")


def _answer(process: Any) -> dict[str, Any]:
    out, error = process.communicate()
    if process.returncode:
        raise click.ClickException(f"a measured process failed:\n{error[-3000:]}")
    return json.loads(out.strip().splitlines()[-1])


def ask_at_once(contender: str, **request: Any) -> dict[str, Any]:
    """A question without a clock: what is installed, whether two models agree."""
    command = [sys.executable, str(HERE / "_worker.py"), json.dumps({"contender": contender, **request})]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f"{contender} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(case: Case, cores: list[int], seconds: float, cache: str) -> dict[str, float]:
    """One repeat of a case: its throughput, the seconds to its first step, its parameters."""
    answers = ask([{**request, "cache": cache} for request in case.requests(cores, seconds)])
    clock = "cpu" if case.measure == "core" else "wall"
    rate = sum(a["tokens"] / a[clock] for a in answers)
    return {"rate": rate, "compile": max(a["compile"] for a in answers), "parameters": answers[0]["parameters"]}


def missing(case: Case, machine: dict[str, Any]) -> str | None:
    """Why a case cannot be measured here, or None."""
    if not set(NEEDS[case.contender]) <= set(machine["versions"]):
        return f"not installed: {INSTALL[case.contender]}"
    if case.measure == "gpu" and case.contender != "tolman" and not machine["cuda"]:
        return "this PyTorch has no GPU support"
    return None


def describe(machine: dict[str, Any], cores: list[int]) -> dict[str, Any]:
    """The machine and the versions, for the record."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": len(cores),
        "python": platform.python_version(),
        **machine,
    }


def agreement(machine: dict[str, Any]) -> dict[str, float]:
    """Shows that the PyTorch model is the same model: relative difference of logits at equal weights."""
    if "torch" not in machine["versions"]:
        return {}
    shape = {"width": 64, "layers": 2, "heads": 2, "length": 32}
    return {
        name: ask_at_once("agree", llama=llama, **shape)["difference"]
        for name, llama in (("default", False), ("llama", True))
    }


def summarise(case: Case, repeats: list[dict[str, float]], every: dict[Case, list[dict[str, float]]]) -> dict[str, Any]:
    """A case's medians, spread, and what Tolman's rate is to its own (for more seeds: theirs to one seed's)."""
    rates = [r["rate"] for r in repeats]
    row = {**dataclasses.asdict(case), "name": case.name, "median": statistics.median(rates), "rates": rates}
    row |= {"compile": repeats[0]["compile"], "parameters": repeats[0]["parameters"]}
    other = every.get(baseline(case))
    if other and baseline(case) != case:
        reference = statistics.median(r["rate"] for r in other)
        row["ratio"] = row["median"] / reference if case.contender == "tolman" else reference / row["median"]
    return row


def verdicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each target against its smallest ratio over all shapes."""
    found = []
    for contender, target in TARGETS.items():
        judged = [r for r in rows if r["contender"] == contender and r["measure"] in ("core", "gpu")]
        ratios = [r["ratio"] for r in judged if "ratio" in r and not r["compiled"]]
        if ratios:
            found.append({"against": contender, "target": target, "ratios": ratios, "met": min(ratios) >= target})
    return found


def table(rows: list[dict[str, Any]]) -> Table:
    """The rows, shape by shape."""
    out = Table("width x layers, length x batch", "measure", "contender", box=None, pad_edge=False)
    for name in ("median", "min", "max", "ratio", "first step (s)"):
        out.add_column(name, justify="right")
    before: tuple[str, str] = ("", "")
    for row in rows:
        size, what = str(Size(**row["size"])), MEASURES[row["measure"]]
        head = (size if size != before[0] else "", what if (size, what) != before else "")
        why = f" ({row['missing']})" if "missing" in row else ""
        out.add_row(*head, row["name"] + why, *_numbers(row))
        before = (size, what)
    return out


def _numbers(row: dict[str, Any]) -> list[str]:
    if "missing" in row:
        return []
    rates = [f"{value:,.0f}" for value in (row["median"], min(row["rates"]), max(row["rates"]))]
    return [*rates, f"{row['ratio']:.2f}" if "ratio" in row else "", f"{row['compile']:.1f}"]


def run(plan: list[Case], repeats: int, cores: list[int], seconds: float, note: Any) -> dict[Case, list[dict]]:
    """Measures every case `repeats` times, in turn; only the first repeat compiles anew."""
    found: dict[Case, list[dict]] = {case: [] for case in plan}
    with tempfile.TemporaryDirectory() as cache:
        for repeat in range(repeats):
            for case in plan:
                note(f"repeat {repeat + 1} of {repeats}: {case.size}, {MEASURES[case.measure]}, {case.name}")
                found[case].append(measure(case, cores, seconds, cache))
    return found


def collect(sizes: tuple[Size, ...], options: dict[str, Any], note: Any) -> dict[str, Any]:
    """Measures everything and returns the report as plain data."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    machine = ask_at_once("metric")
    gpu = machine["backend"] != "cpu"
    plan = [c for s in sizes for c in cases(s, len(cores), options["parallel_seeds"], options["torch_compile"], gpu)]
    plan = [c for c in plan if c.measure in options["measures"]]
    here = [case for case in plan if missing(case, machine) is None]
    found = run(here, options["repeats"], cores, options["seconds"], note)
    rows = [
        summarise(case, found[case], found)
        if case in found
        else {**dataclasses.asdict(case), "name": case.name, "missing": missing(case, machine)}
        for case in plan
    ]
    report = {"machine": describe(machine, cores), "logits_differ_by": agreement(machine), "rows": rows}
    return {**report, "targets": verdicts(rows)}


def show(report: dict[str, Any], console: Console) -> None:
    """Prints the table and what it says of the targets."""
    console.print(table(report["rows"]))
    console.print("\n[dim]ratio[/]: Tolman's rate over the contender's; for several seeds, their rate over one seed's.")
    for verdict in report["targets"]:
        ratios = ", ".join(f"{r:.2f}" for r in verdict["ratios"])
        outcome = "met" if verdict["met"] else "missed"
        console.print(f"target {verdict['target']} x {verdict['against']}: {outcome} ({ratios})")


@click.command(help=__doc__.split("\n\n")[0] if __doc__ else None)
@click.option("--quick", is_flag=True, help="The smallest shape only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.option("--width", "widths", type=int, multiple=True, help="Only shapes of this width; may be repeated.")
@click.option("--repeats", default=3, show_default=True)
@click.option("--seconds", default=2.0, show_default=True, help="Least time of a measurement.")
@click.option("--parallel-seeds", "seeds", default="1,2,4,8", show_default=True, help="Seeds in one program.")
@click.option("--measures", default=",".join(MEASURES), show_default=True, help="Which measures to take.")
@click.option("--torch-compile", is_flag=True, help="Also PyTorch through torch.compile (needs a C++ compiler).")
def main(quick: bool, as_json: bool, widths: tuple[int, ...], seeds: str, measures: str, **options: Any) -> None:
    """Runs the benchmark."""
    sizes = SIZES[:1] if quick else tuple(s for s in SIZES if not widths or s.width in widths)
    options |= {"parallel_seeds": tuple(int(n) for n in seeds.split(",")), "measures": measures.split(",")}
    with Console(stderr=True).status("starting") as status:
        report = collect(sizes, options, status.update)
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        show(report, Console(width=150))


if __name__ == "__main__":
    main()
