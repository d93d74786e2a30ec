"""Syllogisms: two premises about three invented terms, stated apart; what follows from both is latent.

After Lampinen et al. (arXiv 2505.00661): 69 pairs of premises about nonsense terms, in documents that name the terms
first, and six statements about the outer terms to choose from. Here conclusions are scored as those of the reader: the
strongest one is right, a sentence and its equivalent turned around count as one, and what follows but is weaker is no
option.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np

from tolman.core.extent import OF_A_TOKEN
from tolman.core.ranges import PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.syllogisms import NO, SOME, Conclusion
from tolman.worlds.syllogisms.examples import FORMS, Example, Sentence, draw_examples, options, said

WORDINGS = tuple(w.ending_in(wordings, w.OBJECT, 6) for wordings in w.QUANTIFIED)
"""For each quantifier, the wordings of documents and those that only tests use; all end in the second term."""

ASKED = tuple(dict.fromkeys(itertools.chain(*w.SYLLOGISM.trained)))
"""Wordings of questions what follows about two terms, as the reader met them."""


@dataclasses.dataclass(frozen=True)
class Syllogisms(AbstractWorld):
    """Premises in sentences that end in what is learned, their second term; no term is in two examples.

    Documents of the kind "question" ask what follows about the terms of a single premise, so that it is learned how
    conclusions are asked for and worded; those of the kind "name" hold a term alone.

    The six forms of a conclusion are equally frequent: one form alone is right in 1 of 6. Chance is .19 in the mean.
    Guessers that compose nothing can exceed it. Who ranks the forms alike for all questions reaches .33, as weaker
    sentences are left out of the options. Who knows how both premises begin and follows their atmosphere (Woodworth and
    Sells 1935: negative if a premise is, "some" if a premise is) reaches .52, and .70 if the terms keep the places that
    they have in the premises. That never gives a conclusion of the group "against-atmosphere".

    Tests:
        premises: explicit, a premise in a wording of its statements; one option is from each example.
        rephrased: explicit, the same in wordings of which no document has one.
        asked: explicit, the questions about single premises.
        conclusion: latent, what follows about the outer terms.

    Attributes:
        examples: pairs of premises, each of which has a conclusion.
        paraphrases: statements of each premise.
        test_items: most questions of a test.
    """

    version: ClassVar[int] = 1

    examples: Annotated[int, Range(len(FORMS))] = 69
    paraphrases: Annotated[int, Range(1, min(len(trained) for trained, _ in WORDINGS))] = 2
    test_items: PositiveInt = 96

    def extents(self) -> tuple[Mapping[str, int], ...]:
        premises = {"examples": self.examples, "premises of each": 2}
        asked = min(self.test_items, 2 * self.examples)
        return {**premises, "statements of each": self.paraphrases, "words of each": 16, **OF_A_TOKEN}, {
            **premises,
            "questions that name their terms": asked,
        }

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        examples, builder = draw_examples(self.examples, rng), Builder()
        premises = [premise for example in examples for premise in example.premises]
        terms = list(dict.fromkeys(term for premise in premises for term in premise[1:]))
        builder.vocabulary.words(" ".join(terms), "entity")
        for template in itertools.chain(*itertools.chain(*WORDINGS), ASKED, w.QUANTIFIED_FORMS):
            builder.vocabulary.words(w.as_text(template))
        used = {premise: self._state(builder, premise, rng) for premise in premises}
        asked = [_asked(premise, rng) for premise in premises]
        for question in asked:
            builder.document(question, kind="question")
        for term in terms:
            builder.document(":", Target(term), kind="name", topics=[term])
        self._ask(builder, examples, used, asked, np.random.default_rng([seed, 2]))
        longest = max(len(template) for trained, _ in WORDINGS for template in trained) + 1  # the full stop
        answered = max(map(len, ASKED)) + max(map(len, w.QUANTIFIED_FORMS))
        return builder.build(memory=["statement"], length=max(longest, answered), memory_length=longest)

    def _state(self, builder: Builder, premise: Sentence, rng: np.random.Generator) -> list[w.Template]:
        """State a premise, and return the wordings used."""
        trained, _ = WORDINGS[premise.quantifier]
        used = [trained[i] for i in rng.choice(len(trained), self.paraphrases, replace=False)]
        for number, template in enumerate(used):
            name = (premise, number)
            builder.document(_completed(premise, template), " .", kind="statement", name=name, topics=[premise])
        return used

    def _ask(
        self,
        builder: Builder,
        examples: list[Example],
        used: dict[Sentence, list[w.Template]],
        asked: list[Question],
        rng: np.random.Generator,
    ) -> None:
        def add(test: str, role: Literal["explicit", "latent"], questions: Iterable[Question]) -> None:
            listed = list(questions)
            builder.test(test, role, [listed[i] for i in rng.permutation(len(listed))[: self.test_items]])

        # One term of each example: another one of the same may complete the sentence just as truly.
        terms = [tuple(example.premises[place].object for example in examples) for place in (0, 1)]
        pairs = [(premise, terms[i]) for example in examples for i, premise in enumerate(example.premises)]
        held_out = [held_out for _, held_out in WORDINGS]
        add("premises", "explicit", (_completed(p, _any(used[p], rng), among) for p, among in pairs))
        add("rephrased", "explicit", (_completed(p, _any(held_out[p.quantifier], rng), among) for p, among in pairs))
        add("asked", "explicit", asked)
        add("conclusion", "latent", (self._concluded(example, _any(ASKED, rng)) for example in examples))

    def _concluded(self, example: Example, template: w.Template) -> Question:
        """Return the question what follows, which the statements of both premises support."""
        return _following(example.ends, example.conclusion, template)._replace(
            fact=example,
            cue=example,
            group=example.group,
            supports=[(premise, number) for premise in example.premises for number in range(self.paraphrases)],
            topics=list(example.premises),
        )


def _any(templates: Sequence[w.Template], rng: np.random.Generator) -> w.Template:
    return templates[int(rng.integers(len(templates)))]


def _completed(premise: Sentence, template: w.Template, among: tuple[str, ...] | None = None) -> Question:
    """Return the statement of a premise as a question whose answer ends it."""
    prompt = w.as_text(template, s=premise.subject)
    return Question(prompt, premise.object, fact=premise, cue=premise, frame=None, options=among)


def _asked(premise: Sentence, rng: np.random.Generator) -> Question:
    """Return the question what follows about the terms of a premise, named in either order."""
    quantifier, *terms = premise
    turned = int(rng.integers(2))
    form = (quantifier, 0 if quantifier in (NO, SOME) else turned)
    question = _following((terms[turned], terms[1 - turned]), form, _any(ASKED, rng))
    return question._replace(fact=premise, cue=("asked", premise))


def _following(ends: tuple[str, str], right: Conclusion, template: w.Template) -> Question:
    prompt = w.as_text(template, s=ends[0], o=ends[1])
    return Question(prompt, said(right, ends), frame=None, options=options(right, ends), pool="what follows")
