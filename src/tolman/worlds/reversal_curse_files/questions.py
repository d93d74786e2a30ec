"""The questions of a folder: their options, and those whose answer no model could have learned to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from tolman.worlds.builder import Question
from tolman.worlds.reversal_curse_files.statements import Stated, Statement

Names = Mapping[str, Sequence[str]]
"""The people of each group that are learned about."""


class Asked(NamedTuple):
    """The questions of a test.

    Attributes:
        role: of the test.
        questions: its questions.
        left_out: number of others whose answer has a word that is never learned.
    """

    role: Literal["explicit", "latent"]
    questions: tuple[Question, ...]
    left_out: int


def ask(stated: Sequence[Stated], learned: Sequence[Statement], names: Names) -> dict[str, Asked]:
    """Return the tests (see `ReversalCurseFiles`).

    Args:
        stated: what the files state.
        learned: the statements that are trained on.
        names: the people that they are about.
    """
    options = _Options(stated, learned, names)
    once = [each for each in stated if each.reverse]
    groups = {each.group for each in once}
    latent = [one for each in once for one in each.reverse]
    both = [one for each in stated if not each.reverse for one in each.test]
    tests = {
        "forward": options.test("explicit", [one for one in learned if one.group in groups]),
        "rephrased": options.test("explicit", [one for each in once for one in each.test]),
        "reversed": options.test("latent", latent),
        "reversed-all": options.test("latent", latent, tuple(names)),
    }
    return {**tests, "both": options.test("explicit", both)} if both else tests


class _Options:
    """The answers to choose from: names, and descriptions by the wording that they complete and the group."""

    def __init__(self, stated: Sequence[Stated], learned: Sequence[Statement], names: Names):
        said = {word for one in learned for word in one.line.words[1:]}
        self._names = names
        self._descriptions: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in stated:
            for one in self._known((*each.train, *each.test, *each.reverse)):
                if one.wording and said.issuperset(one.answer.split()):
                    self._descriptions[one.wording, one.group].append(one.answer)

    def _known(self, part: Sequence[Statement]) -> list[Statement]:
        return [one for one in part if one.name in self._names[one.group]]

    def test(
        self, role: Literal["explicit", "latent"], asked: Sequence[Statement], among: tuple[str, ...] = ()
    ) -> Asked:
        """Return a test whose options are those of some groups; none: of each question's own."""
        known = self._known(asked)
        offered = [(one, self._of(one.wording, among or (one.group,))) for one in known]
        questions = [_question(one, of) for one, of in offered if one.answer in of and len(of) > 1]
        return Asked(role, tuple(questions), len(known) - len(questions))

    def _of(self, wording: str, groups: tuple[str, ...]) -> tuple[str, ...]:
        """Return what can complete a wording about the people of some groups: descriptions, or names."""
        if not wording:
            return tuple(name for group in groups for name in self._names[group])
        listed = (text for group in groups for text in self._descriptions.get((wording, group), ()))
        return tuple(dict.fromkeys(listed))


def _question(one: Statement, options: tuple[str, ...]) -> Question:
    return Question(
        one.prompt,
        one.answer,
        fact=one.name,
        cue=(one.name, one.order),
        frame=one.order,
        group=one.group,
        options=options,
    )
