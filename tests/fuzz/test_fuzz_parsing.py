"""Generated files and settings through parsing and checks: refused with a message, or taken whole."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fuzz_budget import PARSES, call, generated
from fuzz_files import CELLS, ODD, array_files, columns, parquet_tables, text_tables
from hypothesis import given
from hypothesis import strategies as st

from tolman.audit import analysis
from tolman.cli.look import make_world
from tolman.core.config import setting, settings
from tolman.core.errors import UserError
from tolman.core.registry import find, load
from tolman.core.text import normalised
from tolman.experiments.runner import planned
from tolman.worlds.facts.table import read_facts
from tolman.worlds.texts import Texts

PARSED = "everything was read"


class Reading:
    """Stands for the measuring part of an audit; keeps what it was given."""

    layers: Any
    features: Any
    notes: Any

    def __call__(self, layers: Any, features: Any, progress: Any, **options: Any) -> None:
        self.layers, self.features, self.notes = layers, features, list(options["notes"])
        raise UserError(PARSED)


@pytest.fixture
def reading(monkeypatch):
    reading = Reading()
    monkeypatch.setattr(analysis, "audit", reading)
    return reading


def refused(made: Callable[[], Any], start: str = "") -> Any:
    """Return what is made, or None where it is refused with a message that begins so."""
    try:
        return made()
    except UserError as error:
        if str(error).startswith(start) and str(error):
            return None
        raise AssertionError(f"the message does not say what is wrong: {error}") from error


@pytest.fixture
def acts(tmp_path):
    path = tmp_path / "acts.npy"
    np.save(path, np.random.default_rng(0).standard_normal((24, 2)))
    return path


def named(name: str, notes: list[str]) -> bool:
    without = [] if name else ["the array", "'(index)'"]  # as what has no name is called
    return any(
        form in note for form in (*map(repr, (name, name.strip(), normalised(name))), *without) for note in notes
    )


@given(data=st.data())
@generated(PARSES * 0.35)
def test_tables_of_labels(data, tmp_path, acts, reading):
    table = data.draw(st.one_of(text_tables(tmp_path), parquet_tables(tmp_path)))
    result = call("audit", str(acts), "--features", str(table.path))
    assert result.exit_code == 2
    if PARSED not in result.stderr:
        return
    found = [feature.name for feature in reading.features]
    assert len(found) == len(set(found))
    for feature in reading.features:
        assert len(feature.values) == table.rows
    for name in table.columns:
        kept = {name, name.strip(), normalised(name)} & set(found)
        assert kept or named(name, reading.notes), f"{name!r} is no feature, and in no note"


@given(data=st.data())
@generated(PARSES * 0.25)
def test_arrays(data, tmp_path, reading):
    labels = tmp_path / "labels.csv"
    labels.write_text("shape\n" + "\n".join("ab"[i % 2] for i in range(24)) + "\n")
    file = data.draw(array_files(tmp_path, rows=data.draw(st.sampled_from([24, 24, 3, 0]))))
    result = call("audit", str(file.path), "--features", str(labels))
    assert result.exit_code == 2
    if PARSED not in result.stderr:
        return
    found = {layer.name: layer.values.shape for layer in reading.layers}
    for name, shape in file.shapes.items():
        # The name of a file stands for that of its only array, where NumPy gives none.
        alone = not name or (name == "arr_0" and len(file.shapes) == 1 and file.path.suffix == ".npz")
        kept = found.get(file.path.stem if alone else name)
        assert kept == shape or named(name, reading.notes), f"{name!r} of {shape} is {kept}, and in no note"


@st.composite
def facts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of a table of facts, most of them sound."""
    names = [f"name {i}" for i in range(12)]
    odd = st.one_of(st.sampled_from([*ODD, *names]), st.text(max_size=5), st.none(), st.integers(), st.booleans())
    rows = [{"subject": name, "relation": "likes", "object": f"thing {i % 5}"} for i, name in enumerate(names)]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.sampled_from(rows))
        row[draw(st.sampled_from(["subject", "relation", "object", "template", "inverse_relation", "more"]))] = draw(
            odd
        )
    return rows[: draw(st.sampled_from([12, 12, 12, 4, 0]))]


