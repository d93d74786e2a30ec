"""`tolman verify`: run what is missing and judge claims."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tolman.cli.components import as_options, missing_files, resolve
from tolman.cli.output import console, print_json
from tolman.cli.run import RunRequest, execute, make_study
from tolman.core.registry import find, load

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict
    from tolman.records.schema import Record
    from tolman.records.store import Store

KEYS = ("claim", "study", "status", "effect", "low", "high", "bound", "seeds", "source")
"""The keys of `--json` that scripts may rely on, in this order; further ones come after."""


class Scale(NamedTuple):
    """Preset, number of seeds, first seed, and number of model seeds of every study; None for its own."""

    preset: str
    seeds: int | None = None
    first_seed: int | None = None
    model_seeds: int = 1


def verify(
    studies: Sequence[str],
    scale: Scale,
    files: Mapping[str, str],
    records: Path,
    *,
    as_json: bool,
) -> None:
    """Run what is missing and print every verdict to standard output, which holds nothing else."""
    from tolman.claims.multiplicity import controlled
    from tolman.cli.progress import show_progress
    from tolman.records.store import Store

    requests = [RunRequest(study=name, files=_own(name, files), **scale._asdict()) for name in chosen(studies, files)]
    # All of them are made first: a mistake in the last is reported before the first is trained.
    made = [None if lacking(request) else make_study(request) for request in requests]
    _say_unclaimed(requests, made)
    store, verdicts = Store(records), []
    with show_progress() as progress:
        for request, study in zip(requests, made, strict=True):
            verdicts += _not_run(request) if study is None else _checked(request, study, store, progress)
    show(controlled(verdicts), as_json)


def _say_unclaimed(requests: Sequence[RunRequest], made: Sequence[Any]) -> None:
    """Say which studies that will be run claim nothing of their preset, before they are trained."""
    for request, study in zip(requests, made, strict=True):
        if study is not None and not study.claims(request.preset):
            said = "trained and tested, and no verdict follows"
            click.echo(f"{request.name}: nothing is claimed of the preset {request.preset}; it is {said}.", err=True)


def chosen(studies: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """Return the studies' names, once each.

    A file that another study is made from replaces a study by that one, as in `tolman run`, unless both are named.
    """
    names = list(studies) or list(find("studies"))
    meant = [name if resolve("studies", name, files) in names else resolve("studies", name, files) for name in names]
    return list(dict.fromkeys(meant))


def lacking(request: RunRequest) -> list[str]:
    """Return the options of files that the study needs and was not given."""
    return missing_files("studies", request.study, request.files)


def _own(name: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the files that a study itself is made from."""
    inputs = load("studies", name).inputs
    return {option: path for option, path in files.items() if option in inputs and not inputs[option].makes}


def _checked(request: RunRequest, study: Any, store: Store, progress: Any) -> list[Verdict]:
    """Return the verdicts on this run's own records: a folder may hold those of other files and more seeds."""
    return judged(request.name, request.preset, execute(request, study, store, progress))


@dataclasses.dataclass(frozen=True)
class _Named:
    """A study as claims know it."""

    name: str
    version: int
    seeds: range


def judged(name: str, preset: str, records: Sequence[Record]) -> list[Verdict]:
    """Return the verdict on every claim of a study."""
    from tolman.claims.verdict import judge

    study = load("studies", name)()
    named = _Named(name, study.version, study.own_seeds(preset))
    return [judge(claim, records, named, preset) for claim in study.claims(preset)]


def _not_run(request: RunRequest) -> list[Verdict]:
    """Return every claim of a study whose files were not given, as not run."""
    missing = lacking(request)
    kind = load("studies", request.study).inputs[missing[0]].kind
    note = f"needs a {kind}: give {as_options('studies', request.study, missing)}"
    return [dataclasses.replace(verdict, note=note) for verdict in judged(request.name, request.preset, [])]


def show(verdicts: Sequence[Verdict], as_json: bool) -> None:
    """Print verdicts as JSON, or as a table with a line that counts them."""
    if as_json:
        print_json([as_row(verdict) for verdict in verdicts])
        return
    from tolman.report.claim_words import tally_fdr
    from tolman.report.terminal import claims_table

    screen = console()
    if verdicts:
        screen.print(claims_table(verdicts))
    screen.print("; ".join(filter(None, (tally([each.status for each in verdicts]), tally_fdr(verdicts)))))


def as_row(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict's fields, those of `KEYS` first."""
    fields = verdict.as_dict()
    return {key: fields[key] for key in KEYS} | fields


def tally(statuses: Sequence[str]) -> str:
    """Return, e.g., `3 hold, 1 fails, 2 not run`: every status, in the order of first appearance."""
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    verbs = {"holds": "hold", "fails": "fail"}
    words = [f"{n} {status if n == 1 else verbs.get(status, status)}" for status, n in counts.items()]
    return ", ".join(words) or "nothing is claimed of this preset"
