"""The figure of docs/architecture.md names modules that exist."""

from __future__ import annotations

import re
from importlib.util import find_spec

from code_blocks import ROOT


def test_the_figure_names_modules_that_exist():
    named = re.findall(r">(tolman(?:\.\w+)+)<", (ROOT / "docs/images/architecture.svg").read_text())
    assert len(named) > 10
    assert [name for name in named if find_spec(name) is None] == []
