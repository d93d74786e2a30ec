"""Generated files through the whole audit: refused with a message, or every row and unit accounted for."""

from __future__ import annotations

import json

from fuzz_budget import AUDITS, call, generated
from fuzz_files import array_files, parquet_tables, text_tables
from hypothesis import given
from hypothesis import strategies as st

ROWS = 24


@given(data=st.data())
@generated(AUDITS)
def test_an_audit_ends_well(data, tmp_path):
    file = data.draw(array_files(tmp_path, rows=ROWS))
    table = data.draw(st.one_of(text_tables(tmp_path, rows=ROWS), parquet_tables(tmp_path, rows=ROWS)))
    page = ["-o", str(tmp_path / "page.html")] if data.draw(st.integers(0, 4)) == 0 else []
    result = call("audit", str(file.path), "--features", str(table.path), "--json", *page)
    if result.exit_code == 2:
        assert result.stdout == ""
        return
    found = json.loads(result.stdout)
    notes = "\n".join(found["notes"])
    assert found["rows"] == ROWS
    layers = {layer["name"]: layer for layer in found["layers"]}
    for name, shape in file.shapes.items():
        # The name of a file stands for that of its only array, where NumPy gives none.
        alone = not name or (name == "arr_0" and len(file.shapes) == 1 and file.path.suffix == ".npz")
        layer = layers.get(file.path.stem if alone else name)
        assert layer or repr(name) in notes, f"the layer {name!r} is gone"
        assert layer is None or layer["units"] == shape[1]
    features = [feature["name"] for feature in found["features"]]
    for name in table.columns:
        forms = (name, name.strip())
        assert any(form in features or repr(form) in notes for form in forms), f"the column {name!r} is gone"
    for layer in found["layers"]:
        assert [each["feature"] for each in layer["features"]] == features
