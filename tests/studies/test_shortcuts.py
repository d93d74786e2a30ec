"""Studies of shortcuts: what is measured along training, and that conditions differ in what they say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.models.decoder import DecoderConfig
from tolman.studies.shortcuts.mechanism import AgreementMetric, last_step
from tolman.studies.shortcuts.stepping_stone import SteppingStoneStudy
from tolman.studies.shortcuts.sweet_spot import SweetSpotStudy
from tolman.training.config import Seeds
from tolman.training.data import PhaseDocuments
from tolman.worlds.agreement import Agreement

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


@pytest.mark.parametrize("study", [SweetSpotStudy(), SteppingStoneStudy()], ids=["sweet-spot", "stepping-stone"])
def test_claims_read_conditions_that_there_are(study):
    for preset in ("quick", "full"):
        names = {condition.name for condition in study.plan(preset).conditions}
        assert {group.condition for claim in study.claims(preset) for group in claim.run_groups} == names


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
