"""Find components by file name or entry point, without importing any of them.

A module `tolman/worlds/name.py` that defines a class derived from `AbstractWorld` is the world `name` (`two_words.py`
is `two-words`); a package counts by its `__init__.py`. Learners are functions: `def two_words(...) -> Learner:` in a
module of `tolman/learners/` is the learner `two-words`. So are measures: functions below the decorator `measure` in a
module of `tolman/measures/`, under their own names. Outside the package, an entry point in the group `tolman.worlds`
(`tolman.learners`, `tolman.retrievers`, `tolman.augmentations`, `tolman.models`, `tolman.measures`, `tolman.studies`)
names a class or a function.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
import threading
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tolman.core.config import canonical
from tolman.core.errors import UnknownName, UserError

GROUPS = {
    "worlds": ("worlds", "AbstractWorld"),
    "learners": ("learners", "Learner"),
    "retrievers": ("retrieval", "AbstractRetriever"),
    "augmentations": ("augmentation", "AbstractAugmentation"),
    "models": ("models", "AbstractModelConfig"),
    "studies": ("studies", "AbstractStudy"),
    "measures": ("measures", "measure"),
}
"""Noun, in the plural, to the sub-package of its components and their base class, returned class or decorator."""

FUNCTIONS = frozenset({"learners", "measures"})
"""Nouns whose components are functions; those of all others are classes."""

_PARSER = threading.Lock()
"""Python 3.11 counts how deep it parses for all threads together, and fails where two parse at once (gh-106905)."""


@dataclasses.dataclass(frozen=True)
class Found:
    """A component that was found but not imported. `target` is `module` or `module:Class`."""

    noun: str
    name: str
    target: str

    def load(self) -> Any:
        """Import the module and return the component: a class, or a function where the noun is one of `FUNCTIONS`."""
        module, _, attribute = self.target.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, attribute) if attribute else _only_class(loaded, GROUPS[self.noun][1])


def find(noun: str) -> dict[str, Found]:
    """Return all components of a noun (`"worlds"`, ...) by name, built-in and installed."""
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


def load(noun: str, name: str) -> Any:
    """Return a component's class or function; raises `UnknownName` with a suggestion."""
    found = find(noun)
    if name not in found:
        raise UnknownName(noun.rstrip("s") if noun != "studies" else "study", name, found)
    return found[name].load()


def _built_in(noun: str) -> list[Found]:
    package, base = GROUPS[noun]
    spec = find_spec(f"tolman.{package}")
    folders = list(spec.submodule_search_locations or []) if spec else []
    return [found for folder in folders for found in _in_folder(noun, base, Path(folder), f"tolman.{package}")]


def _in_folder(noun: str, base: str, folder: Path, package: str) -> Iterator[Found]:
    """Yield the components in a folder; a sub-package that is none itself is searched."""
    for module in pkgutil.iter_modules([str(folder)]):
        path = folder / module.name / "__init__.py" if module.ispkg else folder / f"{module.name}.py"
        target = f"{package}.{module.name}"
        if noun in FUNCTIONS:
            yield from (_function(noun, target, name) for name in _functions(path, base))
        elif _defines(path, base):
            yield Found(noun, module.name.replace("_", "-"), target)
        elif module.ispkg:
            yield from _in_folder(noun, base, path.parent, target)


def _defines(path: Path, base: str) -> bool:
    """Return whether a module's source defines a public class that names `base` among its bases."""
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    return re.search(rf"^class (?!Abstract)[A-Za-z]\w*\([^)]*\b{base}\b", source, flags=re.MULTILINE) is not None


def _functions(path: Path, marker: str) -> list[str]:
    """Return the names of public functions that return `marker` or stand below the decorator `marker`."""
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    with _PARSER:
        parsed = ast.parse(source).body
    functions = [node for node in parsed if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if marker in _marks(node) and not node.name.startswith("_")]


def _marks(function: ast.FunctionDef) -> list[str]:
    """Return the annotation of what a function returns, and the names of its decorators."""
    returned = [] if function.returns is None else [ast.unparse(function.returns)]
    return returned + [ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in function.decorator_list]


def _function(noun: str, module: str, name: str) -> Found:
    return Found(noun, name if noun == "measures" else name.replace("_", "-"), f"{module}:{name}")


def _only_class(module: Any, base: str) -> type[Any]:
    """Return the one public class derived from `base` that a component's module defines itself."""
    own = [
        value
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not name.startswith(("_", "Abstract"))
        and any(parent.__name__ == base for parent in value.__mro__)
    ]
    if len(own) != 1:
        names = ", ".join(c.__name__ for c in own) or "none"
        raise UserError(f"{module.__name__} should define exactly one public class of kind {base}; found {names}")
    return own[0]


_NAMES: dict[tuple[str, type], str] = {}
"""Registered names of classes that were looked up: a study's plan asks for the same few thousands of times."""


def named(noun: str, component: Any) -> dict[str, Any]:
    """Return a component's configuration with its registered name, or that of its class if it is not registered."""
    kind = type(component)
    if (noun, kind) not in _NAMES:
        names = [name for name, found in find(noun).items() if _imported(found) and found.load() is kind]
        if not names:
            return {"name": kind.__name__, **canonical(component)}
        _NAMES[noun, kind] = names[0]
    return {"name": _NAMES[noun, kind], **canonical(component)}


def _imported(found: Found) -> bool:
    """Return whether a component's module has been imported, as it has for every object that exists."""
    return found.target.partition(":")[0] in sys.modules
