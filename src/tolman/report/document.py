"""HTML pages in one file, which open without a network and trust nothing.

Templates escape every value, data inside scripts cannot leave it, and the page's own security policy allows the scripts
written here and nothing else: no request, no other script, no `eval`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.core.errors import UserError

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"


def environment(*folders: Path) -> jinja2.Environment:
    """Return the templates of these folders and of the report, everything escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def dressing(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template variables that draw Altair charts, by the id of their element, in the report's style."""
    own = {name: (TEMPLATES / f"{name}.js").read_text(encoding="utf-8") for name in ("fit", "draw")}
    scripts = {"library": _library(), **own}
    return {
        "specs": {name: _embeddable(chart.to_dict()) for name, chart in figures.items()},
        "scripts": scripts,
        "hashes": [_hash(script) for script in scripts.values()],
        "style": (TEMPLATES / "report.css").read_text(encoding="utf-8"),
    }


def write_page(path: str | Path, page: str) -> Path:
    """Write a page; whoever opens it meanwhile sees the old page or the new one, whole. Links are followed.

    Raises:
        UserError: the file cannot be written, or is a device, a pipe or the like.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    if os.path.lexists(target) and not target.is_file():
        raise UserError(f"cannot write {path}: this is no file: choose another place with -o.")
    try:
        _replace(target, page.encode())
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place with -o.") from error
    return path


@functools.cache
def _library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, which vl-convert carries."""
    import vl_convert

    return vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue] (its stub omits the default)


def _embeddable(value: Any) -> str:
    """Return JSON that no parser of HTML or JavaScript can be led out of."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))  # ASCII, so U+2028 is escaped
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
