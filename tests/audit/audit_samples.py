"""Activations whose findings are known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

ROWS = 160


def labels(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = rng.permutation(np.resize(["circle", "square"], rows))
    tense = rng.permutation(np.resize(["past", "present"], rows))
    return {"shape": shape, "tense": tense}


def layer(shape: float, tense: float, units: int = 24, seed: int = 0, rows: int = ROWS) -> np.ndarray:
    """Shares of variance that shape and tense take; the rest is noise."""
    rng, found = np.random.default_rng(seed), labels(rows)
    u = np.linalg.qr(rng.standard_normal((units, 2)))[0].T
    a = np.where(found["shape"] == "circle", 1.0, -1.0)
    b = np.where(found["tense"] == "past", 1.0, -1.0)
    noise = rng.standard_normal((rows, units)) * np.sqrt((1 - shape - tense) / units)
    return (np.sqrt(shape) * a[:, None] * u[0] + np.sqrt(tense) * b[:, None] * u[1] + noise).astype(np.float32)


def write_csv(path: Path, columns: dict[str, np.ndarray]) -> str:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(zip(*columns.values(), strict=True))
    return str(path)
