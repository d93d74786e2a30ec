"""Finetuning in torch: the loss, the updates, the documents, and what is kept."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from tiny_llama import rows
from tiny_trainer import interrupt

from tolman.core.errors import UserError
from tolman.experiments.weights import SeedBatch, draw_cached, fetch, is_trained, train, training_key
from tolman.models.decoder import DecoderConfig
from tolman.models.huggingface import HuggingFaceConfig
from tolman.models.io import load_model
from tolman.records.store import Store
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.step import hyperparameters, optimiser
from tolman.training.torch_optim import TorchOptimiser
from tolman.training.trainer import trainer_of
from tolman.worlds.reversal_curse import ReversalCurse

WORLD = ReversalCurse(4, 4, 4, paraphrases=1, test_items=8)
SEEDS = (Seeds(0, 0), Seeds(1, 1))
TRAINING = TrainingConfig(
    optimiser=OptimiserConfig(warmup=2), batch=4, chunk=3, parallel_seeds=2, curve_points=2, precision="float32"
)
PHASES = (Phase(6, {"statement": 0.7, "name": 0.3}), Phase(3, {"statement": 1.0}))


def spec_of(model, **changes):
    return dataclasses.replace(TrainingSpec(WORLD, model, TRAINING, PHASES), **changes)


def trainer(spec, folder=None):
    instances = tuple(WORLD.draw(seeds.world) for seeds in SEEDS)
    return trainer_of(spec)(spec, SEEDS, instances, folder=folder, checkpoint_every=0.0)


def test_the_loss_is_of_the_tokens_of_weighted_words_alone(model):
    batch = rows("the sea is of Anna .", "Annabel : | the seahorse", "café")
    batch.weight[0, 4], batch.weight[1, 3], batch.weight[1, 0] = 1.0, 0.5, 1.0
    tokenizer, total, weights = model.prompts.tokenizer, 0.0, 0.0
    # The word of the context, "Annabel", bears no loss.
    for text, start, end, weight in (("the sea is of Anna.", 13, 18, 1.0), ("Annabel:\nthe seahorse", 12, 21, 0.5)):
        found = tokenizer(text, return_offsets_mapping=True)
        logprobs = model.network(torch.tensor([found["input_ids"]])).logits[0].log_softmax(-1)
        for i, (_, stop) in enumerate(found["offset_mapping"]):
            if start < stop <= end:
                total -= weight * float(logprobs[i - 1, found["input_ids"][i]])
                weights += weight
    assert float(model.loss(batch)) == pytest.approx(total / weights, rel=1e-5)


@pytest.mark.parametrize("kind", ["adamw", "adam", "sgd"])
def test_updates_are_those_of_the_trainer_in_jax(kind):
    config = OptimiserConfig(kind=kind, learning_rate=0.1, weight_decay=0.1, clip=0.5, warmup=2)
    rng = np.random.default_rng(0)
    start = {"a": rng.normal(size=(3, 2)).astype(np.float32), "b": rng.normal(size=2).astype(np.float32)}
    ours = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    jaxs, made = jax.tree.map(jnp.asarray, start), optimiser(hyperparameters(config, 6), kind)
    state, mine = made.init(jaxs), TorchOptimiser(config, 6, ours)
    for _ in range(6):
        gradients = {name: rng.normal(size=value.shape).astype(np.float32) for name, value in start.items()}
        for name, value in ours.items():
            value.grad = torch.tensor(gradients[name])
        mine.update()
        updates, state = made.update(jax.tree.map(jnp.asarray, gradients), state, jaxs)
        jaxs = optax.apply_updates(jaxs, updates)
    for name, value in ours.items():
        np.testing.assert_allclose(value.detach(), jaxs[name], rtol=2e-5, atol=1e-6)


def test_it_reads_the_documents_that_a_model_in_jax_reads(folder):
    ours = trainer(spec_of(HuggingFaceConfig(str(folder), rank=2))).train()
    theirs = trainer(spec_of(DecoderConfig(width=16, layers=1, heads=2))).train()
    assert [(t.seeds, t.steps, t.tokens, t.targets) for t in ours] == [
        (t.seeds, t.steps, t.tokens, t.targets) for t in theirs
    ]
    points = lambda t: [(p["step"], p["tokens"], p["targets"], list(p["accuracy"])) for p in t.curve]  # noqa: E731
    assert [points(t) for t in ours] == [points(t) for t in theirs]


@pytest.mark.parametrize(("finetuning", "after"), [("lora", 1), ("lora", 5), ("full", 2)])
def test_an_interrupted_training_ends_with_the_bits_of_another(folder, tmp_path, finetuning, after):
    spec = spec_of(HuggingFaceConfig(str(folder), finetuning=finetuning, rank=2))
    whole = trainer(spec).train()
    interrupt(trainer(spec, tmp_path), after)
    resumed = trainer(spec, tmp_path).train()
    for one, other in zip(whole, resumed, strict=True):
        assert (one.curve, one.steps, one.tokens) == (other.curve, other.steps, other.tokens)
        mine, theirs = one.model.weights(), other.model.weights()
        assert mine.keys() == theirs.keys() != set()
        assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


def test_finetuning_lowers_the_loss_and_adapters_leave_the_weights_as_they_were(folder):
    optimiser = OptimiserConfig(learning_rate=0.02, warmup=2)
    training = dataclasses.replace(TRAINING, optimiser=optimiser, curve_points=4)
    spec = spec_of(HuggingFaceConfig(str(folder), rank=4), training=training, phases=(Phase(60, {"statement": 1.0}),))
    made = trainer(spec)
    found = made.train()[0]
    assert found.curve[-1]["loss"] < 0.7 * found.curve[0]["loss"]
    untouched = spec.model.start(made.instances[0].vocabulary).network.state_dict()
    adapted = found.model.network.state_dict()
    kept = {name.replace(".base_layer", ""): value for name, value in adapted.items() if ".lora_" not in name}
    assert kept.keys() == untouched.keys()
    assert all(torch.equal(value, untouched[name]) for name, value in kept.items())


@pytest.mark.parametrize("finetuning", ["lora", "full"])
def test_what_is_kept_answers_as_what_was_trained(folder, tmp_path, finetuning):
    spec, store = spec_of(HuggingFaceConfig(str(folder), finetuning=finetuning, rank=2)), Store(tmp_path)
    batch, draw = SeedBatch(spec, SEEDS), draw_cached(spec)
    train(store, batch, draw, lambda update: None, 0.0)
    assert is_trained(store, batch)
    trained, (fetched, history) = trainer(spec).train()[1], fetch(store, spec, SEEDS[1])
    assert (history.curve, history.budget["tokens"]) == (trained.curve, trained.tokens)
    test = draw(1).tests[0]
    answers = [m.option_logprobs(test.prompts, test.options[test.choice]) for m in (trained.model, fetched)]
    np.testing.assert_array_equal(*answers)
    files = {path.name for path in (store.models / training_key(spec, SEEDS[1])).iterdir()}
    assert files == {"weights.safetensors", "config.json", "history.json"}


def test_of_an_untouched_model_no_weights_are_kept(folder, tmp_path):
    spec, store = spec_of(HuggingFaceConfig(str(folder)), phases=()), Store(tmp_path)
    train(store, SeedBatch(spec, SEEDS), draw_cached(spec), lambda update: None, 0.0)
    kept = store.models / training_key(spec, SEEDS[0])
    assert (kept / "weights.safetensors").stat().st_size < 100
    assert load_model(kept).generate(WORLD.draw(0).tests[0].prompts, 2).shape == (8, 2)


def test_a_model_whose_files_changed_is_refused(folder, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    first = HuggingFaceConfig(str(copy))
    assert first.digest == HuggingFaceConfig(str(folder)).digest
    (copy / "config.json").write_text(json.dumps(json.loads((copy / "config.json").read_text()) | {"rope_theta": 5.0}))
    with pytest.raises(UserError, match="has changed"):
        dataclasses.replace(first, rank=4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "/no/such/folder"}, "no such model"),
        ({"model": ""}, "expected a folder"),
        ({"precision": "bfloat16"}, "for GPUs"),
        ({"rank": 0}, "rank is 0"),
    ],
)
def test_mistakes_are_explained(folder, given, said, monkeypatch):
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=said):
        HuggingFaceConfig(**{"model": str(folder)} | given)
