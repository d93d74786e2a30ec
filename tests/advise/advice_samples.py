"""Studies of a user's facts whose results are chosen here, and the advice that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tolman.advise.advice import Advice, advise
from tolman.advise.approaches import APPROACHES, references
from tolman.advise.results import Material
from tolman.records.schema import Record, key_of
from tolman.report.summary import Summary, summarise
from tolman.studies.latent.presentation import FACTS

MATERIAL = Material(
    name="capitals.csv",
    amount="40 facts, 40 subjects and 1 relation",
    one="fact",
    many="facts",
    latent="reversed",
    example='A reversed question gives an object and asks for its subject: "Lima is the capital of …" (Peru).',
    before="questions about invented facts",
)

COMPARED = (*APPROACHES, *references(APPROACHES))

Value = float | Sequence[float]
"""An accuracy, the same at every seed or one for each."""


class Did(NamedTuple):
    """What a learner answered and cost; what it could do before and can do after; and its learning curve.

    The curve's points are accuracies as stated and latent, 100 steps and 1,000 tokens apart.
    """

    stated: Value = 1.0
    latent: Value = 1.0
    tokens: float = 4.0
    trained: int = 0
    generated: int | None = None
    two_hop: Value | None = None
    reverse: Value | None = None
    before: Value | None = None
    after: Value = 0.0
    curve: Sequence[tuple[float, float]] = ()


USUAL: dict[str, Did] = {
    "parametric": Did(1.0, 0.02, 4, trained=9_000),
    "masked": Did(1.0, 0.60, 4, trained=11_000),
    "distilled": Did(1.0, 0.30, 4, trained=9_500, generated=700),
    "retrieval-bm25-1": Did(0.95, 0.80, 9),
    "retrieval-bm25": Did(0.98, 0.97, 18),
    "retrieval-tfidf": Did(0.98, 0.70, 19),
    "retrieval-everything": Did(0.99, 0.98, 400),
    "retrieval-oracle": Did(0.99, 0.98, 18),
    "retrieval-random": Did(0.05, 0.03, 18),
    "retrieval-oracle-1": Did(0.99, 0.98, 9),
    "parametric-context": Did(0.99, 0.97, 9, trained=9_000),
}
"""As such a table may turn out: BM25 is enough, and masked finetuning is the best of the weights."""


def _test(role: str, accuracy: float, did: Did, items: int, chance: float) -> dict[str, Any]:
    kinds = ("uniform", "elimination", "constant")
    return {
        "role": role, "n": items, "accuracy": round(accuracy * items) / items, "chance": dict.fromkeys(kinds, chance),
        "recall": None, "precision": None, "exposure": None, "groups": {}, "prompt_tokens": did.tokens,
    }  # fmt: skip


def _curve(did: Did) -> list[dict[str, Any]]:
    return [
        {"step": 100 * n, "tokens": 1_000 * n, "targets": 500 * n, "loss": 1.0,
         "accuracy": {"forward": stated, "latent": latent}}
        for n, (stated, latent) in enumerate(did.curve, 1)
    ]  # fmt: skip


def record(learner: str, did: Did, seed: int, items: int = 100, chance: float = 0.03) -> Record:
    """The record of a learner at a seed."""

    def of(value: Value) -> float:
        return value if isinstance(value, float | int) else value[seed]

    def scored(role: str, value: Value) -> dict[str, Any]:
        return _test(role, of(value), did, items, chance)

    tests = {"forward": scored("explicit", did.stated), "latent": scored("latent", did.latent)}
    if did.reverse is not None:
        tests["reverse"] = scored("explicit", did.reverse)
    if did.two_hop is not None:
        tests["two-hop"] = scored("latent", did.two_hop)
    if did.before is not None:
        before, after = of(did.before), of(did.after)
        tests["locality"] = _test("locality", min(1.0, after / before) if before else 0.0, did, items, chance) | {
            "n": round(items * before), "asked": items, "before": before, "after": after,
        }  # fmt: skip
    config = {
        "study": "facts", "study_version": 3, "preset": "quick", "overrides": {}, "condition": "pretrained",
        "learner": {"name": learner, "class": "Learner", "version": 1}, "world": {"class": "Facts", "version": 4},
        "world_seed": seed, "model_seed": seed,
    }  # fmt: skip
    budget: dict[str, Any] = {"steps": 360, "tokens": did.trained, "targets": did.trained // 2, "stopped": False}
    if did.generated is not None:
        budget["augmentation"] = {"documents": 30, "generated": did.generated}
    result = {
        "tests": tests, "curves": _curve(did), "measures": {}, "budget": budget,
        "trainings": {"model": f"{learner}{seed}"}, "items_digest": "0", "digest": "0",
    }  # fmt: skip
    return Record(key_of(config), config, result, {"started": "2026-11-27T10:00:00+00:00"})


def summary(did: Mapping[str, Did], seeds: int = 6, items: int = 100, chance: float = 0.03) -> Summary:
    """The summary of these learners."""
    records = [record(name, each, seed, items, chance) for name, each in did.items() for seed in range(seeds)]
    (found,) = summarise(records, {"facts": FACTS})
    return found


def advice(
    did: Mapping[str, Did] = USUAL, *, material: Material = MATERIAL, price: float = 0.1, **options: Any
) -> Advice:
    """The advice that follows from what these learners did; `options` as of `summary`."""
    return advise(summary(did, **options), material, COMPARED, price)


def spaced(text: str) -> str:
    """A text with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def told(found: Advice) -> str:
    """All sentences and doubts, with ordinary spaces."""
    return spaced("\n".join((*found.sentences, *found.doubts)))


def changed(**others: Did | None) -> dict[str, Did]:
    """The usual learners with some replaced, or, where None, removed; "_" stands for "-"."""
    found = {**USUAL, **{name.replace("_", "-"): did for name, did in others.items()}}
    return {name: did for name, did in found.items() if did is not None}


def names(found):
    return tuple(each.approach.name if each else None for each in (found.recommended, found.weights))


ACCURACY = st.integers(0, 20).map(lambda n: n / 20)
RUNS = st.dictionaries(
    st.sampled_from([each.name for each in APPROACHES]),
    st.builds(
        Did,
        stated=ACCURACY,
        latent=ACCURACY,
        tokens=st.sampled_from([4.0, 4.5, 18.0, 18.2, 19.4, 900.0]),
        trained=st.integers(0, 3),
        generated=st.none() | st.integers(0, 3),
        two_hop=st.none(),
        reverse=st.none(),
        before=st.none(),
        after=st.just(0.0),
        curve=st.just(()),
    ),
    min_size=1,
)
