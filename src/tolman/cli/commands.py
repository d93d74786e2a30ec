"""The commands with their options; `own` has those on the user's own data, `grids` those over several runs.

Each imports its module, named as it is, only when it is used. Results go to standard output, progress and errors to
standard error. Exit codes: 0 done, 2 a mistake of the user's, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from tolman import __version__
from tolman.cli import grids, options, own
from tolman.cli.file_options import StudiesCommand, StudyCommand, WorldCommand, given
from tolman.cli.output import open_streams
from tolman.core.errors import UnknownName, UserError


class _Refused(click.ClickException):
    """A user's mistake: its message, no traceback."""

    exit_code = 2


class _Commands(click.Group):
    """Commands whose errors become a message and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        open_streams()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise _Refused(str(error)) from error
        except FloatingPointError as error:  # training diverged; the message says what to change
            raise _Refused(str(error)) from error
        except KeyboardInterrupt:
            again = " The same command goes on where this one stopped."
            resumes = ctx.invoked_subcommand in ("run", "sweep", "verify", "advise", "pretrain")
            click.echo(f"\nInterrupted.{again if resumes else ''}", err=True)
            ctx.exit(130)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UnknownName("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="tolman %(version)s")
def main() -> None:
    """A laboratory for what models learn, how it is represented, and what makes it usable.

    A study trains learners on the experiences of a world, tests them, and judges claims on the results.
    Try: tolman look reversals
    """


@main.command("list")
@click.argument("noun", required=False, metavar="[NOUN]")
@options.json
def list_(noun: str | None, as_json: bool) -> None:
    """List the components, built in and installed.

    NOUN: only those of one kind, for example worlds, learners, measures or studies; or claims.
    """
    from tolman.cli import listing

    listing.list_components(noun, as_json)


@main.command(cls=WorldCommand)
@click.argument("world")
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=5, show_default=True, help="Samples of each kind.")
@click.option("--seed", type=options.SEED, default=0, show_default=True, help="Seed of the world.")
@options.set
def look(world: str, count: int, seed: int, settings: Iterable[str], **files: str | None) -> None:
    """Show experiences and tests of a WORLD as a model sees them.

    For example: tolman look codebooks -n 2 -P entries=6. Worlds made from your own files have options for them:
    tolman look WORLD --help
    """
    from tolman.cli import look as command

    command.look(world, count, seed, settings, given(files))


@main.command(cls=StudyCommand)
@click.argument("study")
@options.scale
@options.model_seeds
@options.set
@options.records
@click.option("-o", "--output", metavar="FILE", help="Also write a page (.html) or a figure (.png, .svg, .pdf).")
def run(
    study: str,
    preset: str,
    seeds: int | None,
    first_seed: int | None,
    model_seeds: int,
    settings: Iterable[str],
    records: str,
    output: str | None,
    **files: str | None,
) -> None:
    """Train and test every learner of a STUDY, and print the results.

    Recorded runs are not repeated, and an interrupted one goes on. Results with -P are exploratory: no claim reads
    them. For example: tolman run facts --facts my_facts.csv -o report.html. Studies made from your own files have
    options for them: tolman run STUDY --help
    """
    from tolman.cli import run as command

    request = command.RunRequest(
        study=study,
        preset=preset,
        seeds=seeds,
        first_seed=first_seed,
        model_seeds=model_seeds,
        settings=tuple(settings),
        files=given(files),
    )
    command.run(request, Path(records), output)


@main.command(cls=StudyCommand)
@click.argument("study")
@options.scale
@options.set
@options.records
@options.json
def show(
    study: str,
    preset: str,
    seeds: int | None,
    first_seed: int | None,
    settings: Iterable[str],
    records: str,
    as_json: bool,
    **files: str | None,
) -> None:
    """Show what a STUDY runs: conditions, learners, parameters and seeds, and about how long it takes here.

    Time is estimated from records of the same study, else by timing a few steps. Nothing is recorded.
    For example: tolman show reversals --preset full
    """
    from tolman.cli import show as command

    request = command.RunRequest(
        study=study, preset=preset, seeds=seeds, first_seed=first_seed, settings=tuple(settings), files=given(files)
    )
    command.show(request, Path(records), as_json=as_json)


@main.command(cls=StudiesCommand)
@click.argument("studies", nargs=-1, metavar="[STUDY]...")
@options.scale
@options.model_seeds
@options.records
@options.json
def verify(
    studies: tuple[str, ...],
    preset: str,
    seeds: int | None,
    first_seed: int | None,
    model_seeds: int,
    records: str,
    as_json: bool,
    **files: str | None,
) -> None:
    """Run what is missing, then judge every claim of each STUDY (default: of all studies).

    A claim holds or fails if its whole 95 % interval lies on one side of the bound, and is inconclusive otherwise;
    it is not testable if its requirements failed (an untrained model proves nothing). The exit code is 0 whatever the
    verdicts: a claim that fails is a result. With --first-seed, or other --seeds than the preset's, verdicts do not
    rest on the study's own seeds, and are marked so. Studies made from your own files have options for them: tolman
    verify STUDY --help
    """
    from tolman.cli import verify as command

    scale = command.Scale(preset, seeds, first_seed, model_seeds)
    command.verify(studies, scale, given(files), Path(records), as_json=as_json)


@main.command()
@click.argument("model", type=click.Choice(["reader", "control"]))
@click.option(
    "--preset",
    type=click.Choice(["smoke", "quick", "gpu", "full"]),
    default="quick",
    show_default=True,
    help="Seconds; an hour or two of two cores; minutes of a GPU; a larger model on a GPU.",
)
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, metavar="N", help="Trained side by side."
)
@click.option(
    "--first-seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Of documents and weights."
)
@click.option(
    "--workers", type=click.IntRange(0, 1024), default=0, show_default=True, help="Processes that draw documents ahead."
)
@options.records
@click.option("-o", "--output", metavar="FILE", help="Checkpoint to write; default: MODEL-PRESET-SEED.safetensors.")
def pretrain(model: str, records: str, output: str | None, **scale: Any) -> None:
    """Pretrain the MODEL that studies of texts start from, on endless fresh documents.

    An interrupted call goes on where it stopped. reader: documents with questions that take an inference; control: the
    same documents with questions that take none.
    """
    from tolman.cli import pretrain as command

    command.pretrain(model, command.Scale(**scale), Path(records), output)


@main.command()
@options.records
@click.option(
    "-o", "--output", metavar="FILE", default="report.html", show_default=True,
    help="Where to write it; .png, .svg and .pdf draw a figure of the only study.",
)  # fmt: skip
def report(records: str, output: str) -> None:
    """Write one HTML page on all records, which opens offline. Trains nothing."""
    from tolman.cli import report as command

    command.report(Path(records), output)


@main.command()
@click.argument("world")
@click.option("-o", "--output", metavar="FOLDER", required=True, help="Folder to write; must be new, or empty.")
@click.option("--episodes", type=click.IntRange(1, 10**7), default=1000, show_default=True, help="Number of episodes.")
@click.option(
    "--levels", type=click.IntRange(1, 10**5), default=64, show_default=True, help="Levels they are drawn from."
)
@click.option(
    "--noise", type=options.Number(0, 1), default=0.0, show_default=True, help="Fraction of actions at random."
)
@click.option("--seed", type=options.SEED, default=0, show_default=True, help="Seed of levels and episodes.")
@click.option("--format", type=click.Choice(["parquet", "npz"]), default="parquet", show_default=True, help="Of files.")
@options.set
def export(world: str, output: str, settings: Iterable[str], **options: Any) -> None:
    """Write an expert's demonstrations in a WORLD to act in: a data set with a card.

    The folder appears whole or not at all, and the same command writes the same files.
    For example: tolman export mazes -o demonstrations -P size=7 -P wall_density=0.6 --noise 0.1
    """
    from tolman.cli import export as command

    command.export(command.ExportRequest(world=world, output=Path(output), settings=tuple(settings), **options))


main.add_command(grids.sweep)
main.add_command(grids.compare)
main.add_command(own.audit)
main.add_command(own.advise)
