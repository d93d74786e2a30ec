"""Imports inside the package: one way, none of private names, and none of JAX in the core.

`lint-imports` checks the order of packages as well, but neither what is imported for type checkers only nor private
names.
"""

import ast
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "tolman"
FILES = sorted(PACKAGE.rglob("*.py"))


def layers():
    """Return package -> its height, from the contract in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    names = [layer.replace("(", "").replace(")", "").replace(":", "|").split("|") for layer in contract["layers"]]
    return {name.strip(): len(names) - i for i, layer in enumerate(names) for name in layer}


def imports(path):
    """Yield (module, name) of every import from the package, wherever it stands in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tolman"):
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.startswith("tolman."))


def package_of(module):
    return module.split(".")[1] if "." in module else ""


def package_of_file(path):
    return path.relative_to(PACKAGE).parts[0]


def test_every_package_has_a_layer():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} <= layers().keys()


def test_nothing_is_imported_from_above_not_even_for_type_checkers():
    height = layers()
    above = [
        f"{path.relative_to(PACKAGE)}: {module}"
        for path in FILES
        for module, _ in imports(path)
        if height.get(package_of(module), 0) > height.get(package_of_file(path), max(height.values()))
    ]
    assert above == []


def test_private_names_stay_in_their_package():
    private = [
        f"{path.relative_to(PACKAGE)}: {module}.{name}"
        for path in FILES
        for module, name in imports(path)
        if package_of(module) != package_of_file(path) and name != "__version__"
        if any(part.startswith("_") for part in (*module.split("."), name))
    ]
    assert private == []


def test_the_core_loads_no_jax_but_for_its_devices():
    modules = [f"tolman.core.{path.stem}" for path in (PACKAGE / "core").glob("*.py")]
    modules = [name for name in modules if name not in ("tolman.core.__init__", "tolman.core.devices")]
    program = f"import sys, {', '.join(modules)}; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_can_be_imported_and_warns_of_nothing(path):
    if path.stem != "__main__":
        importlib.import_module(
            ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        )
