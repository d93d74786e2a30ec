"""`tolman list`: components, found without importing them, and claims, for which their studies are imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.cli.output import console, print_json
from tolman.core.errors import UnknownName
from tolman.core.registry import GROUPS, Found, find, load

if TYPE_CHECKING:
    from rich.console import Console

Row = dict[str, Any]


def list_components(noun: str | None, as_json: bool) -> None:
    """Print the components of a noun, or of all nouns; `claims` are a noun of their own.

    Raises:
        UnknownName: there is no such noun.
    """
    nouns = (*GROUPS, "claims")
    if noun is not None and noun not in nouns:
        raise UnknownName("noun", noun, nouns)
    show(claims() if noun == "claims" else components([noun] if noun else GROUPS), as_json)


def components(nouns: Iterable[str]) -> list[Row]:
    """Return a row for each component of these nouns: noun, name, description and the module that defines it."""
    return [
        {"noun": noun, "name": found.name, "description": describe(found), "target": found.target}
        for noun in nouns
        for found in find(noun).values()
    ]


def claims() -> list[Row]:
    """Return a row for each claim of every study and preset."""
    from tolman.experiments.study import PRESETS

    rows: dict[tuple[str, str], Row] = {}
    for study in find("studies"):
        made = load("studies", study)()
        for claim in (c for preset in PRESETS for c in made.claims(preset)):
            row = {"noun": "claims", "study": study, "name": claim.name, "description": claim.statement}
            numbers = {"direction": claim.direction, "bound": claim.bound, "presets": list(claim.presets)}
            rows.setdefault((study, claim.name), {**row, **numbers, "source": str(claim.source)})
    return list(rows.values())


def describe(found: Found) -> str:
    """Return the first line of a component's docstring, read from its source; empty where there is none."""
    module, _, attribute = found.target.partition(":")
    try:
        spec = _locate(module)
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8")) if spec and spec.origin else None
    except (OSError, SyntaxError, ValueError):
        return ""
    node: Any = tree
    if tree is not None and attribute:
        defined = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        node = next((n for n in defined if n.name == attribute), tree)
    text = ast.get_docstring(node) if node is not None else None
    return text.partition("\n")[0] if text else ""


def _locate(module: str) -> ModuleSpec | None:
    """Find a module without importing the packages around it, as `find_spec` would."""
    top, *inner = module.split(".")
    spec = find_spec(top)
    for part in inner:
        if spec is None:
            return None
        spec = PathFinder.find_spec(f"{spec.name}.{part}", spec.submodule_search_locations)
    return spec


def show(rows: Sequence[Row], as_json: bool) -> None:
    """Print rows as JSON, or as a list under a heading for each noun or study."""
    if as_json:
        print_json(rows)
        return
    from rich.text import Text

    screen = console()
    for heading in dict.fromkeys(map(_heading, rows)):
        screen.print(Text(heading, style="bold"))
        _list(screen, [row for row in rows if _heading(row) == heading])
        screen.print()
    if not any(row["noun"] == "claims" for row in rows):
        screen.print(_HINT, style="dim")


_HINT = "Look at a world: tolman look WORLD. Run a study: tolman run STUDY. List the claims: tolman list claims."


def _heading(row: Row) -> str:
    return f"claims of {row['study']}" if row["noun"] == "claims" else row["noun"]


def _list(screen: Console, rows: Sequence[Row]) -> None:
    from rich.text import Text

    from tolman.cli.layout import hang

    width = max(len(row["name"]) for row in rows)
    for row in rows:
        text = Text(row["description"])
        if row["noun"] == "claims":
            text.append(f" [{row['direction']} {row['bound']:g}; {row['source']}]", style="dim")
        hang(screen, Text(f"  {row['name']:{width}}  ", style="cyan"), text)
