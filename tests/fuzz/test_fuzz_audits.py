"""Generated files through the whole audit: refused with a message, or every row and unit accounted for."""

from __future__ import annotations

import json
from pathlib import Path

from fuzz_audits import audit_files
from fuzz_budget import AUDITS, call, generated
from fuzz_files import Arrays, Written, array_files, parquet_tables, text_tables
from hypothesis import given
from hypothesis import strategies as st

ROWS = 24


@given(seed=st.integers(0, 2**32 - 1), page=st.booleans())
@generated(AUDITS * 0.8)
def test_an_audit_of_plausible_files_ends_well(seed, page, tmp_path):
    file, table = audit_files(seed, tmp_path)
    accounted(file, table, page=tmp_path / "page.html" if page else None)


@given(data=st.data())
@generated(AUDITS * 0.2)
def test_an_audit_of_odd_files_ends_well(data, tmp_path):
    file = data.draw(array_files(tmp_path, rows=ROWS))
    accounted(file, data.draw(st.one_of(text_tables(tmp_path, rows=ROWS), parquet_tables(tmp_path, rows=ROWS))))


def accounted(file: Arrays, table: Written, page: Path | None = None) -> None:
    """Audit the files; every layer, unit, row and column is in the result or in a note, unless all is refused."""
    options = [] if page is None else ["-o", str(page)]
    result = call("audit", str(file.path), "--features", str(table.path), "--json", *options)
    if result.exit_code == 2:
        assert result.stdout == ""
        return
    found = json.loads(result.stdout)
    notes = "\n".join(found["notes"])
    assert found["rows"] == table.rows
    layers = {layer["name"]: layer for layer in found["layers"]}
    for name, shape in file.shapes.items():
        # The name of a file stands for that of its only array, where NumPy gives none.
        alone = not name or (name == "arr_0" and len(file.shapes) == 1 and file.path.suffix == ".npz")
        layer = layers.get(file.path.stem if alone else name)
        assert layer or repr(name) in notes, f"the layer {name!r} is gone"
        assert layer is None or (layer["units"], table.rows) == (shape[1], shape[0])
    features = [feature["name"] for feature in found["features"]]
    for name in table.columns:
        forms = (name, name.strip())
        assert any(form in features or repr(form) in notes for form in forms), f"the column {name!r} is gone"
    for layer in found["layers"]:
        assert [each["feature"] for each in layer["features"]] == features
    assert page is None or page.stat().st_size > 100_000
