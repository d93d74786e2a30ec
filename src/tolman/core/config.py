"""Configurations: nested frozen dataclasses, their canonical form and digest, and parameters set from text.

Everything that enters a result is part of a configuration, whose digest is the record's key. The canonical form
therefore refuses what it cannot write down exactly.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from tolman.core.errors import UnknownName, UserError
from tolman.core.parsing import describe, parse

Config = TypeVar("Config")


def canonical(value: Any, path: str = "value") -> Any:
    """Return `value` as JSON types: dicts with text keys, lists, text, booleans, numbers and None.

    A dataclass becomes `{"class": its name, "version": its class variable, if any, field: ...}`. Numbers stay exact:
    JSON writes the shortest text that reads back to the same float. A field with the metadata `{"key": False}`, which
    says where something is, not what it is, is left out; one with `{"key": "changed"}`, a newer option, at its default.

    Args:
        value: dataclasses, mappings, lists, tuples and scalars.
        path: name of the whole value in error messages.

    Raises:
        TypeError: a type that has no canonical form (arrays, functions, keys that are not text).
        ValueError: NaN or an infinity.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return canonical(_fields(value), path)
    if isinstance(value, Mapping):
        return {_text(key, path): canonical(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item, f"{path}[{i}]") for i, item in enumerate(value)]
    return _scalar(value, path)


def from_canonical(kind: type[Config], given: Mapping[str, Any], **more: Any) -> Config:
    """Return the dataclass whose canonical form is `given`; `more` sets further fields.

    Fields are plain values, tuples of plain values, or dataclasses of exactly the declared class.
    """
    values = {f.name: given[f.name] for f in dataclasses.fields(kind) if f.name in given}  # pyright: ignore
    hints = typing.get_type_hints(kind)
    return kind(**{name: _restored(hints[name], value) for name, value in values.items()}, **more)


