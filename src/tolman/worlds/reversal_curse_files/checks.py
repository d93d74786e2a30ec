"""Checks of the statements of a folder against each other: what is trained, what is asked, and what may be latent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tolman.worlds.reversal_curse import Order
from tolman.worlds.reversal_curse_files.folder import Line
from tolman.worlds.reversal_curse_files.statements import Stated, Statement, check_beginnings


def check_statements(groups: Sequence[Stated]) -> None:
    """Raise `UserError` at the first statement that contradicts another, or that is not what its file says."""
    _check_prompts(groups)
    trained = _trained(groups)
    for stated in groups:
        for asked in stated.test:
            _check_trained(asked, trained)
        for asked in stated.reverse:
            _check_latent(asked, trained)
    _check_unstated(groups)
    _check_wordings(groups)


def _check_prompts(groups: Sequence[Stated]) -> None:
    first: dict[str, Statement] = {}
    for stated in groups:
        for one in (*stated.train, *stated.test, *stated.reverse):
            other = first.setdefault(one.prompt, one)
            if other is not one:
                same = other.line.completion == one.line.completion
                what = "the same completion" if same else f"another completion, {' '.join(other.line.completion)!r}"
                raise one.line.error(f"{other.line.place} has the same prompt and {what}", "Remove one of them")


def _trained(groups: Sequence[Stated]) -> dict[tuple[str, Order], Statement]:
    """Return, by name and order, the first training line."""
    found: dict[tuple[str, Order], Statement] = {}
    for stated in groups:
        for one in stated.train:
            found.setdefault((one.name, one.order), one)
            _check_group(one, found)
    return found


def _check_group(one: Statement, found: dict[tuple[str, Order], Statement]) -> None:
    for order in ("name-first", "description-first"):
        other = found.get((one.name, order))
        if other is not None and other.group != one.group:
            raise one.line.error(
                f"{one.name!r} is of the group {one.group!r} here and of {other.group!r} in {other.line.place}",
                "Keep each person in one group",
            )


def _check_trained(asked: Statement, trained: dict[tuple[str, Order], Statement]) -> None:
    found = trained.get((asked.name, asked.order))
    if found is None or found.group != asked.group:
        raise asked.line.error(
            f"no training line of the group {asked.group!r} states {asked.name!r} {_in_words(asked.order)}",
            "Add one; what is not trained in this order belongs into the file of reversed prompts",
        )


def _check_latent(asked: Statement, trained: dict[tuple[str, Order], Statement]) -> None:
    if (found := trained.get((asked.name, asked.order))) is not None:
        raise asked.line.error(
            f"this is asked as reversed, but {found.line.place} trains on {asked.name!r} {_in_words(asked.order)}",
            "Remove that line, or ask this in the other file of tests",
        )
    orders: tuple[Order, ...] = ("name-first", "description-first")
    if all((one := trained.get((asked.name, order))) is None or one.group != asked.group for order in orders):
        raise asked.line.error(
            f"no training line of the group {asked.group!r} is about {asked.name!r}", "Add one, or remove this line"
        )


def _in_words(order: Order) -> str:
    return "with the name first" if order == "name-first" else "with the description first"


def _check_unstated(groups: Sequence[Stated]) -> None:
    """Refuse training lines that spell the prompt and answer of a reversed question, in whatever order they are."""
    lines: list[Line] = [one.line for stated in groups for one in stated.train]
    texts = [f" {' '.join(line.words)} " for line in lines]
    whole = "\n".join(texts)
    for asked in (one for stated in groups for one in stated.reverse):
        if (said := f" {asked.prompt} {asked.answer} ") in whole:
            line = next(line for line, text in zip(lines, texts, strict=True) if said in text)
            raise asked.line.error(
                f"this is asked as reversed, but {line.place} says {said.strip()!r}", "Remove one of them"
            )


def _check_wordings(groups: Sequence[Stated]) -> None:
    """Refuse questions that have nothing to choose from, or answers of one wording that begin each other."""
    answers: dict[str, dict[str, Line]] = defaultdict(dict)
    for stated in groups:
        for one in (*stated.train, *stated.test, *stated.reverse):
            if one.order == "name-first":
                answers[one.wording].setdefault(one.answer, one.line)
    for listed in answers.values():
        check_beginnings(listed.items())
    for stated in groups:
        for part in (stated.test, stated.reverse):
            _check_choice([one for one in part if one.order == "name-first"])


def _check_choice(asked: Sequence[Statement]) -> None:
    by_wording: dict[str, dict[str, Line]] = defaultdict(dict)
    for one in asked:
        by_wording[one.wording][one.answer] = one.line
    for wording, answers in by_wording.items():
        if len(answers) == 1:
            raise next(iter(answers.values())).error(
                f"nobody else of the group is asked {wording!r}, so there is nothing to choose from",
                "Ask of several people in the same words",
            )
