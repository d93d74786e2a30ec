"""Measures of representations: pure functions on arrays that know nothing of worlds or models.

A measure takes arrays `X[n, p]` (n stimuli in the same order everywhere, p units), NumPy or JAX, and returns a
plain number or a NumPy array. Its name states the exact variant; its docstring states formula, range, invariances and
bias. Intervals and p-values come from functions of their own: `bootstrap_interval`, `jackknife_interval` and
`permutation_test` for any measure, `rsa_bootstrap` and `rsa_permutation_test` for RSA.

One rule holds for all: what is undefined is an error, never a NaN. A NaN or infinity, a constant row where rows are
correlated, or a representation without variance is a `ValueError` that names the first such row. Constant columns
(dead units) carry no information and change no result. Everything is computed in float64, whatever comes in.

The names below are imported when they are first used, so that `import tolman.measures` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tolman.measures.canonical_correlation import cca_mean, cca_mean_squared, pwcca, svcca
    from tolman.measures.components import ComponentShare, component_share, principal_components
    from tolman.measures.control import cka_controlled, partial_rsa, remove_features
    from tolman.measures.decoding import (
        accuracy_interval,
        decodability,
        decodability_gain,
        decodability_interval,
        decodability_p_value,
        decodability_r2,
        decode,
    )
    from tolman.measures.dissimilarity import compare_rdms, rdm
    from tolman.measures.features import Design, design
    from tolman.measures.kernel_alignment import cka_linear, cka_linear_debiased, cka_rbf
    from tolman.measures.noise_ceiling import rsa_noise_ceiling
    from tolman.measures.predictivity import linear_predictivity
    from tolman.measures.procrustes import procrustes_angular, procrustes_euclidean
    from tolman.measures.resampling import (
        Estimate,
        PermutationTest,
        bootstrap_interval,
        jackknife_interval,
        permutation_test,
    )
    from tolman.measures.rsa_inference import rsa_bootstrap, rsa_permutation_test
    from tolman.measures.similarity_analysis import rsa
    from tolman.measures.steering import Steering, steer, steer_interval
    from tolman.measures.traced import rdm_jax, rsa_jax
    from tolman.measures.variance import (
        VarianceExplained,
        total_variance,
        variance_explained,
        variance_explained_by_unit,
        variance_explained_per_example,
    )
    from tolman.measures.variance_inference import variance_explained_interval, variance_explained_p_value

# A module must not be called like a public name: importing it would put the module in the name's place.
_HOME = {
    "ComponentShare": "components",
    "Design": "features",
    "Estimate": "resampling",
    "PermutationTest": "resampling",
    "Steering": "steering",
    "VarianceExplained": "variance",
    "accuracy_interval": "decoding",
    "bootstrap_interval": "resampling",
    "cca_mean": "canonical_correlation",
    "cca_mean_squared": "canonical_correlation",
    "cka_controlled": "control",
    "cka_linear": "kernel_alignment",
    "cka_linear_debiased": "kernel_alignment",
    "cka_rbf": "kernel_alignment",
    "compare_rdms": "dissimilarity",
    "component_share": "components",
    "decodability": "decoding",
    "decodability_gain": "decoding",
    "decodability_interval": "decoding",
    "decodability_p_value": "decoding",
    "decodability_r2": "decoding",
    "decode": "decoding",
    "design": "features",
    "jackknife_interval": "resampling",
    "linear_predictivity": "predictivity",
    "partial_rsa": "control",
    "permutation_test": "resampling",
    "principal_components": "components",
    "procrustes_angular": "procrustes",
    "procrustes_euclidean": "procrustes",
    "pwcca": "canonical_correlation",
    "rdm": "dissimilarity",
    "rdm_jax": "traced",
    "remove_features": "control",
    "rsa": "similarity_analysis",
    "rsa_bootstrap": "rsa_inference",
    "rsa_jax": "traced",
    "rsa_noise_ceiling": "noise_ceiling",
    "rsa_permutation_test": "rsa_inference",
    "steer": "steering",
    "steer_interval": "steering",
    "svcca": "canonical_correlation",
    "total_variance": "variance",
    "variance_explained": "variance",
    "variance_explained_by_unit": "variance",
    "variance_explained_interval": "variance_inference",
    "variance_explained_p_value": "variance_inference",
    "variance_explained_per_example": "variance",
}
"""Public name -> the module that defines it."""

__all__ = [
    "ComponentShare",
    "Design",
    "Estimate",
    "PermutationTest",
    "Steering",
    "VarianceExplained",
    "accuracy_interval",
    "bootstrap_interval",
    "cca_mean",
    "cca_mean_squared",
    "cka_controlled",
    "cka_linear",
    "cka_linear_debiased",
    "cka_rbf",
    "compare_rdms",
    "component_share",
    "decodability",
    "decodability_gain",
    "decodability_interval",
    "decodability_p_value",
    "decodability_r2",
    "decode",
    "design",
    "jackknife_interval",
    "linear_predictivity",
    "partial_rsa",
    "permutation_test",
    "principal_components",
    "procrustes_angular",
    "procrustes_euclidean",
    "pwcca",
    "rdm",
    "rdm_jax",
    "remove_features",
    "rsa",
    "rsa_bootstrap",
    "rsa_jax",
    "rsa_noise_ceiling",
    "rsa_permutation_test",
    "steer",
    "steer_interval",
    "svcca",
    "total_variance",
    "variance_explained",
    "variance_explained_by_unit",
    "variance_explained_interval",
    "variance_explained_p_value",
    "variance_explained_per_example",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return list(__all__)
