"""Killed at any moment, a study goes on where it was and ends with the bits of one that never was; so do two."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_study import digests

from tolman.records.store import Store

KILLS = 8
DEVICES = 2
"""Of each process, so that each trains one of the two seeds, and two learners are tested at a time."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What an uninterrupted run ends with."""
    folder = tmp_path_factory.mktemp("whole")
    told("together", folder, 1)
    records = Store(folder).records()
    assert {record.provenance["device"]["count"] for record in records} == {DEVICES}
    return digests(records)


def told(how, folder, number):
    """Runs the script and returns what it wrote down."""
    program = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "tiny_study.py"), how, str(folder)]
    program += [str(number), "0"]
    environment = {**os.environ, "PJRT_NPROC": str(DEVICES)}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=240, check=False)
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
