"""Speed of RSA, RDMs and CKA against public implementations.

    OMP_NUM_THREADS=1 python benchmarks/bench_rsa.py    # everything, on one core
    python benchmarks/bench_rsa.py --quick              # small sizes: does it run, do the numbers agree
    python benchmarks/bench_rsa.py --json               # machine-readable

Every contender gets the same arrays, and its answer is compared with ours. Each is called once to warm up; repeats go
round all contenders in turn. `benchmarks/README.md` says what is compared.
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import importlib.metadata
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from tolman import measures

Work = Callable[[], Any]
TARGET = 20.0
COMPARATORS = {"pearson": "corr", "spearman": "spearman"}


@dataclasses.dataclass(frozen=True)
class Contender:
    """One row: who does a task how; `work` returns numbers that must agree with ours."""

    task: str
    name: str
    work: Work
    tolerance: float = 1e-6
    needs: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        return self.name.startswith("Tolman")


def version(package: str) -> str | None:
    """The installed version, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def bootstrap(stimuli: int, units: int, models: int, samples: int) -> list[Contender]:
    """RSA of one representation to several models, RDMs included, with a bootstrap over stimuli."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(stimuli, 20))
    X, *others = (
        shared @ rng.normal(size=(20, units)) + 3 * rng.normal(size=(stimuli, units)) for _ in range(models + 1)
    )
    rows, apart = [], 0.5 / np.sqrt(samples)
    for ours, theirs in COMPARATORS.items():
        task = f"RSA ({ours}), {samples} bootstrap samples, {stimuli} stimuli x {units} units x {models} models"
        # Draws differ, so means over samples agree within their own error only.
        rows.append(Contender(task, "Tolman", lambda c=ours: _tolman(X, others, c, samples), apart))
        rows.append(
            Contender(task, "rsatoolbox", lambda c=theirs: _toolbox(X, others, c, samples), apart, ("rsatoolbox",))
        )
    return rows


def _tolman(X: np.ndarray, others: list[np.ndarray], compare: Any, samples: int) -> np.ndarray:
    return measures.rsa_bootstrap(X, others, compare=compare, samples=samples).samples.mean(0)


def _toolbox(X: np.ndarray, others: list[np.ndarray], method: str, samples: int) -> np.ndarray:
    """The documented way: datasets, their RDMs, fixed models, `eval_bootstrap_pattern`; no noise ceiling."""
    import rsatoolbox

    numbered = {"stimulus": np.arange(len(X))}
    data = (rsatoolbox.data.Dataset(Z, obs_descriptors=numbered) for Z in (X, *others))
    first, *rdms = (rsatoolbox.rdm.calc_rdm(Z, method="correlation", descriptor="stimulus") for Z in data)
    fixed = [rsatoolbox.model.ModelFixed(f"model {i}", D) for i, D in enumerate(rdms)]
    found = rsatoolbox.inference.eval_bootstrap_pattern(fixed, first, method=method, N=samples, boot_noise_ceil=False)
    return found.evaluations.mean(0)


def distances(stimuli: int, units: int) -> list[Contender]:
    """One RDM, by correlation and by Euclidean distance; a checksum of its entries must agree."""
    X = np.random.default_rng(1).normal(size=(stimuli, units))
    rows = []
    for metric in ("correlation", "euclidean"):
        task = f"RDM ({metric}), {stimuli} stimuli x {units} units"
        rows.append(Contender(task, "Tolman", lambda k=metric: measures.rdm(X, k).mean()))
        rows.append(Contender(task, "SciPy", lambda k=metric: _scipy(X, k)))
        if metric == "correlation":
            rows.append(Contender(task, "NumPy corrcoef", lambda: (1 - np.corrcoef(X)).mean()))
            rows.append(Contender(task, "rsatoolbox", lambda: _toolbox_rdm(X), needs=("rsatoolbox",)))
        else:
            rows.append(Contender(task, "scikit-learn", lambda: _sklearn(X), needs=("scikit-learn",)))
            rows.append(Contender(task, "PyTorch cdist", lambda: _torch_rdm(X), needs=("torch",)))
    return rows


def _scipy(X: np.ndarray, metric: str) -> float:
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(X, metric)).mean()


def _toolbox_rdm(X: np.ndarray) -> float:
    import rsatoolbox

    return rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(X), method="correlation").get_matrices()[0].mean()


def _sklearn(X: np.ndarray) -> float:
    from sklearn.metrics import euclidean_distances

    return euclidean_distances(X).mean()


def _torch_rdm(X: np.ndarray) -> float:
    import torch

    Z = torch.from_numpy(X)
    return float(torch.cdist(Z, Z, compute_mode="use_mm_for_euclid_dist").mean())


def alignment(stimuli: int, units: int) -> list[Contender]:
    """Linear CKA, biased and debiased, of two representations."""
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(stimuli, 20))
    X, Y = (shared @ rng.normal(size=(20, units)) + 3 * rng.normal(size=(stimuli, units)) for _ in range(2))
    size = f"{stimuli} stimuli x {units} units"
    linear, debiased = f"CKA (linear), {size}", f"CKA (linear, debiased), {size}"
    return [
        Contender(linear, "Tolman", lambda: measures.cka_linear(X, Y)),
        Contender(linear, "PyTorch, feature space", lambda: _torch_cka(X, Y), needs=("torch",)),
        Contender(linear, "ckatorch", lambda: _ckatorch(X, Y), needs=("ckatorch",)),
        Contender(debiased, "Tolman", lambda: measures.cka_linear_debiased(X, Y)),
        Contender(debiased, "NumPy, by the formula", lambda: _formula(X, Y)),
        Contender(debiased, "ckatorch", lambda: _ckatorch(X, Y, unbiased=True), needs=("ckatorch",)),
        Contender(f"CKA (Gaussian), {size}", "Tolman", lambda: measures.cka_rbf(X, Y)),
        # Its median takes in the diagonal.
        Contender(f"CKA (Gaussian), {size}", "ckatorch", lambda: _ckatorch(X, Y, kernel="rbf"), 0.01, ("ckatorch",)),
        Contender(f"RSA (correlation, pearson), {size}", "Tolman", lambda: measures.rsa(X, Y)),
        Contender(f"RSA (correlation, pearson), {size}", "SciPy", lambda: _scipy_rsa(X, Y)),
        Contender(f"RSA (correlation, spearman), {size}", "Tolman", lambda: measures.rsa(X, Y, compare="spearman")),
        Contender(f"RSA (correlation, spearman), {size}", "SciPy", lambda: _scipy_rsa(X, Y, "spearmanr")),
    ]


def _torch_cka(X: np.ndarray, Y: np.ndarray) -> float:
    import torch

    a, b = (torch.from_numpy(Z - Z.mean(0)) for Z in (X, Y))
    return float((b.T @ a).norm() ** 2 / ((a.T @ a).norm() * (b.T @ b).norm()))


def _ckatorch(X: np.ndarray, Y: np.ndarray, **options: Any) -> float:
    import torch
    from ckatorch.core import cka_base

    return float(cka_base(torch.from_numpy(X), torch.from_numpy(Y), **options))


def _formula(X: np.ndarray, Y: np.ndarray) -> float:
    """HSIC_1 of Gram matrices as the papers write it, and as public code computes it."""
    K, L = (Z @ Z.T for Z in (X, Y))
    for M in (K, L):
        np.fill_diagonal(M, 0)
    n = len(K)

    def hsic(A: np.ndarray, B: np.ndarray) -> float:
        a, b = A.sum(0), B.sum(0)
        return float((A * B).sum() + a.sum() * b.sum() / ((n - 1) * (n - 2)) - 2 * (a @ b) / (n - 2))

    return hsic(K, L) / np.sqrt(hsic(K, K) * hsic(L, L))


def _scipy_rsa(X: np.ndarray, Y: np.ndarray, compare: str = "pearsonr") -> float:
    import scipy.stats
    from scipy.spatial.distance import pdist

    return float(getattr(scipy.stats, compare)(pdist(X, "correlation"), pdist(Y, "correlation"))[0])


def large(stimuli: int, units: int) -> list[Contender]:
    """What needs tiles: no peer does it in this memory."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(stimuli, units))
    Y = X + rng.normal(size=(stimuli, units))
    size = f"{stimuli} stimuli x {units} units"
    return [
        Contender(f"RSA ({metric}, {compare}), {size}", "Tolman", lambda k=metric, c=compare: measures.rsa(X, Y, k, c))
        for metric, compare in (("correlation", "pearson"), ("euclidean", "pearson"), ("correlation", "spearman"))
    ]


