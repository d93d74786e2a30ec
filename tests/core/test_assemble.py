"""Joining experiences: the same in NumPy and in JAX, in order, and without gaps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.assemble import as_one_row, gather, pack, prepend, stack_corpora, tree_map
from tolman.core.experience import NONE, Experiences, ragged, token_rows

pytestmark = pytest.mark.optimised

SIZE, LENGTH, SLOTS, OWN = 5, 4, 3, 6


def some_experiences(rng, rows, length, gaps=True):
    """Random rows; with `gaps`, valid steps stand anywhere."""
    valid = rng.random((rows, length)) < 0.6
    if not gaps:
        valid = np.sort(valid, axis=1)[:, ::-1]
    steps = {"token": rng.integers(0, 50, (rows, length)), "seen": {"pixels": rng.random((rows, length, 2))}}
    weight = (rng.random((rows, length)) * valid).astype(np.float32)
    return Experiences(steps, weight, valid, np.zeros((rows, length), np.int32))


def with_retrieval(rng, weight=0.5, rows=4):
    """Random current rows with random rows of a memory before them."""
    memory, current = some_experiences(rng, SIZE, LENGTH), some_experiences(rng, rows, OWN)
    neighbours = rng.integers(NONE, SIZE, (rows, SLOTS))
    return memory, current, neighbours, prepend(gather(memory, neighbours), current, weight)


def listed(rows, i):
    return rows.steps["token"][i][rows.valid[i]].tolist()


seeds = st.integers(0, 10_000).map(np.random.default_rng)


@given(seeds)
def test_packing_keeps_the_valid_steps_in_order_and_moves_them_to_the_front(rng):
    rows = some_experiences(rng, 4, 9)
    packed = pack(rows)
    assert (np.diff(packed.valid.astype(int), axis=1) <= 0).all()
    for i in range(4):
        assert listed(packed, i) == listed(rows, i)
        assert np.array_equal(packed.weight[i][packed.valid[i]], rows.weight[i][rows.valid[i]])
        pixels = (r.steps["seen"]["pixels"][i][r.valid[i]] for r in (packed, rows))
        assert np.array_equal(*pixels)


@given(seeds)
def test_packing_twice_is_packing_once(rng):
    once = pack(some_experiences(rng, 3, 7))
    assert all(map(np.array_equal, jax.tree.leaves(pack(once)), jax.tree.leaves(once)))


@given(seeds)
def test_reinstated_experiences_stand_before_the_current_one_in_their_order(rng):
    memory, current, neighbours, joined = with_retrieval(rng)
    for i, rows in enumerate(neighbours):
        context = [token for row in rows if row != NONE for token in listed(memory, row)]
        assert listed(joined, i) == context + listed(current, i)


@given(seeds)
def test_segments_say_which_slot_a_step_came_from(rng):
    memory, current, neighbours, joined = with_retrieval(rng)
    for i, rows in enumerate(neighbours):
        expected = [slot for slot, row in enumerate(rows) if row != NONE for _ in listed(memory, row)]
        assert joined.segment[i][joined.valid[i]].tolist() == expected + [SLOTS] * len(listed(current, i))


@given(seeds, st.sampled_from([0.0, 0.5, 1.0]))
def test_the_weight_of_what_is_reinstated_is_scaled_and_the_current_ones_is_kept(rng, weight):
    memory, current, neighbours, joined = with_retrieval(rng, weight)
    for i, rows in enumerate(neighbours):
        old = [w * weight for row in rows if row != NONE for w in memory.weight[row][memory.valid[row]]]
        new = current.weight[i][current.valid[i]].tolist()
        assert joined.weight[i][joined.valid[i]] == pytest.approx(old + new)


@given(seeds)
def test_nothing_carries_weight_without_being_valid(rng):
    *_, joined = with_retrieval(rng)
    assert (joined.weight[~joined.valid] == 0).all()


def test_an_empty_slot_has_no_step_and_no_weight():
    rows = token_rows([[1, 2], [3]])._replace(weight=np.ones((2, 2), np.float32))
    picked = gather(rows, np.array([[NONE, 1]]))
    assert picked.valid.tolist() == [[[False, False], [True, False]]]
    assert picked.weight[0, 0].tolist() == [0, 0]


def test_numpy_and_jax_agree_bit_by_bit():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        memory, current, neighbours, expected = with_retrieval(rng)
        on_device = jax.tree.map(jnp.asarray, (memory, current, neighbours))
        got = jax.jit(lambda m, c, n: prepend(gather(m, n), c, 0.5, jnp))(*on_device)
        for ours, theirs in zip(jax.tree.leaves(expected), jax.tree.leaves(got), strict=True):
            assert np.array_equal(np.asarray(ours, theirs.dtype), theirs)


def three_rows(xp=np):
    """Rows of two, one and three tokens, all of them targets but each row's first."""
    rows = token_rows([[1, 2], [3], [4, 5, 6]])
    rows.weight[:, 1:] = rows.valid[:, 1:]
    return rows if xp is np else jax.tree.map(jnp.asarray, rows)


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
@pytest.mark.parametrize("most", [3, 5])
def test_in_one_row_experiences_stand_one_after_another_and_what_reaches_beyond_it_is_left_out(most, xp):
    row = as_one_row(three_rows(xp), most, xp)
    padding = most - 3
    assert row.steps["token"][row.valid].tolist() == [1, 2, 3]
    assert row.valid.tolist() == row.steps["packed"].tolist() == [[True] * 3 + [False] * padding]
    assert row.segment.tolist() == [[0, 0, 1] + [3] * padding]
    assert (row.weight * row.valid).tolist() == [[0, 1, 0] + [0] * padding]


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
@pytest.mark.parametrize(("most", "length"), [(6, 6), (9, 9), (100, 9)])
def test_one_row_with_room_for_all_is_no_longer_than_the_padded_ones_together(most, length, xp):
    row = as_one_row(three_rows(xp), most, xp)
    padding = length - 6
    assert row.steps["token"].shape == (1, length)
    assert row.steps["token"][0, :6].tolist() == [1, 2, 3, 4, 5, 6]
    assert row.valid.tolist() == row.steps["packed"].tolist() == [[True] * 6 + [False] * padding]
    assert row.segment.tolist() == [[0, 0, 1, 2, 2, 2] + [3] * padding]
    assert row.weight.tolist() == [[0, 1, 0, 0, 1, 1] + [0] * padding]


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_what_follows_a_row_that_is_left_out_is_left_out_as_well(xp):
    rows = token_rows([[1], [2, 3, 4, 5], [6], [7]])
    row = as_one_row(rows if xp is np else jax.tree.map(jnp.asarray, rows), 3, xp)
    assert row.steps["token"][row.valid].tolist() == [1]
    assert row.segment.tolist() == [[0, 4, 4]]


