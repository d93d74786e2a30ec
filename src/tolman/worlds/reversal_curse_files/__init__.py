"""The reversal curse from a user's files, in the format that Berglund et al. (arXiv 2309.12288) published."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.inputs import InputFile
from tolman.core.ranges import NonNegativeInt, PositiveInt, Seed
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Part, Question, Target
from tolman.worlds.reversal_curse_files.checks import check_statements
from tolman.worlds.reversal_curse_files.folder import read_folder
from tolman.worlds.reversal_curse_files.questions import Asked, ask
from tolman.worlds.reversal_curse_files.statements import Stated, Statement, as_statements

INPUTS = {
    "folder": InputFile(
        field="folder",
        kind="folder",
        help="A folder of *_prompts_train.jsonl and *_prompts_test.jsonl, each line with prompt and completion.",
    )
}


@dataclasses.dataclass(frozen=True)
class ReversalCurseFiles(AbstractWorld):
    """People and descriptions from a folder, each group stated by name first, by description first, or both ways.

    A statement is a prompt with its completion; every word but its first is learned. Whose it is and in which order
    follows from the name, two or more words in capitals. Documents of the kind "name" hold a name alone, so that every
    name is a target. Every seed has the same documents and questions, in another order.

    The answer to a question is a name, or a description: the completion without the punctuation that ends it. Options
    are the names of the group, or what completes the same prompt for its other people. Descriptions with a word that no
    statement teaches are left out, as no model could say them.

    Tests, of groups whose folder has reversed prompts:
        forward: explicit, training prompts.
        rephrased: explicit, the prompts of `GROUP_prompts_test.jsonl`.
        reversed: latent, the prompts of `GROUP_reverse_prompts_test.jsonl`.
        reversed-all: latent, the same with the options of all groups.
    Of other groups:
        both: explicit, the prompts of `GROUP_prompts_test.jsonl`.

    Attributes:
        folder: see `read_folder`. Records keep the digest of what its lines say, not the path.
        folder_digest: filled in from the files.
        people: most people of a group; 0 = all. Fewer are a random sample, the same for every seed.
        paraphrases: most statements of a person in an order; 0 = all, sampled likewise.
        sample_seed: of these samples.
        test_items: most questions of a test.
    """

    version: ClassVar[int] = 1
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    folder: str = dataclasses.field(default="", metadata={"key": False})
    folder_digest: str = ""
    people: NonNegativeInt = 10
    paraphrases: NonNegativeInt = 2
    sample_seed: Seed = 0
    test_items: PositiveInt = 96

    def __post_init__(self) -> None:
        if not self.folder:
            raise UserError("the world 'reversal-curse-files' needs a folder: give one with --folder DIR")
        if self.people == 1:
            raise UserError("people is 1; expected 0 (all of a group), or 2 or more")
        digest = _digest(self.stated)
        if self.folder_digest and self.folder_digest != digest:
            raise UserError(
                f"{self.folder} has changed since it was read; start again so that the same files are used throughout"
            )
        object.__setattr__(self, "folder_digest", digest)
        for name, test in self._tests.items():
            if not test.questions:
                raise UserError(
                    f"{self.folder}: no question of the test {name!r} is left; expected two people of a group or more, "
                    f"and answers whose words are all learned: add lines, or learn more with -P world.paraphrases=0"
                )

    @functools.cached_property
    def stated(self) -> tuple[Stated, ...]:
        """The statements of the files, by group."""
        stated = as_statements(read_folder(self.folder))
        check_statements(stated)
        ordered = lambda part: tuple(sorted(part, key=lambda one: one.prompt))  # noqa: E731
        return tuple(Stated(each.group, *map(ordered, each[1:])) for each in stated)

    @functools.cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The people of each group that are learned about."""
        rng = np.random.default_rng([self.sample_seed, 5])
        everyone = {each.group: sorted({one.name for one in each.train}) for each in self.stated}
        return {group: tuple(_sample(names, self.people, rng)) for group, names in everyone.items()}

    @functools.cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that are learned."""
        rng = np.random.default_rng([self.sample_seed, 6])
        by_person: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in self.stated:
            for one in each.train:
                if one.name in self.names[one.group]:
                    by_person[one.name, one.order].append(one)
        return tuple(one for person in sorted(by_person) for one in _sample(by_person[person], self.paraphrases, rng))

    @functools.cached_property
    def _tests(self) -> dict[str, Asked]:
        return ask(self.stated, self.statements, self.names)

    @functools.cached_property
    def _vocabulary(self) -> list[str]:
        """All words of statements and questions, whichever of these a seed asks."""
        questions = [question for test in self._tests.values() for question in test.questions]
        asked = {text for question in questions for text in (question.prompt, *(question.options or ()))}
        return sorted({word for one in self.statements for word in one.line.words}.union(*map(str.split, asked)))

    def sizes(self) -> dict[str, int]:
        total = sum(len(each.train) for each in self.stated)
        sampled = {"sampled_from": total} if len(self.statements) < total else {}
        return {"statements": len(self.statements), "people": sum(map(len, self.names.values())), **sampled}

    def notice(self) -> str:
        sizes, said = self.sizes(), ""
        if "sampled_from" in sizes:
            said = (
                f"Of {sizes['sampled_from']:,} training lines a random sample of {sizes['statements']:,} is learned. "
                f"-P world.people=N and -P world.paraphrases=N change that (0 = all), at the price of time. "
            )
        left_out = sum(test.left_out for test in self._tests.values())
        asked = left_out + sum(len(test.questions) for test in self._tests.values())
        if left_out:
            said += f"{left_out:,} of {asked:,} questions are left out: no statement teaches all words of the answer."
        return said.strip()

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        builder, names = Builder(), [name for group in self.names.values() for name in group]
        for name in names:
            builder.vocabulary.words(name, "entity")
        for word in self._vocabulary:
            builder.vocabulary.words(word)
        for one in _shuffled(self.statements, rng):
            builder.document(*_parts(one), kind="statement", topics=[one.name])
        for name in names:
            builder.document(":", Target(name), kind="name", topics=[name])
        for name, test in self._tests.items():
            builder.test(name, test.role, _shuffled(test.questions, rng)[: self.test_items])
        return builder.build(memory=["statement"])


def _sample(items: Sequence[Any], most: int, rng: np.random.Generator) -> list[Any]:
    """Return at most so many of the items, in their order; 0 = all."""
    if not most or len(items) <= most:
        return list(items)
    return [items[i] for i in sorted(rng.choice(len(items), most, replace=False).tolist())]


def _shuffled(items: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    return [items[i] for i in rng.permutation(len(items))]


def _digest(groups: Sequence[Stated]) -> str:
    """Return the SHA-256 of what groups of people state, in a fixed order."""
    content = [
        [each.group, *([[one.prompt, *one.line.completion] for one in part] for part in each[1:])] for each in groups
    ]
    text = json.dumps(["tolman reversal curse 1", *content], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(one: Statement) -> list[Part]:
    """Return a statement as a document: its first word is read, and all others are targets."""
    first, _, begun = one.prompt.partition(" ")
    answer = Question("", one.answer, fact=one.name, cue=(one.name, one.order), frame=one.order)
    return [first, Target(begun), answer, Target(one.rest)]
