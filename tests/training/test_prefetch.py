"""Chunks drawn ahead by other processes: the same arrays as those drawn here, across phases and wherever one begins."""

import contextlib
import dataclasses
import multiprocessing
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from tiny_trainer import READING, SEEDS, WORLD, bits, interrupt, tiny_spec, tiny_trainer

from tolman.core.errors import UnknownName
from tolman.training.config import Phase
from tolman.training.data import DocumentSource, PhaseDocuments, chunks, step_config
from tolman.training.prefetch import Prefetcher
from tolman.training.step import ChunkData, seed_mesh

SPEC = tiny_spec(parallel_seeds=2)
"""Two chunks of a phase that does not retrieve, then four of one that does."""
PAIR = SEEDS[:2]
CHUNKS = 6


def drawn_here(number, spec=SPEC):
    """The chunk of that number, of each seed."""
    phase = dict(chunks(spec))[number]
    return [PhaseDocuments(spec, phase, WORLD.draw(seeds.world), seeds.world).chunk(number) for seeds in PAIR]


def equal(one, other):
    """Whether two lists of chunks hold the same arrays."""
    leaves = (jax.tree.leaves(one), jax.tree.leaves(other))
    return jax.tree.structure(one) == jax.tree.structure(other) and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*leaves, strict=True)
    )


@pytest.fixture(scope="module")
def drawer():
    """A function that gives a prefetcher of so many workers, which ends after the tests."""
    with contextlib.ExitStack() as stack:
        yield lambda workers, spec=SPEC: stack.enter_context(Prefetcher(spec, PAIR, workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_chunks_are_those_that_would_be_drawn_here_in_every_phase(workers, drawer):
    draw = drawer(workers)
    for number in range(CHUNKS):
        found = draw(number)
        assert len(found) == len(PAIR)
        assert all(isinstance(chunk, ChunkData) for chunk in found)
        assert equal(found, drawn_here(number))
    assert not equal(drawn_here(2), drawn_here(3))


def test_a_training_may_begin_at_any_chunk_and_leave_some_out(drawer):
    draw = drawer(1)
    for number in (3, 5):
        assert equal(draw(number), drawn_here(number))


def test_phases_that_are_alike_have_documents_of_their_own(drawer):
    first, second = SPEC.phases
    spec = dataclasses.replace(SPEC, phases=(dataclasses.replace(second, steps=4), first, second, first))
    draw = drawer(1, spec)
    for number, _ in chunks(spec):
        assert equal(draw(number), drawn_here(number, spec))


def test_a_source_loads_what_is_drawn_for_it():
    given = [drawn_here(number) for number in range(2)]
    instances = [WORLD.draw(seeds.world) for seeds in PAIR]
    documents = [
        PhaseDocuments(SPEC, READING, instance, seeds.world) for instance, seeds in zip(instances, PAIR, strict=True)
    ]
    mesh, config = seed_mesh(2), step_config(SPEC, instances[0])
    drawn = DocumentSource(documents, config, mesh, given.__getitem__)
    plain = DocumentSource(documents, config, mesh)
    for number in range(2):
        one, other = drawn.load(number), plain.load(number)
        assert equal([one], [other])
        rows = jax.tree.map(lambda *leaves: np.stack(leaves), *[chunk.rows for chunk in given[number]])
        held = jax.tree.map(lambda padded, own: padded[:, : own.shape[1]], one.rows, rows)
        assert equal([held], [rows])


# ---- training


def test_training_on_what_workers_draw_ends_with_the_same_bits_even_after_an_interruption(tmp_path):
    expected = [bits(trained) for trained in tiny_trainer().train()]
    assert [bits(trained) for trained in tiny_trainer(workers=2).train()] == expected
    interrupt(tiny_trainer(tmp_path, workers=1), 4)
    assert [bits(trained) for trained in tiny_trainer(tmp_path, workers=1).train()] == expected


def test_an_unknown_kind_of_document_is_refused_as_without_workers():
    spec = dataclasses.replace(SPEC, phases=(Phase(4, {"statment": 1.0}),))
    with pytest.raises(UnknownName, match="did you mean statement"):
        tiny_trainer(seeds=PAIR, spec=spec, workers=1).train()


# ---- processes


def ends(process, seconds=30):
    """Whether a process ends soon. It is asked again and again, as a thread of the pool waits for it as well."""
    last = time.monotonic() + seconds
    while process.is_alive() and time.monotonic() < last:
        time.sleep(0.05)
    return not process.is_alive()


def test_a_phase_travels_to_another_process_as_it_is():
    phase = Phase(8, {"statement": 0.25, "restatement": 0.75}, retrieve=False)
    found = pickle.loads(pickle.dumps(phase))
    assert found == phase
    assert hash(found) == hash(phase)
    assert list(found.mixture) == list(phase.mixture)
    assert pickle.loads(pickle.dumps(SPEC)) == SPEC
    with pytest.raises(TypeError):
        found.mixture["statement"] = 1.0


@pytest.mark.parametrize("whole", [True, False])
def test_training_ends_its_processes_even_after_an_error(whole):
    before, seen = {*multiprocessing.active_children()}, set()

    def report(update):
        seen.update(multiprocessing.active_children())
        if not whole:
            raise ZeroDivisionError

    with contextlib.nullcontext() if whole else pytest.raises(ZeroDivisionError):
        tiny_trainer(spec=tiny_spec(steps=4), workers=1).train(report)
    assert len(seen - before) == 1
    assert all(map(ends, seen - before))


def test_leaving_the_context_ends_the_processes_and_drops_what_is_still_to_be_drawn():
    before = {*multiprocessing.active_children()}
    with Prefetcher(SPEC, PAIR, 2) as draw:
        draw(0)
        started = {*multiprocessing.active_children()} - before
        assert len(started) == 2
    assert all(map(ends, started))
    with pytest.raises(RuntimeError, match="after shutdown"):
        draw(3)


def test_workers_leave_the_answer_to_an_interrupt_to_the_process_that_trains():
    with Prefetcher(SPEC, PAIR, 1) as draw:
        assert draw._pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN


PARENT = """
import sys
sys.path.append(sys.argv[1])
from test_prefetch import PAIR, SPEC, Prefetcher

draw = Prefetcher(SPEC, PAIR, 1)
draw(0)
print("drawn", flush=True)
sys.stdin.read()
"""
"""Draws a chunk, and waits to be killed."""


def test_a_worker_ends_when_its_parent_is_killed():
    program = [sys.executable, "-c", PARENT, str(Path(__file__).parent)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "drawn\n"
        parent.kill()
        # The worker writes to the same pipe, which is at its end once nobody can write to it any more.
        assert parent.communicate(timeout=30) == ("", None)
