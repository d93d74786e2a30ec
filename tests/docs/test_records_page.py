"""The code in docs/records.md and docs/results/representations.md runs on a folder of records."""

from __future__ import annotations

from pathlib import Path

import pytest
from code_blocks import ROOT, blocks

from tolman.records.query import CURVES, RECORDS, RUN
from tolman.records.schema import SCHEMA
from tolman.records.store import Store

BLOCKS = [*blocks("docs/records.md", "python"), *blocks("docs/results/representations.md", "python")]


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A folder `records` in the current directory, with five seeds of two learners."""
    monkeypatch.syspath_prepend(ROOT / "tests/records")
    from record_samples import sample

    monkeypatch.chdir(tmp_path)
    store = Store("records")
    for learner, right in (("parametric", 0), ("parametric-retrieval-oracle", 4)):
        for seed in range(5):
            store.write(*sample({"latent": (right, 4)}, learner=learner, world_seed=seed))
    return store


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_runs(block, records, capsys):
    exec(compile(block, "docs/records.md", "exec"), {})
    assert capsys.readouterr().out or Path("numbers.parquet").is_file()


def test_the_first_block_compares_learners(records, capsys):
    exec(compile(BLOCKS[0], "docs/records.md", "exec"), {})
    rows = eval(capsys.readouterr().out)
    assert [(r["learner"], r["accuracy"], r["seeds"]) for r in rows] == [
        ("parametric", 0.0, 5),
        ("parametric-retrieval-oracle", 1.0, 5),
    ]


def test_the_columns_are_as_documented():
    text = (ROOT / "docs/records.md").read_text()
    assert ", ".join(RUN.names) in text.replace("\n", " ")
    for view in (RECORDS, CURVES):
        for column in view.names:
            assert column.split("_")[0] in text
    assert f"`schema` | {SCHEMA};" in text
