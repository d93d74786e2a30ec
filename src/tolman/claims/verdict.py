"""Verdicts: the judgement of a claim on records."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from tolman.claims.claim import AbstractRequirement, Claim, Direction
from tolman.claims.components import Components, components
from tolman.claims.effects import Floor, Unit
from tolman.claims.multiplicity import p_value
from tolman.claims.published import Cause, Published, Reproduction, reproduction
from tolman.claims.runs import Runs, SeedPair, Study, not_exploring, paired, runs_of
from tolman.records.schema import Record
from tolman.records.statistics import Interval

Status = Literal["holds", "fails", "inconclusive", "not testable", "not run"]


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An effect over pairs of seeds, with its 95 % interval; the ends are None for one seed without items."""

    effect: float | None
    low: float | None
    high: float | None
    seeds: int


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A claim's status with the numbers that decide it.

    Attributes:
        claim: its name.
        study: the study's name.
        status: `holds` or `fails` if the whole 95 % interval lies on one side of the bound, `inconclusive` if it
            straddles it or there are too few seeds, `not testable` if too few seeds meet the requirements, `not
            run` if there are no records of that preset, or the claim is not about it.
        effect: mean over the seeds that count; None, like `low` and `high`, if nothing was judged.
        low: lower end of the 95 % interval.
        high: upper end.
        bound: as claimed.
        direction: as claimed.
        seeds: number of pairs of seeds that count.
        source: as claimed.
        note: requirements and how often they were met, or the records that are missing.
        unit: unit of effect and bound.
        preset: preset of the records.
        own_seeds: whether all learners of the claim were run at exactly the seeds that study and preset fix; others may
            have been used to explore, and more or fewer may have been chosen for the result. True if none was run.
        floor: what the interval is never narrower than: `items` for the sampling error of all items, `none` where the
            effect is no fraction of items, so that it rests on the spread between seeds alone.
        p: one-sided p-value, <= .025 exactly if the claim holds; None if nothing was judged.
        p_adjusted: the same, adjusted for all claims of the table (Benjamini and Yekutieli); None before that.
        holds_under_fdr: whether it holds by the adjusted p-value as well; None before that.
        unconditional: the effect over all pairs of seeds, those included that do not meet the requirements; None for a
            claim without requirements.
        published: the published statement, if there is one.
        reproduction: what the verdict says of it; None if there is none, or nothing was judged.
        cause: what is known of the reason, for a claim that fails.
        components: how much of the spread is the world's and how much the model's; None unless several model seeds were
            run in each world.
    """

    claim: str
    study: str
    status: Status
    effect: float | None
    low: float | None
    high: float | None
    bound: float
    direction: Direction
    seeds: int
    source: str
    note: str
    unit: Unit = "fraction"
    preset: str = ""
    own_seeds: bool = True
    floor: Floor | None = None
    p: float | None = None
    p_adjusted: float | None = None
    holds_under_fdr: bool | None = None
    unconditional: Estimate | None = None
    published: Published | None = None
    reproduction: Reproduction | None = None
    cause: Cause | None = None
    components: Components | None = None

    @property
    def label(self) -> str:
        """The status, marked where it rests on other seeds than the study's own."""
        return self.status if self.own_seeds else f"{self.status} (other seeds)"

    @property
    def over_all(self) -> Estimate | None:
        """The unconditional effect where it rests on other seeds than the verdict."""
        given = self.unconditional
        return given if given is not None and given.seeds != self.seeds else None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, as `tolman verify --json` prints them."""
        return dataclasses.asdict(self)


def judge(claim: Claim, records: Iterable[Record], study: Study, preset: str) -> Verdict:
    """Judge `claim` on the records of exactly that study, version and preset, without overrides.

    Seeds for exploring are not read where there are others. If the seeds at which all learners of the claim were run
    are others than the study's own, or more or fewer of them, the verdict says so.

    Raises:
        UserError: two records of the same group and seeds, which differ in something that is no part of the study's
            name, version or preset (another table of facts, say): their mean would mean nothing.
        ValueError: the claim names a test that the records lack.
    """
    every = not_exploring(runs_of(records, study, preset))
    runs = paired(every)
    found = _pairs(claim, runs)
    own_seeds = not found or {world for world, _ in found} == set(study.seeds)
    verdict = functools.partial(_verdict, claim, study, preset, own_seeds)
    if preset not in claim.presets:
        return verdict("not run", notes=[f"claimed for {' and '.join(claim.presets)}"])
    if not found:
        return verdict("not run", notes=[_missing(claim, runs)])
    counting = [pair for pair in found if _counts(claim, runs, pair)]
    notes = [_met(requirement, runs, found) for requirement in claim.requires]
    verdict = functools.partial(verdict, seeds=len(counting), unconditional=_unconditional(claim, runs, found))
    if len(found) < claim.min_seeds:
        few = f"{len(found)} of at least {claim.min_seeds} seeds were run"
        return verdict("inconclusive", _preliminary(claim, runs, counting), notes=[few, *notes])
    if len(counting) < claim.min_seeds:
        return verdict("not testable", notes=notes)
    interval = functools.partial(claim.effect.interval, runs, counting)
    return verdict(
        status(claim, interval()),
        interval(),
        notes=notes,
        floor=claim.effect.floor(runs, counting),
        p=p_value(claim.direction, claim.bound, interval),
        components=_components(claim, every),
    )


def _pairs(claim: Claim, runs: Runs) -> list[SeedPair]:
    """Return the pairs of seeds that every group of the claim was run at."""
    return sorted(set.intersection(*(set(runs.get(group, ())) for group in claim.run_groups)))


def _components(claim: Claim, runs: Runs) -> Components | None:
    """Return the components of variance over all runs, whether or not they meet the claim's requirements."""
    return components(claim.effect, runs, [pair for pair in _pairs(claim, runs) if claim.effect.defined(runs, pair)])


