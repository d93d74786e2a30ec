"""Every module can be imported, and warns of nothing."""

import importlib
import pkgutil

import pytest

import tolman

MODULES = sorted(m.name for m in pkgutil.walk_packages(tolman.__path__, "tolman.") if not m.name.endswith("__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported(name):
    importlib.import_module(name)
