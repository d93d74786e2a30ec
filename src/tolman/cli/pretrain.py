"""`tolman pretrain`: pretrain a model that studies start from, and write its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from tolman.cli.components import typed
from tolman.cli.outputs import check_output
from tolman.core.errors import UserError


class Scale(NamedTuple):
    """Preset, number of seeds, first seed, and processes that draw documents."""

    preset: str
    seeds: int
    first_seed: int
    workers: int


def pretrain(model: str, scale: Scale, records: Path, output: str | None) -> None:
    """Pretrain what is missing, print the learning curves and write the checkpoints."""
    from tolman.cli.progress import show_progress
    from tolman.core.devices import configure_jax
    from tolman.experiments.pretraining import RECIPES
    from tolman.experiments.pretraining import pretrain as run
    from tolman.records.store import Store
    from tolman.training.trainer import Update

    outputs, preset = _outputs(model, scale, output), scale.preset
    configure_jax()
    with show_progress() as progress:
        label = f"{model} · {preset} · seed {'-'.join(map(str, sorted({min(outputs), max(outputs)})))}"
        progress.start(label, sum(RECIPES[preset].steps))

        def show(update: Update) -> None:
            progress.update(label, update.step, update.text)

        cards = run(model, preset, outputs, Store(records), workers=scale.workers, report=show, command=typed())
        progress.finish(label)
    for card in cards:
        for point in card["curve"]:
            skills = "  ".join(f"{test} {value:.2f}" for test, value in point["accuracy"].items())
            click.echo(f"step {point['step']}  tokens {point['tokens']:,}  loss {point['loss']:.3f}  {skills}")
        click.echo(f"Wrote {outputs[card['seed']]}.")


def _outputs(model: str, scale: Scale, output: str | None) -> dict[int, Path]:
    """Return the file of each seed; raises `UserError` where one cannot be written."""
    seeds = range(scale.first_seed, scale.first_seed + scale.seeds)
    if output and len(seeds) > 1:
        raise UserError(
            f"-o {output}: {len(seeds)} seeds give as many checkpoints; drop -o, and each gets its own name"
        )
    outputs = {seed: Path(output or f"{model}-{scale.preset}-{seed}.safetensors") for seed in seeds}
    for path in outputs.values():
        check_output(str(path), (".safetensors",))
    return outputs