def _restored(hint: Any, value: Any) -> Any:
    nested = isinstance(value, dict) and dataclasses.is_dataclass(hint)
    return from_canonical(hint, value) if nested else _tuples(value)  # pyright: ignore[reportArgumentType]


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def digest(value: Any, length: int = 24) -> str:
    """Return the first `length` (at most 64) hexadecimal digits of the SHA-256 of `value`'s canonical JSON.

    Equal numbers have equal digests, whether written 1 or 1.0. Raises as `canonical` does.
    """
    text = json.dumps(_alike(canonical(value)), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _fields(config: Any) -> dict[str, Any]:
    head = {"class": type(config).__name__}
    if hasattr(type(config), "version"):
        head["version"] = type(config).version
    return head | {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if _in_key(f, config)}


def _in_key(field: dataclasses.Field[Any], config: Any) -> bool:
    rule = field.metadata.get("key", True)
    return getattr(config, field.name) != field.default if rule == "changed" else rule


def _text(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path}: the key {key!r} is not text, and JSON could not tell it from {str(key)!r}")
    return key


def _scalar(value: Any, path: str) -> Any:
    if isinstance(value, np.bool_ | np.integer | np.floating):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{path} is {value}: only finite numbers have a canonical form")
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(
        f"{path}: {type(value).__name__} has no canonical form; expected dataclasses, tuples, dicts or scalars"
    )


def _alike(value: Any) -> Any:
    """Return `value` with whole floats as integers: 1 and 1.0 are the same parameter."""
    if isinstance(value, dict):
        return {key: _alike(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_alike(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def settings(config: Any, prefix: str = "") -> dict[str, Any]:
    """Return every dotted path that can be set in nested dataclasses, with its annotation, in the order of the fields.

    A dataclass in a tuple is addressed by its field `name`, or by its place where it has none, and a value of a mapping
    by its key: `learners.parametric-retrieval-bm25.context.retriever.k1`, `phases.0.mixture.statement`.
    """
    hints, found = typing.get_type_hints(type(config)), {}
    for field in dataclasses.fields(config):
        value, path = getattr(config, field.name), prefix + field.name
        if _is_config(value):
            found |= settings(value, f"{path}.")
        elif _are_configs(value):
            for name, part in _parts(value).items():
                inner = settings(part, f"{path}.{name}.")
                inner.pop(f"{path}.{name}.name", None)  # its address
                found |= inner
        elif field.init:
            found[path] = hints[field.name]
            if isinstance(value, Mapping):
                found |= {f"{path}.{key}": typing.get_args(hints[field.name])[1] for key in value}
    return found


def setting(config: Any, path: str) -> Any:
    """Return the value at a dotted path."""
    return functools.reduce(_inner, path.split("."), config)


def _is_config(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _are_configs(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(map(_is_config, value))


def _parts(configs: tuple[Any, ...]) -> dict[str, Any]:
    """Return the dataclasses in a tuple by name, or by place."""
    return {str(getattr(part, "name", place)): part for place, part in enumerate(configs)}


def _inner(config: Any, name: str) -> Any:
    if isinstance(config, Mapping):
        return config[name]
    return _parts(config)[name] if isinstance(config, tuple) else getattr(config, name)


def parse_assignments(pairs: Iterable[str]) -> dict[str, str]:
    """Parse `["world.books=256"]` as `{"world.books": "256"}`.

    Raises:
        UserError: a pair without `=` or without a name, or a name given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        path, equals, text = (part.strip() for part in pair.partition("="))
        if not (path and equals):
            raise UserError(f"cannot read the setting {pair!r}: expected NAME=VALUE.")
        if path in found:
            raise UserError(f"{path} is set twice, to {found[path]!r} and {text!r}: give it once.")
        found[path] = text
    return found


def unknown_setting(path: str, known: Iterable[str]) -> UserError:
    """Return the error that a study has no such setting, with the option where one chooses it."""
    options = {"seed": "--first-seed", "seeds": "--seeds", "preset": "--preset"}
    if path in options:
        return UserError(f"{path} is no setting: choose it by {options[path]}.")
    return UnknownName("setting", path, known, "`tolman show STUDY`")


def override(config: Config, assignments: Mapping[str, str]) -> Config:
    """Return `config` with the parameters at dotted paths replaced, each read as its field's annotation says.

    Understood are int, float, bool (`true`, `false`), str, `Literal`, tuples of these (`1,2,3`), mappings from names to
    these (`a:0.3,b:0.7`), and None (`none`). Every dataclass is rebuilt once, so that parameters that only make sense
    together can be given together.

    Raises:
        UnknownName: no such setting.
        UserError: the text is not of that type, or the configuration itself refuses the value.
    """
    known = settings(config)
    for path in assignments:
        if path not in known:
            raise UnknownName("setting", path, known, "the documentation")
    values = {path: _read(path, text, known[path]) for path, text in assignments.items()}
    try:
        return _replace(config, values)
    except ValueError as error:
        given = ", ".join(f"{path}={text}" for path, text in assignments.items())
        raise UserError(f"{given}: {error}") from error


def _replace(config: Any, values: Mapping[str, Any]) -> Any:
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        head, _, rest = path.partition(".")
        inner.setdefault(head, {})[rest] = value
    changes = {
        head: tails[""] if "" in tails else _replace(_inner(config, head), tails) for head, tails in inner.items()
    }
    if isinstance(config, tuple):
        return tuple(changes.get(name, part) for name, part in _parts(config).items())
    if isinstance(config, Mapping):
        return {**config, **changes}
    return dataclasses.replace(config, **changes)


def _read(path: str, text: str, kind: Any) -> Any:
    try:
        return parse(text, kind)
    except TypeError as error:
        raise UserError(f"{path} cannot be set from text ({error}): set it in Python.") from error
    except (ValueError, KeyError) as error:
        raise UserError(f"{path}={text}: expected {describe(kind)}.") from error
