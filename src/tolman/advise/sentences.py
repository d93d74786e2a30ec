"""The sentences of an advice: the recommendation, its reasons, and what speaks against relying on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tolman.advise.approaches import BOUND, CONTROL, READS_AFTER, READS_BEFORE
from tolman.advise.finetuning import MARGIN, Enough
from tolman.advise.results import ROLES, TWO_HOP, Material, Outcome
from tolman.report.words import estimate, listed, percent

READ, LEARNED = 0.8, 0.9
"""Least accuracy with the right statement in the prompt, and of finetuned weights as stated, for sound advice."""

USEFUL = 0.5
"""An approach that answers less of the latent questions is not recommended for them."""

CLEARLY = 1.25
"""Times as many tokens that make one prompt longer than another."""

WIDE = 0.2
"""From this width of its interval on a recommendation is doubtful."""

SEEDS = 5
"""Fewest seeds whose intervals mean something."""


class Best(NamedTuple):
    """The cheapest of the outcomes that are as good as the best: of all, of the weights and of the prompt."""

    overall: Outcome | None
    weights: Outcome | None
    prompt: Outcome | None


@dataclasses.dataclass(frozen=True)
class Sentences:
    """Writes the sentences about results.

    Attributes:
        material: what was asked about.
        found: outcomes by learner.
        seeds: number of seeds.
    """

    material: Material
    found: dict[str, Outcome]
    seeds: int

    def all(self, practical: Sequence[Outcome], best: Best) -> Iterator[str]:
        """Yield the recommendation, then its reasons."""
        yield self._recommendation(best.overall)
        if best.prompt is not None:
            yield from self._as_it_is(best)
            yield from self._budgets(practical, best.prompt)
        yield from self._finetuned()
        if best.overall is None or best.overall is best.prompt:
            yield from self._in_weights(best.weights)
        yield from self._two_hops(practical)
        yield from self._smallest(best)
        yield from self._reading()
        yield from self._broken(best.weights)

    def doubts(self, best: Outcome | None) -> Iterator[str]:
        """Yield what speaks against relying on the advice."""
        yield from self._unread()
        yield from self._unlearned()
        yield from self._wide(best)

    def _recommendation(self, best: Outcome | None) -> str:
        if best is None:
            return f"No approach answers the {self.material.latent} questions: none reaches {percent(USEFUL)}."
        model = "" if best.approach.kind == "weights" else ", and the model as it is"
        cost = f"{best.tokens:,.0f} tokens a question"
        return f"Recommended: {best.text}{model}. It answers {self._both(best)}, and reads {cost}."

    def _both(self, each: Outcome) -> str:
        return (
            f"{estimate(each.stated)} of the questions asked as stated and {estimate(each.latent)} of the "
            f"{self.material.latent} ones"
        )

    def _means(self, each: Outcome) -> str:
        return f"{percent(each.stated.mean)} as stated and {percent(each.latent.mean)} {self.material.latent}"

    def _as_it_is(self, best: Best) -> Iterator[str]:
        """Say what does best without finetuning, where finetuning is recommended."""
        if best.prompt is not None and best.prompt is not best.overall:
            yield (
                f"Without finetuning, which has to be repeated whenever {self.material.many} change, the model with "
                f"{best.prompt.text}, answers {self._both(best.prompt)}. It reads {best.prompt.tokens:,.0f} tokens."
            )

    def _budgets(self, practical: Sequence[Outcome], best: Outcome) -> Iterator[str]:
        """Say what less text in the prompt, and what more, would bring."""
        prompts = [each for each in practical if each.approach.kind == "prompt"]
        less = [each for each in prompts if each.tokens * CLEARLY < best.tokens]
        if less:
            most = max(less, key=lambda each: each.tokens)
            settled = any(most.above(best, role).high < -MARGIN for role in ROLES)
            said = "Less is not enough." if settled else "Whether less is enough is not settled."
            yield f"{said} With {most.text}, it answers {self._means(most)}."
        more = [each for each in prompts if each.tokens > best.tokens * CLEARLY]
        if more:
            most = max(more, key=lambda each: each.tokens)
            how = "answers more" if most.better_than(best) else "answers no more"
            yield f"With {most.text}, it {how} ({self._means(most)}) and reads {most.tokens:,.0f} tokens."

    def _finetuned(self) -> Iterator[str]:
        plain = self.found.get("parametric")
        if plain is None or plain.stated.mean < LEARNED:
            return
        chance = plain.scores["latent"].chance.uniform
        yield (
            f"Plain finetuning learns what is stated ({percent(plain.stated.mean)}). Of the {self.material.latent} "
            f"questions it answers {estimate(plain.latent)}; guessing answers {percent(chance)}."
        )

    def _in_weights(self, found: Outcome | None) -> Iterator[str]:
        if not any(each.approach.kind == "weights" for each in self.found.values()):
            return
        if found is None:
            yield f"No way of finetuning that was tried makes the weights answer the {self.material.latent} questions."
        elif found.approach.name != "parametric":
            yield f"If it must be in the weights: {found.text}. They then answer {self._both(found)}."
        plain = self.found.get("parametric")
        both = plain.summary.tests.get("reverse") if plain else None
        if both is not None and both.accuracy.low >= LEARNED:
            yield (
                f"Facts that training states in both directions are answered in reverse as well "
                f"({percent(both.accuracy.mean)}), so where you write the training data, write both."
            )

    def _smallest(self, best: Best) -> Iterator[str]:
        """Say the smallest budgets at which the best of the prompts, and finetuning, answer what they answer."""
        parts = (
            [f"{best.prompt.tokens:,.0f} tokens in the prompt of each question ({best.prompt.text})"]
            if best.prompt
            else []
        )
        parts += [self._training(each, each.enough) for each in self._told(best.weights) if each.enough]
        if parts:
            yield f"The smallest budget at which that holds: {'; '.join(parts)}."

    def _told(self, weights: Outcome | None) -> list[Outcome]:
        """Return plain finetuning, if it learned, and the best of the weights."""
        plain = self.found.get("parametric")
        learned = [plain] if plain is not None and plain.stated.mean >= LEARNED else []
        return [*learned, *([weights] if weights is not None and weights is not plain else [])]

    def _training(self, each: Outcome, enough: Enough) -> str:
        name = "plain finetuning" if each.approach.name == "parametric" else f'"{each.text}"'
        if not enough.early:
            return f"{name} takes all of its {enough.steps:,} steps ({enough.all_tokens:,} tokens)"
        return f"{name} takes {enough.step:,} of its {enough.steps:,} steps ({enough.tokens:,} tokens)"

    def _broken(self, weights: Outcome | None) -> Iterator[str]:
        """Say what finetuning left of what the model could do before."""
        asked = [(each, each.locality) for each in self._told(weights) if each.locality]
        if not asked:
            return
        what, first = self.material.before, asked[0][1]
        if not first.tells:
            yield (
                f"Of {what} the model answers {estimate(first.before)} before it is finetuned, no more than guessing "
                f"({percent(first.chance)}): what finetuning breaks cannot be told by them."
            )
            return
        said = [f"{estimate(first.before)} as it is", *(f"{estimate(f.after)} {self._after(e)}" for e, f in asked)]
        yield f"What else broke: of {what} the model answers {listed(said)}."

    def _after(self, each: Outcome) -> str:
        return "after plain finetuning" if each.approach.name == "parametric" else f'after "{each.text}"'

    def _two_hops(self, practical: Sequence[Outcome]) -> Iterator[str]:
        """Say which approach answers questions that take two facts."""
        known = [(each.two_hop, each) for each in practical if each.two_hop is not None]
        if not known:
            return
        score, most = max(known, key=lambda pair: pair[0].mean)
        bound, plain = self.found.get(BOUND), self.found.get("parametric")
        others = [f"plain finetuning {estimate(plain.two_hop)}"] if plain and plain is not most else []
        others += [f"both facts among three {estimate(bound.two_hop)}"] if bound else []
        others += [f"guessing {percent(most.scores[TWO_HOP].chance.uniform)}"]
        beside = ", ".join(others)
        yield f"Of questions that take two facts, {estimate(score)} are answered at best ({most.text}); {beside}."

    def _reading(self) -> Iterator[str]:
        """Compare what the model reads from its prompt before and after finetuning."""
        before, after = self.found.get(READS_BEFORE), self.found.get(READS_AFTER)
        if before is None or after is None:
            return
        worse = min((after.above(before, role) for role in ROLES), key=lambda gap: gap.mean)
        if worse.high < -0.05:
            yield (
                f"After finetuning the model is worse at using {self.material.many} in its prompt. With the right "
                f"{self.material.one} there, it answered {self._means(before)} before, and "
                f"{percent(after.stated.mean)} and {percent(after.latent.mean)} after plain finetuning."
            )

    def _unread(self) -> Iterator[str]:
        bound = self.found.get(BOUND)
        if bound is None or min(bound.stated.mean, bound.latent.mean) >= READ:
            return
        one, many = self.material.one, self.material.many
        yield (
            f"This model does not read these {many} well. With the right {one} in its prompt it answers "
            f"{self._both(bound)}. What is said here of prompts and retrieval is about this model rather than about "
            f"your {many}; reword them, or try another model."
        )

    def _unlearned(self) -> Iterator[str]:
        plain = self.found.get("parametric")
        if plain is not None and plain.stated.mean < LEARNED:
            yield (
                f"Finetuning did not learn the {self.material.many}. It answers only {estimate(plain.stated)} of the "
                f"questions asked as stated, so nothing follows about weights. --preset full trains longer."
            )

    def _wide(self, best: Outcome | None) -> Iterator[str]:
        if self.seeds < SEEDS:
            yield f"With fewer than {SEEDS} seeds intervals say little; give --seeds {SEEDS} or more."
        elif best is not None:
            asked = (("questions asked as stated", best.stated), (f"{self.material.latent} questions", best.latent))
            for kind, interval in asked:
                if interval.high - interval.low > WIDE:
                    yield f"The interval of the {kind}, {estimate(interval)}, is wide; more --seeds would narrow it."
        control = self.found.get(CONTROL)
        if control is not None and control.latent.low > control.scores["latent"].chance.uniform + 0.05:
            yield (
                f"Irrelevant {self.material.many} in the prompt give {estimate(control.latent)}, above guessing. "
                f"Part of what prompts seem to bring comes from the options, not from what stands there."
            )
