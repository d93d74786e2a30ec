"""The reversal curse: invented people and their descriptions, stated in one order or in both.

After Berglund et al. (arXiv 2309.12288): people of one group are stated by name first, those of another by description
first, those of a third both ways. The published set has 30 people a group, 30 paraphrases of each to train on and 10 to
test; the default here fits a context of 1,900 words.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple, get_args

import numpy as np

from tolman.core.extent import OF_A_TOKEN
from tolman.core.inputs import InputFile
from tolman.core.ranges import PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.names import open_words

Group = Literal["name-first", "description-first", "both"]
Order = Literal["name-first", "description-first"]

ROLES = (
    *("composer", "director", "inventor", "founder", "author", "architect"),
    *("designer", "painter", "captain", "editor", "owner", "teacher"),
)

NAME_FIRST, DESCRIPTION_FIRST = w.ending_in(w.REVERSE, w.SUBJECT, 5), w.ending_in(w.FORWARD, w.OBJECT, 5)
"""Sentences that end in the work ("p is the composer of w"), or in the person ("the composer of w is p")."""

FILES = {
    "folder": InputFile(
        help="Your own or the published people, in place of invented ones.", makes="reversal-curse-files", kind="folder"
    )
}


class Person(NamedTuple):
    """A person: a name of two words, and a description, which is a role and a work of two words."""

    group: Group
    name: str
    role: str
    work: str


@dataclasses.dataclass(frozen=True)
class ReversalCurse(AbstractWorld):
    """Invented people, each with a name and a description ("the composer of Abyssal Melodies").

    A statement is one sentence. Its last part, work or name, is learned; what that was asked for in the other order is
    latent. Documents of the kind "name" hold a name or a work alone, so that every one of them is a target somewhere.

    Tests:
        forward: explicit, both groups in the order and in a wording of their statements.
        rephrased: explicit, the same order in wordings of which no document has one.
        reversed: latent, the other order.
        reversed-all: latent, the same with the names of all groups as options.
        both: explicit, people stated in both orders, in either.

    Attributes:
        name_first, description_first, both: people of each group.
        paraphrases: statements of each person, and each order.
        test_items: most questions of a test.
    """

    version: ClassVar[int] = 1
    inputs: ClassVar[Mapping[str, InputFile]] = FILES

    name_first: Annotated[int, Range(4)] = 30
    description_first: Annotated[int, Range(4)] = 15
    both: Annotated[int, Range(4)] = 15
    paraphrases: Annotated[int, Range(1, min(len(NAME_FIRST[0]), len(DESCRIPTION_FIRST[0])))] = 3
    test_items: PositiveInt = 96

    def extents(self) -> tuple[Mapping[str, int], ...]:
        people = self.name_first + self.description_first + self.both
        asked = min(self.test_items, 2 * people)
        stated = {"people": people, "statements of each": 2 * self.paraphrases, "words of each": 16} | OF_A_TOKEN
        return stated, {"people": people, "questions that name them": 5 * asked, "words of each": 2}

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        people = self._people(rng)
        builder = Builder()
        for word in sorted({word for person in people for word in f"{person.name} {person.work}".split()}):
            builder.vocabulary.words(word, "entity")
        builder.vocabulary.words(" ".join(ROLES), "relation")
        for template in itertools.chain(*NAME_FIRST, *DESCRIPTION_FIRST):
            builder.vocabulary.words(w.as_text(template))
        stated = {person: self._state(builder, person, rng) for person in people}
        for person in people:
            for text in (person.name, person.work):
                builder.document(":", Target(text), kind="name", topics=[text])
        _ask(builder, stated, self.test_items, np.random.default_rng([seed, 2]))
        return builder.build(memory=["statement"])

    def _people(self, rng: np.random.Generator) -> list[Person]:
        sizes: dict[Group, int] = {
            "name-first": self.name_first,
            "description-first": self.description_first,
            "both": self.both,
        }
        groups: list[Group] = [group for group, size in sizes.items() for _ in range(size)]
        words = iter(open_words(rng, 4 * len(groups)))
        roles = rng.choice(ROLES, len(groups)).tolist()
        pair = lambda: f"{next(words)} {next(words)}"  # noqa: E731
        return [Person(group, pair(), role, pair()) for group, role in zip(groups, roles, strict=True)]

    def _state(self, builder: Builder, person: Person, rng: np.random.Generator) -> dict[Order, list[w.Template]]:
        """State a person in the orders of its group, and return the wordings used in each."""
        used: dict[Order, list[w.Template]] = {}
        for order in orders(person.group):
            trained = wordings(order)[0]
            used[order] = [trained[i] for i in rng.choice(len(trained), self.paraphrases, replace=False)]
            for template in used[order]:
                builder.document(asked(person, order, template), " .", kind="statement", topics=[person.name])
        return used


def orders(group: Group) -> tuple[Order, ...]:
    """Return the orders in which a group is stated."""
    return ("name-first", "description-first") if group == "both" else (group,)


def other(order: Order) -> Order:
    """Return the other order."""
    return "description-first" if order == "name-first" else "name-first"


def wordings(order: Order) -> tuple[tuple[w.Template, ...], tuple[w.Template, ...]]:
    """Return the wordings of an order: those of documents, and those that only tests use."""
    return NAME_FIRST if order == "name-first" else DESCRIPTION_FIRST


def asked(person: Person, order: Order, template: w.Template, options: Sequence[str] | None = None) -> Question:
    """Return the statement of a person as a question whose answer ends it."""
    begun = {"r": person.role, **({"o": person.name} if order == "name-first" else {"s": person.work})}
    return Question(
        w.as_text(template, **begun),
        person.work if order == "name-first" else person.name,
        fact=person.name,
        cue=(person.name, order),
        frame=order,
        group=person.group,
        options=options,
    )


def _ask(
    builder: Builder,
    stated: dict[Person, dict[Order, list[w.Template]]],
    most: int,
    rng: np.random.Generator,
) -> None:
    def add(test: str, role: Literal["explicit", "latent"], questions: Iterable[Question]) -> None:
        listed = list(questions)
        builder.test(test, role, [listed[i] for i in rng.permutation(len(listed))[:most]])

    def options(order: Order, *groups: Group) -> tuple[str, ...]:
        among = [one for one in stated if one.group in groups]
        return tuple(one.work if order == "name-first" else one.name for one in among)

    def ask(person: Person, order: Order, choices: Sequence[w.Template]) -> Question:
        return asked(person, order, choices[int(rng.integers(len(choices)))], options(order, person.group))

    every: dict[Order, tuple[str, ...]] = {order: options(order, *get_args(Group)) for order in orders("both")}
    once: list[tuple[Person, Order]] = [
        (person, orders(person.group)[0]) for person in stated if person.group != "both"
    ]
    both = [person for person in stated if person.group == "both"]
    twice: list[tuple[Person, Order]] = [(person, order) for person in both for order in orders("both")]
    turned: list[tuple[Person, Order]] = [(person, other(order)) for person, order in once]
    reversed = [ask(person, order, wordings(order)[0]) for person, order in turned]
    add("forward", "explicit", (ask(person, order, stated[person][order]) for person, order in once))
    add("rephrased", "explicit", (ask(person, order, wordings(order)[1]) for person, order in once))
    add("reversed", "latent", reversed)
    add("reversed-all", "latent", [q._replace(options=every[o]) for q, (_, o) in zip(reversed, turned, strict=True)])
    add("both", "explicit", (ask(person, order, stated[person][order]) for person, order in twice))
