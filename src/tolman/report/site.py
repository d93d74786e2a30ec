"""The report: one HTML file, from records alone, that opens without a network.

Nothing on the page is trusted. Templates escape every value, data inside scripts cannot leave it, and the page's own
security policy allows the scripts written here and nothing else: no request, no other script, no `eval`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import UserError
from ..records.schema import Record
from ..records.store import Store
from .summary import summarise
from .words import GLOSSARY, bound_text, effect_text, percent, spread

if TYPE_CHECKING:
    import jinja2

    from ..claims.verdict import Verdict
    from .pages import Section

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(records: Store | Iterable[Record], verdicts: Iterable[Verdict], path: str | Path) -> Path:
    """Writes the page to `path` and returns it; whoever opens it meanwhile sees the old page or the new one, whole.

    Raises:
        UserError: there are no records, or the file cannot be written.
    """
    path = Path(path)
    found = records.records() if isinstance(records, Store) else list(records)
    if not found:
        where = f" in {records.root}" if isinstance(records, Store) else ""
        raise UserError(
            f"there are no records{where} to report: first run a study, for example `tolman run reversals`."
        )
    page = render(found, list(verdicts))
    try:
        _replace(path, page.encode())
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place with -o.") from error
    return path


def render(records: Sequence[Record], verdicts: Sequence[Verdict]) -> str:
    """The page as text; the same records and verdicts give the same page."""
    from .figures import claims
    from .pages import sections

    parts = sections(summarise(records))
    chart = claims(verdicts)
    figures = {figure.id: figure.chart for section in parts for part in section.parts for figure in part.figures}
    if chart is not None:
        figures["claims-figure"] = chart
    scripts = {"library": _library(), "draw": (_TEMPLATES / "draw.js").read_text(encoding="utf-8")}
    return (
        _environment()
        .get_template("report.html")
        .render(
            sections=parts,
            verdicts=verdicts,
            claims_figure=chart is not None,
            specs={name: _embeddable(spec.to_dict()) for name, spec in figures.items()},
            scripts=scripts,
            hashes=[_hash(script) for script in scripts.values()],
            style=(_TEMPLATES / "report.css").read_text(encoding="utf-8"),
            glossary=GLOSSARY,
            headlines=_headlines(parts),
        )
    )


def _headlines(parts: Sequence[Section]) -> list[tuple[str, str]]:
    """What was found in each study as published; overridden runs only if there is nothing else."""
    published = [section for section in parts if not section.overridden]
    return [(section.name, section.parts[0].finding) for section in published or parts]


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "spread": spread,
        "percent": percent,
        "effect": effect_text,
        "bound": bound_text,
    }
    return environment


@functools.cache
def _library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, carried by vl-convert."""
    import vl_convert

    return vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue] (its stub omits the default)


def _embeddable(value: Any) -> str:
    """JSON that no parser of HTML or JavaScript can be led out of."""
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