def plain_experiences(rng, rows=5, length=6):
    """Random rows with gaps, as models that read packed rows take them: no leaf is nested."""
    made = some_experiences(rng, rows, length)
    return made._replace(steps={"token": made.steps["token"], "pixels": made.steps["seen"]["pixels"]})


@given(seeds, st.integers(1, 40))
def test_every_row_that_fits_stands_in_one_piece_in_order_as_a_segment_of_its_own(rng, most):
    rows = plain_experiences(rng)
    row = as_one_row(rows, most)
    fitting = [i for i in range(5) if sum(len(listed(rows, j)) for j in range(i + 1)) <= most]
    valid, kept = row.valid[0], rows.valid[fitting]
    assert row.length == min(most, 30)
    assert (np.diff(valid.astype(int)) <= 0).all()
    assert row.steps["token"][0][valid].tolist() == [token for i in fitting for token in listed(rows, i)]
    assert row.segment[0][valid].tolist() == [i for i in fitting for _ in listed(rows, i)]
    assert np.array_equal(row.steps["pixels"][0][valid], rows.steps["pixels"][fitting][kept])
    assert np.array_equal(row.weight[0][valid], rows.weight[fitting][kept])
    assert np.array_equal(row.steps["packed"], row.valid)
    assert (row.segment[0][~valid] == 5).all()


def test_one_row_carries_no_weight_without_being_valid():
    rows = token_rows([[1, 2], [3, 4]])
    rows.weight[:] = rows.valid
    assert as_one_row(rows, 3).weight.tolist() == [[1, 1, 0]]


def test_one_row_is_the_same_in_numpy_and_in_jax_bit_by_bit():
    for seed, most in ((0, 7), (1, 12), (2, 30), (3, 1), (4, 19)):
        rows = plain_experiences(np.random.default_rng(seed))
        got = jax.jit(lambda rows, most=most: as_one_row(rows, most, jnp))(jax.tree.map(jnp.asarray, rows))
        for ours, theirs in zip(jax.tree.leaves(as_one_row(rows, most)), jax.tree.leaves(got), strict=True):
            assert np.array_equal(np.asarray(ours, theirs.dtype), theirs)


def test_corpora_are_stacked_row_by_row():
    rng = np.random.default_rng(0)
    parts = [some_experiences(rng, n, LENGTH) for n in (2, 1, 3)]
    stacked = stack_corpora(parts)
    assert stacked.valid.shape == (6, LENGTH)
    assert np.array_equal(stacked.steps["seen"]["pixels"][2], parts[1].steps["seen"]["pixels"][0])


def test_tree_map_reaches_every_leaf_of_nested_dicts():
    assert tree_map(lambda a, b: a + b, {"x": 1, "y": {"z": 2}}, {"x": 10, "y": {"z": 20}}) == {"x": 11, "y": {"z": 22}}


def test_tree_map_leaves_nothing_as_it_is():
    assert tree_map(lambda a: a + 1, {"x": None, "y": (1, None)}) == {"x": None, "y": (2, None)}
    assert tree_map(lambda a: a + 1, None) is None


@given(st.lists(st.lists(st.integers(0, 99), max_size=5), max_size=6), st.none() | st.integers(1, 4))
def test_lists_become_rows_that_are_padded_or_cut(rows, width):
    found = ragged(rows, fill=-1, width=width)
    assert found.dtype == np.int32
    assert found.shape == (len(rows), width or max([1, *map(len, rows)]))
    for row, own in zip(found.tolist(), rows, strict=True):
        kept = own[: found.shape[1]]
        assert row == [*kept, *[-1] * (found.shape[1] - len(kept))]
