"""SQL over records."""

from __future__ import annotations

import pytest
from record_samples import sample

from tolman.core.errors import UserError
from tolman.records.query import CURVES, RECORDS
from tolman.records.store import Store


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "it's [a] *folder?" / "test=1")
    for seed in range(3):
        store.write(*sample(world_seed=seed, recall=0.5))
    return store


def test_records_have_a_row_per_test(store):
    frame = store.frame()
    assert frame.num_rows == 6
    assert frame.schema.names == RECORDS.names
    answer = store.query("SELECT test, avg(accuracy) AS a, min(recall) AS r FROM records GROUP BY test ORDER BY test")
    assert answer.to_pylist() == [{"test": "forward", "a": 1.0, "r": 0.5}, {"test": "latent", "a": 0.25, "r": 0.5}]
    assert set(frame["overrides"].to_pylist()) == {"{}"}


def test_a_test_without_questions_has_no_accuracy(tmp_path):
    kept = Store(tmp_path)
    kept.write(*sample(tests={"latent": (3, 4), "forward": (0, 0)}))
    rows = kept.query("SELECT test, n, accuracy FROM records ORDER BY test").to_pylist()
    assert rows == [{"test": "forward", "n": 0, "accuracy": None}, {"test": "latent", "n": 4, "accuracy": 0.75}]


def test_items_can_be_grouped_by_run(store):
    sql = "SELECT world_seed, learner, sum(correct::int) AS right FROM items WHERE test = 'latent' GROUP BY ALL"
    rows = sorted(store.query(sql).to_pylist(), key=lambda row: row["world_seed"])
    assert rows == [{"world_seed": seed, "learner": "parametric", "right": 1} for seed in range(3)]
    assert store.query("SELECT count(*) AS n FROM items JOIN records USING (key, test)")["n"].to_pylist() == [24]


def test_curves_have_a_row_per_point_and_test(store):
    rows = store.query("SELECT step, loss, test, accuracy FROM curves WHERE world_seed = 0 ORDER BY ALL").to_pylist()
    assert rows == [
        {"step": 1, "loss": 1.5, "test": "forward", "accuracy": 0.5},
        {"step": 1, "loss": 1.5, "test": "latent", "accuracy": 0.0},
        {"step": 2, "loss": None, "test": None, "accuracy": None},
    ]


def test_an_empty_store_answers_too(tmp_path):
    empty = Store(tmp_path / "none")
    assert empty.frame().num_rows == 0
    for view, schema in (("records", RECORDS), ("curves", CURVES)):
        assert empty.query(f"SELECT * FROM {view}").schema.names == schema.names
    assert empty.query("SELECT count(logprobs) AS n FROM items")["n"].to_pylist() == [0]


def test_a_wrong_query_is_the_users_error(store):
    with pytest.raises(UserError, match="views are records, measures, curves and items"):
        store.query("SELECT nonsense FROM records")


def test_python_variables_are_out_of_reach(store):
    with pytest.raises(UserError):
        store.query("SELECT * FROM frame")
