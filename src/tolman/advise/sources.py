"""What advice is asked about: a table of facts, documents, or prose, each as the study that is run on it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tolman.advise.approaches import Approach, MaterialKind, chosen, references
from tolman.advise.cloze import ProseFiles, write_prose
from tolman.advise.prose import SUFFIXES, Marked, read_folder, read_text
from tolman.advise.results import Material
from tolman.core.errors import UserError
from tolman.report.words import amounts, count, percent
from tolman.studies.language.facts import FactsStudy
from tolman.studies.language.locality import described
from tolman.studies.language.texts import TextsStudy
from tolman.worlds.facts import Facts
from tolman.worlds.facts.formats import READERS
from tolman.worlds.facts.table import default_inverse
from tolman.worlds.texts import Texts
from tolman.worlds.texts.reading import read_documents

CURVE_POINTS = 8
"""Points of a learning curve, about as many."""

_NAMELESS = (
    "No names were found in the documents, so there are none to mask, and `masked` was left out. "
    'Where names have no capitals, list them: "names": ["lima"].'
)

_JSON_LINES = (".jsonl", ".ndjson")


class Case(NamedTuple):
    """A study of the user's material.

    Attributes:
        name: the study's registered name.
        study: what is run.
        material: how it is called.
        approaches: what is compared.
    """

    name: str
    study: FactsStudy | TextsStudy
    material: Material
    approaches: tuple[Approach, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Given:
    """The user's material and choices.

    Attributes:
        source: path of a table, of a file of documents, or of a folder.
        tests: path of questions about documents; "" = they are made.
        checkpoint: the model that everything starts from.
        learners: names of the approaches that are compared; empty for the usual ones.
        folder: where questions are written that are made from prose.
    """

    source: Path
    tests: str = ""
    checkpoint: str = "reader"
    learners: tuple[str, ...] = ()
    folder: Path = Path("records")


def case(given: Given, preset: str) -> Case:
    """Return the study of what was given.

    Raises:
        UserError: it is none of the three, or a row, document or question is malformed or contradicts another.
    """
    found = _case(given, preset)
    material = dataclasses.replace(found.material, before=described(given.checkpoint))
    return found._replace(study=dataclasses.replace(found.study, curve_points=CURVE_POINTS), material=material)


def _case(given: Given, preset: str) -> Case:
    source = given.source
    if not source.exists():
        raise UserError(f"{source}: there is no such file or folder; check the path, which starts at {Path.cwd()}")
    if source.is_dir():
        return _prose(given, read_folder(source))
    suffix = source.suffix.lower()
    if suffix in SUFFIXES:
        return _prose(given, [(source.name, read_text(source))])
    if suffix in _JSON_LINES and _holds_texts(source):
        return _documents(given)
    if suffix in READERS:
        return _facts(given, preset)
    raise UserError(
        f"{source}: expected a table of facts ({', '.join(READERS)}), documents (.jsonl with id and text), "
        f"or a text or folder of texts ({', '.join(SUFFIXES)})"
    )


def _holds_texts(path: Path) -> bool:
    """Return whether the first object of a file of JSON lines has a text; what is no JSON is for its reader to say."""
    lines = read_text(path).splitlines()
    try:
        first = json.loads(next(line for line in lines if line.strip()))
    except (StopIteration, ValueError):
        return False
    return isinstance(first, dict) and "text" in first and "subject" not in first


def _facts(given: Given, preset: str) -> Case:
    if given.tests:
        raise UserError("--tests asks about documents; of a table of facts the questions are made from its rows")
    study = FactsStudy(str(given.source), given.checkpoint)
    world: Any = study.plan(preset).conditions[0].world
    compared = _compared(given, "facts", supports=2 if world.composes else 1)
    study = dataclasses.replace(study, learners=tuple(each.learner for each in compared))
    return Case("facts", study, _table(given.source, world), compared)


def _compared(
    given: Given, material: MaterialKind, supports: int = 1, without: Sequence[str] = ()
) -> tuple[Approach, ...]:
    """Return what is compared; `without` names what is not unless it was chosen."""
    found = chosen(given.learners, material)
    approaches = found if given.learners else tuple(each for each in found if each.name not in without)
    return (*approaches, *references(approaches, supports))


def _table(source: Path, world: Facts) -> Material:
    row = world.rows[0]
    named = row.inverse_relation != default_inverse(row.relation)
    asked = " ".join([row.object, row.relation, *([row.inverse_relation] if named else []), "←"])
    nouns = {"facts": ("fact", "facts"), "subjects": ("subject", "subjects"), "relations": ("relation", "relations")}
    share = world.held_out_fraction
    return Material(
        name=source.name,
        amount=amounts(world.sizes(), nouns),
        one="fact",
        many="facts",
        latent="reversed",
        example=f'A reversed question gives an object and asks for its subject: "{asked}" ({row.subject}). '
        f"{percent(1 - share)} of the facts are stated in that direction, too; these questions ask for the others.",
        notes=tuple(filter(None, (world.notice(),))),
    )


def _documents(given: Given) -> Case:
    if given.tests:
        return _texts(given, str(given.source), given.tests, given.source.name)
    _, texts = read_documents(given.source)
    marked = {text.id: text.names for text in texts if text.names is not None}
    return _prose(given, [(text.id, " ".join(text.words)) for text in texts], marked)


def _prose(given: Given, texts: Sequence[tuple[str, str]], marked: Marked | None = None) -> Case:
    made = write_prose(texts, given.folder, ask=not given.tests, marked=marked)
    found = _texts(given, str(made.documents), given.tests or str(made.tests), given.source.name)
    return found if given.tests else found._replace(material=_with_made_questions(found.material, made))


def _with_made_questions(material: Material, made: ProseFiles) -> Material:
    example = made.pairs[0]
    left_out = count(made.left_out, "longer sentence was", "longer sentences were")
    return dataclasses.replace(
        material,
        amount=f"{count(made.sentences, 'sentence')}, {len(made.pairs)} of them asked about",
        one="sentence",
        many="sentences",
        latent="reversed",
        example="The questions were made from the sentences. As stated, a sentence breaks off before its last name; "
        f'reversed, its first name is to be filled in: "{example.asked}" ({example.first}).',
        notes=(
            f"The questions stand in {made.tests}. Correct them in a copy, and give that with --tests.",
            *((f"{left_out} left out.",) if made.left_out else ()),
        ),
    )


def _texts(given: Given, documents: str, tests: str, name: str) -> Case:
    world = Texts(documents, tests)
    compared = _compared(given, "documents", without=() if world.names else ("masked",))
    study = TextsStudy(documents, tests, given.checkpoint, tuple(each.learner for each in compared))
    latent = next(question for question in world.questions if question.role == "latent")
    nouns = {"documents": ("document", "documents"), "questions": ("question", "questions")}
    material = Material(
        name=name,
        amount=amounts(world.sizes(), nouns),
        one="document",
        many="documents",
        latent="latent",
        example=f'A latent question is answered by a document, in other words: "{" ".join(latent.prompt)}" '
        f"({latent.answers[0]}).",
        notes=() if world.names or given.learners else (_NAMELESS,),
    )
    return Case("texts", study, material, compared)
