"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

PRESETS = ("smoke", "quick", "full")


def _together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Combine options that several commands share, in the order in which help shows them."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _named(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse an empty name, as of an unset variable, which would be the current folder."""
    if not value.strip():
        raise click.BadParameter("expected a folder, and the name is empty.", ctx, param)
    return value


records = click.option(
    "--records",
    metavar="DIR",
    default="records",
    show_default=True,
    callback=_named,
    help="Folder that keeps every result.",
)
set = click.option("-P", "settings", metavar="NAME=VALUE", multiple=True, help="Change a setting; repeatable.")
json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Number(click.FloatRange):
    """A finite number in a range; click's own type takes NaN and infinities."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


SEED = click.IntRange(0, 2**32 - 1)
"""Seeds that every generator of random numbers takes."""

model_seeds = click.option(
    "--model-seeds",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="Run every world with each of N model seeds too, for components of variance.",
)
scale = _together(
    click.option(
        "--preset", type=click.Choice(PRESETS), default="quick", show_default=True, help="Seconds, minutes, GPU."
    ),
    click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Number of seeds; default: the preset's."),
    click.option(
        "--first-seed", type=click.IntRange(0, 2**31 - 1), metavar="N", help="Default: the study's; smoke and -P: 0."
    ),
)

engine = _together(
    click.option(
        "--engine",
        type=click.Choice(("local", "ray")),
        default="local",
        show_default=True,
        help="Train in this process, or in the workers of a Ray cluster.",
    ),
    click.option("--address", metavar="HOST:PORT", help="An existing Ray cluster; default: one on this machine."),
    click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Of each Ray worker; default: 1."),
)
