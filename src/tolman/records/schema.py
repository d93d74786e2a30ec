"""Records: immutable results with everything that entered them, and where they come from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tolman.core.config import canonical, digest
from tolman.core.errors import UserError
from tolman.records.items import items_digest
from tolman.records.upgrades import UPGRADES, Document

SCHEMA = 1 + len(UPGRADES)
"""The schema that is written now."""

_REQUIRED = {
    "config": {
        "study": str, "study_version": int, "preset": str, "overrides": dict, "condition": str,
        "learner": dict, "world_seed": int, "model_seed": int,
    },
    "result": {
        "tests": dict, "measures": dict, "curves": list, "trainings": dict, "items_digest": str, "digest": str,
    },
}  # fmt: skip
_CHANCE: dict[str, Any] = dict.fromkeys(("uniform", "elimination", "constant"), float | int)
_OPTIONAL = {"trajectories": dict}
_OTHER_SCORES: dict[str, Any] = dict.fromkeys(("accuracy_per_token", "accuracy_unconditional"), float | int)
_TEST = {"role": str, "n": int, "accuracy": float | int, "chance": dict}


class DamagedRecord(UserError):
    """A folder that should hold a record and does not: a file is missing, cut off or changed."""


@dataclasses.dataclass(frozen=True)
class Record:
    """The result of one (study, condition, learner, world seed, model seed).

    Attributes:
        key: 24 hexadecimal digits, the digest of `config`.
        config: everything that enters the result, and nothing else.
        result: the same bits on every run with the same config on the same kind of device.
        provenance: where, when and by what it was made; never part of the key or of any digest.
        schema: the schema it now has, after upgrades.
    """

    key: str
    config: Document
    result: Document
    provenance: Document
    schema: int = SCHEMA

    @property
    def study(self) -> str:
        """The name of the study."""
        return self.config["study"]

    @property
    def preset(self) -> str:
        """The size of the study: `smoke`, `quick` or `full`."""
        return self.config["preset"]

    @property
    def condition(self) -> str:
        """The name of the condition, for example `standard` or `no-in-context`."""
        return self.config["condition"]

    @property
    def learner(self) -> str:
        """The name of the learner."""
        return self.config["learner"]["name"]

    @property
    def seeds(self) -> tuple[int, int]:
        """World seed and model seed, by which runs are paired."""
        return self.config["world_seed"], self.config["model_seed"]

    @property
    def started(self) -> str:
        """When its run started, as ISO 8601; empty if that is unknown. Of two records of one run, the later counts."""
        return str(self.provenance.get("started") or "")

    @property
    def tests(self) -> dict[str, Document]:
        """Test name -> its role, `n`, accuracy, chances, retrieval quality and groups."""
        return self.result["tests"]

    @property
    def measures(self) -> dict[str, float | None]:
        """Numbers other than accuracies, by name; None where one is undefined."""
        return self.result["measures"]


def key_of(config: Any) -> str:
    """The key under which a run of `config` is recorded; known before anything runs."""
    return digest(config)


def result_digest(result: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of everything in `result` except its own `digest`."""
    return digest({name: value for name, value in result.items() if name != "digest"}, 64)


def make_record(
    config: Mapping[str, Any], result: Mapping[str, Any], provenance: Mapping[str, Any], items: pa.Table
) -> Record:
    """A record of what was just measured; adds the key, the digest of the items and that of the result.

    Raises:
        ValueError: a number that is not finite (a loss that diverged is None), or a field that is missing.
        TypeError: a value that JSON cannot hold.
    """
    written = canonical(config, "config")
    measured = canonical({**result, "items_digest": items_digest(items)}, "result")
    measured["digest"] = result_digest(measured)
    record = Record(key_of(written), written, measured, canonical(provenance, "provenance"))
    _check(vars(record))
    return record


def to_json(record: Record) -> bytes:
    """The content of `record.json`."""
    return (json.dumps(vars(record), indent=1, allow_nan=False) + "\n").encode()


def from_json(content: bytes, upgrades: Sequence[Callable[[Document], Document]] = UPGRADES) -> Record:
    """The record in `record.json`, brought to the newest schema; its digests are checked as written.

    Raises:
        DamagedRecord: the content is cut off, changed, or no record at all.
        UserError: a newer Tolman wrote it.
    """
    document = _document(content)
    newest = 1 + len(upgrades)
    if document["schema"] > newest:
        given = f"the record has schema {document['schema']}, this Tolman reads up to {newest}"
        raise UserError(f"{given}: update Tolman, or choose another folder with --records.")
    for upgrade in upgrades[document["schema"] - 1 :]:
        document = upgrade(document)
    document["schema"] = newest
    try:
        _check(document)
        return Record(**document)
    except (ValueError, TypeError) as error:
        raise DamagedRecord(str(error)) from error


def _document(content: bytes) -> Document:
    """The parsed content, if its digests are true."""
    try:
        document = json.loads(content)
        if not isinstance(document["schema"], int) or document["schema"] < 1:
            raise ValueError(f"schema {document['schema']!r} is not a whole number from 1")
        _true("config", document["key"], key_of(document["config"]))
        _true("result", document["result"]["digest"], result_digest(document["result"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedRecord(f"record.json cannot be read: {type(error).__name__}: {error}") from error
    return document


def _true(name: str, written: str, actual: str) -> None:
    if written != actual:
        raise ValueError(f"{name} was changed after it was written (digest {actual[:8]}, not {written[:8]})")


def _check(document: Document) -> None:
    """Raises ValueError naming the first field that is missing or of another type."""
    for part, fields in _REQUIRED.items():
        _check_fields(document.get(part), fields, part)
    _check_fields(document["config"]["learner"], {"name": str}, "config.learner")
    _check_fields(document["result"], _given(_OPTIONAL, document["result"]), "result")
    for name, test in document["result"]["tests"].items():
        _check_fields(test, _TEST | _given(_OTHER_SCORES, test), f"result.tests.{name}")
        _check_fields(test["chance"], _CHANCE, f"result.tests.{name}.chance")


def _given(fields: Mapping[str, Any], part: Any) -> dict[str, Any]:
    """Return those of optional fields that a part has."""
    return {name: kind for name, kind in fields.items() if isinstance(part, dict) and name in part}


def _check_fields(given: Any, fields: Mapping[str, Any], path: str) -> None:
    for name, kind in fields.items():
        value = given.get(name) if isinstance(given, dict) else None
        if not isinstance(value, kind):
            raise ValueError(f"{path}.{name} is {value!r}; expected {getattr(kind, '__name__', kind)}")
