"""JAX's devices, its compilation, and work on all devices at once."""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from tolman.core.processors import available

T = TypeVar("T")


def on_accelerator() -> bool:
    """Return whether the default device is anything but a CPU."""
    return jax.default_backend() != "cpu"


def cache_folder() -> Path:
    """Return the folder of compiled programs: in `$TOLMAN_CACHE`, else in the user's cache folder."""
    base = os.environ.get("TOLMAN_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tolman"


_SHORTEST = "jax_persistent_cache_min_compile_time_secs"


def configure_jax() -> None:
    """Set up devices and the persistent compilation cache; harmless where JAX has already started.

    On a CPU each core becomes a device of its own, so that two seeds of a small model train side by side, which is
    about half again as fast as spreading each small matrix product over the cores.
    """
    jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "xla"))
    if _SHORTEST.upper() not in os.environ:  # else it is as JAX has read it there
        jax.config.update(_SHORTEST, 0.5)
    # Written in place by JAX, an entry is cut short where its writer was killed; JAX then compiles again, and says so.
    warnings.filterwarnings("ignore", message="Error reading persistent compilation cache entry")
    # Where the user's own program has already made JAX choose its devices, they stay.
    with contextlib.suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", min(8, available()))


@functools.cache
def compiler_options() -> dict[str, Any] | None:
    """Return the options under which XLA should compile training steps; None = its defaults.

    On a CPU, XLA fuses products of small matrices with what surrounds them, which takes longer than it saves.
    """
    options = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
    if on_accelerator():
        return None
    try:
        jax.jit(jnp.negative, compiler_options=options)(0.0)
    except jax.errors.JaxRuntimeError:  # this release of XLA has no such option
        return None
    return options


class _Count:
    """The number of programs of training steps that this process has compiled, and seconds of all compilations."""

    compiled = 0
    seconds = 0.0


def counted(program: Callable[..., T]) -> Callable[..., T]:
    """Return a function for `jax.jit` that counts how often it is traced, which it is before every compilation."""

    @functools.wraps(program)
    def traced(*args: Any) -> T:
        _Count.compiled += 1
        return program(*args)

    return traced


@functools.cache
def _count_seconds() -> None:
    """Have JAX report from now on how long it compiles; the cache makes sure that it is asked once."""

    def note(event: str, duration_secs: float, **_: str | int) -> None:
        if event.startswith("/jax/core/compile/"):
            _Count.seconds += duration_secs

    jax.monitoring.register_event_duration_secs_listener(note)


def compile_seconds() -> float:
    """Return the seconds that this process has traced and compiled programs of any kind since the first call."""
    _count_seconds()
    return _Count.seconds


def compilations() -> int:
    """Return the number of programs of training steps that this process and its workers have compiled so far."""
    return _Count.compiled


def count_compilations(programs: int) -> None:
    """Count programs that a worker has compiled for this process."""
    _Count.compiled += programs


MOST_MAPS = 20_000
"""Memory maps of a process from which compiled programs are dropped.

Linux allows a process 65,530 (`vm.max_map_count`), a compiled program takes hundreds, and beyond them JAX crashes.
"""


def drop_programs(most: int = MOST_MAPS) -> bool:
    """Drop all compiled programs if this process has more memory maps than that; return whether it did.

    What is needed again is compiled again, or read from the cache on disk. Called between tasks, when none is in use.
    """
    if memory_maps() <= most:
        return False
    jax.clear_caches()
    return True


def memory_maps() -> int:
    """Return the number of memory maps of this process; 0 where the system does not tell."""
    maps = Path("/proc/self/maps")
    return maps.read_bytes().count(b"\n") if maps.exists() else 0


def on_all_devices(work: Callable[[T], object], items: Sequence[T]) -> Iterator[T]:
    """Call `work` on every item, in one thread for each of JAX's devices, and yield items as they are done.

    `work` is put on a device of its own, and may be called in any order. The first error is raised, and what has not
    begun by then is not begun.
    """
    devices = jax.local_devices()

    def on_device(number: int) -> None:
        with jax.default_device(devices[number % len(devices)]):
            work(items[number])

    pool = ThreadPoolExecutor(len(devices))
    try:
        futures = {pool.submit(on_device, number): items[number] for number in range(len(items))}
        for future in as_completed(futures):
            future.result()
            yield futures[future]
    finally:
        pool.shutdown(cancel_futures=True)
