"""Verdicts: the judgement of a claim on records."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

from tolman.claims.claim import AbstractRequirement, Claim, Direction
from tolman.claims.effects import Unit
from tolman.claims.runs import RunGroup, Runs, SeedPair
from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.statistics import Interval

Status = Literal["holds", "fails", "inconclusive", "not testable", "not run"]

EXPLORING = range(500)
"""Seeds that no study is judged on, free for any use."""


class Study(Protocol):
    """Name and version of a study."""

    @property
    def name(self) -> str:
        """The name in its records."""
        ...

    @property
    def version(self) -> int:
        """The current version; records of another one say nothing about today's claims."""
        ...

    @property
    def seeds(self) -> range:
        """The world seeds that its claims are judged on, as many as the preset fixes."""
        ...


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
        own_seeds: whether the records are of exactly the seeds that study and preset fix; others may have been used
            to explore, and more or fewer may have been chosen for the result.
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

    @property
    def label(self) -> str:
        """The status, marked where it rests on other seeds than the study's own."""
        return self.status if self.own_seeds else f"{self.status} (other seeds)"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, as `tolman verify --json` prints them."""
        return dataclasses.asdict(self)


def judge(claim: Claim, records: Iterable[Record], study: Study, preset: str) -> Verdict:
    """Judge `claim` on the records of exactly that study, version and preset, without overrides.

    Seeds for exploring are not read where there are others. If what is read are other seeds than the study's own, or
    more or fewer of them, the verdict says so.

    Raises:
        UserError: two records of the same group and seeds, which differ in something that is no part of the study's
            name, version or preset (another table of facts, say): their mean would mean nothing.
        ValueError: the claim names a test that the records lack.
    """
    runs, own_seeds = _at_own_seeds(runs_of(records, study, preset), study.seeds)
    verdict = functools.partial(_verdict, claim, study, preset, own_seeds)
    if preset not in claim.presets:
        return verdict("not run", notes=[f"claimed for {' and '.join(claim.presets)}"])
    found = sorted(set.intersection(*(set(runs.get(group, ())) for group in claim.run_groups)))
    if not found:
        return verdict("not run", notes=[_missing(claim, runs)])
    counting = [pair for pair in found if _counts(claim, runs, pair)]
    notes = [_met(requirement, runs, found) for requirement in claim.requires]
    if len(found) < claim.min_seeds:
        few = f"{len(found)} of at least {claim.min_seeds} seeds were run"
        return verdict("inconclusive", _preliminary(claim, runs, counting), len(counting), [few, *notes])
    if len(counting) < claim.min_seeds:
        return verdict("not testable", None, len(counting), notes)
    interval = claim.effect.interval(runs, counting)
    return verdict(status(claim, interval), interval, len(counting), notes)


def _counts(claim: Claim, runs: Runs, pair: SeedPair) -> bool:
    """Return whether a pair of seeds meets every requirement and has the effect."""
    return all(requirement.met(runs, pair) for requirement in claim.requires) and claim.effect.defined(runs, pair)


def _preliminary(claim: Claim, runs: Runs, seeds: Sequence[SeedPair]) -> Interval | None:
    """Return the interval over too few seeds; None for one seed without items to take it from."""
    enough = len(seeds) > 1 or (seeds and claim.effect.pooled_interval(runs, seeds) is not None)
    return claim.effect.interval(runs, seeds) if enough else None


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


def runs_of(records: Iterable[Record], study: Study, preset: str) -> Runs:
    """Return the records that claims may read, by group and pair of seeds; raises as `judge` does.

    Records of equal configurations are of the same run, whatever their keys: an upgraded record keeps its old key. The
    one that was started last counts.
    """
    runs: dict[RunGroup, dict[SeedPair, Record]] = {}
    for record in records:
        given = (record.study, record.config["study_version"], record.preset, record.config["overrides"])
        if given != (study.name, study.version, preset, {}):
            continue
        seeds = runs.setdefault(RunGroup(record.condition, record.learner), {})
        known = seeds.setdefault(record.seeds, record)
        if record.config != known.config:
            _refuse(known, record)
        seeds[record.seeds] = max(known, record, key=lambda each: each.started)
    return runs


def _refuse(one: Record, other: Record) -> None:
    names = dict.fromkeys([*one.config, *other.config])
    fields = [name for name in names if one.config.get(name) != other.config.get(name)]
    raise UserError(
        f"records {one.key} and {other.key} are both {one.study} {one.preset}, {one.learner} ({one.condition}), "
        f"seeds {one.seeds}, but differ in {', '.join(fields)}: judge the records of one configuration at a time."
    )


def _at_own_seeds(runs: Runs, own: range) -> tuple[Runs, bool]:
    """Return the runs at no seeds for exploring, or all if there are no others, and whether they are at `own` seeds."""
    kept = {group: {pair: found[pair] for pair in found if pair[0] not in EXPLORING} for group, found in runs.items()}
    read = {group: found for group, found in kept.items() if found} or runs
    return read, not read or {world for found in read.values() for world, _ in found} == set(own)


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
    seeds: int = 0,
    notes: Sequence[str] = (),
) -> Verdict:
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
        source=claim.source,
        note="; ".join(notes if own_seeds else [f"not on the study's own seeds, {_from_to(study.seeds)}", *notes]),
        unit=claim.effect.unit,
        preset=preset,
        own_seeds=own_seeds,
    )


def _from_to(seeds: range) -> str:
    return f"{seeds.start} to {seeds.stop - 1}"
