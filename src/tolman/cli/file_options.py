"""Commands with an option for each file that the named world or study declares in its `inputs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tolman.core.errors import UnknownName, UserError

if TYPE_CHECKING:
    from tolman.core.inputs import InputFile


class _FileCommand(click.Command):
    """A command whose arguments name components of one noun.

    Only naming a component imports it: help without a name stays fast.
    """

    noun: str
    singular: str
    names_all: bool = False
    """Naming none means all."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, named = list(args), self._named(args)
        ctx.meta["files"] = _declared(self.noun, named)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            self._explain(ctx, given, named, error.option_name.lstrip("-"))
            raise

    def _named(self, args: Sequence[str]) -> list[str]:
        """Return the components among the arguments; help without any needs no registry."""
        if {"-h", "--help"} >= set(args) and (args or not self.names_all):
            return []
        from tolman.core.registry import find

        known = find(self.noun)
        named = [arg for arg in args if arg in known]
        return list(known) if self.names_all and not named else named

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        files: dict[str, InputFile] = ctx.meta.get("files", {})
        return [*(_option(name, file) for name, file in files.items()), *super().get_params(ctx)]

    def _explain(self, ctx: click.Context, args: list[str], named: Sequence[str], option: str) -> None:
        """Raise a UserError where the component is unknown, or the option one of other components."""
        from tolman.core.registry import find, load

        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        first = next(iter(parser.parse_args(args)[0].values()), None)
        positional = first if isinstance(first, str) and not first.startswith("-") else None
        known = find(self.noun)
        if not named and positional is not None:
            raise UnknownName(self.singular, positional, known)
        takers = [name for name in known if option in load(self.noun, name).inputs]
        if takers:
            raise UserError(f"{', '.join(named)}: there is no option --{option}; it belongs to {', '.join(takers)}.")


class WorldCommand(_FileCommand):
    """A command about a world."""

    noun, singular = "worlds", "world"


class StudyCommand(_FileCommand):
    """A command about a study."""

    noun, singular = "studies", "study"


class StudiesCommand(StudyCommand):
    """A command about studies, by default all."""

    names_all = True


def given(files: dict[str, Any]) -> dict[str, str]:
    """Return the paths that were given, by option, from a command's keyword arguments."""
    return {name: path for name, path in files.items() if path is not None}


def _declared(noun: str, names: Sequence[str]) -> dict[str, InputFile]:
    if not names:
        return {}
    from tolman.core.registry import load

    return {option: file for name in names for option, file in load(noun, name).inputs.items()}


def _option(name: str, file: InputFile) -> click.Option:
    return click.Option([f"--{name}", name.replace("-", "_")], metavar=file.metavar, help=file.help)
