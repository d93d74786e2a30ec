"""Presentation of a study in reports: its learners, wording, glossary, further columns and pictures.

The report itself names no learner, test or world. A study overrides `AbstractStudy.presentation()`; records of a study
that is not installed are reported with the neutral `Presentation()`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tolman.records.schema import Record
    from tolman.report.summary import Summary
    from tolman.sweeps.strategies import Strategies


@dataclasses.dataclass(frozen=True, kw_only=True)
class LearnerStyle:
    """One learner in tables, figures and sentences.

    Attributes:
        colour: `#rrggbb`, the same in every figure; empty for one of the spare colours.
        aid: what this learner adds to the baseline, to follow "it answers 97 %" in a sentence: "with the {experience}
            retrieved into its context by BM25", where `{experience}` is the presentation's. Empty: it is no aid.
        supplied: the experimenter puts the supporting experience into the context, so its recall says nothing about
            retrieval.
    """

    colour: str = ""
    aid: str = ""
    supplied: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A number of every test that is reported beside its accuracy.

    Attributes:
        field: its name in a record's test, e.g. `"success"`.
        title: the column's heading.
        kind: `"fraction"` of the items, in percent, or `"ratio"`, a number of at least 1.
        narrow: the heading in lines for a terminal; empty: as it is.
    """

    field: str
    title: str
    kind: Literal["fraction", "ratio"]
    narrow: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ColumnTable:
    """Further columns, reported in a table of their own for explicit and latent tests."""

    title: str
    caption: str
    columns: tuple[Column, ...]


OTHER_SCORE = "accuracy_per_token"
"""What only tests have whose options are scored in several ways."""

SCORING = ColumnTable(
    title="Scoring",
    caption="accuracy by the sum of an option's log-probabilities (as above), by their mean per token, and by the sum "
    "less its unconditional value",
    columns=(
        Column(field="accuracy", title="sum", kind="fraction"),
        Column(field=OTHER_SCORE, title="per token", kind="fraction", narrow="per\ntoken"),
        Column(field="accuracy_unconditional", title="unconditional", kind="fraction", narrow="uncondi-\ntional"),
    ),
)
"""The scores of options, reported where they differ."""


@dataclasses.dataclass(frozen=True)
class Criterion:
    """An accuracy on a test that counts as having learned it, for studies that compare how soon that is.

    Attributes:
        test: its name.
        accuracy: that a point of the learning curve must reach.
        budgets: training steps by preset, within which it must be reached to count.
    """

    test: str
    accuracy: float
    budgets: Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A picture with its text; `svg` is an SVG element."""

    heading: str
    text: str
    outcome: str
    svg: str


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Drawings that are shown side by side.

    Attributes:
        drawings: in order.
        caption: what they show and how they were chosen.
        save: writes them, with their texts, as one picture to a path that ends in `.svg` or `.png`.
    """

    drawings: tuple[Drawing, ...]
    caption: str
    save: Callable[[Path], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Presentation:
    """Wording, order, colours and pictures of a study's report; every field has a neutral default.

    Attributes:
        learners: the study's learners in the order of its tables. Others follow in alphabetical order.
        baseline: the learner that a finding begins with; empty for a study without one.
        aids: learners that a finding may name as the baseline's aid, the most practical first.
        upper_bound: the aid that is named as well where the most practical one falls short.
        irrelevant: the control learner whose context holds irrelevant experiences.
        explicit: the explicit questions, as in "answers 99 % of {explicit}".
        latent: the latent questions, as in "answers 1 % of {latent}".
        experience: noun for what is retrieved into the context.
        answers: verb for dealing with a question.
        sizes: parameter of the world, or entry of `AbstractWorld.sizes()`, to the noun that it counts, in the singular
            and the plural.
        glossary: terms that this study adds to the report's glossary.
        table: further columns of the tests.
        criterion: when a test counts as learned; the conditions are then compared by how soon that is.
        quantities: headings of what is followed over training, by test (`"unbiased"`), measure (`"relation/layer 1"`)
            or column of measures (`"relation"`).
        over_training: how to read the figures over training in which the conditions are compared; empty: none are.
        finding: replaces the sentence that sums up a condition.
        pictures: drawings made from the records of a condition; None where they hold nothing to draw.
        strategies: what the two-strategy account needs to know of a record of a sweep; None = it is left out.
    """

    learners: Mapping[str, LearnerStyle] = dataclasses.field(default_factory=dict)
    baseline: str = ""
    aids: tuple[str, ...] = ()
    upper_bound: str = ""
    irrelevant: str = ""
    explicit: str = "the questions it was trained for"
    latent: str = "the questions that its experiences answer but that nobody asked in training"
    experience: str = "experience"
    answers: str = "answers"
    sizes: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    glossary: Mapping[str, str] = dataclasses.field(default_factory=dict)
    table: ColumnTable | None = None
    criterion: Criterion | None = None
    quantities: Mapping[str, str] = dataclasses.field(default_factory=dict)
    over_training: str = ""
    finding: Callable[[Summary], str] | None = None
    pictures: Callable[[Summary], Pictures | None] | None = None
    strategies: Callable[[Record], Strategies | None] | None = None
