"""Claims of the study of origins: what makes networks of the same hard feature look less alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.claims.published import OURS, Cause
from tolman.studies.representation.causes import LINEAR as LINEAR_CAUSE
from tolman.studies.representation.causes import LINEARITY
from tolman.studies.representation.codings import ALL_FOUR, KINDS, LINEAR, NONLINEAR, SAME
from tolman.studies.representation.common import PROXY, SHAPES, computed, runs_of

FIRST, LAST = "layers.0", "layers.3"


@dataclasses.dataclass(frozen=True)
class OriginsClaims:
    """The claims about one condition.

    Attributes:
        condition: its name.
        networks: networks of each kind.
    """

    condition: str
    networks: int

    def all(self) -> tuple[Claim, ...]:
        """Return all claims; beyond the first optimiser its name is a part of theirs."""
        suffix = "" if self.condition == "adam" else f"-{self.condition}"
        claims = (
            *self._hard_against_easy(),
            *self._given_codings(),
            *self._linearity(),
            *self._different_codings(),
            *self._codings(),
        )
        return tuple(dataclasses.replace(claim, name=claim.name + suffix) for claim in claims)

    def _hard_against_easy(self) -> tuple[Claim, ...]:
        easy, hard = SAME["easy"], SAME["hard"]
        return (
            self._more(
                "hard-less-alike",
                "Two networks on the same hard feature look less alike than two on the same easy one (RSA).",
                numbers=(_alike(easy), _alike(hard)),
                bound=0.1,
            ),
            self._more(
                "hard-less-alike-cka",
                "The same by linear CKA.",
                numbers=(_alike(easy, "cka"), _alike(hard, "cka")),
                bound=0.1,
            ),
            self._equal(
                "hard-as-predictable",
                "Linear predictivity, which rescaling does not change, finds the hard ones as alike as the easy ones.",
                numbers=(_alike(easy, "predictivity"), _alike(hard, "predictivity")),
            ),
        )

    def _given_codings(self) -> tuple[Claim, ...]:
        more_alike = (
            self._more(
                f"{kind}-more-alike",
                f"Networks given the coding {kind} for the hard feature look more alike than those free to choose.",
                source=PROXY.with_our("test"),
                numbers=(_alike(SAME[kind]), _alike(SAME["hard"])),
                bound=0.1,
            )
            for kind in (*LINEAR, *NONLINEAR)
        )
        as_alike = (
            self._equal(
                f"{kind}-as-alike-as-easy",
                f"Given the coding {kind}, they look as alike as networks on the easy feature.",
                numbers=(_alike(SAME["easy"]), _alike(SAME[kind])),
            )
            for kind in LINEAR
        )
        return (*more_alike, *as_alike)

    def _linearity(self) -> tuple[Claim, ...]:
        """Return claims that hold only if it is the coding, not that XOR is linear, which makes networks alike."""
        return tuple(
            self._more(
                f"{kind}-beyond-linearity",
                f"Networks given the coding {kind} look more alike than those whose units make XOR as linear and leave "
                "the coding open.",
                source=OURS,
                numbers=(_alike(SAME[kind]), _alike(SAME[ALL_FOUR])),
                bound=0.05,
                cause=LINEARITY,
            )
            for kind in LINEAR
        )

    def _different_codings(self) -> tuple[Claim, ...]:
        layers = {FIRST: "the layer of the coding", LAST: "the last hidden layer"}
        linear = (self._differ("codings", LINEAR, site, where, cause=LINEAR_CAUSE) for site, where in layers.items())
        nonlinear = (self._differ("nonlinear-codings", NONLINEAR, site, where) for site, where in layers.items())
        return (*linear, *nonlinear)

    def _differ(self, name: str, codings: Iterable[str], site: str, where: str, cause: Cause | None = None) -> Claim:
        """Return the claim that networks of two codings are less alike than those of the first one."""
        first, second = codings
        return self._more(
            f"{name}-differ-{site}",
            f"Networks given the codings {first} and {second} look less alike than those given the same one, in "
            f"{where}.",
            source=SHAPES.with_our("bound"),
            numbers=(_alike(SAME[first], site=site), _alike(f"{first} with {second}", site=site)),
            bound=0.05,
            cause=cause,
        )

    def _codings(self) -> tuple[Claim, ...]:
        return (
            self._more(
                "codings-vary",
                "Which inputs of equal XOR a network tells apart varies more between networks free to choose their "
                "coding.",
                source=PROXY.with_our("test"),
                numbers=(f"coding spread {LAST}/hard", f"coding spread {LAST}/and-or"),
                bound=0.1,
            ),
            self._more(
                "codings-last",
                "The last hidden layer still shows which coding the first one was given.",
                source=OURS,
                numbers=(f"coding {LAST}/and-or", f"coding {LAST}/one-without-other"),
                bound=0.5,
            ),
        )

    def _more(self, name: str, statement: str, *, numbers: tuple[str, str], bound: float, **more: Any) -> Claim:
        """Return the claim that the first number exceeds the second by at least the bound; `more` are its fields."""
        given = {"source": SHAPES, "direction": ">=", "requires": self._learned()} | more
        return Claim(name, statement, effect=self._difference(numbers), bound=bound, **given)

    def _equal(self, name: str, statement: str, *, numbers: tuple[str, str]) -> Claim:
        """Return the claim that two numbers differ by less than 0.05."""
        return self._more(name, statement, numbers=numbers, bound=0.05, source=OURS, direction="within")

    def _difference(self, numbers: tuple[str, str]) -> Difference:
        return Difference(*(MeasureValue(runs_of(self.condition), name, "number") for name in numbers))

    def _learned(self) -> tuple[Learned, ...]:
        tests = (f"{kind}#{i}/{feature_of(kind)}" for kind in KINDS for i in range(self.networks))
        return computed(runs_of(self.condition), *tests)


def _alike(pair: str, measure: str = "rsa", site: str = LAST) -> str:
    """Return the name of a similarity in the records."""
    return f"{measure} {site}/{pair}"


def feature_of(kind: str) -> str:
    """Return the feature that networks of a kind are asked for."""
    return "easy" if kind == "easy" else "hard"