@given(data=st.data())
@generated(PARSES * 0.1)
def test_tables_of_facts(data, tmp_path):
    rows = data.draw(facts())
    path = tmp_path / "facts.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    table = refused(lambda: read_facts(path), str(path))
    assert table is None or len(table.rows) == len(rows)


@given(data=st.data())
@generated(PARSES * 0.05)
def test_tables_of_facts_in_csv(data, tmp_path):
    table = data.draw(columns(12, st.one_of(CELLS, st.just("x"))))
    path = tmp_path / "facts.csv"
    header = ["subject", "relation", "object"][: len(table)]
    lines = [",".join(cells) for cells in zip(*(cells for _, cells in table[:3]), strict=True)]
    path.write_text("\n".join([",".join(header), *lines]), encoding="utf-8")
    facts = refused(lambda: read_facts(path), str(path))
    assert facts is None or len(facts.rows) == 12


@given(data=st.data())
@generated(PARSES * 0.05)
def test_documents_and_questions(data, tmp_path):
    words = st.sampled_from(["a b c", "a b", "c", "", "é", 3, None, ["a"], "a " * 300, "a\u200bb"])
    documents = [{"id": f"d{i}", "text": f"a{i} knows b{i}", "kind": "fact"} for i in range(4)]
    tests = [{"prompt": f"a{i} knows", "answer": f"b{i}", "role": "explicit"} for i in range(3)]
    for rows in (documents, tests):
        for _ in range(data.draw(st.integers(0, 2))):
            row = data.draw(st.sampled_from(rows))
            row[data.draw(st.sampled_from([*row, "options", "supports", "more"]))] = data.draw(words)
    paths = {"documents": tmp_path / "documents.jsonl", "tests": tmp_path / "tests.jsonl"}
    for rows, path in zip((documents, tests), paths.values(), strict=True):
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    world = refused(lambda: Texts(**{name: str(path) for name, path in paths.items()}), str(tmp_path))
    assert world is None or (len(world.texts), len(world.questions)) == (len(documents), len(tests))


TEXTS = st.one_of(
    st.sampled_from(
        ["-1", "0", "1", "2.5", "nan", "inf", "1e400", "true", "none", "", "1,2", "0.5", "1e3", "١", "0x10"]
    ),
    st.integers(-3, 40).map(str),
    st.floats().map(repr),
    st.text(max_size=4),
)
STUDIES = ("reversals", "codebooks", "mazes", "mazes-rl", "representation-bias")


@pytest.fixture(scope="module")
def plans():
    """What can be set of each study."""
    found = {}
    for name in STUDIES:
        study = load("studies", name)()
        found[name] = (
            study,
            sorted({path for c in study.plan("smoke").conditions for path in settings(c) if "." in path}),
        )
    return found


@given(data=st.data())
@generated(PARSES * 0.15)
def test_settings_of_studies(data, plans):
    study, known = plans[data.draw(st.sampled_from(STUDIES))]
    assignments = data.draw(st.dictionaries(st.sampled_from(known), TEXTS, min_size=1, max_size=2))
    plan = refused(lambda: planned(study, "smoke", None, assignments))
    for condition in plan.conditions if plan else ():
        for path in assignments:
            if path in settings(condition):
                sound(setting(condition, path))


WORLDS = sorted(name for name in find("worlds") if not load("worlds", name).inputs or name == "reversals")


@given(data=st.data())
@generated(PARSES * 0.05)
def test_settings_of_worlds(data):
    name = data.draw(st.sampled_from(WORLDS))
    known = sorted(settings(load("worlds", name)()))
    assignments = data.draw(st.dictionaries(st.sampled_from(known), TEXTS, min_size=1, max_size=2))
    world = refused(lambda: make_world(name, [f"{path}={text}" for path, text in assignments.items()], {}))
    for path in assignments if world else ():
        sound(setting(world, path))


def sound(value: Any) -> None:
    """Numbers that a setting ends with are finite."""
    for one in value if isinstance(value, tuple) else (value,):
        assert not isinstance(one, float) or math.isfinite(one)
