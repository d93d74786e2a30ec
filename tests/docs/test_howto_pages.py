"""The code of the how-to pages runs from top to bottom and prints what they say."""

from __future__ import annotations

import sys
import types

import pytest
from code_blocks import blocks


@pytest.mark.parametrize("page", ["docs/howto/environment.md", "docs/howto/model.md"])
def test_a_page_prints_what_it_says(page, capsys, monkeypatch):
    module = types.ModuleType("page")  # dataclasses look their module up
    monkeypatch.setitem(sys.modules, "page", module)
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), module.__dict__)
    assert capsys.readouterr().out == "".join(blocks(page, "text"))