def timed(work: Work) -> tuple[float, float, Any]:
    """Wall seconds, CPU seconds, answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - wall, time.process_time() - cpu, answer


def measure(rows: list[Contender], repeats: int, note: Callable[[str], None]) -> list[dict[str, Any]]:
    """All rows: warm, then in turn. What takes over 20 CPU-seconds is measured once, and not warmed up for it."""
    found: dict[int, list[tuple[float, float]]] = {}
    answers: dict[int, Any] = {}
    for i, row in enumerate(rows):
        if all(version(package) for package in row.needs):
            note(f"{row.task}: {row.name}")
            for package in row.needs:
                importlib.import_module({"scikit-learn": "sklearn"}.get(package, package))
            wall, cpu, answers[i] = timed(row.work)
            found[i] = [(wall, cpu)] if cpu > 20 else []
    for _ in range(repeats):
        for i, times in found.items():
            if not times or times[0][1] <= 20:
                note(f"{rows[i].task}: {rows[i].name}")
                times.append(timed(rows[i].work)[:2])
    return [_summary(row, found.get(i), answers.get(i), _reference(rows, answers, row)) for i, row in enumerate(rows)]


def _reference(rows: list[Contender], answers: dict[int, Any], row: Contender) -> Any:
    return next(answers[i] for i, other in enumerate(rows) if other.task == row.task and other.ours)


def _summary(row: Contender, times: list[tuple[float, float]] | None, answer: Any, reference: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"task": row.task, "name": row.name}
    if times is None:
        return {**out, "missing": f"not installed: pip install {' '.join(row.needs)}"}
    wall, cpu = (statistics.median(t[k] for t in times) for k in (0, 1))
    apart = float(np.max(np.abs(np.asarray(answer) - np.asarray(reference))))
    return {
        **out,
        "wall": wall,
        "cpu": cpu,
        "repeats": len(times),
        "apart": apart,
        "agrees": bool(apart <= row.tolerance),
    }


def with_ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each peer's times over ours at the same task."""
    own = {row["task"]: row for row in rows if row["name"].startswith("Tolman")}
    for row in rows:
        if "wall" in row and row is not own[row["task"]]:
            row["ratio"] = row["wall"] / own[row["task"]]["wall"]
            row["cpu_ratio"] = row["cpu"] / own[row["task"]]["cpu"]
    return rows


