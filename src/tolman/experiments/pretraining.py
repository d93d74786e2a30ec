"""Pretraining of the models that studies start from: the recipe, and one resumable call that writes a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tolman.core.config import canonical
from tolman.core.errors import UnknownName
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
from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.parallel_context import ParallelContextConfig
from tolman.models.pretrained import save_pretrained
from tolman.records.store import Store
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.trainer import Update
from tolman.worlds.reading import Reading
from tolman.worlds.reading.draft import HOPS
from tolman.worlds.reading.wordings import CLOSED

FIRST = {"plain": 0.85, "facts": 0.15}
"""Many facts in few wordings: nothing but looking up the right one helps, and nothing hides it."""
SECOND = {"plain-chained": 0.4, "facts": 0.4, "focused": 0.2}
"""What takes several statements in few wordings still, single facts in all wordings."""
THIRD = {"chained": 0.35, "plain-chained": 0.05, "focused": 0.4, "facts": 0.2}
"""All wordings, and facts that are easily mistaken for one another."""
HOP_WEIGHT = 2.0
"""Weight of an intermediate result, where a word of an answer has weight 1."""
CHECKPOINT_EVERY = 60.0
"""Seconds between checkpoints of the training state."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A preset of pretraining.

    Attributes:
        world: the documents.
        decoder: the architecture.
        training: batch size, optimiser and the like.
        steps: of training on each mixture in turn.
    """

    world: Reading
    decoder: ParallelContextConfig
    training: TrainingConfig
    steps: tuple[int, int, int]

    @property
    def model(self) -> OpenVocabularyConfig:
        """The decoder over the world's closed words and any others."""
        # The first layer that reads the context finds what one statement says; those after it have one hop each.
        second = self.decoder.local_layers + 1
        layers = tuple(range(second, min(second + HOPS, self.decoder.layers)))
        return OpenVocabularyConfig(
            len(CLOSED), dataclasses.replace(self.decoder, hop_layers=layers, hop_weight=HOP_WEIGHT)
        )

    def spec(self, inferences: bool, seeds: int = 1) -> TrainingSpec:
        """Return what is trained: the reader, or its control without inferences.

        Args:
            inferences: false for the control.
            seeds: number of seeds, side by side.
        """
        return TrainingSpec(
            world=dataclasses.replace(self.world, inferences=inferences),
            model=self.model,
            training=dataclasses.replace(self.training, parallel_seeds=seeds),
            phases=tuple(map(Phase, self.steps, (FIRST, SECOND, THIRD))),
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
    ),
    "quick": Recipe(
        world=Reading(words=1024, context=512, test_items=25),
        decoder=ParallelContextConfig(),
        training=_training(chunk=50, curve_points=3),
        steps=(6_000, 8_000, 14_000),
    ),
    "gpu": Recipe(
        world=Reading(words=1024, context=512, test_items=25),
        decoder=ParallelContextConfig(),
        training=_training(chunk=50, curve_points=2, batch=8, learning_rate=4e-3),
        steps=(1_000, 4_500, 14_500),
    ),
    "full": Recipe(
        world=Reading(words=2048, test_items=50),
        decoder=ParallelContextConfig(width=256, layers=8, heads=8, hidden=512),
        training=_training(chunk=50, curve_points=20, batch=8),
        steps=(12_000, 16_000, 32_000),
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
        workers: processes that draw documents ahead; the weights are the same for any number.
        report: called after every chunk of steps.
        command: what the user typed.

    Raises:
        UnknownName: there is no such model or preset.
    """
    for noun, name, known in (("pretrained model", model, MODELS), ("preset", preset, RECIPES)):
        if name not in known:
            raise UnknownName(noun, name, known)
    recipe = RECIPES[preset]
    spec = recipe.spec(MODELS[model], len(outputs))
    batch = SeedBatch(spec, tuple(Seeds(seed, seed) for seed in outputs))
    if not is_trained(store, batch):
        train(store, batch, draw_cached(spec), report, CHECKPOINT_EVERY, workers=workers)
    cards = list[dict[str, Any]]()
    for seeds in batch.seeds:
        decoder, history = fetch(store, spec, seeds)
        said = {"model": model, "preset": preset, "seed": seeds.model, "command": command}
        cards.append({**said, **_card(spec, seeds, history)})
        save_pretrained(outputs[seeds.model], decoder, recipe.model, CLOSED, canonical(cards[-1]))
    return cards


def _card(spec: TrainingSpec, seeds: Seeds, history: TrainingHistory) -> dict[str, Any]:
    return {
        "recipe": training_config(spec, seeds),
        "budget": history.budget,
        "seconds": history.seconds,
        "environment": environment(),
        "curve": history.curve,
    }