def _counts(claim: Claim, runs: Runs, pair: SeedPair) -> bool:
    """Return whether a pair of seeds meets every requirement and has the effect."""
    return all(requirement.met(runs, pair) for requirement in claim.requires) and claim.effect.defined(runs, pair)


def _preliminary(claim: Claim, runs: Runs, seeds: Sequence[SeedPair]) -> Interval | None:
    """Return the interval over too few seeds; None for one seed without items to take it from."""
    enough = len(seeds) > 1 or (seeds and claim.effect.pooled_interval(runs, seeds) is not None)
    return claim.effect.interval(runs, seeds) if enough else None


def _unconditional(claim: Claim, runs: Runs, found: Sequence[SeedPair]) -> Estimate | None:
    """Return the effect over all seeds, whether or not they meet the claim's requirements."""
    if not claim.requires:
        return None
    seeds = [pair for pair in found if claim.effect.defined(runs, pair)]
    interval = _preliminary(claim, runs, seeds)
    return Estimate(*(interval[:3] if interval else (None, None, None)), seeds=len(seeds))


def status(claim: Claim, interval: Interval) -> Status:
    """Return the status by the side of the bound on which the whole interval lies."""
    low, high = {
        ">=": (claim.bound, float("inf")),
        "<=": (float("-inf"), claim.bound),
        "within": (-claim.bound, claim.bound),
    }[claim.direction]
    if low <= interval.low and interval.high <= high:
        return "holds"
    return "fails" if interval.high < low or interval.low > high else "inconclusive"


def _missing(claim: Claim, runs: Runs) -> str:
    absent = sorted(str(group) for group in claim.run_groups if group not in runs)
    return "no records of " + ", ".join(absent) if absent else "no seed has records of every learner"


def _met(requirement: AbstractRequirement, runs: Runs, found: Sequence[SeedPair]) -> str:
    """Return, e.g., `forward accuracy of parametric (standard) >= 0.95 in 2 of 5 seeds (0.41 to 0.97)`."""
    values = [requirement.value(runs, pair) for pair in found]
    measured = [value for value in values if value is not None]
    number = sum(requirement.met(runs, pair) for pair in found)
    extremes = f"{min(measured):.3g} to {max(measured):.3g}" if measured else "not measured"
    return f"{requirement} in {number} of {len(found)} seeds ({extremes})"


def _verdict(
    claim: Claim,
    study: Study,
    preset: str,
    own_seeds: bool,
    status: Status,
    interval: Interval | None = None,
    *,
    seeds: int = 0,
    notes: Sequence[str] = (),
    **more: Any,
) -> Verdict:
    """Return the verdict; `more` are fields of it that only judging gives."""
    effect, low, high = interval[:3] if interval else (None, None, None)
    return Verdict(
        claim=claim.name,
        study=study.name,
        status=status,
        effect=effect,
        low=low,
        high=high,
        bound=claim.bound,
        direction=claim.direction,
        seeds=seeds,
        source=str(claim.source),
        note="; ".join(notes if own_seeds else [f"not on the study's own seeds, {_from_to(study.seeds)}", *notes]),
        unit=claim.effect.unit,
        preset=preset,
        own_seeds=own_seeds,
        published=claim.published,
        reproduction=reproduction(claim.published, status, low, high),
        cause=(claim.cause or Cause()) if status == "fails" else None,
        **more,
    )


def _from_to(seeds: range) -> str:
    return f"{seeds.start} to {seeds.stop - 1}"
