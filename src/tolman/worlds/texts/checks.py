"""Checks of questions against the documents: their support, the documents that train for them, their options."""

from __future__ import annotations

import difflib
import itertools
from collections import defaultdict
from collections.abc import Sequence

from tolman.worlds.sources import Source
from tolman.worlds.texts.reading import TestLine, Text
from tolman.worlds.texts.words import find


def check_questions(documents: Source, texts: Sequence[Text], tests: Source, questions: Sequence[TestLine]) -> None:
    """Raise `UserError` at the first question that does not fit the documents or another question."""
    _check_roles(tests, questions)
    _check_unique(tests, questions)
    known, learned = {text.id: text for text in texts}, {word for text in texts for word in text.words[1:]}
    index = Statements(texts)
    for question in questions:
        _check_supports(tests, question, known)
        _check_context(tests, question)
        _check_trained(documents, tests, question, index)
        _check_words(tests, question, learned)
        _check_prefixes(tests, [(option, question) for option in question.options])
    for group, listed in option_lists(questions).items():
        _check_list(tests, group, listed)


def _check_roles(tests: Source, questions: Sequence[TestLine]) -> None:
    for role, why in (
        ("explicit", "nothing would show that the documents were learned"),
        ("latent", "nothing would be measured"),
    ):
        if not any(question.role == role for question in questions):
            raise tests.error(f"no question has the role {role!r}", f"Add some: without them {why}")


def _check_unique(tests: Source, questions: Sequence[TestLine]) -> None:
    first: dict[tuple[str, tuple[str, ...]], TestLine] = {}
    for question in questions:
        aside = question.role if question.role in ("context", "control") else "trained or latent"
        other = first.setdefault((aside, question.prompt), question)
        if other is not question:
            asked = " ".join(question.prompt)
            what = "twice" if other.role == question.role else f"both as {other.role} and as {question.role}"
            raise tests.error(f"{asked!r} is asked {what}", "Remove one", other.line, question.line)


def _check_supports(tests: Source, question: TestLine, known: dict[str, Text]) -> None:
    if question.role in ("explicit", "latent") and not question.supports:
        raise tests.error(
            f"this {question.role} question does not say which documents contain its answer",
            'Name them, as in "supports": ["d1"]',
            question.line,
        )
    for id in question.supports:
        if id not in known:
            near = difflib.get_close_matches(id, known, n=1)
            hint = f"Did you mean {near[0]!r}? Correct it" if near else "Use the id of a document"
            raise tests.error(f"there is no document {id!r}", hint, question.line)


def _check_context(tests: Source, question: TestLine) -> None:
    if question.role == "context" and all(find(a.split(), question.prompt) < 0 for a in question.answers):
        raise tests.error(
            f"the prompt of this context question does not contain its answer {question.answers[0]!r}",
            "Put the text that answers it before the question, or give it another role",
            question.line,
        )


class Statements:
    """Finds documents that continue a prompt with an answer."""

    def __init__(self, texts: Sequence[Text]):
        self._by_word: dict[str, list[Text]] = defaultdict(list)
        for text in texts:
            for word in dict.fromkeys(text.words):
                self._by_word[word].append(text)

    def find(self, question: TestLine) -> tuple[Text, str] | None:
        """Return the first document that says the prompt and then a right answer, with that answer."""
        rarest = min(question.prompt, key=lambda word: len(self._by_word.get(word, ())))
        for text in self._by_word.get(rarest, ()):
            for answer in question.answers:
                if find([*question.prompt, *answer.split()], text.words) >= 0:
                    return text, answer
        return None


def _check_trained(documents: Source, tests: Source, question: TestLine, index: Statements) -> None:
    found, prompt = index.find(question), " ".join(question.prompt)
    if question.role == "explicit" and found is None:
        raise tests.error(
            f"this question is explicit, but no document says '{prompt} {question.answers[0]}'",
            "Word it as the documents do, or give it the role latent",
            question.line,
        )
    if question.role == "latent" and found is not None:
        text, answer = found
        raise tests.error(
            f"this question is latent, but line {text.line} of {documents.path} trains for it: '{prompt} {answer}'",
            "Give it the role explicit, or remove that document",
            question.line,
        )


def _check_words(tests: Source, question: TestLine, learned: set[str]) -> None:
    """Refuse answers, and options of what is judged, that no model could learn to say: chance would be misjudged."""
    if question.role == "control":
        return
    choices = question.answers if question.role == "context" else (*question.answers, *question.options)
    for word in itertools.chain.from_iterable(choice.split() for choice in choices):
        if word not in learned:
            what = "answer" if any(word in answer.split() for answer in question.answers) else "option"
            raise tests.error(
                f"the {what}'s word {word!r} is in no document, save perhaps as its first word",
                "Add a document that has it elsewhere, since only words that follow others are learned",
                question.line,
            )


def option_lists(questions: Sequence[TestLine]) -> dict[str, list[tuple[str, TestLine]]]:
    """Return, by group, the answers of questions without options of their own, each with the first that has it."""
    found: dict[str, dict[str, TestLine]] = defaultdict(dict)
    for question in questions:
        for answer in () if question.options else question.answers:
            found[question.group].setdefault(answer, question)
    return {group: sorted(answers.items()) for group, answers in found.items()}


def _check_list(tests: Source, group: str, listed: Sequence[tuple[str, TestLine]]) -> None:
    """Refuse a group's answers that cannot be told apart, or of which all are right."""
    where = f"the group {group!r} has" if group else "the questions without a group have"
    for _, question in listed:
        if len(question.answers) == len(listed):
            raise tests.error(
                f"{where} no wrong answer to choose from", "Add questions to it, or options", question.line
            )
    _check_prefixes(tests, listed)


def _check_prefixes(tests: Source, listed: Sequence[tuple[str, TestLine]]) -> None:
    ordered = sorted(((answer.split(), question) for answer, question in listed), key=lambda pair: pair[0])
    for (one, question), (other, _) in itertools.pairwise(ordered):
        if other[: len(one)] == one:
            shorter, longer = " ".join(one), " ".join(other)
            raise tests.error(
                f"the answer {shorter!r} begins {longer!r}, so it would always be at least as likely",
                "Reword one, or list options that hold only one of them",
                question.line,
            )
