"""Ranges of parameters: what is refused, in which words, and that every component declares them."""

from __future__ import annotations

import dataclasses
import importlib
import math
import pkgutil
import re
import sys
import typing
from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tolman
from tolman.core import ranges
from tolman.core.config import digest, override
from tolman.core.errors import UserError
from tolman.core.ranges import Checked, Fraction, OutOfRange, PositiveFloat, PositiveInt, Range
from tolman.envs.maze.config import MazeConfig
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, TrainingConfig

ABSURD = (-1, math.nan, 1e400, -math.inf, 2.5, True, "3", None, 10**400, (), 1j)


@dataclasses.dataclass(frozen=True)
class Inner(Checked):
    rate: PositiveFloat = 0.1


@dataclasses.dataclass(frozen=True)
class Example(Checked):
    """Every sort of field."""

    count: PositiveInt = 4
    share: Fraction = 0.5
    decay: Annotated[float, Range(0, 1, below_high=True)] = 0.9
    stop: Fraction | None = None
    sizes: tuple[PositiveInt, ...] = (3,)
    pair: tuple[int, float] = (1, 2.0)
    way: Literal["fixed", "shuffled"] = "fixed"
    on: bool = False
    inner: Inner = dataclasses.field(default_factory=Inner)

    def __post_init__(self) -> None:
        if self.count == 13:
            raise UserError("count is 13")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 0}, "Example: count is 0; expected 1 or more"),
        ({"count": 2.5}, "Example: count is 2.5; expected a whole number, 1 or more"),
        ({"count": 10**9}, "Example: count is 1000000000; expected 1 or more, at most 10,000,000"),
        ({"sizes": (1, 10**7 + 1)}, "Example: sizes[1] is 10000001; expected 1 or more, at most 10,000,000"),
        ({"count": True}, "Example: count is True; expected a whole number, 1 or more"),
        ({"count": math.nan}, "Example: count is nan; expected a whole number, 1 or more"),
        ({"count": math.inf}, "Example: count is inf; expected a whole number, 1 or more"),
        ({"count": "4"}, "Example: count is '4'; expected a whole number, 1 or more"),
        ({"share": math.nan}, "Example: share is nan; expected a finite number, 0 to 1"),
        ({"share": 10**400}, "expected a finite number, 0 to 1"),
        ({"share": 1.5}, "Example: share is 1.5; expected 0 to 1"),
        ({"decay": 1.0}, "Example: decay is 1.0; expected 0 or more and less than 1"),
        ({"stop": 2.0}, "Example: stop is 2.0; expected 0 to 1 or none"),
        ({"sizes": (4, 0)}, "Example: sizes[1] is 0; expected 1 or more"),
        ({"sizes": 4}, "Example: sizes is 4; expected several values in a tuple"),
        ({"pair": (1,)}, "Example: pair is (1,); expected 2 values"),
        ({"pair": (1, math.inf)}, "Example: pair[1] is inf; expected a finite number"),
        ({"way": "random"}, "Example: way is 'random'; expected one of fixed, shuffled"),
        ({"on": 1}, "Example: on is 1; expected true or false"),
        ({"count": 13}, "count is 13"),
    ],
)
def test_a_value_is_refused_with_its_name_and_range(given, message):
    with pytest.raises(UserError) as caught:
        Example(**given)
    assert message in str(caught.value)


def test_values_of_other_types_that_are_the_same_number_are_taken():
    made = Example(count=np.int64(3), share=np.float32(0.25), sizes=(np.int8(2),), stop=1)
    assert (made.count, made.share, made.sizes, made.stop) == (3, 0.25, (2,), 1)
    assert type(Example(count=4.0).count) is int
    assert digest(Example(count=4.0)) == digest(Example())


def test_settings_from_text_are_checked_too_and_named_by_their_path():
    with pytest.raises(UserError, match=r"inner\.rate=0: Inner: rate is 0\.0; expected more than 0"):
        override(Example(), {"inner.rate": "0"})


@pytest.mark.parametrize(
    "given", [{"clip": 0}, {"clip": -1}, {"learning_rate": -3e-3}, {"weight_decay": -0.1}, {"beta2": 1}, {"beta1": 1.0}]
)
def test_an_optimiser_that_cannot_learn_is_refused(given):
    (name,) = given
    with pytest.raises(OutOfRange, match=f"OptimiserConfig: {name} is .*; expected"):
        OptimiserConfig(**given)


