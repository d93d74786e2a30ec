"""Encrypted networks: right answers, coefficients that are what they are said to be, and errors that help."""

import dataclasses
import functools
import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from tolman.contrib.encrypted.ckks import CKKS, evaluate_encrypted
from tolman.contrib.encrypted.diagonals import period_of, plan_rotations, repeated
from tolman.contrib.encrypted.seal import Session
from tolman.contrib.encrypted.squares import evaluate_plain, fold_biases
from tolman.contrib.encrypted.uniformity import uniformity
from tolman.core.errors import UserError

SITES = ["input", "linear1", "square1", "linear2"]
TWO = CKKS.for_layers(2)


def network(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    shapes = itertools.pairwise(sizes)
    return [(rng.normal(size=(a, b)) / np.sqrt(a), 0.5 * rng.normal(size=b)) for a, b in shapes]


def some_inputs(n, d, seed=1):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (n, d))


@functools.cache
def run(seed=0):
    return evaluate_encrypted(TWO, network(6, 4, 3, seed=seed), some_inputs(24, 6))


# ---- what is computed


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 16), st.integers(1, 16), st.integers(0, 99))
def test_constant_one_carries_biases(d, width, out, seed):
    layers, x = network(d, width, out, seed=seed), some_inputs(5, d)
    hidden, last = fold_biases(layers)
    squared = (np.hstack([x, np.ones((5, 1))]) @ hidden) ** 2
    assert np.array_equal(squared[:, -1], np.ones(5))
    assert squared @ last == pytest.approx(evaluate_plain(layers, x)["linear2"], abs=1e-9)


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 99))
def test_rotated_and_weighted_copies_are_the_matrix_product(d, out, seed):
    rng = np.random.default_rng(seed)
    x, matrix, slots = rng.normal(size=d), rng.normal(size=(d, out)), 128
    plan = plan_rotations(matrix)
    turned = [np.roll(repeated(x, period_of(d), slots), -step) for step in plan.baby]
    total = sum(
        np.roll(sum(np.tile(w, slots // len(w)) * t for w, t in zip(group, turned, strict=True)), -step)
        for step, group in zip(plan.giant, plan.weights, strict=True)
    )
    for step in plan.folds:
        total = total + np.roll(total, -step)
    assert total == pytest.approx(repeated(x @ matrix, plan.period, slots), abs=1e-9)
    assert len(plan.rotations) <= 2 * np.ceil(np.sqrt(2 * out)) + np.log2(period_of(d)) + 1


@pytest.mark.parametrize("seed", range(2))
def test_decrypted_outputs_are_the_plain_networks(seed):
    result = run(seed)
    reference = evaluate_plain(network(6, 4, 3, seed=seed), some_inputs(24, 6))["linear2"]
    assert np.array_equal(result.plain_outputs, reference)
    assert result.outputs == pytest.approx(reference, abs=1e-4)
    assert np.ptp(reference) > 1
    top = np.sort(reference, axis=1)
    clear = top[:, -1] - top[:, -2] > 2e-4
    assert clear.mean() > 0.9
    assert np.array_equal(result.outputs.argmax(1)[clear], reference.argmax(1)[clear])


def test_default_parameters_serve_three_layers_and_a_full_width():
    layers, x = network(32, 16, 16, 2), some_inputs(4, 32)
    result = evaluate_encrypted(CKKS(), layers, x)
    assert list(result.sites) == ["input", "linear1", "square1", "linear2", "square2", "linear3"]
    assert result.outputs == pytest.approx(result.plain_outputs, abs=0.02)
    assert result.outputs != pytest.approx(np.roll(result.plain_outputs, 1, axis=0), abs=0.1)


def test_units_that_are_always_zero_do_no_harm():
    (first, bias), last = network(6, 4, 3)
    first[:, 1:3] = bias[1:3] = 0
    result = evaluate_encrypted(TWO, [(first, bias), last], some_inputs(2, 6))
    assert result.outputs == pytest.approx(result.plain_outputs, abs=1e-4)


def test_parameters_for_a_depth_have_a_prime_for_every_product():
    assert CKKS.for_layers(3) == CKKS()
    for layers in range(1, 7):
        ckks = CKKS.for_layers(layers)
        assert ckks.products == 2 * layers - 1
        assert max(ckks.coeff_mod_bit_sizes) <= 60
        Session(ckks.poly_modulus_degree, ckks.coeff_mod_bit_sizes, ckks.global_scale, [1])  # SEAL accepts them
    with pytest.raises(UserError, match="at most 6"):
        CKKS.for_layers(7)


# ---- what is read


def test_runs_keep_both_polynomials_of_every_site_and_what_is_packed():
    result = run()
    assert list(result.sites) == list(result.plain_slots) == list(result.plain_coefficients) == SITES
    layers, x = network(6, 4, 3), some_inputs(24, 6)
    plain = evaluate_plain(layers, x)
    for site, period in zip(SITES, (8, 8, 8, 4), strict=True):
        assert result.sites[site].shape == (24, 32)
        assert result.plain_coefficients[site].shape == (24, 16)
        width, slots = plain[site].shape[1], result.plain_slots[site]
        assert slots.shape == (24, period)
        assert np.array_equal(slots[:, :width], plain[site])
        assert (slots[:, width : width + 1] == 1).all() == (site != "linear2")


def test_distances_between_encoded_polynomials_are_those_between_activations():
    # The embedding is unitary up to a factor (Parseval): RSA with Euclidean distances sees the same on both.
    for site in SITES:
        both = (run().plain_slots[site], run().plain_coefficients[site])
        slots, coefficients = (np.linalg.norm(x[:, None] - x[None], axis=2) for x in both)
        ratio = coefficients[slots > 0] / slots[slots > 0]
        assert np.ptp(ratio) < 1e-6 * ratio.mean()


def test_every_encryption_of_an_input_differs_and_no_coefficient_is_constant():
    result = evaluate_encrypted(TWO, network(6, 4, 3), np.ones((12, 6)))
    for site in SITES:
        read = result.sites[site]
        assert len(np.unique(read)) == read.size
        assert read.std(axis=0).min() > 0.01  # uniform ones have .29; of twelve, one of many was once at .098
        assert not np.ptp(result.plain_coefficients[site], axis=0).any()


def test_coefficients_look_uniform_and_what_is_encoded_does_not():
    read = np.concatenate([run(seed).sites[site].ravel() for seed in (0, 1) for site in SITES])
    assert -0.5 <= read.min() < -0.49
    assert 0.49 < read.max() < 0.5
    assert kstest(read, "uniform", (-0.5, 1)).pvalue > 1e-6
    summary = uniformity(read)
    assert summary.p > 1e-6
    assert summary.mean == pytest.approx(0, abs=6 / np.sqrt(12 * read.size))
    assert summary.variance == pytest.approx(1 / 12, abs=0.01)
    assert uniformity(run().plain_coefficients["linear1"]).p < 1e-12


def test_uniformity_of_known_samples():
    even = uniformity((np.arange(1000) + 0.5) / 1000 - 0.5)
    assert even.histogram == pytest.approx(np.full(20, 0.05))
    assert (even.mean, even.variance, even.p) == pytest.approx((0, 1 / 12, 1), abs=1e-6)


def test_reused_randomness_leaks_what_is_encoded():
    broken = dataclasses.replace(TWO, reuse_randomness=True)
    result = evaluate_encrypted(broken, network(6, 4, 3), some_inputs(8, 6))
    read, encoded = result.sites["input"], result.plain_coefficients["input"]
    c0, c1 = np.split(read - read[0], 2, axis=1)
    assert not c1.any()
    leak = c0 - (encoded - encoded[0])
    assert leak - np.round(leak) == pytest.approx(np.zeros_like(leak), abs=1e-12)
    assert np.abs(encoded - encoded[0]).max() > 1e-6
    assert result.outputs == pytest.approx(result.plain_outputs, abs=1e-4)


# ---- mistakes


def refused(match, ckks=TWO, layers=None, inputs=None):
    with pytest.raises(UserError, match=match):
        evaluate_encrypted(
            ckks, network(6, 4, 3) if layers is None else layers, some_inputs(2, 6) if inputs is None else inputs
        )


def test_missing_tenseal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tenseal", None)
    monkeypatch.delitem(sys.modules, "tenseal.sealapi", raising=False)
    refused(r'pip install "tolman\[encrypted\]"')


def test_tenseal_is_imported_only_when_it_is_used():
    code = (
        "import sys, tolman.contrib.encrypted.ckks; assert not any(name.startswith('tenseal') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_networks_that_do_not_fit_are_refused():
    refused(r"CKKS.for_layers\(3\)", layers=network(6, 4, 4, 3))
    refused("at most 16", layers=network(6, 17, 3))
    refused("one before", layers=[*network(6, 4), *network(5, 3)])
    refused("expected weights", layers=[(np.ones((6, 4)), np.ones(3))])
    refused("expected weights", layers=[])
    refused("all zeros", layers=[*network(6, 4), (np.zeros((4, 2)), np.zeros(2))])
    refused("square1 reach", layers=[(100 * w, b) for w, b in network(6, 4, 3)])


def test_inputs_that_do_not_fit_are_refused():
    refused("NaN", inputs=np.full((2, 6), np.nan))
    refused("NaN", inputs=np.full((2, 6), np.inf))
    refused(r"expected \[n, 6\]", inputs=np.ones((2, 5)))
    refused(r"expected \[n, 6\]", inputs=np.ones(6))
    refused("at least one", inputs=np.ones((0, 6)))


def test_parameters_that_are_insecure_or_impossible_are_refused():
    refused("128-bit security", CKKS(4096, (40, 30, 30, 30, 40), 2.0**30))
    refused("SEAL knows no CKKS", CKKS(8192, (40, 30, 30, 30, 70), 2.0**30))
    refused("SEAL knows no CKKS|refuses", CKKS(5000, (40, 30, 30, 30, 40), 2.0**30))


def test_scales_that_would_drift_and_primes_out_of_order_are_refused():
    for bits, scale in (
        ((38, 28, 28, 28, 40), 2.0**20),
        ((38, 28, 30, 28, 40), 2.0**28),
        ((28, 28, 28, 28, 40), 2.0**28),
        ((38, 28, 28, 28, 30), 2.0**28),
        ((38, 40), 2.0**28),
        ((38, 28, 40), -1.0),
    ):
        with pytest.raises(UserError, match="expected"):
            CKKS(8192, bits, scale)
