"""The sweeps that a study has ready, as if their axes had been typed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from tolman.core.errors import UserError

if TYPE_CHECKING:
    from tolman.cli.sweep import SweepRequest
    from tolman.sweeps.ready import ReadySweep


def expanded(request: SweepRequest, study: Any) -> list[SweepRequest]:
    """Return the request itself where it has axes, else one for each sweep that the study has ready.

    What was typed (`--seeds`, `--sample`, `-P`) comes before what the study says.

    Raises:
        UserError: a name beside axes, a name that no sweep has, or options that fit no ready sweep.
    """
    from tolman.sweeps.ready import chosen

    if request.over:
        if request.name is not None:
            raise UserError(f"give --over, or the name of a ready sweep ({request.name}), not both.")
        return [request]
    ready = chosen(
        study.sweeps(request.run.preset), request.name, request.run.name, _example(study, request.run.preset)
    )
    if len(ready) > 1 and (request.as_json or request.boundary is not None):
        names = ", ".join(each.name for each in ready)
        raise UserError(f"--json and --boundary are for one sweep: name one of {names}.")
    if request.conditions or request.learners:
        raise UserError("a ready sweep has its own condition and learners: leave --condition and --learner out.")
    return [_filled(request, each) for each in ready]


def _example(study: Any, preset: str) -> str:
    """Return a parameter of the study that takes a number."""
    from tolman.core.config import setting, settings

    (condition, *_) = study.plan(preset).conditions
    of_world = [path for path in settings(condition) if path.startswith("world.")]
    return next((path for path in of_world if type(setting(condition, path)) in (int, float)), "training.batch")


def _filled(request: SweepRequest, ready: ReadySweep) -> SweepRequest:
    click.echo(f"{ready.name}: {ready.question}", err=True)
    typed = {setting.partition("=")[0].strip() for setting in request.run.settings}
    settings = tuple(f"{path}={value}" for path, value in ready.fixed.items() if path not in typed)
    run = dataclasses.replace(
        request.run,
        seeds=request.run.seeds or ready.seeds,
        settings=(*settings, *request.run.settings),
    )
    return dataclasses.replace(
        request,
        run=run,
        over=ready.over,
        conditions=(ready.condition,),
        learners=ready.learners,
        sample=request.sample or ready.sample,
    )