@pytest.mark.parametrize("given", [{"size": 5.5}, {"max_steps": 2.5}, {"size": True}])
def test_a_maze_has_whole_sizes(given):
    with pytest.raises(OutOfRange, match="expected a whole number"):
        MazeConfig(**given)


def test_a_mixture_has_no_negative_parts():
    with pytest.raises(OutOfRange, match=r"Phase: mixture\['b'\] is -0\.5; expected 0 or more"):
        Phase(steps=1, mixture={"a": 1.5, "b": -0.5})


def configurations() -> list[type]:
    """Every checked dataclass of the package, so of every registered component."""
    for module in pkgutil.walk_packages(tolman.__path__, "tolman."):
        if not module.name.endswith("__main__") and "huggingface." not in module.name:
            try:
                importlib.import_module(module.name)
            except (ImportError, UserError):  # packages of an extra
                continue
    found, left = set(), [Checked]
    while left:
        for kind in left.pop().__subclasses__():
            left.append(kind)
            module = sys.modules.get(kind.__module__)  # other tests make classes that only say to be of a module
            ours = kind.__module__.startswith("tolman.") and getattr(module, kind.__name__, None) is kind
            if ours and dataclasses.is_dataclass(kind):
                found.add(kind)
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def numeric(kind: type) -> dict[str, typing.Any]:
    """The fields with numbers in them, with their annotations."""
    hints = typing.get_type_hints(kind, include_extras=True)
    plain = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    return {name: hints[name] for name in names if {int, float} & set(leaves(plain[name]))}


def leaves(hint: typing.Any) -> list[typing.Any]:
    inner = typing.get_args(hint)
    return [leaf for part in inner for leaf in leaves(part)] if inner else [hint]


SIGNED = {"MLPConfig.coding"}
"""Fields of numbers that may have any sign and size: weights."""


SEEDS = {"seed", "sample_seed"}
"""Fields of whole numbers that count nothing."""


def test_every_number_of_every_component_has_a_range_that_refuses_the_absurd():
    """Each field alone: some components read files, which are not there."""
    kinds = configurations()
    names = {kind.__name__ for kind in kinds}
    assert {"Reversals", "BM25", "Chained", "DecoderConfig", "PPOConfig", "Augment", "Retrieval", "CKKS"} <= names
    for kind in kinds:
        for name, hint in numeric(kind).items():
            full = f"{kind.__name__}.{name}"
            assert "Range(" in repr(hint) or full in SIGNED, f"{full} has no range"
            whole = float not in leaves(typing.get_type_hints(kind)[name])
            if whole and name not in SEEDS:
                faults = list(ranges._faults(name, wrapped(hint, 10**9), hint))
                assert faults, f"{full} may be a billion"
                assert re.search(r"at most 10,000,000|\d to [\d,]+$|^2 values", faults[0][2])
            for value in (math.nan, 1e400, True, *([2.5] if whole else []), *([-1] if full not in SIGNED else [])):
                assert list(ranges._faults(name, wrapped(hint, value), hint)), f"{full} may be {value}"


def wrapped(hint: typing.Any, value: typing.Any) -> typing.Any:
    """The value where the annotation has its numbers: in a tuple or a mapping."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return (wrapped(inner[0], value),)
    if isinstance(origin, type) and issubclass(origin, typing.Mapping):
        return {"kind": value}
    return value


@given(st.sampled_from([OptimiserConfig, TrainingConfig, PPOConfig, MazeConfig]), st.data())
def test_a_configuration_that_is_made_holds_numbers_of_its_types(kind, data):
    drawn = data.draw(st.sampled_from([field.name for field in dataclasses.fields(kind)]))
    value = data.draw(st.one_of(st.sampled_from(ABSURD), st.integers(-3, 3), st.floats(), st.text(max_size=3)))
    try:
        made = getattr(kind(**{drawn: value}), drawn)
    except UserError as error:
        made = str(error)
    hint = typing.get_type_hints(kind)[drawn]
    if isinstance(made, str) and hint in (int, float):
        assert drawn in made
    elif hint is int:
        assert type(made) is int
    elif hint is float:
        assert math.isfinite(made)
        assert not isinstance(made, bool)
