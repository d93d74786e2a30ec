"""`tolman pretrain`: pretrain a model that studies start from, and write its checkpoint."""

from __future__ import annotations

from pathlib import Path

import click

from tolman.cli.components import typed
from tolman.cli.run import check_output
from tolman.core.errors import UserError


def pretrain(model: str, preset: str, seed: int, records: Path, output: str | None) -> None:
    """Pretrain what is missing, print the learning curve and write the checkpoint."""
    from tolman.cli.progress import show_progress
    from tolman.experiments.pretraining import RECIPES
    from tolman.experiments.pretraining import pretrain as run
    from tolman.records.store import Store
    from tolman.training.config import configure_jax
    from tolman.training.trainer import Update

    path = Path(output or f"{model}-{preset}-{seed}.safetensors")
    if path.suffix != ".safetensors":
        raise UserError(f"-o {path}: a checkpoint is a .safetensors file; end the name so")
    check_output(str(path))
    configure_jax()
    with show_progress() as progress:
        label = f"{model} · {preset} · seed {seed}"
        progress.start(label, RECIPES[preset].spec(True).steps)

        def show(update: Update) -> None:
            progress.update(label, update.step, update.text)

        card = run(model, preset, seed, Store(records), path, report=show, command=typed())
        progress.finish(label)
    for point in card["curve"]:
        skills = "  ".join(f"{test} {value:.2f}" for test, value in point["accuracy"].items())
        click.echo(f"step {point['step']}  tokens {point['tokens']:,}  loss {point['loss']:.3f}  {skills}")
    click.echo(f"Wrote {path}.")
