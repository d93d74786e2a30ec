"""Training that is killed at any moment continues where it was and ends with the bits of an uninterrupted one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 8
DEVICES = 2
"""Each of which trains two seeds."""


@pytest.mark.slow
def test_training_killed_at_many_moments_ends_with_the_bits_of_an_uninterrupted_one(tmp_path):
    program = [
        sys.executable,
        "-W",
        "error",
        str(Path(__file__).parent / "tiny_trainer.py"),
        str(tmp_path),
        str(KILLS),
        "0",
    ]
    environment = {**os.environ, "PJRT_NPROC": str(DEVICES)}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    trained = json.loads((tmp_path / "chunks.json").read_text())
    # Most children were killed amid training.
    assert sum(0 < n < 40 for n in trained[:KILLS]) >= KILLS // 2
    devices, expected, others = json.loads((tmp_path / "whole.json").read_text())
    assert devices == DEVICES
    assert json.loads((tmp_path / "result.json").read_text()) == expected
    assert [a == b for a, b in zip(expected, others, strict=True)] == [True, False, False, True]
