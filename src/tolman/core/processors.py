"""The processors that this process may use."""

from __future__ import annotations

import os

LIMIT = "PJRT_NPROC"
"""Environment variable in which XLA, too, reads how many threads a process may have."""


def available() -> int:
    """Return the number of processors that this process may use, not of those the machine has."""
    limit = os.environ.get(LIMIT, "")
    if limit.isdecimal() and int(limit):
        return int(limit)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
