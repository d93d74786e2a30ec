"""Training that is killed at any moment continues where it was and ends with the bits of an uninterrupted one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_trainer import LONG, bits, tiny_trainer

KILLS = 12


@pytest.mark.slow
def test_training_killed_at_many_moments_ends_with_the_bits_of_an_uninterrupted_one(tmp_path):
    expected = [bits(one) for one in tiny_trainer(spec=LONG).train()]
    program = [
        sys.executable,
        "-W",
        "error",
        str(Path(__file__).parent / "tiny_trainer.py"),
        str(tmp_path),
        str(KILLS),
        "0",
    ]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    trained = json.loads((tmp_path / "chunks.json").read_text())
    # Most children were killed amid training.
    assert sum(0 < n < 40 for n in trained[:KILLS]) >= KILLS // 2
    assert json.loads((tmp_path / "result.json").read_text()) == expected
