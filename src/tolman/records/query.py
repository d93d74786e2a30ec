"""SQL over records: DuckDB in memory, over the plain files.

Views, all of which begin with the columns of `RUN`:

- `records`: a row per record and test, with its accuracy, chances and retrieval quality;
- `measures`: a row per record and number other than an accuracy;
- `curves`: a row per record, point of the learning curve and test evaluated there;
- `items`: a row per record and item, columns as in `records.items.ALL_ITEMS`.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tolman.core.errors import UserError
from tolman.records.items import ALL_ITEMS
from tolman.records.schema import Record

RUN = pa.schema(
    [
        ("key", pa.string()),
        ("study", pa.string()),
        ("study_version", pa.int64()),
        ("preset", pa.string()),
        ("overrides", pa.string()),
        ("condition", pa.string()),
        ("learner", pa.string()),
        ("world_seed", pa.int64()),
        ("model_seed", pa.int64()),
    ]
)
"""Columns that identify a run; `overrides` is JSON, `{}` for a preset as published."""

RECORDS = pa.schema(
    [
        *RUN,
        ("test", pa.string()),
        ("role", pa.string()),
        ("n", pa.int64()),
        ("accuracy", pa.float64()),
        ("accuracy_per_token", pa.float64()),
        ("accuracy_unconditional", pa.float64()),
        ("chance_uniform", pa.float64()),
        ("chance_elimination", pa.float64()),
        ("chance_constant", pa.float64()),
        ("recall", pa.float64()),
        ("precision", pa.float64()),
        ("exposure", pa.float64()),
    ]
)

_ACCURACIES = ("accuracy", "accuracy_per_token", "accuracy_unconditional")
"""Columns that a test without questions has null in."""

CURVES = pa.schema(
    [
        *RUN,
        ("step", pa.int64()),
        ("tokens", pa.int64()),
        ("targets", pa.int64()),
        ("loss", pa.float64()),
        ("test", pa.string()),
        ("accuracy", pa.float64()),
    ]
)
"""A point at which no test was evaluated has null for `test` and `accuracy`."""

MEASURES = pa.schema([*RUN, ("measure", pa.string()), ("value", pa.float64())])


_QUIET: dict[str, Any] = {"autoinstall_known_extensions": False, "python_enable_replacements": False}
"""Nothing is downloaded, and a query sees the views but no variables of ours."""


def query(sql: str, records: Sequence[Record], items_of: Callable[[str], Path]) -> pa.Table:
    """Answer a query in SQL; `items_of` gives the Parquet file of a key.

    Raises:
        UserError: DuckDB refuses the query.
    """
    import duckdb

    with duckdb.connect(":memory:", config=dict(_QUIET)) as connection:
        connection.register("records", records_table(records))
        connection.register("measures", measures_table(records))
        connection.register("curves", curves_table(records))
        _register_items(connection, records, items_of)
        try:
            answer = connection.sql(sql)
            return pa.table({}) if answer is None else answer.to_arrow_table()
        except duckdb.Error as error:
            raise UserError(
                f"cannot answer {sql!r}: {error}\nThe views are records, measures, curves and items."
            ) from error


def records_table(records: Sequence[Record]) -> pa.Table:
    """Return one row per record and test, in the order given; columns `RECORDS`."""
    return pa.Table.from_pylist([row for record in records for row in _tests(record)], RECORDS)


def curves_table(records: Sequence[Record]) -> pa.Table:
    """Return one row per record, point and test, in the order given; columns `CURVES`."""
    return pa.Table.from_pylist([row for record in records for row in _points(record)], CURVES)


def measures_table(records: Sequence[Record]) -> pa.Table:
    """Return one row per record and measure, in the order given; columns `MEASURES`."""
    rows = [_run(r) | {"measure": name, "value": value} for r in records for name, value in r.measures.items()]
    return pa.Table.from_pylist(rows, MEASURES)


def _run(record: Record) -> dict[str, Any]:
    return {
        "key": record.key,
        "study": record.study,
        "study_version": record.config["study_version"],
        "preset": record.preset,
        "overrides": json.dumps(record.config["overrides"], sort_keys=True),
        "condition": record.condition,
        "learner": record.learner,
        "world_seed": record.seeds[0],
        "model_seed": record.seeds[1],
    }


def _tests(record: Record) -> Iterator[dict[str, Any]]:
    for name, test in record.tests.items():
        chance = {f"chance_{kind}": value for kind, value in test["chance"].items()}
        unasked = {} if test["n"] else dict.fromkeys(_ACCURACIES)
        yield _run(record) | {"test": name} | test | chance | unasked


def _points(record: Record) -> Iterator[dict[str, Any]]:
    for point in record.result["curves"]:
        for name, accuracy in (point["accuracy"] or {None: None}).items():
            yield _run(record) | point | {"test": name, "accuracy": accuracy}


def _register_items(connection: Any, records: Sequence[Record], items_of: Callable[[str], Path]) -> None:
    """Register the view of the Parquet files, of which DuckDB reads the columns that a query asks for."""
    empty = pa.schema([*RUN, *ALL_ITEMS]).empty_table()
    if not records:
        connection.register("items", empty)
        return
    runs = [_run(record) | {"filename": str(items_of(record.key).absolute())} for record in records]
    connection.register("runs", pa.Table.from_pylist(runs, RUN.append(pa.field("filename", pa.string()))))
    # Names go in as patterns: a folder called `a[1]` must mean itself.
    files = ", ".join("'" + glob.escape(run["filename"]).replace("'", "''") + "'" for run in runs)
    # Few files have every column: the empty table says which there are.
    connection.register("no_items", empty)
    options = "filename = true, hive_partitioning = false, union_by_name = true"
    connection.execute(
        "CREATE VIEW items AS FROM no_items UNION ALL BY NAME SELECT * EXCLUDE (filename) "
        f"FROM runs JOIN read_parquet([{files}], {options}) USING (filename)"
    )
