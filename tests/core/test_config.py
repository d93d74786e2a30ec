"""Canonical form, digest, and settings from text."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.config import canonical, digest, from_canonical, override, parse_assignments, setting, settings
from tolman.core.errors import UnknownName, UserError


@dataclasses.dataclass(frozen=True)
class World:
    version: ClassVar[int] = 3
    books: int = 8
    share: float = 0.25
    order: Literal["fixed", "shuffled"] = "fixed"
    named: bool = True

    def __post_init__(self):
        if not 0 <= self.share <= 1:
            raise ValueError("share must lie between 0 and 1")


@dataclasses.dataclass(frozen=True)
class Study:
    world: World = World()
    rates: tuple[float, ...] = (0.1,)
    shape: tuple[int, str] = (1, "a")
    cap: int | None = None
    label: str | int | None = "x"
    mixture: dict[str, float] = dataclasses.field(default_factory=dict)


def test_dataclasses_carry_class_and_version():
    assert canonical(World()) == {
        "class": "World", "version": 3, "books": 8, "share": 0.25, "order": "fixed", "named": True,
    }  # fmt: skip
    assert "version" not in canonical(Study())


def test_numpy_scalars_and_tuples():
    assert canonical((np.int32(3), np.float64(0.1), np.bool_(True), None)) == [3, 0.1, True, None]
    assert canonical(np.float32(0.1)) == float(np.float32(0.1))


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float32("nan"), {"a": [1.0, -math.inf]}])
def test_refuses_what_is_not_finite(value):
    with pytest.raises(ValueError, match="finite"):
        canonical(value)


@pytest.mark.parametrize("value", [object(), np.zeros(2), {1: 2}, {1, 2}, len, World, b"x"])
def test_refuses_unknown_types(value):
    with pytest.raises(TypeError, match="value"):
        canonical(value)


def test_errors_name_the_place():
    with pytest.raises(ValueError, match=r"result\.curves\[1\]\.loss is nan"):
        canonical({"curves": [{"loss": 1.0}, {"loss": math.nan}]}, "result")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_digest_survives_a_round_trip_through_json(value):
    assert digest(json.loads(json.dumps(canonical(value)))) == digest(value)
    assert canonical(canonical(value)) == canonical(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_digest_ignores_the_order_of_keys(value):
    assert digest(dict(reversed(value.items()))) == digest(value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_digest_tells_floats_apart_exactly(a, b):
    assert (digest(a) == digest(b)) == (a == b)


def test_digest_is_pinned():
    assert digest(World()) == digest({**canonical(World())})
    assert len(digest(World())) == 24
    assert digest({"b": 1, "a": [1.5, None]}, 64) == "cf0c4895ed707baaf7f40eaf8263541a10f2599db4d8955d035dc0a8f254ee32"
    assert digest(1) == digest(1.0) != digest(True)


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(World)])
def test_every_field_changes_the_digest(field):
    other = {"books": 9, "share": 0.5, "order": "shuffled", "named": False}[field]
    assert digest(dataclasses.replace(World(), **{field: other})) != digest(World())


@dataclasses.dataclass(frozen=True)
class Grown:
    """A configuration with options that it did not always have, and a path."""

    version: ClassVar[int] = 1
    size: int = 3
    layers: tuple[int, ...] = dataclasses.field(default=(), metadata={"key": "changed"})
    share: float = dataclasses.field(default=1.0, metadata={"key": "changed"})
    path: str = dataclasses.field(default="", metadata={"key": False})


def test_a_new_option_is_left_out_while_it_has_its_default_and_tells_configurations_apart_otherwise():
    assert canonical(Grown(path="here")) == {"class": "Grown", "version": 1, "size": 3}
    assert canonical(Grown(layers=(1, 2))) == {"class": "Grown", "version": 1, "size": 3, "layers": [1, 2]}
    assert canonical(Grown(share=0.5)) == {"class": "Grown", "version": 1, "size": 3, "share": 0.5}
    assert canonical(Grown(4, (2,), 2.0))["layers"] == [2]
    assert digest(Grown()) == digest({"class": "Grown", "version": 1, "size": 3}) == digest(Grown(share=1, layers=()))
    assert len({digest(Grown(**changes)) for changes in ({}, {"layers": (1,)}, {"layers": (2,)}, {"share": 0.0})}) == 4


@pytest.mark.parametrize("config", [Grown(), Grown(layers=(1, 2)), Grown(5, (), 0.5), Grown(5, (0,), 0.25)])
def test_a_configuration_is_read_from_its_canonical_form_with_new_options_and_without(config):
    assert from_canonical(Grown, json.loads(json.dumps(canonical(config)))) == config


def test_a_new_option_in_a_nested_configuration_is_left_out_likewise():
    @dataclasses.dataclass(frozen=True)
    class Outer:
        inner: Grown = Grown()

    assert "share" not in canonical(Outer())["inner"]
    assert canonical(Outer(Grown(share=2.0)))["inner"]["share"] == 2.0


def test_override_reads_by_annotation():
    texts = {
        "world.books": "256", "world.share": "1e-1", "world.order": "shuffled", "world.named": "False",
        "rates": "0.1, 0.2", "shape": "2,b", "cap": "7", "label": "5",
    }  # fmt: skip
    expected = Study(World(256, 0.1, "shuffled", False), (0.1, 0.2), (2, "b"), 7, 5)
    assert override(Study(), texts) == expected
    assert override(expected, {"cap": "none", "label": "None", "rates": ""}) == dataclasses.replace(
        expected, cap=None, label=None, rates=()
    )
    assert override(Study(), {"label": "word"}).label == "word"
    assert override(Study(), {}) == Study()


def test_settings_and_setting_agree():
    assert list(settings(Study()))[:2] == ["world.books", "world.share"]
    assert setting(Study(), "world.share") == 0.25


def test_the_values_of_a_mapping_are_set_by_their_keys():
    given = Study(mixture={"a": 0.25, "b": 0.5})
    assert {"mixture.a", "mixture.b"} < set(settings(given))
    assert setting(given, "mixture.b") == 0.5
    found = override(given, {"mixture.b": "0.75", "cap": "3"})
    assert found == Study(mixture={"a": 0.25, "b": 0.75}, cap=3)
    with pytest.raises(UnknownName, match=r"unknown setting 'mixture.c'.*mixture\.a"):
        override(given, {"mixture.c": "1"})
    with pytest.raises(UserError, match="expected a number"):
        override(given, {"mixture.a": "much"})


@pytest.mark.parametrize("path", ["world.boks", "books", "world", "world.books.x", "wrold.books"])
def test_unknown_settings_get_a_suggestion(path):
    with pytest.raises(UnknownName, match=r"did you mean .*world\."):
        override(Study(), {path: "1"})


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("world.books", "2.5", "a whole number"), ("world.share", "nan", "a number"),
        ("world.named", "yes", "true or false"), ("world.order", "fxed", "one of fixed, shuffled"),
        ("shape", "1", "2 values"), ("rates", "1,x", "each a number"), ("cap", "x", "a whole number or none"),
        ("world.books", "1_1", "a whole number"), ("world.books", "\u0663", "a whole number"),
        ("world.share", "0_0.5", "a number"), ("rates", "1_1,2", "each a number"),
        ("world.share", "1.5", "between 0 and 1"), ("mixture", "1", "set it in Python"),
    ],
)  # fmt: skip
def test_wrong_text_says_what_was_expected(path, text, expected):
    with pytest.raises(UserError, match=expected):
        override(Study(), {path: text})


@dataclasses.dataclass(frozen=True)
class Mixed:
    mixture: Mapping[str, float]


def test_a_mapping_is_read_from_its_names_and_numbers():
    assert override(Mixed({"a": 1.0}), {"mixture": "b:0.25, c:0.75"}) == Mixed({"b": 0.25, "c": 0.75})
    for text in ("b", "b:x", ""):
        with pytest.raises(UserError, match="expected NAME:VALUE, with commas between several"):
            override(Mixed({"a": 1.0}), {"mixture": text})


def test_assignments():
    assert parse_assignments(["a.b=1", "c = x=y "]) == {"a.b": "1", "c": "x=y"}
    for bad in (["a"], ["=1"], ["a=1", "a=2"]):
        with pytest.raises(UserError):
            parse_assignments(bad)
