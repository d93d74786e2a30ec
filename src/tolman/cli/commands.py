"""The command line: what can be asked for. The work is done elsewhere, and imported only when it is asked for.

Results go to standard output, progress and errors to standard error. Exit codes: 0 done, 2 a mistake in what was
asked, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from tolman import __version__
from tolman.core.errors import UnknownName, UserError

PRESETS = ("smoke", "quick", "full")
NOUNS = ("worlds", "learners", "retrievers", "models", "measures", "studies", "claims")


class _Refused(click.ClickException):
    """A user's mistake: its message, no traceback."""

    exit_code = 2


class _Commands(click.Group):
    """Turns what can go wrong in any command into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise _Refused(str(error)) from error
        except FloatingPointError as error:  # training diverged; the message says what to change
            raise _Refused(str(error)) from error
        except KeyboardInterrupt:
            again = " The same command goes on where this one stopped."
            resumes = ctx.invoked_subcommand in ("run", "verify")
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

    A study takes a world (experiences and tests), lets learners bring the experiences to a model, and checks
    claims on the results. Try: tolman look reversals
    """


def _together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Options that several commands share, in the order in which help shows them."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_facts = click.option("--facts", metavar="FILE", help="Use your own facts: CSV, TSV, JSONL or Parquet.")
_records = click.option(
    "--records", metavar="DIR", default="records", show_default=True, help="Folder that keeps every result."
)
_set = click.option("-P", "settings", metavar="NAME=VALUE", multiple=True, help="Change a setting; repeatable.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_scale = _together(
    click.option("--preset", type=click.Choice(PRESETS), default="quick", show_default=True, help="Size."),
    click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Number of seeds; default: the preset's."),
)


@main.command("list")
@click.argument("noun", required=False, metavar="[worlds|learners|retrievers|models|measures|studies|claims]")
@_json
def list_(noun: str | None, as_json: bool) -> None:
    """Show what there is, built in and installed."""
    from tolman.cli import listing

    if noun is not None and noun not in NOUNS:
        raise UnknownName("noun", noun, NOUNS)
    rows = listing.claims() if noun == "claims" else listing.components([noun] if noun else NOUNS[:-1])
    listing.show(rows, as_json)


@main.command()
@click.argument("world")
@click.option("-n", "count", type=click.IntRange(min=1), default=5, show_default=True, help="Samples of each kind.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which draw of the world.")
@_set
@_facts
def look(world: str, count: int, seed: int, settings: Iterable[str], facts: str | None) -> None:
    """Show experiences and tests of a WORLD as a model sees them.

    For example: tolman look codebooks -n 2 -P entries=6
    """
    from tolman.cli import looking

    looking.look(world, count, seed, settings, facts)


@main.command()
@click.argument("study")
@_scale
@_set
@_facts
@_records
@click.option("-o", "--output", metavar="FILE", help="Also write a report, an HTML page.")
def run(
    study: str,
    preset: str,
    seeds: int | None,
    settings: Iterable[str],
    facts: str | None,
    records: str,
    output: str | None,
) -> None:
    """Train and test every learner of a STUDY, and say what was found.

    What has been recorded is not run again; what was interrupted goes on. Results with -P are exploratory: no claim
    reads them. For example: tolman run reversals --facts my_facts.csv -o report.html
    """
    from tolman.cli import running

    running.run(running.Order(study, facts, preset, seeds, tuple(settings)), Path(records), output)


@main.command()
@click.argument("studies", nargs=-1, metavar="[STUDY]...")
@_scale
@_facts
@_records
@_json
def verify(
    studies: tuple[str, ...], preset: str, seeds: int | None, facts: str | None, records: str, as_json: bool
) -> None:
    """Run what is missing, then check every claim of each STUDY (default: of all studies).

    A claim holds or fails if its whole 95 % interval lies on one side of the bound, and is inconclusive otherwise;
    it is not testable if its requirements failed (an untrained model proves nothing). The exit code is 0 whatever the
    verdicts are: a claim that fails is a result. The study of a table of facts needs --facts.
    """
    from tolman.cli import verifying

    verifying.verify(studies, preset, seeds, facts, Path(records), as_json)


@main.command()
@_records
@click.option("-o", "--output", metavar="FILE", default="report.html", show_default=True, help="Where to write it.")
def report(records: str, output: str) -> None:
    """Write everything in the records into one HTML page that opens offline. Trains nothing."""
    from tolman.cli import reporting

    reporting.report(Path(records), output)


@main.command()
@click.argument("activations", nargs=-1, required=True, metavar="FILE...")
@click.option("--features", metavar="TABLE", required=True, help="Labels of the same rows: CSV, TSV or Parquet.")
@click.option("--layer", "layers", metavar="NAME", multiple=True, help="Only this layer; repeatable.")
@click.option("--feature", "only", metavar="NAME", multiple=True, help="Only this column; repeatable.")
@click.option("--classes", metavar="NAME", multiple=True, help="Numbers in this column name classes; repeatable.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of folds and subsamples.")
@click.option("-o", "--output", metavar="FILE", help="Also write an HTML page.")
@_json
def audit(
    activations: tuple[str, ...],
    features: str,
    layers: tuple[str, ...],
    only: tuple[str, ...],
    classes: tuple[str, ...],
    seed: int,
    output: str | None,
    as_json: bool,
) -> None:
    """Say what each feature takes of your own activations, and what PCA, RSA and regression will speak of.

    FILE holds arrays [rows, units]: .npz, .npy, .safetensors or .parquet, one layer or more; several files are
    compared, for example two models. For example: tolman audit activations.npz --features features.csv -o audit.html
    """
    from tolman.cli import auditing

    auditing.audit(activations, features, layers, only, classes, seed, output, as_json)


@main.command()
@click.argument("world", type=click.Choice(["mazes"]), expose_value=False)
@click.option("-o", "--output", metavar="FOLDER", required=True, help="Where to; must be new, or empty.")
@click.option("--episodes", type=click.IntRange(min=1), default=1000, show_default=True, help="How many.")
@click.option("--mazes", type=click.IntRange(min=1), default=64, show_default=True, help="Mazes they take place in.")
@click.option("--noise", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share of random actions.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of mazes and episodes.")
@click.option("--format", type=click.Choice(["parquet", "npz"]), default="parquet", show_default=True, help="Of files.")
@_set
def export(output: str, settings: Iterable[str], **given: Any) -> None:
    """Write demonstrations of an expert in a WORLD: a data set with a card.

    The folder appears whole or not at all, and the same command writes the same files.
    For example: tolman export mazes -o demonstrations -P size=7 -P walls=0.6 --noise 0.1
    """
    from tolman.cli import exporting

    exporting.export(exporting.Export(Path(output), settings=tuple(settings), **given))
