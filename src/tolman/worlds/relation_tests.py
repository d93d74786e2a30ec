"""Tests that ask for facts of relations: in both directions, in the wrong frame, and with the fact in the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import Experiences, Role, TestSet, token_rows
from tolman.worlds.documents import MAX_SUPPORTS, Item, by_elimination, closed, make_test
from tolman.worlds.relations import COLUMNS, FORWARD, REVERSE, CorpusPlan, FactBase, Statement, statement_rows, write


class RelationQuestion(NamedTuple):
    """A fact asked for in a direction: the name given, those that are right, and the facts that say so.

    `asked_in` is the direction of the question's wording, another than `direction` in the wrong frame. `through` is a
    fact whose object the question is about: it then gives that fact's subject.
    """

    fact: int
    relation: int
    direction: int
    given: int
    answers: tuple[int, ...]
    facts: tuple[int, ...]
    asked_in: int
    through: int | None = None


class RelationTests:
    """Writes tests about a base of facts.

    Args:
        base: the facts.
        plan: how much filler stands before a question.
        label: names a fact by subject, relation and object, whatever order the facts come in.
        rng: draws the filler, and which of equally hard options stand.
        max_options: most options of a question: the right ones, and those of the wrong ones that share most words with
            one of them. 0 = all names that answer a question of the same frame.
    """

    def __init__(
        self,
        base: FactBase,
        plan: CorpusPlan,
        label: Callable[[int], Sequence[str]],
        rng: np.random.Generator,
        max_options: int = 0,
    ):
        self.base, self.plan, self.label, self.rng, self.max_options = base, plan, label, rng, max_options
        self.rows = statement_rows(base)
        frames = [(direction, relation) for direction in COLUMNS for relation in range(len(base.relations))]
        self.names = {frame: self._names(*frame) for frame in frames}

    def question(self, fact: int, direction: int) -> RelationQuestion:
        """Return the ordinary question about a fact, with all its right answers."""
        facts, (given, answers) = self.base.facts, COLUMNS[direction]
        relation, name = int(facts[fact, 1]), int(facts[fact, given])
        same = np.flatnonzero((facts[:, 1] == relation) & (facts[:, given] == name))
        right = tuple(np.unique(facts[same, answers]).tolist())
        return RelationQuestion(fact, relation, direction, name, right, facts=tuple(same.tolist()), asked_in=direction)

    def wrong_frame(self, fact: int) -> RelationQuestion:
        """Return the object with the *forward* relation, scored for the subject.

        Ask it of objects that are no subject of the relation (`never_subjects`): of others it is a trained question
        with another answer.
        """
        subject, relation, obj = self.base.facts[fact].tolist()
        return RelationQuestion(fact, relation, REVERSE, obj, (subject,), facts=(fact,), asked_in=FORWARD)

    def two_hop(self, first: int, second: int, ends: tuple[int, ...]) -> RelationQuestion:
        """Return the question that gives the subject of a fact and asks for an object of its object."""
        return RelationQuestion(
            fact=second,
            relation=int(self.base.facts[second, 1]),
            direction=FORWARD,
            given=int(self.base.facts[first, 0]),
            answers=ends,
            facts=(first, second),
            asked_in=FORWARD,
            through=first,
        )

    def test(
        self,
        name: str,
        role: Role,
        questions: Sequence[RelationQuestion],
        *,
        stated: bool = False,
        untrained: bool = False,
    ) -> TestSet:
        """Return a test of the questions that have a wrong answer.

        Args:
            name: the test's.
            role: the test's.
            questions: what is asked.
            stated: whether each prompt states the fact first.
            untrained: whether options are only those names that answer no other trained question of the frame. A model
                that avoids them, as they were never targets there, is not at a disadvantage then.
        """
        asked = [self._offer(question, untrained) for question in questions]
        asked = [(question, names) for question, names in asked if 0 < len(question.answers) < len(names)]
        questions, names = [question for question, _ in asked], [offered for _, offered in asked]
        prompts = self._prompts(questions, stated)
        spelled = [self._spelled(question, offered) for question, offered in zip(questions, names, strict=True)]
        # A test without questions has options too, so that it has the same shape as any other.
        options = sorted(set(spelled)) or [((0,),)]
        choices = [options.index(answers) for answers in spelled]
        items = [self._item(name, *asked) for asked in zip(questions, names, choices, strict=True)]
        return make_test(name, role, prompts, items, options)

    def _item(self, test: str, asked: RelationQuestion, names: tuple[int, ...], choice: int) -> Item:
        fact = self.label(asked.fact)
        begun = () if asked.through is None else self.label(asked.through)
        return Item(
            id=f"{test}/{_joined(*begun, *fact)}",
            correct=[names.index(answer) for answer in asked.answers],
            choice=choice,
            cue=self._cue(asked),
            fact=asked.fact,
            supports=[row for fact in asked.facts for row in self.rows[fact]][:MAX_SUPPORTS],
            topics=asked.facts,
            group=fact[1],
            elimination=by_elimination(asked.answers, self._untrained(asked, names)),
            pool=asked.relation,
        )

    def _cue(self, asked: RelationQuestion) -> int:
        base = self.base
        if asked.through is None:
            return base.cue(asked.asked_in, asked.relation, asked.given)
        after = base.cue(len(COLUMNS), 0, 0)
        return after + asked.through * len(base.relations) + asked.relation

    def _offer(self, asked: RelationQuestion, untrained: bool) -> tuple[RelationQuestion, tuple[int, ...]]:
        """Return the question with those of its answers that are offered, and all names that are."""
        if not untrained:
            return asked, self._offered(asked)
        names = self._left(asked)
        return asked._replace(answers=tuple(name for name in asked.answers if name in names)), names

    def _offered(self, asked: RelationQuestion) -> tuple[int, ...]:
        """Return the names that are offered as answers, in the order of their numbers."""
        names = self.names[asked.direction, asked.relation]
        if not self.max_options or len(names) <= self.max_options:
            return names
        words = [{*self.base.names[answer]} for answer in asked.answers]
        wrong = self.rng.permutation(np.setdiff1d(names, asked.answers)).tolist()
        wrong.sort(key=lambda name: -max(len(each & set(self.base.names[name])) for each in words))
        room = max(1, self.max_options - len(asked.answers))
        return tuple(sorted((*asked.answers, *wrong[:room])))

    def _left(self, asked: RelationQuestion) -> tuple[int, ...]:
        """Return the names of the frame that answer no other trained question of it."""
        return tuple(sorted(self._untrained(asked, self.names[asked.direction, asked.relation])))

    def _names(self, direction: int, relation: int) -> tuple[int, ...]:
        """Return the options of a frame: every name that answers one of its questions."""
        answers = self.base.facts[self.base.facts[:, 1] == relation, COLUMNS[direction][1]]
        return tuple(np.unique(answers).tolist())

    def _spelled(self, asked: RelationQuestion, names: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        after = self.base.relations[asked.relation][asked.direction].after
        return closed([self.base.names[name] for name in names], after[:1])

    def _untrained(self, asked: RelationQuestion, names: tuple[int, ...]) -> set[int]:
        """Return the options that answer no other trained question of the frame; all where it asks for no such name."""
        if asked.asked_in != asked.direction or asked.through is not None:
            return set(names)
        facts, (given, answers) = self.base.facts, COLUMNS[asked.direction]
        others = (facts[:, 1] == asked.relation) & (facts[:, given] != asked.given)
        trained = others & ~self.base.held if asked.direction == REVERSE else others
        return set(names) - set(facts[trained, answers].tolist())

    def _prompts(self, questions: Sequence[RelationQuestion], stated: bool) -> Experiences:
        """Return the prompts; a statement before a question is an experience of its own."""
        context = [self._context(question, stated) for question in questions]
        asked = [self._question(each) for each in questions]
        made = token_rows([before + prompt for before, prompt in zip(context, asked, strict=True)])
        lengths = np.array([len(before) if stated else 0 for before in context])
        of_question = np.arange(made.length) >= lengths[:, None]
        return made._replace(segment=(of_question & (lengths > 0)[:, None] & made.valid).astype(np.int32))

    def _question(self, asked: RelationQuestion) -> list[int]:
        if asked.through is None:
            return self.base.question(asked.asked_in, asked.relation, asked.given)
        begun = self.base.question(FORWARD, int(self.base.facts[asked.through, 1]), asked.given)
        return [*begun, *self.base.relations[asked.relation][FORWARD].between]

    def _context(self, asked: RelationQuestion, stated: bool) -> list[int]:
        longest = self.plan.inner_filler if stated else self.plan.filler
        context = [Statement(asked.fact, FORWARD, 0.0)] if stated else []
        gaps = self.base.gaps(self.rng, longest, len(context) + 1, last_odd=True)
        return write(self.base, self.base.facts, context, gaps).tokens


def _joined(*names: str) -> str:
    """Return names as one, which no other names give: a bar within a name is marked by a backslash."""
    return "|".join(name.replace("\\", "\\\\").replace("|", "\\|") for name in names)


def standard_tests(tests: RelationTests, max_items: int, rng: np.random.Generator) -> tuple[TestSet, ...]:
    """Return the six tests of a world of reversals, each of at most `max_items` items.

    Two are left out where the facts allow no question of theirs: the one among answers that were never targets, and
    the one in the wrong frame.
    """
    base = tests.base
    explicit, held = np.flatnonzero(~base.held), np.flatnonzero(base.held)
    one_way = held[never_subjects(base.facts)[held]]

    def chosen(facts: np.ndarray) -> list[int]:
        return sorted(rng.permutation(facts)[:max_items].tolist())

    def ask(facts: np.ndarray, direction: int) -> list[RelationQuestion]:
        return [tests.question(fact, direction) for fact in chosen(facts)]

    latent = ask(held, REVERSE)
    wrong = [tests.wrong_frame(fact) for fact in chosen(one_way)]
    every = (
        tests.test("forward", "explicit", ask(np.arange(len(base.facts)), FORWARD)),
        tests.test("reverse", "explicit", ask(explicit, REVERSE)),
        tests.test("latent", "latent", latent),
        tests.test("latent-untrained", "variant", latent, untrained=True),
        tests.test("in-context", "context", latent, stated=True),
        tests.test("wrong-frame", "control", wrong),
    )
    return tuple(test for test in every if len(test) or test.role not in ("variant", "control"))


def never_subjects(facts: np.ndarray) -> np.ndarray:
    """Return for which of the facts `[f, 3]` the object is the subject of no fact of the same relation."""
    subjects = set(map(tuple, facts[:, :2].tolist()))
    return np.array([(obj, relation) not in subjects for _, relation, obj in facts.tolist()], bool)
