"""The connection to a Ray cluster, checked before anything is trained."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tolman.core.errors import UserError
from tolman.core.processors import available
from tolman.core.provenance import software
from tolman.experiments.ray_engine import RayEngine
from tolman.experiments.ray_worker import differences

_OBJECT_STORE = 200_000_000
"""Bytes of shared memory of a cluster that is started here; results pass through it."""

_PATIENCE = 60.0
"""Seconds within which every node must answer."""


@contextmanager
def connected_to(address: str | None, *, threads: int = 1, shared: bool | None = None) -> Iterator[RayEngine]:
    """Yield the engine of a cluster; a connection that is made here ends with the block.

    Args:
        address: `HOST:PORT` of an existing cluster's head node, or `auto`; None = a cluster on this machine, started
            here and ended with the block, or one that this process is connected to already.
        threads: of each worker.
        shared: whether workers see the folder of records; None = each finds out.

    Raises:
        UserError: Ray is missing, nothing answers there, or nodes have other versions, no Tolman or too few CPUs.
    """
    try:
        import ray
    except ImportError as error:
        raise UserError("--engine ray needs Ray, which is not installed: pip install 'tolman[ray]'.") from error
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    try:
        yield RayEngine(_slots(ray, threads), threads, shared=shared)
    finally:
        if ours:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        cpus = available()
        ray.init("local", num_cpus=cpus, include_dashboard=False, object_store_memory=_OBJECT_STORE, **quiet)
        return
    try:
        _check_answers(address)
        ray.init(address, **quiet)
    except (OSError, RuntimeError, ValueError, ImportError) as error:  # ConnectionError is an OSError
        why = str(error).strip().splitlines()[0]
        raise UserError(
            f"--address {address}: no Ray cluster can be used there ({why}). Start one with `ray start --head` and "
            "give its HOST:PORT, or leave --address out to use this machine alone."
        ) from error


def _check_answers(address: str) -> None:
    """Raise `OSError` at once where Ray would try for a minute."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10.0).close()


def _slots(ray: Any, threads: int) -> int:
    """Return how many tasks the cluster does at a time, after every node of it has shown its versions."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    cpus = [int(node["Resources"].get("CPU", 0)) for node in nodes]
    if max(cpus, default=0) < threads:
        raise UserError(
            f"--threads is {threads}; expected at most {max(cpus, default=0)}, the CPUs of the largest node."
        )
    _check_versions(ray, [node for node, count in zip(nodes, cpus, strict=True) if count >= threads])
    return sum(count // threads for count in cpus)


def _check_versions(ray: Any, nodes: list[dict[str, Any]]) -> None:
    from ray.exceptions import RayError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    probe = ray.remote(num_cpus=0)(_probe())
    there = [NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in nodes]
    answers = [probe.options(scheduling_strategy=strategy).remote() for strategy in there]
    for node, answer in zip(nodes, answers, strict=True):
        name = f"node {node['NodeManagerAddress']} ({node['NodeManagerHostname']})"
        try:
            found = ray.get(answer, timeout=_PATIENCE)
        except RayError as error:
            raise UserError(f"{name} does not answer: {type(error).__name__}. Restart Ray there.") from error
        if isinstance(found, str):
            raise UserError(f"{name} has no Tolman ({found}): install it there, in the Python that runs Ray.")
        if wrong := differences(software(), found):
            raise UserError(f"{name} has other versions: {wrong}. Install the same on every node.")


def _probe() -> Callable[[], dict[str, Any] | str]:
    """Return a function that travels as code, since a node that lacks Tolman cannot import it."""

    def probe() -> dict[str, Any] | str:
        try:
            from tolman.core.provenance import software
        except ImportError as error:
            return str(error)
        return software()

    return probe
