"""Bootstrap and permutation test of RSA, for many models at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.comparators import Comparator, check_comparator, condensed, similarity
from tolman.measures.dissimilarity import rdm as rdm_of
from tolman.measures.dissimilarity import rdm_stack
from tolman.measures.distances import Metric, check_metric
from tolman.measures.grouping import group_counts, group_of
from tolman.measures.rdm_resampling import permuted_similarities, resampled_similarities
from tolman.measures.resampling import Alternative, Estimate, PermutationTest, extremeness, matchings, percentile

__all__ = ["rsa_bootstrap", "rsa_permutation_test"]

Source = Metric | Literal["precomputed"]


def rsa_bootstrap(
    X: ArrayLike,
    Y: ArrayLike | Sequence[ArrayLike],
    rdm: Source = "correlation",
    compare: Comparator = "pearson",
    *,
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Estimate:
    """Percentile interval of `rsa(X, Y)` over stimuli drawn with replacement; arrays over models if Y is several.

    Pairs of a stimulus with its own copy are left out, as is usual; pairs of distinct stimuli count as often as they
    were drawn; with `groups`, by the product of how often their groups were, as in rsatoolbox. Draws of fewer than
    three stimuli (groups) are drawn again. A sample in which an RDM is constant is NaN and left out. In our simulations
    with 20 to 100 stimuli, 95 % intervals covered the population's value in 91 to 94 %.

    Args:
        X: representation [n, p], or with `rdm="precomputed"` an RDM [n, n].
        Y: representation [n, q]; or several, as [m, n, q] or a sequence (widths may differ); or RDMs [n, n], [m, n, n].
        rdm: distance between stimuli, or `precomputed`.
        compare: the comparator; `kendall_tau_a` is many times slower, one sort per sample and model.
        samples: number of resamples, shared by all models.
        level: nominal coverage.
        seed: of the draws.
        groups: labels [n] of groups of stimuli that are drawn together, such as repeats.

    Raises:
        ValueError: as in `rsa`; or fewer than four stimuli or groups.

    Source: Nili and others 2014, PLoS Comput. Biol. 10(4):e1003553.
    """
    first, others, single = _rdms(X, Y, rdm, compare)
    value = similarity(condensed(first), condensed(others), compare)
    group = np.arange(len(first)) if groups is None else group_of(groups, len(first))
    counts = group_counts(int(group.max()) + 1, samples, np.random.default_rng(seed), least=3)[:, group]
    found = resampled_similarities(first, others, counts, compare)
    return percentile(float(value[0]), found[:, 0], level) if single else percentile(value, found, level)


def rsa_permutation_test(
    X: ArrayLike,
    Y: ArrayLike | Sequence[ArrayLike],
    rdm: Source = "correlation",
    compare: Comparator = "pearson",
    *,
    permutations: int = 1000,
    alternative: Alternative = "greater",
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> PermutationTest:
    """Test `rsa(X, Y)` against its distribution when stimuli are matched at random.

    Rows and columns of X's RDM are permuted together. Unlike a test that takes pairs for independent, this one keeps
    its level, as every stimulus is in n - 1 pairs.

    Args:
        X: representation [n, p], or with `rdm="precomputed"` an RDM [n, n].
        Y: representation [n, q]; or several, as [m, n, q] or a sequence; or RDMs [n, n] or [m, n, n].
        rdm: distance between stimuli, or `precomputed`.
        compare: the comparator.
        permutations: number of random matchings, shared by all models; p-values are not corrected for several models.
        alternative: `greater` or `less`.
        seed: of the matchings.
        groups: labels [n] of groups of stimuli, such as repeats; whole groups of the same size are then matched.

    Returns:
        Value, p-value and null distribution; arrays over models if several were given.

    Raises:
        ValueError: as in `rsa`; or no two groups are of the same size.

    Source: Kriegeskorte, Mur & Bandettini 2008, Front. Syst. Neurosci. 2:4; Mantel 1967, Cancer Res. 27:209.
    """
    first, others, single = _rdms(X, Y, rdm, compare)
    value = similarity(condensed(first), condensed(others), compare)
    rng = np.random.default_rng(seed)
    orders = matchings(len(first), permutations, rng, groups)
    null = permuted_similarities(first, others, orders, compare)
    return extremeness(float(value[0]), null[:, 0], alternative) if single else extremeness(value, null, alternative)


def _rdms(
    X: ArrayLike, Y: ArrayLike | Sequence[ArrayLike], rdm: Source, compare: str
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the RDM [n, n] of X, the RDMs [m, n, n] of Y, and whether Y is one representation."""
    check_comparator(compare)
    check_metric(rdm, also=("precomputed",))
    single = not isinstance(Y, Sequence) and np.ndim(Y) == 2
    given = cast("Sequence[ArrayLike]", [Y] if single else Y)
    first, *others = [rdm_stack(D if rdm == "precomputed" else rdm_of(D, rdm), "an RDM") for D in (X, *given)]
    if first.ndim != 2 or not others or any(D.shape != first.shape for D in others):
        raise ValueError(f"RDMs of shapes {[D.shape for D in (first, *others)]}: expected the same stimuli for all")
    return first, np.stack(others), single
