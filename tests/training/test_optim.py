"""AdamW with traced hyperparameters against optax's own, and against the formula."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tolman.training.config import OptimiserConfig
from tolman.training.step import apply_gradients, hyperparameters, optimiser

STEPS = 20
PARAMETERS = {"matrix": jnp.array([[1.0, -2.0], [0.5, 3.0]]), "gain": jnp.array([1.0, 2.0])}
GRADIENTS = {"matrix": jnp.array([[0.3, -0.1], [0.2, 0.05]]), "gain": jnp.array([-0.2, 0.1])}
CONSTANT = OptimiserConfig(learning_rate=0.01, weight_decay=0.0, beta1=0.5, beta2=0.6, clip=0.05, warmup=1, final=1.0)
STEEP = OptimiserConfig(learning_rate=0.1, weight_decay=0.3, beta1=0.8, beta2=0.9, clip=100.0, warmup=5, final=0.2)


def run(h, gradients, steps=1, parameters=PARAMETERS):
    """Parameters after each of several steps along the same gradients."""

    def step(carry, _):
        moved = apply_gradients(h, gradients, carry[1], carry[0])
        return moved, moved[0]

    return jax.lax.scan(step, (parameters, optimiser(h).init(parameters)), None, length=steps)[1]


def rates(config, steps=STEPS):
    """The learning rate of each step, by hand: a linear rise, and a linear fall to `final` that is then kept."""
    count = np.arange(steps + 5)
    left = np.clip((steps - count) / (steps - config.warmup), 0, 1)
    return (
        config.learning_rate * np.minimum(1, (count + 1) / config.warmup) * (config.final + (1 - config.final) * left)
    )


def test_the_first_step_is_the_formula():
    after = run(hyperparameters(STEEP, STEPS), GRADIENTS)
    rate = rates(STEEP)[0]
    for name, decay in (("matrix", 0.3), ("gain", 0.0)):
        # At the first step both moments are unbiased into the gradient itself: its sign is what remains.
        expected = PARAMETERS[name] - rate * (jnp.sign(GRADIENTS[name]) + decay * PARAMETERS[name])
        assert after[name][0] == pytest.approx(np.asarray(expected), rel=1e-5)


def test_many_steps_are_those_of_optax():
    reference = optax.adamw(
        lambda count: jnp.asarray(rates(STEEP), jnp.float32)[count],
        b1=0.8,
        b2=0.9,
        weight_decay=0.3,
        mask=lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree),
    )
    state, parameters = reference.init(PARAMETERS), PARAMETERS
    ours = run(hyperparameters(STEEP, STEPS), GRADIENTS, STEPS)
    for i in range(STEPS):
        updates, state = reference.update(GRADIENTS, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        for name, leaf in parameters.items():
            assert ours[name][i] == pytest.approx(np.asarray(leaf), rel=1e-4)


def test_large_gradients_are_clipped_by_their_global_norm():
    h = hyperparameters(OptimiserConfig(clip=0.1, beta1=0.0), STEPS)
    state = optimiser(h).init(PARAMETERS)
    _, state = apply_gradients(h, GRADIENTS, state, PARAMETERS)
    norm = jnp.sqrt(sum(jnp.sum(g**2) for g in GRADIENTS.values()))
    for name, leaf in state[1].mu.items():
        assert leaf == pytest.approx(np.asarray(GRADIENTS[name] * 0.1 / norm), rel=1e-5)


def test_small_gradients_are_not_clipped():
    some = [run(hyperparameters(OptimiserConfig(clip=c), STEPS), GRADIENTS, 3)["matrix"] for c in (1.0, 10.0)]
    assert np.array_equal(*some)


def test_the_rate_rises_then_falls_to_its_final_fraction_and_stays():
    # Without decay and with constant gradients, each step moves by exactly the rate.
    config = OptimiserConfig(learning_rate=0.1, weight_decay=0.0, clip=1e9, warmup=5, final=0.2)
    path = run(hyperparameters(config, STEPS), GRADIENTS, STEPS + 5)["gain"][:, 1]
    moved = -np.diff(np.concatenate([[2.0], path]))
    assert moved == pytest.approx(rates(config), rel=1e-3)
    assert moved.max() == pytest.approx(0.1, rel=1e-3)
    assert moved[-1] == pytest.approx(0.02, rel=1e-3)


def test_every_hyperparameter_may_differ_between_seeds():
    configs = [STEEP, OptimiserConfig(), CONSTANT]
    each = [hyperparameters(c, s) for c, s in zip(configs, (20, 5, 9), strict=True)]
    together = jax.vmap(lambda h: run(h, GRADIENTS, 8))(jax.tree.map(lambda *leaves: jnp.stack(leaves), *each))
    for i, h in enumerate(each):
        for name, leaf in run(h, GRADIENTS, 8).items():
            assert together[name][i] == pytest.approx(np.asarray(leaf), rel=1e-5)


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_coupled_decay_and_momentum_are_those_of_optax(kind):
    config = OptimiserConfig(
        kind=kind, learning_rate=0.05, weight_decay=0.3, beta1=0.8, beta2=0.9, clip=100.0, warmup=1, final=1.0
    )
    rule = optax.sgd(0.05, momentum=0.8) if kind == "sgd" else optax.adam(0.05, b1=0.8, b2=0.9)
    decay = optax.add_decayed_weights(0.3, mask={"matrix": True, "gain": False})
    reference = optax.chain(decay, rule)
    theirs = ours = PARAMETERS
    h = hyperparameters(config, STEPS)
    states = reference.init(theirs), optimiser(h, kind).init(ours)
    for scale in (1.0, -0.5, 2.0, 0.3):
        gradients = jax.tree.map(lambda g: g * scale, GRADIENTS)  # noqa: B023
        updates, first = reference.update(gradients, states[0], theirs)
        theirs = optax.apply_updates(theirs, updates)
        ours, second = apply_gradients(h, gradients, states[1], ours, kind=kind)
        states = first, second
    for name in PARAMETERS:
        assert ours[name] == pytest.approx(np.asarray(theirs[name]), rel=1e-5)


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(OptimiserConfig)])
def test_no_hyperparameter_is_ignored(field):
    changed = {
        "kind": "sgd",
        "learning_rate": 0.2,
        "weight_decay": 0.5,
        "beta1": 0.1,
        "beta2": 0.5,
        "clip": 0.1,
        "warmup": 9,
        "final": 1.0,
    }
    fresh = OptimiserConfig(**{**STEEP.__dict__, field: changed[field]})

    # Gradients that change from step to step, since constant ones hide the moments' decay.
    def path(config):
        h, parameters = hyperparameters(config, STEPS), PARAMETERS
        state = optimiser(h, config.kind).init(parameters)
        for scale in (1.0, -0.5, 2.0):
            gradients = jax.tree.map(lambda g: g * scale, GRADIENTS)  # noqa: B023
            parameters, state = apply_gradients(h, gradients, state, parameters, kind=config.kind)
        return parameters["matrix"] if field != "final" else run(h, GRADIENTS, STEPS)["matrix"][-1]

    assert not np.allclose(path(STEEP), path(fresh), rtol=1e-4)
