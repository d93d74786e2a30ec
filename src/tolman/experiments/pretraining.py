"""Pretraining of the models that studies start from: the recipe, and one resumable call that writes a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tolman.core.config import canonical
from tolman.core.errors import UnknownName, UserError
from tolman.core.provenance import environment
from tolman.experiments.weights import (
    SeedBatch,
    TrainingHistory,
    draw_cached,
    fetch,
    is_trained,
    train,
    training_config,
)
from tolman.models.continued import ContinuedConfig
from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.parallel_context import ParallelContextConfig
from tolman.models.pretrained import pretrained, save_pretrained
from tolman.records.store import Store
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.trainer import Update
from tolman.worlds.reading import Reading
from tolman.worlds.reading.draft import HOPS
from tolman.worlds.reading.wordings import CLOSED

FIRST = {"plain": 0.85, "facts": 0.15}
"""Many facts in few wordings: nothing but looking up the right one helps, and nothing hides it."""
SECOND = {"linked": 0.45, "facts": 0.55}
"""What takes several statements in few wordings still, all other skills in all wordings."""
THIRD = {"linked": 0.2, "facts": 0.8}
"""All wordings, and few facts as well as many."""
FOURTH = {"plain-chained": 0.9, "facts": 0.1}
"""What takes several statements, with intermediate results, for a reader that finds a single one."""
FIFTH = {"chained": 0.4, "plain-chained": 0.1, "focused": 0.4, "facts": 0.1}
"""The same in all wordings, and facts that are easily mistaken for one another."""
CHECKPOINT_EVERY = 60.0
"""Seconds between checkpoints of the training state."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A preset of pretraining.

    Attributes:
        world: the documents.
        decoder: the architecture.
        training: batch size, optimiser and the like.
        steps: of training on each of the first three mixtures in turn.
        more: steps on the fourth and on the fifth, where training goes on from a checkpoint.
    """

    world: Reading
    decoder: ParallelContextConfig
    training: TrainingConfig
    steps: tuple[int, int, int]
    more: tuple[int, int]

    @property
    def model(self) -> OpenVocabularyConfig:
        """The decoder over the world's closed words and any others."""
        return OpenVocabularyConfig(len(CLOSED), self.decoder)

    def spec(self, inferences: bool, seeds: int = 1, start: str = "") -> TrainingSpec:
        """Return what is trained: the reader, or its control without inferences.

        Args:
            inferences: false for the control.
            seeds: number of seeds, side by side.
            start: a checkpoint to go on from; none = from the beginning.
        """
        world = dataclasses.replace(self.world, inferences=inferences)
        training = dataclasses.replace(self.training, parallel_seeds=seeds)
        if not start:
            phases = tuple(map(Phase, self.steps, (FIRST, SECOND, THIRD)))
            return TrainingSpec(world=world, model=self.model, training=training, phases=phases)
        # The first layer that reads the context finds what one statement says; those after it have one hop each.
        decoder = pretrained(start).config.decoder
        second = decoder.local_layers + 1
        return TrainingSpec(
            world=world,
            model=ContinuedConfig(
                start, hop_layers=tuple(range(second, min(second + HOPS, decoder.layers))), hop_weight=2.0
            ),
            training=training,
            phases=tuple(map(Phase, self.more, (FOURTH, FIFTH))),
        )


