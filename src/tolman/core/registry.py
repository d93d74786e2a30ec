"""Finds components by file name or entry point; discovery imports none of them.

A public module `tolman/worlds/name.py` *is* the world `name` (`two_words.py` is `two-words`): it defines one class
that can be made. Outside of
the package, an entry point in the group `tolman.worlds` (`tolman.learners`, `tolman.retrievers`, `tolman.models`,
`tolman.studies`) names a class.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .config import canonical
from .errors import UnknownName, UserError

GROUPS = {"worlds": "worlds", "learners": "learners", "retrievers": "memory", "models": "models", "studies": "studies"}
"""Noun, in the plural, to the sub-package that holds its components."""


@dataclasses.dataclass(frozen=True)
class Found:
    """A component that was found but not imported. `target` is `module` or `module:Class`."""

    noun: str
    name: str
    target: str

    def load(self) -> type[Any]:
        """Imports the module and returns the component's class."""
        module, _, attribute = self.target.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, attribute) if attribute else _only_class(loaded)


def find(noun: str) -> dict[str, Found]:
    """All components of a noun (`"worlds"`, ...) by name, built-in and installed."""
    if noun not in GROUPS:
        raise UnknownName("noun", noun, GROUPS)
    found = {f.name: f for f in _built_in(noun)}
    for entry in metadata.entry_points(group=f"tolman.{noun}"):
        if entry.name in found and found[entry.name].target != entry.value:
            raise UserError(
                f"two {noun} are called {entry.name!r}: {found[entry.name].target} and {entry.value}; "
                f"rename the entry point of one of the two packages"
            )
        found[entry.name] = Found(noun, entry.name, entry.value)
    return dict(sorted(found.items()))


def load(noun: str, name: str) -> type[Any]:
    """The class of a component; raises `UnknownName` with a suggestion."""
    found = find(noun)
    if name not in found:
        raise UnknownName(noun.rstrip("s") if noun != "studies" else "study", name, found)
    return found[name].load()


def _built_in(noun: str) -> list[Found]:
    package = f"tolman.{GROUPS[noun]}"
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    names = [m.name for m in pkgutil.iter_modules([str(Path(f)) for f in folders]) if not m.name.startswith("_")]
    return [Found(noun, name.replace("_", "-"), f"{package}.{name}") for name in names]


def _only_class(module: Any) -> type[Any]:
    """The one public, concrete class that a component's module defines itself and that has a `version`."""
    own = [
        value
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and not inspect.isabstract(value)
        and hasattr(value, "version")
    ]
    if len(own) != 1:
        names = ", ".join(c.__name__ for c in own) or "none"
        raise UserError(f"{module.__name__} should define exactly one public class with a `version`; found {names}")
    return own[0]


def named(noun: str, component: Any) -> dict[str, Any]:
    """A component's configuration with the name it is registered under (its class's, if it is not)."""
    kind = type(component)
    names = [name for name, found in find(noun).items() if _imported(found) and found.load() is kind]
    return {"name": names[0] if names else kind.__name__, **canonical(component)}


def _imported(found: Found) -> bool:
    """Whether a component's module is there already, as it is for whatever has been made."""
    return found.target.partition(":")[0] in sys.modules
