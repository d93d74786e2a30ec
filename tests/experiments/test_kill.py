"""Killed at any moment, a study goes on where it was and ends with the bits of one that never was; so do two."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_study import LONG, digests, run_tiny

from tolman.records.store import Store

KILLS = 8


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What an uninterrupted run ends with."""
    return digests(run_tiny(tmp_path_factory.mktemp("whole"), LONG))


def told(how, folder, number):
    """Runs the script and returns what it wrote down."""
    program = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "tiny_study.py"), how, str(folder)]
    done = subprocess.run([*program, str(number), "0"], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads((folder / "told.json").read_text())
    assert set(said["ended"]) == {0}, done.stderr
    return said["found"]


@pytest.mark.slow
def test_a_study_killed_at_many_moments_ends_with_the_bits_of_an_uninterrupted_one(tmp_path, expected):
    found = told("killed", tmp_path, KILLS)
    assert len(found) == KILLS
    # Some were killed amid their work (how many depends on the machine), none left anything half-written to be read.
    assert any(each["amid"] for each in found)
    assert [each["damaged"] for each in found] == [0] * KILLS
    models, records = [each["models"] for each in found], [each["records"] for each in found]
    assert models == sorted(models)
    assert records == sorted(records)
    assert digests(Store(tmp_path).records()) == expected


@pytest.mark.slow
def test_two_processes_at_the_same_study_end_with_the_same_bits(tmp_path, expected):
    told("together", tmp_path, 2)
    assert digests(Store(tmp_path).records()) == expected
    assert Store(tmp_path).damaged() == []
