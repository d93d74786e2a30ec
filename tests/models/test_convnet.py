"""The convnet: convolutions checked against XLA's, residual connections, translation, sites."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.models.convnet import ConvBlock, ConvnetConfig, halve, make_convolution, shifted

PLAIN = ConvnetConfig(channels=(4, 6))
RESIDUAL = ConvnetConfig(channels=(4, 6), residual=True)


@functools.cache
def model(config=PLAIN, inputs=(16, 16, 3), outputs=5):
    return jax.jit(lambda: config.make(inputs, (outputs,), jax.random.key(0)))()


@pytest.fixture(params=[PLAIN, RESIDUAL], ids=["plain", "residual"])
def net(request):
    return model(request.param)


@functools.partial(jax.jit, static_argnames="replacing")
def run(net, x, key=None, replaced=None, replacing=None):
    """Logits and activations by site; `replaced` is put in place of those of the site `replacing`."""
    seen = {}

    def hook(site, value):
        seen[site] = replaced if site == replacing else value
        return seen[site]

    return net(x, hook, key=key), seen


@functools.cache
def some_image(side=16, seed=1, n=None):
    shape = (side, side, 3) if n is None else (n, side, side, 3)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def near(expected, error=1e-5):
    return pytest.approx(np.asarray(expected), abs=error)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_convolutions_are_those_of_xla(kernel):
    made = jax.jit(lambda: make_convolution(jax.random.key(0), kernel=kernel, inputs=3, outputs=4, scale=1.0))()
    weight, image = made.affine.weight.reshape(kernel, kernel, 3, 4), some_image(9)
    axes = ("NHWC", "HWIO", "NHWC")
    expected = jax.lax.conv_general_dilated(image[None], weight, (1, 1), "SAME", dimension_numbers=axes)[0]
    assert eqx.filter_jit(made)(jnp.asarray(image)) == near(expected)


def test_neighbourhoods_have_zeros_beyond_the_border():
    around = jax.jit(shifted, static_argnums=1)(np.arange(1.0, 10).reshape(3, 3, 1), 3)
    assert around[1, 1].tolist() == list(range(1, 10))
    assert around[0, 0].tolist() == [0, 0, 0, 0, 1, 2, 0, 4, 5]


def test_halving_takes_the_largest_of_four_and_leaves_an_odd_edge_out():
    assert halve(jnp.arange(15.0).reshape(3, 5, 1))[..., 0].tolist() == [[6, 8]]


def test_shapes_of_logits_and_sites(net):
    logits, seen = run(net, some_image())
    assert logits.shape == (5,)
    assert list(seen) == sorted(net.sites)
    assert {site: value.shape for site, value in seen.items()} == {
        "stages.0": (8, 8, 4),
        "stages.1": (4, 4, 6),
        "pool": (6,),
    }
    assert seen["pool"] == near(np.asarray(seen["stages.1"]).mean(axis=(0, 1)))


def test_what_a_hook_returns_replaces_the_activation(net):
    logits, seen = run(net, some_image(seed=7))
    for site in net.sites:
        assert run(net, some_image(), replaced=seen[site], replacing=site)[0] == near(logits)
    silent = np.zeros_like(seen["pool"])
    assert run(net, some_image(), replaced=silent, replacing="pool")[0] == near(net.head.bias)


def test_a_residual_block_whose_branch_is_zero_is_the_identity_and_a_plain_one_is_not():
    inner = jax.jit(lambda: make_convolution(jax.random.key(0), kernel=3, inputs=4, outputs=4, scale=1.0))()
    zero = jax.tree.map(jnp.zeros_like, inner)
    x = jnp.abs(jnp.asarray(np.random.default_rng(0).standard_normal((6, 6, 4)), jnp.float32))
    run_block = eqx.filter_jit(lambda block: block(x, "relu"))
    assert np.array_equal(run_block(ConvBlock(inner, zero, residual=True)), x)
    assert not np.asarray(run_block(ConvBlock(inner, zero, residual=False))).any()


def test_plain_and_residual_nets_have_the_same_weights_but_for_the_scale_of_branches():
    for one, other in zip(model(PLAIN).stages, model(RESIDUAL).stages, strict=True):
        assert np.array_equal(one.first.affine.weight, other.first.affine.weight)
        a, b = (np.asarray(s.blocks[0].outer.affine.weight) for s in (one, other))
        assert a / 2**0.5 == near(b)


def test_moving_an_image_moves_its_activations_and_not_its_pool(net):
    seen = []
    for row, column in ((24, 24), (32, 28)):
        image = np.zeros((64, 64, 3), np.float32)
        image[row : row + 8, column : column + 8] = some_image(8)
        seen.append({site: np.asarray(value) for site, value in run(net, image)[1].items()})
    one, other = seen
    assert np.roll(one["stages.0"], (4, 2), (0, 1)) == near(other["stages.0"])
    assert np.roll(one["stages.1"], (2, 1), (0, 1)) == near(other["stages.1"])
    assert one["pool"] == near(other["pool"])
    assert np.abs(one["stages.1"]).max() > 0.01


def test_8_bit_images_are_scaled(net):
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    assert run(net, image)[0] == near(run(net, (image / 127.5 - 1).astype(np.float32))[0])


def test_every_weight_has_a_gradient(net):
    x = some_image(n=8)
    gradients = eqx.filter_jit(eqx.filter_grad(lambda m: jnp.sum(jax.vmap(m)(x) ** 2)))(net)
    assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(gradients))


@pytest.mark.parametrize("residual", [False, True])
def test_activations_keep_their_size_through_many_blocks(residual):
    made = model(ConvnetConfig((16,), blocks=3, residual=residual))
    assert 0.1 < np.asarray(run(made, some_image())[1]["stages.0"]).std() < 10


def test_channels_are_dropped_only_with_a_key():
    made, x, key = model(ConvnetConfig((4, 6), dropout=0.5)), some_image(), jax.random.key(0)
    without, with_key = run(made, x)[0], run(made, x, key)[0]
    assert without == near(run(model(), x)[0])
    assert np.abs(np.asarray(without) - np.asarray(with_key)).max() > 1e-3
    assert run(model(), x, key)[0] == near(run(model(), x)[0])


@pytest.mark.parametrize(
    ("settings", "message"), [({"kernel": 2}, "kernel"), ({"channels": ()}, "channels"), ({"blocks": -1}, "blocks")]
)
def test_impossible_shapes_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ConvnetConfig(**settings)


@pytest.mark.parametrize("inputs", [(32,), (2, 32, 3)])
def test_inputs_that_are_no_images_or_too_small_are_refused(inputs):
    with pytest.raises(ValueError, match="inputs"):
        PLAIN.make(inputs, (3,), jax.random.key(0))
