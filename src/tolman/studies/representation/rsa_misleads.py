"""Similar computation and similar representation come apart: RSA and CKA of networks whose computation is known."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.claims.published import OURS, Cause, Published
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.pairwise_similarity import PairwiseSimilarity
from tolman.studies.representation.causes import ONE_FEATURE, SEVERAL_FEATURES
from tolman.studies.representation.common import PROXY, SHAPES, NetworkPreset, at_least, computed, runs_of
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, EXPLORED_CONTROLS, XOR
from tolman.training.config import Phase

STANDARD, SEVERAL = "standard", "several"
DOCUMENTS = {"easy": "only-easy", "hard": "only-hard", "both": "labelled", "untrained": ""}
"""The documents that each group of networks is trained on."""

HARD = ("hard", "hard-b", "hard-c")
"""The XORs that networks of the condition `several` compute beside the bit."""

SITES = ("layers.0", "layers.1", "layers.2")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RSAMisleadsPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        networks: networks in each group, which differ in their seed.
    """

    networks: int


PRESETS = {
    "smoke": RSAMisleadsPreset(seeds=2, parallel_seeds=2, steps=100, networks=2),
    "quick": RSAMisleadsPreset(seeds=10, parallel_seeds=10, steps=XOR.steps, networks=2),
    "full": RSAMisleadsPreset(seeds=10, parallel_seeds=10, steps=2 * XOR.steps, networks=4),
}


@dataclasses.dataclass(frozen=True)
class RSAMisleadsStudy(AbstractStudy):
    """Similarity of networks that compute an easy feature, a hard one, or both; and of some that compute nothing yet.

    In the condition `several` a network that computes both has three hard features, and every layer is compared.
    """

    version: ClassVar[int] = 2
    title: ClassVar[str] = "similarity of representations against similarity of computation"
    seeds: ClassVar[range] = range(3930, 3940)
    explored: ClassVar[tuple[range, ...]] = (*EXPLORED, *EXPLORED_CONTROLS, range(1440, 1450))

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        return Plan(size.seeds, (_standard(preset), _several(preset)))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return (*_by_rsa(), *_by_other_measures(), *_of_several()) if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _standard(preset: str) -> NetworkSet:
    """Return networks that compute a bit, an XOR, both or nothing."""
    size = PRESETS[preset]
    return NetworkSet(
        name=STANDARD,
        world=XOR.world(preset),
        model=XOR.model,
        training=XOR.training(size.parallel_seeds, curve_points=4),
        networks=_networks(size, size.steps, tuple(DOCUMENTS)),
        analysis=PairwiseSimilarity(),
    )


def _several(preset: str) -> NetworkSet:
    """Return networks that compute a bit, or the bit and three XORs; these take twice as long to be learned."""
    size = PRESETS[preset]
    features = (XOR.features[0], *(f"{name}:xor" for name in HARD))
    setting = dataclasses.replace(XOR, features=features, availability=(2, 1, 1, 1))
    return NetworkSet(
        name=SEVERAL,
        world=setting.world(preset),
        model=XOR.model,
        training=XOR.training(size.parallel_seeds, curve_points=4),
        networks=_networks(size, 2 * size.steps, ("easy", "both")),
        analysis=PairwiseSimilarity(measures=("rsa", "cka_linear_debiased", "mutual_knn"), layers=True),
    )


def _networks(size: RSAMisleadsPreset, steps: int, groups: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(
        Network(f"{group}{i or ''}", (_phase(DOCUMENTS[group], steps),), seed=10 * place + i)
        for place, group in enumerate(groups)
        for i in range(size.networks)
    )


def _phase(documents: str, steps: int) -> Phase:
    return Phase(steps, {documents: 1.0}) if documents else Phase(0, {})


def _by_rsa() -> tuple[Claim, ...]:
    return (
        _more_alike(
            "hard-looks-unlike-hard",
            "Two networks that compute the same hard feature look less alike than two that compute an easy one.",
            source=SHAPES,
            pairs=("easy~easy", "hard~hard"),
            bound=0.05,
        ),
        _more_alike(
            "hard-looks-like-easy",
            "A network on the hard task looks more like one on the easy task than like another on the hard task.",
            source=PROXY,
            pairs=("easy~hard", "hard~hard"),
            cause=ONE_FEATURE,
        ),
        _more_alike(
            "both-looks-like-easy",
            "A network that computes both features looks more like an easy-only network than like a hard-only one.",
            source=SHAPES,
            pairs=("both~easy", "both~hard"),
            bound=0.05,
        ),
    )


def _by_other_measures() -> tuple[Claim, ...]:
    return (
        *(
            _more_alike(
                f"{column}-both-looks-like-easy",
                f"The same by {column}: what is shared by computation is not what looks alike.",
                source=SHAPES,
                pairs=("both~easy", "both~hard"),
                column=column,
            )
            for column in ("cka-linear", "cka-debiased", "rsa-euclidean")
        ),
        _more_alike(
            "control-restores-the-order",
            "With the easy feature taken out, a network that computes both looks more like a hard-only one.",
            source=OURS,
            pairs=("both~hard", "both~easy"),
            column="cka-controlled",
        ),
    )


def _of_several() -> tuple[Claim, ...]:
    """Return the published pair of pairs once more, of networks that compute easy and hard features, layer by layer."""
    statement = "Two networks that compute a bit and the same three XORs look less alike than either and one of the bit"
    measures = [("rsa-correlation", site) for site in SITES] + [("cka-debiased", SITES[-1])]
    return tuple(
        at_least(
            f"several-look-like-easy-{column.partition('-')[0]}-{site}",
            f"{statement} alone ({column}, {site}).",
            source=PROXY.with_our("design"),
            effect=_differ(SEVERAL, f"{column} {site}", ("both~easy", "both~both")),
            bound=0.0,
            requires=computed(runs_of(SEVERAL), "easy/easy", "both/easy", *(f"both/{name}" for name in HARD)),
            cause=SEVERAL_FEATURES,
        )
        for column, site in measures
    )


def _differ(condition: str, column: str, pairs: tuple[str, str]) -> Difference:
    """Return how much more alike the first pair of groups is than the second."""
    return Difference(*(MeasureValue(runs_of(condition), f"{column}/{pair}", "number") for pair in pairs))


def _more_alike(
    name: str,
    statement: str,
    *,
    source: Published | str,
    pairs: tuple[str, str],
    column: str = "rsa-correlation",
    bound: float = 0.0,
    cause: Cause | None = None,
) -> Claim:
    """Return the claim that the first pair of groups is more alike than the second."""
    runs = runs_of(STANDARD)
    return at_least(
        name,
        statement,
        source=source,
        effect=_differ(STANDARD, column, pairs),
        bound=bound,
        requires=computed(runs, "easy/easy", "hard/hard", "both/easy", "both/hard"),
        cause=cause,
    )
