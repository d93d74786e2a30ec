"""Runs that a search for a boundary needs, against a grid of runs.

    python benchmarks/bench_boundary.py             # 20 simulated boundaries; --boundaries N for fewer

Each simulated boundary is a smooth P(solved) over a grid of 15 x 15 cells, crossed at .5 somewhere; a run is a coin
thrown with that probability. The grid is run with a number of seeds a cell; the search picks cells, a few runs a round,
until it has had its fraction of the grid's runs. It is simulated twice: with no more seeds in a cell than the grid has,
and with more. The same Gaussian process draws all boundaries; the grid is also read cell by cell, by majority. The
error is the fraction of cells on the wrong side, weighted by how far P(solved) is from .5 there, and a mean over
repetitions of the random outcomes.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from tolman.sweeps.boundary import first_places, fit_surface, next_places

CELLS, ROUND = 15, 15


def boundary(seed: int) -> np.ndarray:
    """P(solved) `[cells]` of a boundary: a plane or a hill, bent by a few waves, with a slope of its own."""
    rng = np.random.default_rng(seed)
    a, b = np.meshgrid(*[np.linspace(0, 1, CELLS)] * 2, indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.5:
        f = np.cos(angle) * (a - 0.5) + np.sin(angle) * (b - 0.5) + rng.uniform(-0.2, 0.2)
    else:
        f = rng.uniform(0.25, 0.45) - np.hypot(a - rng.uniform(0.3, 0.7), b - rng.uniform(0.3, 0.7))
    f = f + rng.uniform(0, 0.1) * np.sin(2 * np.pi * (a * rng.uniform(0.5, 1.5) + rng.random()))
    return 1 / (1 + np.exp(-rng.uniform(8, 30) * f)).ravel()


def places() -> np.ndarray:
    """Return `[cells, 2]` places of the cells."""
    a, b = np.meshgrid(*[np.linspace(0, 1, CELLS)] * 2, indexing="ij")
    return np.column_stack([a.ravel(), b.ravel()])


def error(p: np.ndarray, above: np.ndarray) -> float:
    """Return the fraction of cells on the wrong side, weighted by |P - .5|."""
    weight = np.abs(p - 0.5)
    return float((weight * ((p > 0.5) != above)).sum() / weight.sum())


def by_grid(p: np.ndarray, seeds: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the error of the boundary that all runs of the grid give, and of cells read one by one."""
    at = places()
    runs = rng.random((len(p), seeds)) < p[:, None]
    surface = fit_surface(np.repeat(at, seeds, 0), runs.ravel(), at)
    return {"grid": error(p, surface.above()), "majority": error(p, runs.mean(1) > 0.5)}


def by_search(p: np.ndarray, seeds: int, budget: int, rng: np.random.Generator) -> float:
    """Return the error of the boundary that a search with so many runs gives, `seeds` of a cell at most."""
    at, free = places(), np.full(len(p), seeds)
    chosen = first_places(at, ROUND)
    x, solved = np.empty((0, 2)), np.empty(0)
    while True:
        np.subtract.at(free, chosen, 1)
        x = np.concatenate([x, at[chosen]])
        solved = np.append(solved, rng.random(len(chosen)) < p[chosen])
        count = min(ROUND, budget - len(solved))
        if count <= 0:
            return error(p, fit_surface(x, solved, at).above())
        chosen = next_places(x, solved, at, free, count=count)


def main() -> None:
    """Print errors and how often the search is as good as the grid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--boundaries", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000, help="seed of the first boundary")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3, help="of a cell, in the grid")
    parser.add_argument("--most", type=int, default=9, help="seeds that a search may run in a cell")
    parser.add_argument("--fraction", type=float, default=1 / 3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    budget = round(CELLS**2 * given.seeds * given.fraction)
    numbers = range(given.first, given.first + given.boundaries)
    errors = [_mean([_errors(n, r, given, budget) for r in range(given.repetitions)]) for n in numbers]
    by = {name: np.array([each[name] for each in errors]) for name in errors[0]}
    found = {"runs_grid": CELLS**2 * given.seeds, "runs_search": budget}
    found |= {f"error_{name}": float(values.mean()) for name, values in by.items()}
    for name in ("search_same", "search_more"):
        found |= _against(by[name], by["grid"], name)
    if given.json:
        print(json.dumps(found | {name: values.tolist() for name, values in by.items()}))
        return
    for name, value in found.items():
        print(f"{name:26} {value:.4g}")


def _errors(number: int, repetition: int, given: argparse.Namespace, budget: int) -> dict[str, float]:
    p, of = boundary(number), lambda kind: np.random.default_rng([number, repetition, kind])
    return by_grid(p, given.seeds, of(1)) | {
        "search_same": by_search(p, given.seeds, budget, of(2)),
        "search_more": by_search(p, given.most, budget, of(3)),
    }


def _mean(errors: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([each[name] for each in errors])) for name in errors[0]}


def _against(search: np.ndarray, grid: np.ndarray, name: str) -> dict[str, float]:
    difference = search - grid
    return {
        f"difference_{name}": float(difference.mean()),
        f"se_{name}": float(difference.std(ddof=1) / np.sqrt(len(difference))),
        f"as_good_{name}": int(np.sum(difference <= 1e-12)),
    }


if __name__ == "__main__":
    main()
