"""Studies of shortcuts: what is measured along training, and that conditions differ in what they say."""

import fnmatch

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.models.decoder import DecoderConfig
from tolman.studies.shortcuts.attention import CuedAttentionLoss
from tolman.studies.shortcuts.mechanism import AgreementMetric, AgreementVarianceMetric, last_step
from tolman.studies.shortcuts.stepping_stone import SteppingStoneStudy
from tolman.studies.shortcuts.sweet_spot import SweetSpotStudy
from tolman.studies.shortcuts.where_to_look import ATTENTION_WEIGHTS, OTHER_WEIGHTS, TRANSPLANTS, WhereToLookStudy
from tolman.training.config import Seeds
from tolman.training.data import PhaseDocuments
from tolman.training.keep import weight_name
from tolman.worlds.agreement import CUE, Agreement

WORLD = Agreement(length=8, vocabulary=8, test_items=64)


@pytest.fixture(scope="module")
def instance():
    return WORLD.draw(0)


def decoder(instance, conv):
    config = DecoderConfig(width=16, layers=2, heads=2, conv=conv)
    return config.make(instance.inputs, instance.outputs, jax.random.key(0))


@pytest.mark.parametrize("conv", [0, 3])
def test_attention_weights_are_those_that_the_decoder_uses(instance, conv):
    model, prompts = decoder(instance, conv), instance.test("unbiased").prompts
    streams, weights = last_step(model, prompts.steps["token"])
    sites = model.activations(prompts)
    below = [sites["embedding"], sites["layers.0.residual"]]
    for i, (block, x) in enumerate(zip(model.layers, below, strict=True)):
        assert np.asarray(streams[i]) == pytest.approx(sites[f"layers.{i}.residual"][:, -1], abs=1e-5)
        values = [block.attention.project(jnp.asarray(_before(block, row)))[2] for row in x]
        mixed = np.einsum("nhk,nkhe->nhe", weights[i], values).reshape(len(x), -1) @ np.asarray(block.attention.out)
        assert mixed == pytest.approx(sites[f"layers.{i}.attention"][:, -1], abs=1e-5)


def _before(block, row):
    """What attention reads, with the convolution written out."""
    h = np.asarray(block.attention_norm(jnp.asarray(row)))
    if block.conv is None:
        return h
    kernel, padded = np.asarray(block.conv), np.pad(h, ((len(block.conv) - 1, 0), (0, 0)))
    return h + np.stack([(padded[t : t + len(kernel)] * kernel).sum(axis=0) for t in range(len(h))])


def test_an_untrained_decoder_attends_everywhere_and_says_little(instance):
    found = AgreementMetric(items=64).measures(decoder(instance, 0), instance)
    assert set(found) == {f"{what}/layer {i}" for what in ("attention", "relation", "class") for i in (1, 2)}
    assert 0 < found["attention/layer 1"] < 0.6
    assert 0.2 < found["relation/layer 2"] < 0.8


def test_variances_stand_beside_what_is_measured_without_them(instance):
    model = decoder(instance, 0)
    plain, found = (kind(items=64).measures(model, instance) for kind in (AgreementMetric, AgreementVarianceMetric))
    assert found.items() >= plain.items()
    added = {f"{what} variance/layer {i}" for what in ("class", "relation") for i in (1, 2)}
    assert found.keys() - plain.keys() == added
    assert all(found[name] < 0.5 for name in added)


def training_rows(instance, n=16):
    return instance.samplers["fresh"](np.random.default_rng(0), n).experiences


@pytest.mark.parametrize("conv", [0, 3])
def test_the_loss_is_minus_the_logarithm_of_the_attention_to_cued_tokens(instance, conv):
    model, rows = decoder(instance, conv), training_rows(instance)
    prompts = rows.steps["token"][:, :-1]
    _, weights = last_step(model, jnp.asarray(prompts))
    cued = np.pad(prompts == CUE, ((0, 0), (1, 0)))[:, :-1]
    on_cued = (np.asarray(weights[-1]) * cued[:, None]).sum(axis=2).mean(axis=1)
    rows = jax.tree.map(jnp.asarray, rows)
    assert float(CuedAttentionLoss().loss(model, rows)) == pytest.approx(-np.log(on_cued + 1e-6).mean(), rel=1e-4)
    assert float(CuedAttentionLoss(0.5).loss(model, rows)) == pytest.approx(
        -np.log(on_cued + 1e-6).mean() / 2, rel=1e-4
    )


def test_the_loss_turns_attention_to_the_cued_tokens(instance):
    model, rows = decoder(instance, 0), jax.tree.map(jnp.asarray, training_rows(instance))
    gradient = jax.jit(jax.value_and_grad(CuedAttentionLoss().loss))
    first, _ = gradient(model, rows)
    for _ in range(30):
        loss, slope = gradient(model, rows)
        model = jax.tree.map(lambda leaf, by: leaf - 0.1 * by, model, slope)
    assert loss < 0.8 * first


def test_transplanted_and_other_weights_are_all_weights_and_none_twice(instance):
    names = [weight_name(path) for path, _ in jax.tree_util.tree_flatten_with_path(decoder(instance, 0))[0]]
    parts = [
        {name for name in names for pattern in patterns if fnmatch.fnmatchcase(name, pattern)}
        for patterns in (ATTENTION_WEIGHTS, OTHER_WEIGHTS)
    ]
    assert len(parts[0]) == 4
    assert parts[0] | parts[1] == set(names)
    assert not parts[0] & parts[1]


STUDIES = {"sweet-spot": SweetSpotStudy(), "stepping-stone": SteppingStoneStudy(), "where-to-look": WhereToLookStudy()}
UNCLAIMED = {"where-to-look": {"spot"}}
"""Conditions that are there to be looked at."""


@pytest.mark.parametrize("name", STUDIES)
def test_claims_read_conditions_that_there_are(name):
    for preset in ("quick", "full"):
        names = {condition.name for condition in STUDIES[name].plan(preset).conditions} - UNCLAIMED.get(name, set())
        claims = STUDIES[name].claims(preset)
        assert {group.condition for claim in claims for group in claim.run_groups} == names


def test_a_recipient_is_trained_for_the_budget_without_a_shortcut_whatever_its_donor_had():
    conditions = {condition.name: condition for condition in WhereToLookStudy().plan("quick").conditions}
    for name, (predictivity, weights) in TRANSPLANTS.items():
        donor, recipient = conditions[name].phases
        assert conditions[name].world.predictivity == predictivity
        assert (donor.mixture, recipient.mixture) == ({"fresh": 1.0}, {"uninformative": 1.0})
        assert (donor.keep, recipient.keep, recipient.steps) == (None, weights, 2000)


def test_what_comes_second_has_no_shortcut_and_takes_the_remaining_steps():
    plan = SteppingStoneStudy().plan("smoke")
    for condition in plan.conditions:
        [learner] = condition.learners
        spec = condition.spec(learner)
        assert spec.steps == 100
        assert spec.phases[-1].mixture.keys() == {"fresh" if condition.name == "none" else "uninformative"}
        drawn = PhaseDocuments(spec, spec.phases[-1], condition.world.draw(0), Seeds(0, 0).world).chunk(0)
        words = np.array(drawn.rows.steps["token"])
        cued = np.take_along_axis(words, np.pad(words == 0, ((0, 0), (1, 0)))[:, :-1].argmax(axis=1)[:, None], axis=1)
        agrees = (cued[:, 0] - 5 >= condition.world.vocabulary // 2) == (words[:, -1] == 4)
        assert agrees.mean() == pytest.approx(0.5, abs=0.05)
