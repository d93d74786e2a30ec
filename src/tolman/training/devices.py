"""What the program runs on: lanes are spread over the devices of one host.

On a CPU each core is made a device of its own, so that two lanes of a small model train side by side, which is
about half again as fast as spreading each small matrix product over the cores.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path
from typing import Literal

import jax
import numpy as np
from jax.sharding import Mesh


def cache_folder() -> Path:
    """Where compiled programs are kept: `$TOLMAN_CACHE`, else the user's cache folder."""
    base = os.environ.get("TOLMAN_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tolman"


def prepare() -> None:
    """Sets up devices and the persistent compilation cache; harmless where JAX has already started."""
    jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "xla"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    # Written in place by JAX, an entry is cut short where its writer was killed; JAX then compiles again, and says so.
    warnings.filterwarnings("ignore", message="Error reading persistent compilation cache entry")
    # Where the user's own program has already made JAX choose its devices, they stay.
    with contextlib.suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", min(8, _cores()))


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seed_mesh(parallel_seeds: int) -> Mesh:
    """A mesh whose axis `seed` has as many devices as divide the number of seeds."""
    devices = jax.local_devices()
    count = max(n for n in range(1, len(devices) + 1) if parallel_seeds % n == 0)
    return Mesh(np.array(devices[:count]), ("seed",))


def on_accelerator() -> bool:
    """Whether the default device is anything but a CPU."""
    return jax.default_backend() != "cpu"


def resolved(precision: Literal["auto", "float32", "bfloat16"]) -> str:
    """What a precision means here: `auto` is bfloat16 on an accelerator and float32 on a CPU."""
    return ("bfloat16" if on_accelerator() else "float32") if precision == "auto" else precision
