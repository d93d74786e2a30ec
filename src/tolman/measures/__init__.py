"""Measures of representations: pure functions on arrays that know nothing of worlds or models.

A measure takes arrays `X[n, p]` (n stimuli in the same order everywhere, p units), NumPy or JAX, and returns a number
or a NumPy array. Its name states the exact variant; its docstring states formula, range, invariances and bias.
Intervals and p-values come from functions of their own: `bootstrap_interval`, `jackknife_interval` and
`permutation_test` for any measure, `rsa_bootstrap` and `rsa_permutation_test` for RSA. Rows that belong together, such
as repeats of a stimulus, are named by `groups` (see `tolman.measures.grouping`).

What is undefined is an error, never a NaN. A NaN or infinity, a constant row where rows are correlated, or a
representation without variance is a `ValueError` that names the first such row. Constant columns (dead units) carry no
information and change no result. Everything is computed in float64, whatever comes in: half precision, numbers of any
size, arrays, or frames of pandas, Polars and Arrow. What differs by less than 1e-12 of its size is constant.

Every name in the `__all__` of one of this package's modules is an attribute of the package, imported when it is first
used, so that `import tolman.measures` costs nothing; so is every measure of an installed package. A new measure is one
file with an `__all__` and a function below the decorator `measure` (see `tolman.measures.registration`): it is then
listed by `tolman list measures` and can be named by any study.
"""

from __future__ import annotations

import functools
import importlib
import re
from pathlib import Path
from typing import Any


@functools.cache
def _modules() -> dict[str, str]:
    """Return the module of each public name, read from the modules' source."""
    from tolman.core.registry import find

    found = {name: other.target for name, other in find("measures").items()}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        listed = re.search(r"^__all__ = [\[(]([^\])]*)[\])]", path.read_text(encoding="utf-8"), re.MULTILINE)
        names = re.findall(r'"(\w+)"', listed[1]) if listed else []
        found |= {name: f"{__name__}.{path.stem}:{name}" for name in names}
    return dict(sorted(found.items()))


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return list(_modules())
    if name.startswith("__") or name not in _modules():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(_modules())}")
    module, _, attribute = _modules()[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return list(_modules())
