"""A guard for environments in processes that were forked: JAX waits for threads there that a fork does not copy."""

from __future__ import annotations

import os
import sys

from tolman.core.errors import UserError


class _Process:
    """A note of whether this process was forked from one in which JAX had started."""

    forked = False

    def after_fork(self) -> None:
        self.forked = self.forked or _jax_has_started()


_process = _Process()
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_process.after_fork)


def _jax_has_started() -> bool:
    bridge = sys.modules.get("jax._src.xla_bridge")
    # Not by its function, which takes a lock that another thread may have held at the fork.
    return bool(bridge and getattr(bridge, "_backends", True))


def is_forked() -> bool:
    """Return whether JAX had started in the process that this one was forked from, so that waiting for it may not end.

    Only forks after this module was imported are known.
    """
    return _process.forked


def check_not_forked() -> None:
    """Refuse to compute where `is_forked`.

    Raises:
        UserError: it is; says how to start processes instead.
    """
    if is_forked():
        raise refusal()


def refusal() -> UserError:
    """Return the error of an environment that was to compute where `is_forked`."""
    return UserError(
        "this environment is computed by JAX, which does not survive a fork: start processes with "
        'multiprocessing.get_context("spawn"), in make_vec with vector_kwargs={"context": "spawn"}, or leave '
        'vectorization_mode="async" out: all environments then step together, without processes'
    )
