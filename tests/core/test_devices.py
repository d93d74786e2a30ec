"""Work on all devices at once, and options of the compiler that change no values."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core import devices
from tolman.core.devices import compile_seconds, compiler_options, configure_jax, on_all_devices


class Failed(Exception):
    """Raised by work."""


@pytest.fixture(params=[1, 3])
def threads(request, monkeypatch):
    """So many devices, which are all the same one: a process on one core has no more."""
    (one, *_) = jax.local_devices()
    monkeypatch.setattr(devices.jax, "local_devices", lambda: [one] * request.param)
    return request.param


def test_only_new_programs_take_time_to_compile():
    before, double, ones = compile_seconds(), jax.jit(lambda x: 2 * x), np.ones(3)
    double(ones)
    compiled = compile_seconds()
    double(ones)
    assert compile_seconds() == compiled > before


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_every_item_is_worked_on_once_and_comes_back_once_it_is_done(count, threads):
    begun, done = [], set()

    def work(item):
        begun.append(item)
        time.sleep(0.001)
        done.add(item)

    found = []
    for item in on_all_devices(work, [f"item {number}" for number in range(count)]):
        assert item in done
        found.append(item)
    assert sorted(found) == sorted(begun) == sorted(f"item {number}" for number in range(count))


def test_equal_items_are_all_worked_on(threads):
    begun = []
    assert list(on_all_devices(begun.append, ["same"] * 4)) == ["same"] * 4 == begun


def test_as_many_items_as_there_are_devices_are_worked_on_at_once(threads):
    together = threading.Barrier(threads)
    assert sorted(on_all_devices(lambda _: together.wait(timeout=30), range(2 * threads))) == list(range(2 * threads))


def test_work_is_spread_over_all_devices():
    def work(item):
        seen.append(jnp.zeros(item + 1).devices())

    seen = []
    everywhere = jax.local_devices()
    list(on_all_devices(work, range(2 * len(everywhere))))
    assert set().union(*seen) == set(everywhere)
    assert all(len(where) == 1 for where in seen)


SPREAD = """
import jax
import jax.numpy as jnp

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_num_cpu_devices", 3)
from tolman.core.devices import on_all_devices

where = {}
list(on_all_devices(lambda item: where.update({item: int(*{d.id for d in jnp.zeros(2).devices()})}), range(7)))
print(*(where[item] for item in range(7)))
"""


def test_work_is_spread_over_three_devices_of_another_process():
    ran = subprocess.run([sys.executable, "-c", SPREAD], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "1", "2", "0", "1", "2", "0"]


def test_the_device_of_the_calling_thread_stays_as_it_was():
    before = jnp.zeros(2).devices()
    for _ in on_all_devices(lambda _: None, range(3)):
        assert jnp.zeros(2).devices() == before


def test_the_first_error_is_raised_and_what_had_not_begun_is_not_begun(threads):
    begun = []

    def work(item):
        begun.append(item)
        if item == 0:
            raise Failed("first")
        time.sleep(0.02)

    with pytest.raises(Failed, match="first"):
        list(on_all_devices(work, range(200)))
    count = len(begun)
    assert count < 100
    time.sleep(0.1)
    assert len(begun) == count  # all that had begun has ended


def test_whoever_stops_listening_ends_the_work(threads):
    begun = []

    def work(item):
        begun.append(item)
        time.sleep(0.02)

    for _ in on_all_devices(work, range(200)):
        break
    count = len(begun)
    assert count < 100
    time.sleep(0.1)
    assert len(begun) == count


def test_options_of_the_compiler_change_no_values():
    options = compiler_options()
    assert options is None or isinstance(options, dict)

    def small(x, weights):
        hidden = jnp.tanh(x @ weights)
        return jnp.sum(hidden @ weights.T), hidden

    x, weights = jax.random.normal(jax.random.key(0), (5, 8)), jax.random.normal(jax.random.key(1), (8, 8))
    plain, given = (jax.jit(small, compiler_options=each)(x, weights) for each in (None, options))
    for one, other in zip(plain, given, strict=True):
        assert np.asarray(other) == pytest.approx(np.asarray(one), rel=1e-5, abs=1e-5)


def test_a_compiler_that_does_not_know_the_options_gets_none(monkeypatch):
    def refuse(*args, **options):
        raise jax.errors.JaxRuntimeError("no such option")

    monkeypatch.setattr(devices.jax, "jit", lambda *args, **options: refuse)
    assert compiler_options.__wrapped__() is None


def test_an_accelerator_gets_no_options(monkeypatch):
    monkeypatch.setattr(devices, "on_accelerator", lambda: True)
    assert compiler_options.__wrapped__() is None


def test_the_cache_stands_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TOLMAN_CACHE", str(tmp_path / "ours"))
    assert devices.cache_folder() == tmp_path / "ours" / "tolman"
    monkeypatch.delenv("TOLMAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "theirs"))
    assert devices.cache_folder() == tmp_path / "theirs" / "tolman"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert devices.cache_folder() == Path.home() / ".cache" / "tolman"


@pytest.mark.parametrize(("given", "kept"), [(None, 0.5), ("0.2", 0.0)])
def test_how_short_a_compilation_is_kept_may_be_set_as_for_jax(given, kept, monkeypatch):
    name = "jax_persistent_cache_min_compile_time_secs"
    monkeypatch.delenv(name.upper(), raising=False)
    if given is not None:
        monkeypatch.setenv(name.upper(), given)
    usual = getattr(jax.config, name)
    try:
        jax.config.update(name, 0.0)  # stands for what JAX has read when it was imported
        configure_jax()
        assert getattr(jax.config, name) == kept
    finally:
        jax.config.update(name, usual)
