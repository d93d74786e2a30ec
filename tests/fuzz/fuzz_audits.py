"""Activations with labels as people have them: most can be audited, some have one thing wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fuzz_files import Arrays, Written

SCALES = [1.0, 1.0, 1.0, 1.0, 1e-4, 1e4, 1e-30, 1e30]


def audit_files(seed: int, folder: Path) -> tuple[Arrays, Written]:
    """Write activations and labels of the same stimuli."""
    rng = np.random.default_rng(seed)
    rows = int(rng.choice([20, 24, 40, 61]))
    table = {name: column(rng, rows) for name in ["shape", "größe", "a|b", "year"][: rng.integers(1, 5)]}
    layers = {name: layer(rng, rows, table) for name in ["early", "late", "é"][: rng.integers(1, 4)]}
    return write_arrays(rng, folder, layers), write_labels(rng, folder, table, rows)


def column(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Labels: classes, balanced or not, or numbers."""
    levels = int(rng.integers(2, 7))
    sort = rng.choice(["classes", "rare", "normal", "few", "years", "bool", "ids", "constant", "heavy", "repeated"])
    return {
        "classes": np.array([f"c{i}" for i in rng.integers(0, levels, rows)]),
        "rare": np.where(np.arange(rows) < rng.integers(1, 3), "rare", "usual"),
        "normal": rng.standard_normal(rows).round(3),
        "few": rng.integers(0, levels, rows),
        "years": rng.integers(1950, 2020, rows),
        "bool": rng.random(rows) < 0.5,
        "ids": np.arange(rows),
        "constant": np.full(rows, "same"),
        "heavy": (rng.standard_cauchy(rows) * 1e6).round(1),
        "repeated": np.repeat(np.arange(-(-rows // 4)), 4)[:rows],
    }[str(sort)]


def layer(rng: np.random.Generator, rows: int, table: dict[str, np.ndarray]) -> np.ndarray:
    """Activations that carry a label or none, at some scale and of some type, perhaps with something odd in them."""
    units = int(rng.integers(1, 7))
    made = rng.standard_normal((rows, units))
    labels = np.unique(next(iter(table.values())), return_inverse=True)[1]
    made[:, 0] += rng.choice([0.0, 1.0, 5.0]) * labels
    odd = rng.choice(["no", "no", "no", "no", "dead rows", "dead unit", "repeated rows", "outlier", "twin", "equal"])
    if odd == "dead rows":
        made[: rng.integers(1, rows // 2)] = 0.0
    elif odd == "dead unit":
        made[:, -1] = rng.choice([0.0, 0.3])
    elif odd == "repeated rows":
        made = made[rng.integers(0, rows // 3, rows)]
    elif odd == "outlier":
        made[:, -1] *= 1e3
    elif odd == "twin":
        made[:, -1] = made[:, 0]
    elif odd == "equal":
        made[:] = 0.3
    if rng.random() < 0.05:
        made[rng.integers(rows), rng.integers(units)] = rng.choice([np.nan, np.inf])
    kind = rng.choice(["f4", "f4", "f4", "f8", "f2", "i4"])
    scale = 1.0 if kind in ("f2", "i4") else rng.choice(SCALES)
    with np.errstate(all="ignore"):
        return (np.nan_to_num(made * 10) if kind == "i4" else made * scale).astype(kind)


def write_arrays(rng: np.random.Generator, folder: Path, layers: dict[str, np.ndarray]) -> Arrays:
    """Write an .npz, .safetensors or Parquet file."""
    suffix = rng.choice([".npz", ".safetensors", ".parquet"])
    path = folder / f"acts{suffix}"
    if suffix == ".npz":
        np.savez(path, **layers)
    elif suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file(layers, path)
    else:
        pq.write_table(pa.table({name: pa.array(list(map(list, found))) for name, found in layers.items()}), path)
    return Arrays(path, {name: found.shape for name, found in layers.items()})


def write_labels(rng: np.random.Generator, folder: Path, table: dict[str, np.ndarray], rows: int) -> Written:
    """Write a CSV or Parquet file, in one of thirty with a label missing or a row too few."""
    columns = {name: found.tolist() for name, found in table.items()}
    odd = rng.integers(0, 30)
    if odd == 0:
        columns[next(iter(columns))][3] = None
    elif odd == 1:
        columns, rows = {name: found[1:] for name, found in columns.items()}, rows - 1
    if rng.random() < 0.5:
        path = folder / "labels.parquet"
        pq.write_table(pa.table(columns), path)
    else:
        path = folder / "labels.csv"
        lines = [
            ",".join("" if cell is None else str(cell) for cell in row) for row in zip(*columns.values(), strict=True)
        ]
        path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    return Written(path, list(columns), rows)
