"""Runs that a search for a boundary needs, against a grid of runs.

    python benchmarks/bench_boundary.py             # 20 simulated boundaries; --boundaries N for fewer

Each simulated boundary is a smooth P(solved) over a grid of 15 x 15 cells, crossed at .5 somewhere; a run is a coin
thrown with that probability. The grid is run with a number of seeds a cell; the search picks cells by straddle rule,
a few runs a round, until it has had its fraction of the grid's runs. From both the same classifier draws the boundary.
The error is the fraction of cells on the wrong side of it, weighted by how far P(solved) is from .5 there.
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


def by_grid(p: np.ndarray, seeds: int, rng: np.random.Generator) -> float:
    """Return the error of the boundary that all runs of the grid give."""
    at = places()
    runs = rng.random((len(p), seeds)) < p[:, None]
    return error(p, fit_surface(np.repeat(at, seeds, 0), runs.ravel(), at).above())


def by_search(p: np.ndarray, seeds: int, budget: int, rng: np.random.Generator) -> float:
    """Return the error of the boundary that a search with so many runs gives."""
    at, free = places(), np.full(len(p), seeds)
    chosen = first_places(at, ROUND)
    x, solved = np.empty((0, 2)), np.empty(0)
    while True:
        free[chosen] -= 1
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
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fraction", type=float, default=1 / 3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    budget = round(CELLS**2 * given.seeds * given.fraction)
    grid, search = [], []
    for seed in range(given.boundaries):
        p = boundary(seed)
        grid.append(by_grid(p, given.seeds, np.random.default_rng([seed, 1])))
        search.append(by_search(p, given.seeds, budget, np.random.default_rng([seed, 2])))
    found = {
        "runs_grid": CELLS**2 * given.seeds,
        "runs_search": budget,
        "error_grid": float(np.mean(grid)),
        "error_search": float(np.mean(search)),
        "as_good": int(np.sum(np.array(search) <= np.array(grid) + 1e-12)),
        "difference_se": float(np.std(np.subtract(search, grid), ddof=1) / np.sqrt(len(grid))),
    }
    if given.json:
        print(json.dumps(found | {"grid": grid, "search": search}))
        return
    for name, value in found.items():
        print(f"{name:14} {value:.4g}")


if __name__ == "__main__":
    main()
