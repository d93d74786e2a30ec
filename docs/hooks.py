"""Generate the pages of the API reference: one for each package, with every public module in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PACKAGE = Path(__file__).parents[1] / "src" / "tolman"


def modules(folder: Path) -> list[str]:
    """Return the dotted names of the public modules in a folder, packages before what they hold."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not any(part.startswith("_") for part in name.split(".")) and path.stat().st_size:
            found.append(name)
    return sorted(found)


def on_files(files: Files, config: Any) -> Files:
    """Add a page `reference/PACKAGE.md` for every package of Tolman."""
    for folder in sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists()):
        blocks = [f"::: {name}\n" for name in modules(folder)]
        content = "\n".join([f"# tolman.{folder.name}\n", *blocks])
        files.append(File.generated(config, f"reference/{folder.name}.md", content=content))
    return files
