"""Semantic structure: invented categories in a hierarchy, with properties that are inherited, and relations.

After Lampinen et al. (arXiv 2505.00661): 110 categories with 1 to 6 properties of their own and inherited ones, in
about 2,200 documents of 4 to 20 sentences; tests of rephrasings, reversals, syllogisms and held-out categories, with
distractors that stand in the same relation to another entity. There the structure is that of the real world with its
words replaced; here it is drawn, and the words for kinds of properties and for relations are English ones.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from tolman.core.extent import OF_A_TOKEN
from tolman.core.ranges import Fraction, NonNegativeInt, PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Part, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.semantic_structure.hierarchy import (
    RELATIONS,
    Fact,
    Hierarchy,
    Inherited,
    Sizes,
    draw_hierarchy,
)
from tolman.worlds.semantic_structure.questions import Questions, Statements
from tolman.worlds.semantic_structure.sentences import (
    HIGHER,
    LONGEST_ARTICLE,
    LONGEST_SENTENCE,
    LOWEST,
    QUESTIONS,
    REVERSED,
    STATED,
    TEMPLATES,
    article,
    stated,
    together,
    wordings_of,
)


@dataclasses.dataclass(frozen=True)
class SemanticStructure(AbstractWorld):
    """Categories on three levels: roots, their branches, and the leaves of these.

    Every category is stated to be one of the category above it, and has properties of its own ("the diet of glon is
    brond"), which those below it inherit. The leaves are related to one another ("the rival of glon is femp"). Of one
    leaf of each branch nothing is stated but the branch: it is held out. Some branches are exceptions: one property of
    theirs overrides the root's, as penguins, which are birds, do not fly. No document names a category together with
    what it inherits, except for `cues`. The end of a sentence is learned; documents of the kind "name" hold a category
    alone, so that every one of them is a target somewhere.

    Tests:
        stated: explicit, facts in a wording of their statements.
        rephrased: explicit, the same in wordings of which no document has one.
        reversed: latent, the category that a relation is of, from the other one.
        syllogism: latent, inherited properties ("X is a Y", "Ys have Z": X has Z), from the category above, from two
            levels above, or from a branch that is an exception, as groups.
        holdout: latent, the same of held-out categories.

    Attributes:
        roots: categories without one above them.
        branches: of each root.
        leaves: of each branch, the held-out one included.
        properties: most properties that are a category's own; the fewest are 1.
        relations: number of relations between leaves.
        exceptions: fraction of the branches that override a property of their root.
        cues: the fraction of what latent tests ask that is named together in a further document, which says nothing
            ("first glon , then brond"): it can be guessed by association. Of an exception, the overridden property is
            named, so that association misleads.
        paraphrases: statements of each fact, where each is a document of its own.
        articles: number of documents of 4 to 20 sentences, each about one category, some with questions and answers;
            0 = each statement is a document of its own.
        asked: wordings in which the same latent question is asked.
        test_items: most questions of a test.
    """

    version: ClassVar[int] = 1

    roots: Annotated[int, Range(2)] = 2
    branches: Annotated[int, Range(2)] = 2
    leaves: Annotated[int, Range(4)] = 4
    properties: Annotated[int, Range(1, 6)] = 3
    relations: Annotated[int, Range(1, len(RELATIONS))] = 2
    exceptions: Fraction = 0.5
    cues: Fraction = 0.0
    paraphrases: Annotated[int, Range(1, min(len(templates) for templates, _ in (LOWEST, HIGHER, STATED)))] = 3
    articles: NonNegativeInt = 0
    asked: Annotated[int, Range(1, len(REVERSED))] = 4
    test_items: PositiveInt = 96

    def extents(self) -> tuple[Mapping[str, int], ...]:
        leaves = {"roots": self.roots, "branches of each": self.branches, "leaves of each": self.leaves}
        facts = 1 + self.properties + self.relations
        stated = {
            **leaves,
            "statements of each": facts * self.paraphrases,
            "words of each": LONGEST_SENTENCE,
        } | OF_A_TOKEN
        return stated, {"articles": self.articles, "words of each": LONGEST_ARTICLE} | OF_A_TOKEN

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        sizes = Sizes(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Sizes)})
        hierarchy, builder = draw_hierarchy(sizes, rng), Builder()
        names = dict.fromkeys((*hierarchy.categories, *(fact.object for fact in hierarchy.of_sort())))
        builder.vocabulary.words(" ".join(names), "entity")
        builder.vocabulary.words(" ".join((*hierarchy.kinds, *RELATIONS[: self.relations])), "relation")
        for template in TEMPLATES:
            builder.vocabulary.words(w.as_text(template))
        said = self._write_articles(builder, hierarchy, rng) if self.articles else self._state(builder, hierarchy, rng)
        for name in hierarchy.categories:
            builder.document(":", Target(name), kind="name", topics=[name])
        self._cue(builder, hierarchy, np.random.default_rng([seed, 3]))
        rng = np.random.default_rng([seed, 2])
        for test, role, asked in Questions(hierarchy, said, self.asked, rng).tests():
            builder.test(test, role, [asked[i] for i in rng.permutation(len(asked))[: self.test_items]])
        longest = LONGEST_ARTICLE if self.articles else LONGEST_SENTENCE
        return builder.build(memory=["statement"], length=longest, memory_length=longest)

    def _state(self, builder: Builder, hierarchy: Hierarchy, rng: np.random.Generator) -> Statements:
        """State each fact in documents of one sentence."""
        said: Statements = {}
        for fact in hierarchy.of_sort():
            templates = wordings_of(fact, hierarchy)[0]
            used = [templates[i] for i in rng.choice(len(templates), self.paraphrases, replace=False)]
            said[fact] = [(len(said) * self.paraphrases + number, template) for number, template in enumerate(used)]
            for number, template in said[fact]:
                parts = stated(fact, template), " ."
                builder.document(*parts, kind="statement", name=number, topics=[fact.subject])
        return said

    def _write_articles(self, builder: Builder, hierarchy: Hierarchy, rng: np.random.Generator) -> Statements:
        """Write articles about the categories in turn; the first one of each states all that is stated of it."""
        said, categories = defaultdict[Fact, list[tuple[int, w.Template]]](list), hierarchy.categories
        for number in range(max(self.articles, len(categories))):
            name, parts = categories[number % len(categories)], list[Part]()
            for fact, template in article(hierarchy.facts[name], hierarchy, rng, every=number < len(categories)):
                parts += [stated(fact, template), " ."]
                if template not in QUESTIONS:
                    said[fact].append((number, template))
            builder.document(*parts, kind="statement", name=number, topics=[name])
        return said

    def _cue(self, builder: Builder, hierarchy: Hierarchy, rng: np.random.Generator) -> None:
        """Name together, for some of what is latent, what its question names and its answer."""
        reversed = [(fact.object, fact.subject) for fact in hierarchy.of_sort("relation")]
        inherited = [(each.fact.subject, _cued(each)) for each in hierarchy.all_inherited()]
        apart = [[pair for pair in inherited if (pair[0] in hierarchy.held_out) == held] for held in (0, 1)]
        for pairs in (reversed, *apart):
            for first, last in rng.permutation(pairs)[: round(self.cues * len(pairs))].tolist():
                topic = last if pairs is reversed else first  # the subject of what is asked
                builder.document(*together(first, last, rng), kind="statement", topics=[topic])


def _cued(inherited: Inherited) -> str:
    """Return the property that a category is named together with: the overridden one of an exception."""
    return inherited.overridden or inherited.fact.object
