"""Chunks of documents drawn ahead by worker processes, for trainings that read faster than one process draws."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor

import jax

from tolman.core.world import Instance
from tolman.training.augment import augmented
from tolman.training.config import Phase, Seeds, TrainingSpec
from tolman.training.data import PhaseDocuments, chunks
from tolman.training.step import ChunkData


class Prefetcher:
    """Draws the chunks of a training in processes of their own; calling it returns one, of all seeds.

    The documents are those that would be drawn without it, as a chunk follows from the seeds and its number alone. As a
    context manager, it ends the processes.

    Args:
        spec: of the training; each process draws its world anew.
        seeds: of the training.
        workers: number of processes, 1 or more.
    """

    def __init__(self, spec: TrainingSpec, seeds: Sequence[Seeds], workers: int) -> None:
        self._pool = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),  # a fork of a process that runs JAX may hang
            initializer=_start,
            initargs=(spec, tuple(seeds)),
        )
        self._ahead, self._end = 2 * workers, len(list(chunks(spec)))
        self._drawn: dict[int, Future[list[ChunkData]]] = {}

    def __call__(self, number: int) -> list[ChunkData]:
        for each in range(number, min(number + self._ahead, self._end)):
            if each not in self._drawn:
                self._drawn[each] = self._pool.submit(_draw, each)
        return self._drawn.pop(number).result()

    def __enter__(self) -> Prefetcher:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Worker:
    """The documents of a training, in a worker process."""

    def __init__(self, spec: TrainingSpec, seeds: tuple[Seeds, ...]) -> None:
        self.spec, self.parts = spec, list(zip(_drawn(spec, seeds), seeds, strict=True))
        self.phases = dict(chunks(spec))

    @functools.lru_cache(maxsize=2)  # noqa: B019 a worker lives as long as its process
    def documents(self, phase: Phase) -> list[PhaseDocuments]:
        """Return the documents of a phase."""
        return [PhaseDocuments(self.spec, phase, instance, seeds.world) for instance, seeds in self.parts]

    def draw(self, number: int) -> list[ChunkData]:
        """Return the chunk of that number."""
        return [documents.chunk(number) for documents in self.documents(self.phases[number])]


def _drawn(spec: TrainingSpec, seeds: tuple[Seeds, ...]) -> tuple[Instance, ...]:
    return augmented(spec, seeds, [spec.world.draw(each.world) for each in seeds])[0]


_worker: _Worker | None = None


def _start(spec: TrainingSpec, seeds: tuple[Seeds, ...]) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that trains says that it was interrupted
    threading.Thread(target=_end_with_parent, daemon=True).start()
    jax.config.update("jax_platforms", "cpu")  # the accelerator belongs to the process that trains
    _worker = _Worker(spec, seeds)


def _end_with_parent() -> None:
    """End this process once the one that trains is gone, however that ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _draw(number: int) -> list[ChunkData]:
    assert _worker is not None
    return _worker.draw(number)
