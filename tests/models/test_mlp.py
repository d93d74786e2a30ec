"""The multi-layer perceptron: its arithmetic, its sites, and when it drops units."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.models.mlp import MLPConfig

ACTIVATIONS = ["leaky_relu", "relu", "tanh", "gelu", "linear"]
SMALL = MLPConfig(widths=(16, 8), dropout=0.5)


@functools.cache
def model(config=SMALL, inputs=(6,), outputs=3):
    return jax.jit(lambda: config.make(inputs, (outputs,), jax.random.key(0)))()


@eqx.filter_jit
def run(net, x, key=None, replaced=None):
    """Logits and activations by site; those in `replaced` are put in place of the network's own."""
    seen = {}

    def hook(site, value):
        seen[site] = (replaced or {}).get(site, value)
        return seen[site]

    return net(x, hook, key=key), seen


@functools.cache
def some_input(seed=1, shape=(6,)):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def near(expected, error=1e-5):
    return pytest.approx(np.asarray(expected), abs=error)


def test_the_default_is_256_128_64_64():
    made = model(MLPConfig(), (32,), 4)
    shapes = [layer.weight.shape for layer in (*made.layers, made.head)]
    assert shapes == [(32, 256), (256, 128), (128, 64), (64, 64), (64, 4)]
    assert made.sites == ("layers.0", "layers.1", "layers.2", "layers.3")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_logits_are_those_of_numpy(activation):
    made, x = model(MLPConfig((7, 5), activation)), some_input().astype(np.float64)
    rule = {
        "leaky_relu": lambda h: np.where(h > 0, h, 0.01 * h),
        "relu": lambda h: np.maximum(h, 0),
        "tanh": np.tanh,
        "gelu": lambda h: h / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3))),
        "linear": lambda h: h,
    }[activation]
    for layer in made.layers:
        x = rule(x @ np.asarray(layer.weight, np.float64) + np.asarray(layer.bias))
    assert run(made, some_input())[0] == near(x @ np.asarray(made.head.weight) + np.asarray(made.head.bias))


@pytest.mark.parametrize("scale", [0.5, 2**0.5])
def test_initial_weights_have_the_stated_scale_and_biases_are_zero(scale):
    made = model(MLPConfig((400, 300), scale=scale), (200,))
    for layer in made.layers:
        weight = np.asarray(layer.weight)
        assert weight.std() * len(weight) ** 0.5 == pytest.approx(scale, rel=0.02)
        assert not np.asarray(layer.bias).any()


def test_inputs_of_any_shape_are_flattened_and_8_bit_ones_scaled():
    made = model(MLPConfig((4,)), (2, 2, 3))
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    scaled = (image / 127.5 - 1).astype(np.float32)
    assert run(made, image)[0] == near(run(made, scaled)[0])
    assert run(made, image)[0] == near(run(made, scaled.ravel())[0])


# ---- sites


def test_hooks_read_every_site_after_its_activation():
    made = model(MLPConfig((16, 8), "relu"))
    logits, seen = run(made, some_input())
    assert tuple(seen) == made.sites
    assert [value.shape for value in seen.values()] == [(16,), (8,)]
    assert all((value >= 0).all() for value in seen.values())
    assert np.asarray(seen["layers.1"]) @ np.asarray(made.head.weight) == near(logits)


def test_what_a_hook_returns_replaces_the_activation():
    made = model()
    logits, seen = run(made, some_input(5))
    assert run(made, some_input(), replaced={"layers.0": seen["layers.0"]})[0] == near(logits)
    assert run(made, some_input(), replaced={"layers.1": np.zeros(8)})[0] == near(made.head.bias)


# ---- training


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_weight_has_a_gradient(activation):
    made = model(MLPConfig((16, 8), activation))
    x = some_input(shape=(32, 6))
    gradients = eqx.filter_jit(eqx.filter_grad(lambda m: jnp.sum(jax.vmap(m)(x) ** 2)))(made)
    assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(gradients))


def test_units_are_dropped_only_with_a_key_and_the_mean_is_kept():
    made, x = model(), some_input()
    kept = np.asarray(run(made, x)[1]["layers.0"])
    keys = jax.random.split(jax.random.key(0), 4000)
    dropped = np.asarray(jax.vmap(lambda key: run(made, x, key)[1]["layers.0"])(keys))
    assert (dropped == 0).mean() == pytest.approx(0.5, abs=0.02)
    assert (np.abs(dropped.mean(axis=0) - kept) <= 5 * np.abs(kept) / 4000**0.5).all()
    assert np.abs(dropped - kept).min(axis=1).max() > 0


def test_without_dropout_a_key_changes_nothing():
    made = model(MLPConfig((16, 8)))
    assert run(made, some_input())[0] == near(run(made, some_input(), jax.random.key(0))[0], 0)


@pytest.mark.parametrize(
    ("settings", "message"), [({"dropout": 1.0}, "dropout"), ({"scale": 0.0}, "scale"), ({"widths": (0,)}, "widths")]
)
def test_impossible_shapes_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MLPConfig(**settings)
