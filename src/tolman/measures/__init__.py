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
    from .canonical_correlation import cca_mean, cca_mean_squared, pwcca, svcca
    from .control import cka_controlled, partial_rsa, remove_features
    from .dissimilarity import compare_rdms, rdm
    from .kernel_alignment import cka_linear, cka_linear_debiased, cka_rbf
    from .noise_ceiling import rsa_noise_ceiling
    from .predictivity import linear_predictivity
    from .procrustes import procrustes_angular, procrustes_euclidean
    from .resampling import Estimate, PermutationTest, bootstrap_interval, jackknife_interval, permutation_test
    from .rsa_inference import rsa_bootstrap, rsa_permutation_test
    from .similarity_analysis import rsa
    from .traced import rdm_jax, rsa_jax

# A module must not be called like a public name: importing it would put the module in the name's place.
_HOME = {
    "Estimate": "resampling",
    "PermutationTest": "resampling",
    "bootstrap_interval": "resampling",
    "cca_mean": "canonical_correlation",
    "cca_mean_squared": "canonical_correlation",
    "cka_controlled": "control",
    "cka_linear": "kernel_alignment",
    "cka_linear_debiased": "kernel_alignment",
    "cka_rbf": "kernel_alignment",
    "compare_rdms": "dissimilarity",
    "jackknife_interval": "resampling",
    "linear_predictivity": "predictivity",
    "partial_rsa": "control",
    "permutation_test": "resampling",
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
    "svcca": "canonical_correlation",
}
"""Public name -> the module that defines it."""

__all__ = [
    "Estimate",
    "PermutationTest",
    "bootstrap_interval",
    "cca_mean",
    "cca_mean_squared",
    "cka_controlled",
    "cka_linear",
    "cka_linear_debiased",
    "cka_rbf",
    "compare_rdms",
    "jackknife_interval",
    "linear_predictivity",
    "partial_rsa",
    "permutation_test",
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
    "svcca",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return list(__all__)
