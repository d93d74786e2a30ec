"""Records survive a round trip, notice every change, and old ones stay readable."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from record_samples import config, item_results, items, sample

from tolman.core.errors import UserError
from tolman.records.items import ITEMS, items_digest, items_table
from tolman.records.schema import UPGRADES, DamagedRecord, from_json, key_of, make_record, result_digest, to_json


def test_round_trip():
    record, _ = sample()
    assert from_json(to_json(record)) == record
    assert record.key == key_of(record.config)
    assert len(record.key) == 24
    assert record.result["digest"] == result_digest(record.result)
    assert (record.study, record.preset, record.condition) == ("reversals", "quick", "standard")
    assert (record.learner, record.seeds, list(record.tests)) == ("parametric", (0, 0), ["latent", "forward"])


def test_provenance_enters_no_digest():
    record, table = sample()
    other = make_record(record.config, record.result, {"host": "elsewhere"}, table)
    assert (other.key, other.result) == (record.key, record.result)


@pytest.mark.parametrize(
    "change",
    [
        {"study": "codebooks"}, {"study_version": 2}, {"preset": "full"}, {"overrides": {"world.books": 2}},
        {"condition": "shuffled"}, {"learner": "parametric-context"}, {"world_seed": 1}, {"model_seed": 1},
        {"world": {"name": "reversals", "entities": 9}},
    ],
)  # fmt: skip
def test_every_field_of_the_config_is_in_the_key(change):
    assert key_of(config(**change)) != key_of(config())


def test_numpy_numbers_are_written_and_infinite_ones_refused():
    record, table = sample()
    measured = make_record(record.config, record.result | {"budget": np.int64(3)}, {}, table)
    assert from_json(to_json(measured)).result["budget"] == 3
    with pytest.raises(ValueError, match=r"result\.budget is nan"):
        make_record(record.config, record.result | {"budget": math.nan}, {}, table)


@pytest.mark.parametrize("missing", ["study", "learner", "world_seed", "overrides"])
def test_a_record_without_a_required_field_is_not_made(missing):
    record, table = sample()
    broken = {name: value for name, value in record.config.items() if name != missing}
    with pytest.raises(ValueError, match=rf"config\.{missing} is None"):
        make_record(broken, record.result, {}, table)


def test_a_test_without_chance_is_not_recorded():
    record, table = sample()
    tests = {"latent": {**record.tests["latent"], "chance": {"uniform": 0.1}}}
    with pytest.raises(ValueError, match=r"result\.tests\.latent\.chance\.elimination is None"):
        make_record(record.config, record.result | {"tests": tests}, {}, table)


def test_trajectories_are_kept_where_there_are_any():
    record, table = sample()
    trajectories = {"layouts": {}, "tests": {"latent": [{"path": [[0, 1, 0]], "success": False}]}}
    assert (
        from_json(
            to_json(make_record(record.config, record.result | {"trajectories": trajectories}, {}, table))
        ).result["trajectories"]
        == trajectories
    )
    with pytest.raises(ValueError, match=r"result\.trajectories is \[\]; expected dict"):
        make_record(record.config, record.result | {"trajectories": []}, {}, table)


def _changed(part, name, value):
    document = json.loads(to_json(sample()[0]))
    document[part][name] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"{}", b"\xff", to_json(sample()[0])[:-9], _changed("config", "preset", "full"),
        _changed("result", "trainings", {"model": "x"}), _changed("result", "curves", []),
        to_json(sample()[0]).replace(b'"schema": 4', b'"schema": "4"'),
        to_json(sample()[0]).replace(b'"provenance"', b'"origin"'),
    ],
)  # fmt: skip
def test_damage_is_noticed(content):
    with pytest.raises(DamagedRecord):
        from_json(content)


def test_old_records_are_upgraded_and_keep_their_key():
    record, _ = sample()

    def rename_preset(document):
        return document | {"config": document["config"] | {"preset": "small"}}

    def add_note(document):
        return document | {"provenance": document["provenance"] | {"note": document["config"]["preset"]}}

    new = from_json(to_json(record), upgrades=(*UPGRADES, rename_preset, add_note))
    assert (new.schema, new.key, new.preset, new.provenance["note"]) == (6, record.key, "small", "small")


def test_a_record_of_the_first_schema_rests_on_one_model():
    document = json.loads(to_json(sample()[0]))
    result = {k: v for k, v in document["result"].items() if k not in ("measures", "trainings")}
    result["training_key"] = "t" * 24
    result["digest"] = result_digest(result)
    old = from_json(json.dumps(document | {"schema": 1, "result": result}).encode())
    assert (old.result["trainings"], old.measures) == ({"model": "t" * 24}, {})
    assert old.tests == sample()[0].tests


def test_records_of_a_newer_tolman_are_not_called_damaged():
    newer = to_json(sample()[0]).replace(b'"schema": 4', b'"schema": 9')
    with pytest.raises(UserError, match=r"schema 9.*up to 4.*update Tolman") as caught:
        from_json(newer)
    assert not isinstance(caught.value, DamagedRecord)


def test_items_table():
    results = [item_results("latent", 2, options=3), item_results("forward", 3, right=3, options=2)]
    groups = {"latent": ["a", "b"], "forward": ["c"] * 3}
    table = items_table(results, groups, {"latent": np.array([1.0, np.nan])}, {"latent": np.array([0.5, 0.0])})
    assert table.schema == ITEMS
    assert table.num_rows == 5
    assert table["recall"].to_pylist() == [1.0, None, None, None, None]
    assert table["precision"].to_pylist() == [0.5, 0.0, None, None, None]
    assert table["correct"].to_pylist() == [True, False, True, True, True]
    assert [len(row) for row in table["logprobs"].to_pylist()] == [3, 3, 2, 2, 2]
    assert items_table([], {}).schema == ITEMS


def test_items_digest_sees_values_only():
    table = items({"latent": (1, 4)})
    assert items_digest(pa.concat_tables([table.slice(0, 1), table.slice(1)])) == items_digest(table)
    assert items_digest(table.slice(0, 3)) != items_digest(table)
    for name in ITEMS.names:
        other = table.set_column(table.schema.get_field_index(name), ITEMS.field(name), table[name].take([1, 0, 3, 2]))
        same = table[name].take([1, 0, 3, 2]).equals(table[name])
        assert (items_digest(other) == items_digest(table)) == same
    with pytest.raises(ValueError, match="columns"):
        items_digest(table.drop_columns(["rank"]))
