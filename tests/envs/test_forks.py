"""Environments in forked processes, which JAX does not survive: they say so, and never wait for ever."""

from __future__ import annotations

import os
import signal
import sys
import warnings

import jax
import numpy as np
import pytest

from tolman.core.errors import UserError
from tolman.envs import forks
from tolman.envs.maze import MazeConfig, make_params, to_gymnasium, to_gymnasium_vector

SMALL = {"config": MazeConfig(size=3, objects=3), "mazes": 2}


def said_in_a_fork(work):
    """Return what `work` raises in a forked process, or the text of what it returns."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of JAX, that this may never end
        pid = os.fork()
    if not pid:
        signal.alarm(30)
        try:
            told = repr(work())
        except BaseException as error:
            told = f"{type(error).__name__} {error}"
        os.write(write, told.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        told = file.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "it was still waiting"
    return told


def one():
    return to_gymnasium(**SMALL).reset(seed=0)


def vector():
    return to_gymnasium_vector(**SMALL, num_envs=2).reset(seed=0)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_an_environment_in_a_fork_says_how_to_start_processes():
    jax.numpy.ones(3).block_until_ready()  # JAX has started, whatever was made before
    env, envs = to_gymnasium(make_params(**SMALL)), to_gymnasium_vector(**SMALL, num_envs=2)
    env.reset(seed=0)
    envs.reset(seed=0)
    here = [one, vector, env.reset, lambda: env.step(0), envs.reset, lambda: envs.step(np.zeros(2, int))]
    for work in here:
        assert said_in_a_fork(work).startswith("UserError this environment is computed by JAX, which does not survive")
    assert "'_maze'" in str(vector())  # the parent goes on


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_fork_is_known_by_its_children_and_not_by_its_parent():
    assert said_in_a_fork(lambda: said_in_a_fork(forks.is_forked)) == repr("True")
    assert not forks.is_forked()
    forks.check_not_forked()


def test_a_process_whose_parent_never_started_jax_may_compute(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax._src.xla_bridge", None)
    process = forks._Process()
    process.after_fork()
    assert not process.forked
    monkeypatch.undo()
    process.after_fork()
    assert process.forked  # this one has started it


def test_the_error_names_what_works():
    with pytest.raises(UserError, match=r'vector_kwargs=\{"context": "spawn"\}'):
        raise forks.refusal()
