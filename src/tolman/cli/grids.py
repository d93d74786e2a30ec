"""Commands over several runs, with their options: sweeps and comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tolman.cli import options
from tolman.cli.file_options import StudyCommand, given

_SWEEP = ("over", "sample", "conditions", "learners", "solved", "boundary", "outcome", "fraction", "preview", "as_json")
"""Options of a sweep that are none of its runs."""


@click.command(cls=StudyCommand)
@click.argument("study")
@click.argument("name", required=False)
@click.option(
    "--over",
    metavar="NAME=VALUES",
    multiple=True,
    help="An axis: NAME=A,B,C or NAME=START:STOP:COUNT[:log]; repeatable.",
)
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="Run N cells, a balanced random sample; default: all."
)
@options.scale
@click.option("--condition", "conditions", metavar="NAME", multiple=True, help="Run this condition alone; repeatable.")
@click.option("--learner", "learners", metavar="NAME", multiple=True, help="Run this learner alone; repeatable.")
@options.set
@click.option("--solved", type=options.Number(0, 1), default=0.9, show_default=True, help="Accuracy that counts.")
@click.option(
    "--boundary",
    type=options.Number(0, 1, min_open=True, max_open=True),
    metavar="LEVEL",
    help="Spend runs where P(solved) crosses this level, not on the whole grid.",
)
@click.option("--outcome", show_default="latent", help="Kind of test, or measure, whose boundary it is.")
@click.option(
    "--fraction",
    type=options.Number(0, 1, min_open=True),
    show_default="1/3",
    help="Of the grid's runs, for --boundary.",
)
@click.option("--preview", is_flag=True, help="Only say how many models it trains, how long it takes and what memory.")
@options.engine
@options.records
@options.json
@click.option("-o", "--output", metavar="FILE", help="Also write a report, an HTML page.")
def sweep(study: str, name: str | None, records: str, output: str | None, **given_options: Any) -> None:
    """Run a STUDY at every combination of values of its parameters.

    Without --over it runs the sweeps that the study has ready, or the one called NAME (`tolman sweep data-properties
    retrieval`).

    Every parameter that -P can set can be an axis. Records are those of `tolman run` with -P: recorded runs are not
    repeated, and an interrupted sweep goes on. Cells of equal shapes share one compiled program.
    For example: tolman sweep reversals --preset smoke --over world.held_out=4,8,12 --learner parametric -o page.html
    """
    from tolman.cli import sweep as command
    from tolman.cli.engines import EngineRequest
    from tolman.cli.run import RunRequest

    of_run = {name: given_options.pop(name) for name in ("preset", "seeds", "first_seed", "settings")}
    engine = EngineRequest(*(given_options.pop(name) for name in ("engine", "address", "threads")))
    of_sweep = {name: given_options.pop(name) for name in _SWEEP}
    run = RunRequest(study=study, files=given(given_options), **of_run)  # what is left are the user's files
    request = command.SweepRequest(run=run, name=name, engine=engine, **of_sweep)
    command.sweep(request, Path(records), output)


@click.command()
@click.argument("a")
@click.argument("b")
@options.records
@click.option("--records-of-b", metavar="DIR", help="Folder of B's records; default: that of A's.")
@options.json
def compare(a: str, b: str, records: str, records_of_b: str | None, as_json: bool) -> None:
    """Compare two sets of records, paired over seeds and items.

    A and B are each STUDY:NAME=VALUE,... with preset, condition, learner, or a parameter that was set by -P; each must
    be one configuration. Sets that were not asked the same questions are refused.
    For example: tolman compare reversals:learner=parametric reversals:learner=parametric-context
    """
    from tolman.cli import compare as command

    command.compare(a, b, (Path(records), Path(records_of_b or records)), as_json=as_json)
