"""The advice: which of the approaches is recommended, and in which sentences."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from tolman.advise.approaches import Approach
from tolman.advise.finetuning import Locality
from tolman.advise.results import ROLES, Material, Outcome, outcomes
from tolman.advise.sentences import USEFUL, Best, Sentences
from tolman.report.summary import Summary


@dataclasses.dataclass(frozen=True, kw_only=True)
class Advice:
    """Results of a comparison, and what follows from them.

    Attributes:
        material: what was asked about.
        outcomes: of every approach, the references last.
        recommended: the cheapest of the approaches that are as good as the best; None where none answers well.
        weights: the same among those that are finetuned.
        sentences: the recommendation and its reasons.
        doubts: what speaks against relying on them.
        price: euros for a million tokens read.
        seeds: number of seeds.
        summary: all results.
    """

    material: Material
    outcomes: tuple[Outcome, ...]
    recommended: Outcome | None
    weights: Outcome | None
    sentences: tuple[str, ...]
    doubts: tuple[str, ...]
    price: float
    seeds: int
    summary: Summary

    def euros(self, found: Outcome) -> float:
        """Return the euros that a million questions cost at the price of what is read."""
        return found.tokens * self.price

    def plain(self) -> dict[str, Any]:
        """Return the advice as values that JSON can hold."""
        name = lambda found: found.approach.name if found else None  # noqa: E731
        return {
            "material": dataclasses.asdict(self.material),
            "recommended": name(self.recommended),
            "recommended_in_weights": name(self.weights),
            "sentences": list(self.sentences),
            "doubts": list(self.doubts),
            "seeds": self.seeds,
            "euros_per_million_tokens": self.price,
            "approaches": [self._plain(found) for found in self.outcomes],
        }

    def _plain(self, found: Outcome) -> dict[str, Any]:
        return {
            "learner": found.approach.name,
            "text": found.text,
            "kind": found.approach.kind,
            "stated": found.stated._asdict(),
            "latent": found.latent._asdict(),
            "two_hop": found.two_hop._asdict() if found.two_hop else None,
            "chance": found.scores["latent"].chance.uniform,
            "tokens_per_question": found.tokens,
            "euros_per_million_questions": self.euros(found),
            "tokens_trained": found.trained,
            "tokens_generated": found.generated,
            "tokens_enough": found.enough._asdict() if found.enough else None,
            "locality": _locality(found.locality) if found.locality else None,
        }


def _locality(found: Locality) -> dict[str, Any]:
    intervals = {"before": found.before, "after": found.after, "kept": found.kept}
    return {name: each._asdict() if each else None for name, each in intervals.items()} | {"chance": found.chance}


def advise(summary: Summary, material: Material, approaches: Sequence[Approach], price: float) -> Advice:
    """Return the advice that follows from a study's results."""
    every = outcomes(summary, approaches, material)
    found = tuple(each for each in every if each.approach.kind != "hidden")
    practical = [each for each in found if each.approach.kind != "reference"]
    weights, prompt = ([each for each in practical if each.approach.kind == kind] for kind in ("weights", "prompt"))
    best = Best(cheapest(practical), cheapest(weights), cheapest(prompt))
    says = Sentences(material, {each.approach.name: each for each in every}, summary.seeds)
    return Advice(
        material=material,
        outcomes=found,
        recommended=best.overall,
        weights=best.weights,
        sentences=tuple(says.all(practical, best)),
        doubts=tuple(says.doubts(best.overall)),
        price=price,
        seeds=summary.seeds,
        summary=summary,
    )


def cheapest(found: Sequence[Outcome]) -> Outcome | None:
    """Return the cheapest of the useful outcomes that are as good as the best of them; None where none is useful."""
    useful = [each for each in found if each.latent.mean >= USEFUL]
    if not useful:
        return None
    best = min(useful, key=lambda each: (-sum(each.scores[role].accuracy.mean for role in ROLES), each.cost))
    return min((each for each in useful if each.as_good_as(best)), key=lambda each: each.cost)
