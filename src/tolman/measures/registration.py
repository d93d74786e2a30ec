"""Measures as components: their promises, and the text by which a study names one.

A function below the decorator `measure`, in a module of this package or behind an entry point of the group
`tolman.measures`, is a component: it is listed, any analysis can name it, and the conformance suite holds it to what it
promises. Its required parameters say what it is computed from:

| parameters | computed from |
|---|---|
| `X, Y` | two representations `[n, p]` and `[n, q]` of the same stimuli: a similarity or a distance |
| `X, Y, F` | the same, with the features `F[n, f]` taken out |
| `X, y` | a representation and the labels `[n]` of one feature |
| `X, y, baseline` | the same, against another representation such as that of an untrained network |
| `X, F` | a representation and the labels `[n, f]` of several features |
| `X` | one representation |
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

from tolman.core.errors import UnknownName, UserError
from tolman.core.registry import load

Invariance = Literal["rotation", "scale", "unit scales", "translation", "linear", "units", "constant units", "stimuli"]
"""A change of a representation `X[n, p]` that leaves a measure's number as it is.

Rotation or reflection; one factor for all units; a factor of its own for each unit; the same vector added to every row;
any invertible linear map; another order of the units; further units that never vary; another order of the stimuli, in
all arrays alike.
"""

RIGID: frozenset[Invariance] = frozenset({"rotation", "scale", "translation", "units", "constant units", "stimuli"})
"""Everything but linear maps and factors for single units: the invariances of most measures."""

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Properties:
    """Promises of a measure, to choose by and for the conformance suite.

    Attributes:
        bounds: least and largest value.
        invariant: changes of a representation that leave the number as it is.
        own: the value for a representation with itself, where it is the same for all representations.
        symmetric: whether exchanging `X` and `Y` changes nothing.
        number: the attribute of the result that is the measure's number, where the function returns more than one.
        tolerance: how exactly the promises hold.
        min_stimuli: the number of stimuli from which they hold.
        permuted: a faster way to the values with the stimuli of `Y` in other orders, where there is one: a function of
            `X`, `Y`, the orders `[permutations, n]` and the measure's options that returns an array.
    """

    bounds: tuple[float, float]
    invariant: frozenset[Invariance] = frozenset()
    own: float | None = None
    symmetric: bool = False
    number: str | None = None
    tolerance: float = 1e-8
    min_stimuli: int = 10
    permuted: Callable[..., Any] | None = None


def measure(
    *,
    bounds: tuple[float, float],
    invariant: Iterable[Invariance] = (),
    own: float | None = None,
    symmetric: bool = False,
    number: str | None = None,
    tolerance: float = 1e-8,
    min_stimuli: int = 10,
    permuted: Callable[..., Any] | None = None,
) -> Callable[[Function], Function]:
    """Return a decorator that makes a function a component; for the arguments see `Properties`.

    @measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID)
    def cka_linear(X, Y): ...
    """
    properties = Properties(
        bounds=bounds,
        invariant=frozenset(invariant),
        own=own,
        symmetric=symmetric,
        number=number,
        tolerance=tolerance,
        min_stimuli=min_stimuli,
        permuted=permuted,
    )

    def decorate(function: Function) -> Function:
        setattr(function, "properties", properties)  # noqa: B010 (type checkers know no attributes of functions)
        return function

    return decorate


@dataclasses.dataclass(frozen=True)
class NamedMeasure:
    """A registered measure with its options.

    Attributes:
        text: the text that named it, for example `"rsa?compare=spearman"`.
        function: the measure.
        options: its keyword arguments.
    """

    text: str
    function: Callable[..., Any]
    options: dict[str, Any]

    @property
    def takes(self) -> tuple[str, ...]:
        """The measure's required parameters."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.default is p.empty)

    @property
    def properties(self) -> Properties:
        """The measure's promises with its default options."""
        return getattr(self.function, "properties")  # noqa: B009

    def __call__(self, *, seed: int | None = None, **arrays: Any) -> float:
        """Return the measure's number from those of the arrays that it takes.

        Args:
            seed: the option `seed` of a measure that has one, unless the text sets it.
            **arrays: by the names of the measure's parameters.

        Raises:
            ValueError: the measure is undefined for these arrays, or one that it takes is missing.
        """
        missing = [name for name in self.takes if name not in arrays]
        if missing:
            raise ValueError(f"{self.text} is computed from {', '.join(self.takes)}; {', '.join(missing)} is missing")
        seeded = {} if seed is None or "seed" not in inspect.signature(self.function).parameters else {"seed": seed}
        result = self.function(**{name: arrays[name] for name in self.takes}, **(seeded | self.options))
        number = self.properties.number
        return float(result if number is None else getattr(result, number))


def named_measures(texts: Iterable[str], given: Iterable[str]) -> dict[str, NamedMeasure]:
    """Return the measures that texts name, for an analysis that has certain arrays.

    Args:
        texts: see `named_measure`.
        given: the parameters that the analysis can fill, such as `("X", "y")`.

    Raises:
        UserError: a text names no measure, or one that takes something else.
    """
    found = {text: named_measure(text) for text in texts}
    for text, named in found.items():
        if not set(named.takes) <= set(given):
            takes, offered = ", ".join(named.takes), ", ".join(given)
            raise UserError(f"{text} is computed from {takes}; expected a measure of {offered}")
    return found


def named_measure(text: str) -> NamedMeasure:
    """Return the measure that a text names: `rsa`, or with options as in a URL `rsa?rdm=euclidean&compare=spearman`.

    Raises:
        UnknownName: there is no such measure, or it has no such option.
        UserError: the text after the name cannot be read.
    """
    name, _, query = text.partition("?")
    function = load("measures", name)
    if not hasattr(function, "properties"):
        raise UserError(f"{name} promises nothing: decorate it with tolman.measures.registration.measure")
    try:
        given = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    except ValueError:
        raise UserError(f"cannot read {text!r}: expected NAME?OPTION=VALUE, with & between several options") from None
    known = [p.name for p in inspect.signature(function).parameters.values() if p.default is not p.empty]
    for option in given:
        if option not in known:
            raise UnknownName(f"option of {name}", option, known)
    return NamedMeasure(text, function, {option: _value(value) for option, value in given.items()})


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
