"""What a file of activations holds: arrays, and what is no layer, with the reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from tolman.core.arrow_text import column_texts
from tolman.core.text import normalised

AXES = "Save arrays [rows, units]: choose a position, or average over it, as in X[:, -1] or X.mean(axis=1)"
NUMBERS = "Save real numbers, such as float32"


class NoLayer(NamedTuple):
    """Why something in a file is no layer.

    Attributes:
        why: `whose shape is (3,)`, say, or `which holds text`.
        remedy: what would make a layer of it.
        damaged: whether it would be a layer if it were whole, so that leaving it out is not enough.
    """

    why: str
    remedy: str
    damaged: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Contents:
    """A file's arrays, and the rest of it.

    Attributes:
        arrays: by name, numbers `[n, p]`; the name is "" where the format gives none.
        others: by name, why the rest is no layer.
        notes: what a user may not expect about an array.
        ids: the names of the rows `[n]`, if a key was asked for and the file has it.
        units: the names of the units `[p]`, where the format gives them.
    """

    arrays: dict[str, Any]
    others: dict[str, NoLayer]
    notes: Sequence[str] = ()
    ids: list[str] | None = None
    units: Sequence[str] = ()


def quoted(name: str) -> str:
    """Return a name in quotes; what has none is the array."""
    return repr(name) if name else "the array"


def sorted_out(found: dict[str, Any], **more: Any) -> Contents:
    """Return the contents of a file whose arrays are numbers or, already, no layers."""
    arrays, others = {}, {}
    for name, values in found.items():
        why = values if isinstance(values, NoLayer) else _misshaped(values)
        if why is None:
            arrays[name] = values
        else:
            others[name] = why
    return Contents(arrays, others, **more)


def _misshaped(values: Any) -> NoLayer | None:
    if values.dtype.kind not in "fiubV" or values.dtype.names or (values.dtype.kind == "V" and values.dtype == "V"):
        return NoLayer(f"which has the type {values.dtype}", NUMBERS)
    if values.ndim != 2:
        return NoLayer(f"whose shape is {values.shape}", AXES)
    return None if values.size else NoLayer(f"which is empty: its shape is {values.shape}", "Save it again")


def row_names(values: Any) -> list[str] | None:
    """Return a column or an array `[n]` of text or whole numbers as names of rows; None if it is none, or has holes."""
    import numpy as np
    import pyarrow as pa

    if isinstance(values, np.ndarray):
        values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
        if values.ndim != 1 or values.dtype.kind not in "USiufM":
            return None
        if values.dtype.kind in "SM":
            values = np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values.astype(str)
        values = pa.array(
            values.tolist() if values.dtype.kind == "U" else values.astype(values.dtype.newbyteorder("="))
        )
    texts = column_texts(values)
    names = None if texts is None else ["" if text is None else normalised(text) for text in texts]
    return None if names is None or "" in names else names
