"""Records of options that are scored in other ways, too, beside records from before and of models without such."""

import numpy as np
import pytest
from record_samples import config, item_results, items, sample

from tolman.core.experience import Normalisers
from tolman.records.items import ALL_ITEMS, ITEMS, items_digest, items_table
from tolman.records.schema import from_json, make_record, to_json
from tolman.records.store import Store

TOKENS = np.array([[1, 2, 2], [2, 2, 0], [1, 3, 1], [2, 1, 1]])
UNCONDITIONAL = np.linspace(-9, -1, 12, dtype=np.float32).reshape(4, 3)
PLAIN = "a07d7177bdce9e33d9e1114e3e139051373c481dc9efb3783a5676117dac08d9"
"""The digest of plain items by the release before there were other scores."""


def table(*normalisers):
    """A table of one test each."""
    results = [item_results(f"t{i}")._replace(normalisers=each) for i, each in enumerate(normalisers)]
    return items_table(results, {result.test: ["all"] * 4 for result in results})


def scored_sample(seed=0):
    """A record of one test with other scores, and its items."""
    test = {"role": "latent", "n": 4, "accuracy": 0.25, "accuracy_per_token": 0.5, "accuracy_unconditional": 0.75,
            "chance": dict.fromkeys(("uniform", "elimination", "constant"), 0.25), "groups": {}}  # fmt: skip
    found = table(Normalisers(TOKENS, UNCONDITIONAL))
    result = {"tests": {"t0": test}, "curves": [], "trainings": {}, "measures": {}, "budget": {}}
    return make_record(config(learner="context", world_seed=seed), result, {}, found), found


def test_items_without_other_scores_are_as_they_were():
    found = items({"latent": (1, 4), "forward": (4, 4)})
    assert found.schema == ITEMS
    assert items_digest(found) == PLAIN


def test_items_keep_what_scores_are_computed_from():
    found = table(Normalisers(TOKENS, UNCONDITIONAL), Normalisers(None, UNCONDITIONAL), None)
    assert found.schema == ALL_ITEMS
    assert found["tokens"].to_pylist() == [*TOKENS.tolist(), *[None] * 8]
    assert found["unconditional"].to_pylist() == [*UNCONDITIONAL.tolist() * 2, *[None] * 4]


def test_the_digest_depends_on_what_scores_are_computed_from():
    plain, other = Normalisers(TOKENS, UNCONDITIONAL), UNCONDITIONAL.copy()
    other[3, 2] += 1
    tables = [table(None), table(plain), table(plain._replace(tokens=TOKENS + 1)), table(Normalisers(TOKENS, other)),
              table(plain._replace(tokens=None)), table(plain._replace(unconditional=None))]  # fmt: skip
    assert len({items_digest(each) for each in tables}) == len(tables)
    assert items_digest(table(plain)) == items_digest(table(plain))


def test_scores_are_recomputed_from_the_items():
    found = table(Normalisers(TOKENS, UNCONDITIONAL))
    sums, tokens, alone = (np.array(found[name].to_pylist()) for name in ("logprobs", "tokens", "unconditional"))
    again = Normalisers(tokens, alone).scores(sums)
    first = Normalisers(TOKENS, UNCONDITIONAL).scores(item_results().logprobs)
    assert all(np.array_equal(again[name], first[name]) for name in ("per_token", "unconditional"))


def test_a_record_with_other_scores_is_read_as_it_was_written(tmp_path):
    record, found = scored_sample()
    assert from_json(to_json(record)) == record
    store = Store(tmp_path)
    store.write(record, found)
    assert store.items(record.key) == found


def test_another_score_that_is_no_number_is_refused():
    record, found = scored_sample()
    test = record.tests["t0"] | {"accuracy_per_token": "half"}
    with pytest.raises(ValueError, match=r"result\.tests\.t0\.accuracy_per_token is 'half'"):
        make_record(record.config, record.result | {"tests": {"t0": test}}, {}, found)


def test_views_hold_records_with_and_without_other_scores(tmp_path):
    store = Store(tmp_path)
    store.write(*sample())
    store.write(*scored_sample())
    rows = store.query("SELECT learner, test, accuracy_per_token, accuracy_unconditional FROM records ORDER BY test")
    assert [tuple(row.values()) for row in rows.to_pylist()] == [
        ("parametric", "forward", None, None), ("parametric", "latent", None, None), ("context", "t0", 0.5, 0.75),
    ]  # fmt: skip
    counts = store.query("SELECT test, count(tokens) AS n, count(logprobs) AS m FROM items GROUP BY test ORDER BY test")
    assert [tuple(row.values()) for row in counts.to_pylist()] == [("forward", 0, 4), ("latent", 0, 4), ("t0", 4, 4)]


@pytest.mark.parametrize("write", [lambda store: None, lambda store: store.write(*sample())], ids=["none", "old"])
def test_the_columns_are_there_though_no_record_has_them(tmp_path, write):
    store = Store(tmp_path)
    write(store)
    found = store.query("SELECT * FROM items")
    assert {"tokens", "unconditional"} <= set(found.schema.names)
    assert found["tokens"].null_count == found.num_rows
