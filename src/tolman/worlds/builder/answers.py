"""Options in words, and what is known about the questions that they answer."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from tolman.core.experience import NONE
from tolman.core.world import LeakError
from tolman.worlds.documents import Document, Vocabulary


class Options(NamedTuple):
    """A list of answers to choose from: its number among all lists, and the place of each answer, in order."""

    number: int
    places: dict[tuple[int, ...], int]


class OptionLists:
    """The lists of options of all tests, each kept once."""

    def __init__(self, vocabulary: Vocabulary):
        self._vocabulary = vocabulary
        self._found: dict[tuple[tuple[int, ...], ...], Options] = {}
        self._read: tuple[tuple[str, ...], Options] | None = None

    def add(self, texts: tuple[str, ...]) -> Options:
        """Return the list of these answers.

        Raises:
            ValueError: an answer is empty, appears twice or begins another one.
        """
        # Questions in a row mostly share one tuple, which is not read again for each of them.
        if self._read is not None and self._read[0] is texts:
            return self._read[1]
        answers = tuple([self._vocabulary.words(text) for text in texts])
        if answers not in self._found:
            _check(texts, answers)
            places = {answer: place for place, answer in enumerate(answers)}
            self._found[answers] = Options(len(self._found), places)
        self._read = texts, self._found[answers]
        return self._found[answers]


def _check(texts: Sequence[str], answers: Sequence[tuple[int, ...]]) -> None:
    if len(answers) < 2:
        raise ValueError(f"the options are {', '.join(map(repr, texts)) or 'empty'}; expected at least two")
    ordered = sorted(zip(answers, texts, strict=True))
    for (one, text), (other, longer) in itertools.pairwise(ordered):
        if not one:
            raise ValueError("an option is empty; give it at least one word")
        if one == other:
            raise ValueError(f"the option {text!r} appears twice; remove one")
        if other[: len(one)] == one:
            raise ValueError(
                f"the option {text!r} begins {longer!r}, so it would always be at least as likely; "
                f"end both with a word of their own, for example {text + ' .'!r}"
            )


class TrainedAnswers:
    """The answers that documents train for, by the frame of their questions."""

    def __init__(self) -> None:
        self._cues: dict[Hashable, dict[tuple[int, ...], set[int]]] = defaultdict(lambda: defaultdict(set))

    def add(self, frame: Hashable, cue: int, answer: tuple[int, ...]) -> None:
        """Note that the question `cue` of a frame is trained for with this answer."""
        self._cues[frame][answer].add(cue)

    def among(self, frame: Hashable, options: Options) -> Eliminated:
        """Return what the trained questions of a frame rule out of these options."""
        answers = {} if frame is None else self._cues[frame]
        return Eliminated(len(options.places), {o: answers[a] for a, o in options.places.items() if a in answers})


class Eliminated:
    """Options that answer trained questions.

    Args:
        count: number of options.
        cues: by the place of an option, the trained questions that it answers.
    """

    def __init__(self, count: int, cues: dict[int, set[int]]):
        self._cues, self._left = cues, count - len(cues)
        self._own = Counter(cue for asked in cues.values() if len(asked) == 1 for cue in asked)

    def chance(self, cue: int, correct: Sequence[int]) -> float:
        """Return the chance of a guess among the options that answer no trained question other than `cue`."""
        left = self._left + self._own[cue]
        return sum(self._cues.get(place, {cue}) == {cue} for place in correct) / max(1, left)


class Answered(NamedTuple):
    """An answer's tokens with the question that it answers.

    Attributes:
        answer: the tokens.
        cue, frame: of the question.
        fact: what the answer expresses.
        latent: the question's item id if it is latent, else "".
    """

    answer: tuple[int, ...]
    cue: int
    fact: int
    frame: Hashable
    latent: str


class PromptIndex:
    """The prompts of all tests, to be found in documents that spell them out."""

    def __init__(self) -> None:
        # By the prompt's last token and its length, so that most steps of a document cost one look.
        self._tables: dict[int, dict[int, dict[tuple[int, ...], list[Answered]]]] = {}

    def add(self, prompt: tuple[int, ...], answered: Answered) -> None:
        """Note a question and one of its right answers."""
        self._tables.setdefault(prompt[-1], {}).setdefault(len(prompt), {}).setdefault(prompt, []).append(answered)

    def annotate(self, document: Document) -> list[Answered]:
        """Give the cue and fact of a question to targets that follow its prompt and spell its answer.

        Returns:
            Those questions, each with the answer that was found.

        Raises:
            LeakError: one of the questions is latent.
        """
        tokens, seen = document.tokens, []
        for step in range(1, len(tokens)):
            if tokens[step - 1] in self._tables and document.weight[step] > 0:
                for found in self._answered(tokens, step):
                    if found.latent:
                        raise LeakError(f"a document trains for {found.latent!r}, which should be latent")
                    if document.cue[step] == NONE:
                        end = step + len(found.answer)
                        document.cue[step:end] = [found.cue] * len(found.answer)
                        document.fact[step:end] = [found.fact] * len(found.answer)
                        seen.append(found)
        return seen

    def _answered(self, tokens: list[int], step: int) -> Iterator[Answered]:
        for length, table in self._tables[tokens[step - 1]].items():
            for found in table.get(tuple(tokens[max(0, step - length) : step]), ()):
                if tuple(tokens[step : step + len(found.answer)]) == found.answer:
                    yield found