def _training(chunk: int, curve_points: int, batch: int = 1, learning_rate: float = 2e-3) -> TrainingConfig:
    optimiser = OptimiserConfig(
        learning_rate=learning_rate, warmup=100, weight_decay=0.01, beta2=0.98, clip=1.0, final=0.02
    )
    return TrainingConfig(
        optimiser=optimiser,
        batch=batch,
        chunk=chunk,
        # A step draws new codes, so that a row which is drawn twice has other words the second time.
        fresh=chunk * max(1, 3 * batch // 4),
        parallel_seeds=1,
        curve_points=curve_points,
        precision="float32",
    )


RECIPES = {
    "smoke": Recipe(
        world=Reading(words=512, context=256, test_items=2),
        decoder=ParallelContextConfig(width=32, layers=3, local_layers=1, heads=2, hidden=32),
        training=_training(chunk=10, curve_points=2),
        steps=(10, 10, 10),
        more=(10, 10),
    ),
    "quick": Recipe(
        world=Reading(words=1024, context=512, test_items=25),
        decoder=ParallelContextConfig(),
        training=_training(chunk=50, curve_points=3),
        steps=(6_000, 8_000, 14_000),
        more=(8_000, 10_000),
    ),
    "gpu": Recipe(
        world=Reading(words=1024, context=512, test_items=25),
        decoder=ParallelContextConfig(),
        training=_training(chunk=50, curve_points=4, batch=8, learning_rate=4e-3),
        steps=(500, 5_500, 16_000),
        more=(4_000, 6_000),
    ),
    "full": Recipe(
        world=Reading(words=2048, test_items=50),
        decoder=ParallelContextConfig(width=256, layers=8, heads=8, hidden=512),
        training=_training(chunk=50, curve_points=20, batch=8),
        steps=(12_000, 16_000, 32_000),
        more=(10_000, 12_000),
    ),
}
"""Recipes by preset: seconds; an hour or two of two cores; minutes of a GPU; and a larger model on a GPU."""

MODELS = {"reader": True, "control": False}
"""What can be pretrained, and whether its documents ask for inferences."""


def pretrain(
    model: str,
    preset: str,
    outputs: Mapping[int, Path],
    store: Store,
    *,
    start: str = "",
    workers: int = 0,
    report: Callable[[Update], None] = lambda update: None,
    command: str = "",
) -> list[dict[str, Any]]:
    """Pretrain from the last checkpoint on, write the weights with their cards to files, and return the cards.

    Args:
        model: one of `MODELS`.
        preset: one of `RECIPES`.
        outputs: a `.safetensors` file for each seed, of documents and initial weights; all are trained side by side.
        store: keeps the training state and the weights in float32.
        start: a checkpoint to go on from; none = from the beginning.
        workers: processes that draw documents ahead; the weights are the same for any number.
        report: called after every chunk of steps.
        command: what the user typed.

    Raises:
        UnknownName: there is no such model or preset.
        UserError: the checkpoint to go on from cannot be read, knows other words, or would be written over.
    """
    _check(model, preset, outputs, start)
    spec = RECIPES[preset].spec(MODELS[model], len(outputs), start)
    batch = SeedBatch(spec, tuple(Seeds(seed, seed) for seed in outputs))
    if not is_trained(store, batch):
        train(store, batch, draw_cached(spec), report, CHECKPOINT_EVERY, workers=workers)
    config = spec.model.decoder if isinstance(spec.model, ContinuedConfig) else RECIPES[preset].model
    cards = list[dict[str, Any]]()
    for seeds in batch.seeds:
        decoder, history = fetch(store, spec, seeds)
        said = {"model": model, "preset": preset, "seed": seeds.model, "command": command}
        cards.append({**said, **_card(spec, seeds, history, start)})
        save_pretrained(outputs[seeds.model], decoder, config, CLOSED[: config.closed], canonical(cards[-1]))
    return cards


def _check(model: str, preset: str, outputs: Mapping[int, Path], start: str) -> None:
    """Refuse names that are unknown, and a file to write that is the one to go on from."""
    for noun, name, known in (("pretrained model", model, MODELS), ("preset", preset, RECIPES)):
        if name not in known:
            raise UnknownName(noun, name, known)
    if start and Path(start).resolve() in {path.resolve() for path in outputs.values()}:
        raise UserError(f"{start}: training goes on from this checkpoint; give the one to be written another name")


def _card(spec: TrainingSpec, seeds: Seeds, history: TrainingHistory, start: str) -> dict[str, Any]:
    return {
        "recipe": training_config(spec, seeds),
        "budget": history.budget,
        "seconds": history.seconds,
        "environment": environment(),
        "curve": history.curve,
        **({"start": pretrained(start).card} if start else {}),
    }
