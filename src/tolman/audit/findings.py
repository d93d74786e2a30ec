"""The conclusions of an audit, in plain sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from tolman.audit.results import FeatureInLayer, FeatureSummary, LayerPair, LayerResult

RATIO = 3.0
"""From this ratio of variances on, two features that are decoded equally well are worth a warning."""

CLOSE = 0.05
"""Skills closer than this count as equal."""

DECODED = 0.5
"""A feature counts as decoded from this fraction of the way from chance to perfect on."""

LEVEL = 0.05
"""Layers count as related from this p-value down."""

TRACE = 0.002
"""A fraction of variance below this is too close to the bias of the estimate to be divided by."""


def findings(
    layers: Sequence[LayerResult], features: Sequence[FeatureSummary], pairs: Sequence[LayerPair]
) -> Iterator[str]:
    """Yield warnings, the widest disagreement of variance and decodability first; one sentence if there is none."""
    meaningless = {feature.name for feature in features if feature.crowded}
    warned = list(_disagreements(layers, meaningless))
    yield from warned
    if not warned and len(features) - len(meaningless) > 1:
        yield (
            f"No two features that are decoded equally well differ {RATIO:g} × in variance: here variance "
            "does not contradict decodability."
        )
    yield from _shared(features)
    yield from _unrelated(pairs)
    yield from _changed(pair for pair in pairs if pair.control not in meaningless)


def _disagreements(layers: Sequence[LayerResult], meaningless: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each two features, about the layer where they differ most, and the others where they do."""
    cases: dict[tuple[str, str], list[tuple[float, LayerResult, FeatureInLayer]]] = {}
    for layer in layers:
        leader, *others = _by_variance(layer, meaningless) or [layer.leader]
        for other in others:
            ratio = leader.alone.value / max(other.alone.value, TRACE)
            if other.skill >= max(DECODED, leader.skill - CLOSE) and ratio >= RATIO:
                cases.setdefault((leader.feature, other.feature), []).append((ratio, layer, other))
    for found in sorted(cases.values(), key=lambda found: -max(ratio for ratio, _, _ in found)):
        ratio, layer, other = max(found, key=lambda case: case[0])
        leader = _by_variance(layer, meaningless)[0]
        elsewhere = [place.name for _, place, _ in found if place is not layer]
        where = f"{layer.name}: " if len(layers) > 1 else ""
        also = f" So it is, less widely, in {_few(elsewhere)}." if elsewhere else ""
        yield f"{where}{_sentence(leader, other, ratio)}{also}"


def _by_variance(layer: LayerResult, meaningless: Collection[str]) -> list[FeatureInLayer]:
    known = [found for found in layer.features if found.feature not in meaningless]
    return sorted(known, key=lambda found: -found.alone.value)


def _few(names: Sequence[str], what: str = "layers") -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} other {what}"


def _sentence(leader: FeatureInLayer, other: FeatureInLayer, ratio: float) -> str:
    times = f"{'more than ' if other.alone.value < TRACE else ''}{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}"
    both = f"{leader.linear.value:.2f}", f"{other.linear.value:.2f}"
    decoded = f"both decode at {both[0]}" if both[0] == both[1] else f"they decode at {both[0]} and {both[1]}"
    return (
        f"{leader.feature} takes {times} × the variance of {other.feature} though {decoded}: "
        f"PCA, RSA and regression will mostly reflect {leader.feature}."
    )


def _shared(features: Sequence[FeatureSummary]) -> Iterator[str]:
    related = [feature for feature in features if feature.shared >= 0.1]
    if related:
        names = ", ".join(f"{feature.name} ({feature.shared:.0%})" for feature in related)
        yield (
            f"Some labels can be predicted from the others: {names}. What such features share counts for each of them "
            "alone; read the unique variance."
        )


def _unrelated(pairs: Iterable[LayerPair]) -> Iterator[str]:
    """Yield a sentence on the pairs of layers that are no more alike than rows that are matched at random."""
    found = [f"{pair.a} and {pair.b}" for pair in pairs if pair.control == "nothing" and pair.p_value > LEVEL]
    if found:
        yield f"No more alike than unrelated layers, by CKA: {_few(found, 'pairs')}."


def _changed(given: Iterable[LayerPair]) -> Iterator[str]:
    """Yield a sentence on the pair whose similarity depends most on the strongest feature."""
    pairs = list(given)
    before = {(pair.a, pair.b): pair for pair in pairs if pair.control == "nothing"}
    drops = [
        (abs(before[pair.a, pair.b].cka - pair.cka), pair)
        for pair in pairs
        if pair.control not in ("nothing", "all features")
    ]
    known = [drop for drop in drops if drop[0] >= 0.1]
    if known:
        _, pair = max(known, key=lambda drop: drop[0])
        first = before[pair.a, pair.b]
        yield (
            f"{pair.a} and {pair.b}: CKA is {first.cka:.2f}, and {pair.cka:.2f} without {pair.control}. "
            f"That similarity is to a good part about {pair.control}."
        )
