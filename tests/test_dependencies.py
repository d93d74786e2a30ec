"""What pyproject.toml declares is what the code imports, and what requirements.lock pins.

The extra `lm` is not installed here, so that these tests show that nothing needs it; it has a lock of its own.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {name: (ROOT / f"{name}.lock").read_text(encoding="utf-8") for name in ("requirements", "requirements-lm")}


def requirements(texts: list[str]) -> dict[str, Requirement]:
    """Requirements by name, without the project's own extras."""
    found = {canonicalize_name(r.name): r for r in map(Requirement, texts)}
    return {name: r for name, r in found.items() if name != PROJECT["name"]}


REQUIRED = requirements(PROJECT["dependencies"])
EXTRAS = {extra: requirements(texts) for extra, texts in PROJECT["optional-dependencies"].items()}
LM = EXTRAS.pop("lm")
ALL = REQUIRED | {name: r for extra in EXTRAS.values() for name, r in extra.items()}

COMMANDS = {"hatchling", "import-linter", "mkdocs-material", "mkdocstrings", "pyright", "ruff", "uv"}
"""Run by `make`."""
PLUGINS = {"beartype", "pytest-xdist"}
"""Imported by jaxtyping's import hook and by pytest."""


def imports(folder: str, but: str = "") -> set[str]:
    """Names of the distributions that the modules below a folder import, those of Python and our own aside."""
    files = [file for file in (ROOT / folder).rglob("*.py") if but not in file.parts]
    names = {name.partition(".")[0] for file in files for name in modules(ast.parse(file.read_text(encoding="utf-8")))}
    samples = {file.stem for file in (ROOT / "tests").rglob("*.py")} if folder != "src" else set()  # by bare names
    names -= {*sys.stdlib_module_names, "tolman", *samples}
    owners = metadata.packages_distributions()
    return {canonicalize_name(owners.get(name, [name])[0]) for name in names}


def modules(tree: ast.Module) -> list[str]:
    """Modules that a file imports, by statement or by `import_module("name")`."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                found.append(module)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(module)), *_]):
                found.append(module)
    return found


def pins(lock: str = "requirements") -> list[tuple[str, Version]]:
    """Every pinned version of a lock; a package has two where Python versions need different ones."""
    found = re.findall(r"^([\w.-]+)==(\S+)", LOCKS[lock], re.MULTILINE)
    return [(canonicalize_name(name), Version(version)) for name, version in found]


def test_the_package_imports_what_it_requires_and_nothing_else():
    optional = EXTRAS["encrypted"] | EXTRAS["gym"] | EXTRAS["ray"] | LM
    assert imports("src") == REQUIRED.keys() | optional.keys()


def test_tests_and_commands_use_what_developers_install():
    assert imports("tests", but="lm") <= ALL.keys()
    lines = (ROOT / "requirements-lm.in").read_text().splitlines()
    besides = requirements([line for line in lines if not line.startswith("#")])
    brought = {"tokenizers", "datasets"}  # by transformers and by trl
    assert imports("tests/lm") <= (ALL | LM | besides).keys() | brought
    assert EXTRAS["dev"].keys() | EXTRAS["docs"].keys() <= imports("tests") | COMMANDS | PLUGINS
    assert ALL.keys() >= COMMANDS | PLUGINS


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_lock_is_within_the_ranges(name):
    versions = [version for pinned, version in pins() if pinned == name]
    assert versions, f"requirements.lock lacks {name}: run `make lock`"
    outside = [str(v) for v in versions if not ALL[name].specifier.contains(v)]
    assert not outside, f"requirements.lock pins {name}=={outside[0]}, outside {ALL[name]}: run `make lock`"


def test_the_lock_of_the_extra_fits_and_has_the_versions_of_the_other():
    versions, others = dict(pins("requirements-lm")), pins()
    assert versions.keys() >= REQUIRED.keys() | LM.keys() - {"torch"}
    assert {"torch", "llm", "sentence-transformers"} & versions.keys() == set()
    assert all(LM[name].specifier.contains(versions[name]) for name in LM.keys() - {"torch"})
    assert {pin for pin in pins("requirements-lm") if pin[0] in dict(others)} <= set(others)


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_a_lock_names_no_host_and_checks_every_file(lock):
    assert "://" not in lock
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[\w.-]+==)", lock))


def test_what_is_installed_fits():
    for name, requirement in ALL.items():
        assert requirement.specifier.contains(metadata.version(name), prereleases=True), f"{name}: run `make setup`"
