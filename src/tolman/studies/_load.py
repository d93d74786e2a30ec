"""From a record back to the model and the data it is about."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

from ..core.errors import UserError
from ..core.registry import load as load_component
from ..core.world import Instance
from ..models.decoder import Decoder
from ..models.weights import load_decoder
from ..records.schema import Record
from ..records.store import Store
from ._keys import named


class Loaded(NamedTuple):
    """A record with its trained model and the world it was trained on."""

    record: Record
    model: Decoder
    instance: Instance


def load(record: Record | str, records: str | Path = "records", facts: str = "") -> Loaded:
    """The model and the data behind a record, or behind a record's key.

    Args:
        record: a record or its key.
        records: the folder it is in.
        facts: the table, for a record of the study `facts` (records keep a table's digest, not the table).

    Raises:
        UserError: there is no such record or its weights are gone; the table is another; or the world's version
            has changed, so that it would draw other data.
    """
    store = Store(records)
    found = _read(store, record) if isinstance(record, str) else record
    instance = _instance(found, facts)
    return Loaded(found, load_decoder(store.models / found.result["training_key"]), instance)


def _read(store: Store, key: str) -> Record:
    try:
        return store.read(key)
    except KeyError:
        raise UserError(f"there is no record {key!r} in {store.root}; `tolman report` shows what there is") from None


def _instance(record: Record, facts: str) -> Instance:
    config = record.config["world"]
    kind = load_component("worlds", config["name"])
    dials = {f.name: config[f.name] for f in dataclasses.fields(kind) if f.name in config}
    world = kind(**dials, **({"path": facts} if "table_digest" in config else {}))
    if named("worlds", world) != config:
        raise UserError(
            f"record {record.key} is of version {config['version']} of the world {config['name']!r}, which draws other "
            f"data today (version {kind.version}); install the release that made it, {record.provenance['tolman']}"
        )
    return world.draw(record.config["world_seed"])
