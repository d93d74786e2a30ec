"""Reports and the command line name no learner, test or world: studies bring their own words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tolman
from tolman.core.registry import find
from tolman.report.presentation import Presentation
from tolman.report.site import render

PACKAGE = Path(tolman.__file__).parent
NAMES = {name for noun in ("worlds", "studies") for name in find(noun)} | {
    "parametric", "parametric-context", "in-context", "wrong-frame", "goal-masked", "forward", "reverse",
}  # fmt: skip
NAMES -= {"reader"}  # the model that `tolman pretrain` makes has the name of the study that judges it
WORDS = ("maze", "parametric", "codebook", "bm25")
MODULES = [path for folder in ("report", "cli") for path in sorted((PACKAGE / folder).glob("*.py"))]


def literals(tree: ast.AST) -> Iterator[str]:
    """The strings of a module, without docstrings."""
    nodes = (node for node in ast.walk(tree) if not isinstance(node, ast.Expr))
    for child in (child for node in nodes for child in ast.iter_child_nodes(node)):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_name_of_a_component_is_in_the_code(path):
    for text in literals(ast.parse(path.read_text(encoding="utf-8"))):
        assert text not in NAMES
        assert not any(word in text.lower() for word in WORDS)


def test_a_study_that_is_not_installed_is_reported_in_neutral_words(study, presentations):
    neutral = render(study(2), [])
    own = render(study(2), [], presentations)
    assert "Of the latent questions" in neutral
    assert "wrong frame" not in neutral
    assert "wrong frame" in own
    assert Presentation().glossary == {}