def table(rows: list[dict[str, Any]]) -> Table:
    """The rows, task by task."""
    out = Table("task", "contender", box=None, pad_edge=False)
    for name in ("wall (s)", "CPU (s)", "wall ratio", "CPU ratio", "apart"):
        out.add_column(name, justify="right")
    before = ""
    for row in rows:
        head, before = (row["task"] if row["task"] != before else ""), row["task"]
        if "missing" in row:
            out.add_row(head, f"{row['name']} ({row['missing']})")
            continue
        ratios = [f"{row[k]:.1f}" if k in row else "" for k in ("ratio", "cpu_ratio")]
        apart = f"{row['apart']:.0e}" + ("" if row["agrees"] else " DISAGREES") if ratios[0] else ""
        out.add_row(head, row["name"], f"{row['wall']:.3f}", f"{row['cpu']:.3f}", *ratios, apart)
    return out


def verdict(rows: list[dict[str, Any]]) -> list[str]:
    """The target against rsatoolbox, by CPU time, for each comparator."""
    judged = [r for r in rows if r["name"] == "rsatoolbox" and "bootstrap" in r["task"] and "cpu_ratio" in r]
    return [
        f"target {TARGET:.0f} x {'met' if r['cpu_ratio'] >= TARGET else 'missed'}: {r['cpu_ratio']:.0f} x, {r['task']}."
        for r in judged
    ]


def machine() -> dict[str, Any]:
    """The machine, how busy it was, and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    packages = ("numpy", "scipy", "rsatoolbox", "scikit-learn", "torch", "ckatorch")
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {p: v for p in packages if (v := version(p))},
    }


@click.command(help=__doc__.split("\n\n")[0] if __doc__ else None)
@click.option("--quick", is_flag=True, help="Small sizes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.option("--repeats", default=3, show_default=True)
@click.option("--only", default="", help="Only tasks whose name contains this text, for example 'CKA'.")
def main(quick: bool, as_json: bool, repeats: int, only: str) -> None:
    """Runs the benchmark."""
    warnings.simplefilter("ignore")  # those of peers
    os.environ["TQDM_DISABLE"] = "1"  # rsatoolbox's progress bars are no part of the work
    rows = bootstrap(40, 20, 3, 50) if quick else bootstrap(200, 500, 10, 1000)
    rows += [*distances(200, 50), *alignment(200, 50)] if quick else [*distances(5000, 500), *alignment(5000, 500)]
    rows += large(1000, 20) if quick else large(20_000, 500)
    rows, about = [row for row in rows if only.lower() in row.task.lower()], machine()
    with Console(stderr=True).status("starting") as status:
        found = with_ratios(measure(rows, repeats, status.update))
    if as_json:
        print(json.dumps({"machine": about, "rows": found, "targets": verdict(found)}, indent=1))
        return
    console = Console(width=180)
    console.print(table(found))
    console.print(f"\n{about}\n[dim]ratio[/]: the contender's time over Tolman's. " + " ".join(verdict(found)))


if __name__ == "__main__":
    main()
