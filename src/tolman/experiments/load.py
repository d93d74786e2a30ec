"""The way back from a record to its models and its world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tolman.core.config import from_canonical
from tolman.core.errors import UserError
from tolman.core.registry import load as load_component
from tolman.core.registry import named
from tolman.core.world import Instance
from tolman.experiments.weights import replay_buffer
from tolman.models.io import load_model
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.records.upgrades import rename_model
from tolman.training.replay import with_replay


class Loaded(NamedTuple):
    """A record with its trained models and the data that they were trained on.

    Attributes:
        record: as stored.
        models: by name.
        instance: the world as drawn; agents that acted have their own episodes in memory, as when they were tested.
    """

    record: Record
    models: Mapping[str, Any]
    instance: Instance

    @property
    def model(self) -> Any:
        """The first model; most records have only one."""
        return next(iter(self.models.values()))


def load(record: Record | str, records: str | Path = "records", facts: str = "") -> Loaded:
    """Return the models and the data of a record.

    Args:
        record: a record or its key.
        records: the folder of the record.
        facts: the table, for a record of the study `facts`: records keep a table's digest, not the table.

    Raises:
        UserError: there is no such record or its weights are gone; the table is another; or the world's version
            has changed, so that it would draw other data.
    """
    store = Store(records)
    found = _read(store, record) if isinstance(record, str) else record
    instance = _instance(found, facts)
    folders = {name: store.models / key for name, key in found.result["trainings"].items()}
    models = {name: load_model(folder, rename_model) for name, folder in folders.items()}
    replay = replay_buffer(next(iter(folders.values())))
    return Loaded(found, models, instance if replay is None else with_replay(instance, replay))


def _read(store: Store, key: str) -> Record:
    try:
        return store.read(key)
    except KeyError:
        raise UserError(f"there is no record {key!r} in {store.root}; `tolman report` shows what there is") from None


def _instance(record: Record, facts: str) -> Instance:
    config = record.config["world"]
    kind = load_component("worlds", config["name"])
    world = from_canonical(kind, config, **({"path": facts} if "table_digest" in config else {}))
    if named("worlds", world) != config:
        raise UserError(
            f"record {record.key} is of version {config['version']} of the world {config['name']!r}, which draws other "
            f"data today (version {kind.version}); install the release that made it, {record.provenance['tolman']}"
        )
    return world.draw(record.config["world_seed"])
