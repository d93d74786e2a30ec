"""Layers of activations from .npz, .npy, .safetensors and Parquet files, mapped from disk where the format permits."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tolman.audit.array_files import read_npy, read_npz, read_safetensors
from tolman.audit.arrow_columns import read_columns
from tolman.audit.contents import AXES, Contents, NoLayer, quoted
from tolman.audit.files import chosen, existing, reader_of, refusal

_CONTENT = "activations [rows, units]"


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One array of activations.

    Attributes:
        name: its key in the file; with several files, after the file's name.
        path: the file.
        values: `[n, p]`, possibly memory-mapped.
        units: the names of its units, where the file gives them.
        ids: the names of its rows, where a key gives them.
    """

    name: str
    path: str
    values: Any
    units: Sequence[str] = ()
    ids: Sequence[str] | None = None


def read_layers(paths: Sequence[str], wanted: Sequence[str] = (), key: str = "") -> tuple[list[Layer], list[str]]:
    """Return all layers of all files, or those wanted, and notes about what was left out.

    The suffix says the format. Of an .npz or .safetensors file every array of two axes is a layer; in Parquet every
    column of lists, or else all columns of numbers together.

    Args:
        paths: of the files.
        wanted: names of layers; what else the files hold then does not matter.
        key: name of an array or column with the names of the rows; "" if rows need none.

    Raises:
        UserError: a file cannot be read, holds no layer or no such key, or a layer that is wanted is none; the message
            names the file and the remedy.
    """
    files = file_names(paths)
    layers: dict[str, Layer] = {}
    others: dict[str, tuple[str, str, NoLayer]] = {}
    notes = []
    for path in paths:
        contents = READERS[reader_of(path, READERS)](existing(path, _CONTENT), key)
        _check(path, contents, key, strict=not wanted)
        found = [_layer(path, contents, name, files) for name in contents.arrays]
        for layer in (layer for layer in found if layer.name in layers):
            raise refusal(path, f"{layers[layer.name].path} holds a layer {layer.name!r} too", "Rename one of them")
        layers |= {layer.name: layer for layer in found}
        others |= {_name(name, path, files): (path, name, why) for name, why in contents.others.items()}
        notes += [f"{path}: {note}" for note in contents.notes]
    if not wanted:
        left_out = [f"{path}: left out {quoted(name)}, {why.why}" for path, name, why in others.values()]
        return list(layers.values()), [*left_out, *notes]
    names = chosen(" ".join(paths), "layer", wanted, [*layers, *others])
    for path, name, why in (others[name] for name in names if name not in layers):
        raise refusal(path, f"{quoted(name)} is no layer: {why.why}", why.remedy)
    return [layers[name] for name in names], notes


def _layer(path: str, contents: Contents, name: str, files: Mapping[str, str]) -> Layer:
    return Layer(_name(name, path, files), path, contents.arrays[name], contents.units, contents.ids)


def _name(key: str, path: str, files: Mapping[str, str]) -> str:
    if not key:
        return files[path]
    return key if len(files) == 1 else f"{files[path]}:{key}"


def file_names(paths: Sequence[str]) -> dict[str, str]:
    """Return a name for each file: its own without the suffix, after as many folders as it takes to tell them apart.

    Raises:
        UserError: a file is given twice.
    """
    real = {path: Path(path).resolve() for path in paths}
    for path, count in Counter(real[path] for path in paths).items():
        if count > 1:
            again = [given for given in paths if real[given] == path][-1]
            raise refusal(again, "it is given twice", "Give each file once")
    stems = Counter((path.parent, path.stem) for path in real.values())
    last = {given: path.stem if stems[path.parent, path.stem] == 1 else path.name for given, path in real.items()}
    groups: dict[str, list[str]] = defaultdict(list)
    for given, name in last.items():
        groups[name].append(given)
    return {given: found for name, group in groups.items() for given, found in _apart(name, group, real).items()}


def _apart(name: str, group: Sequence[str], real: Mapping[str, Path]) -> dict[str, str]:
    for depth in range(max(len(real[given].parts) for given in group)):
        named = {given: "/".join([*real[given].parts[-1 - depth : -1], name]) for given in group}
        if len(set(named.values())) == len(group):
            return named
    raise AssertionError("different paths differ somewhere")


def _check(path: str, contents: Contents, key: str, *, strict: bool) -> None:
    """Raise if a file has no key that it should have or, where all layers are wanted, no layer or a damaged one."""
    if key and contents.ids is None:
        there = ", ".join(map(repr, [*contents.arrays, *contents.others][:12]))
        raise refusal(path, f"it has no key {key!r} beside {there}", "Save the names of the rows under that name")
    for name, why in contents.others.items():
        if strict and why.damaged:
            remedy = f"{why.remedy}, or choose layers with --layer" if name else why.remedy
            raise refusal(path, f"{quoted(name)} is no layer: {why.why}", remedy)
    if strict and not contents.arrays:
        found = ", ".join(f"{name or 'the array'}, {why.why}" for name, why in list(contents.others.items())[:4])
        problem = f"expected arrays of two axes, one row for each stimulus; found {found or 'no array'}"
        raise refusal(path, problem, next((why.remedy for why in contents.others.values()), AXES))


READERS: dict[str, Callable[[Path, str], Contents]] = {
    ".npz": read_npz,
    ".npy": read_npy,
    ".safetensors": read_safetensors,
    ".parquet": read_columns,
}
