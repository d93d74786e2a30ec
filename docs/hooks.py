"""Generate pages: the API reference, one for each package, and what the pretrained reader has met."""

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


def words_page() -> str:
    """Return a page with every word and wording of the documents that the reader was pretrained on."""
    from tolman.worlds.reading.templates import COMPARATIVES
    from tolman.worlds.reading.wordings import CLOSED, LINES

    parts = [
        "# Words and wordings of the reader\n",
        "All that [the reader](../reader.md) knows of language. `{s}`, `{r}` and `{o}` stand for a subject, a relation "
        "and an object, `{q}` for a second relation; `[is/was]` stands for either word, and `[the/]` for a word or "
        "none.\n",
        f"## Words\n\n{len(CLOSED) - 1} words have a learned embedding; every other word is new to it.\n",
        _block(" ".join(CLOSED[1:])),
        "## Pairs of comparatives\n",
        _block(COMPARATIVES.strip()),
    ]
    for name, lines in LINES.items():
        title = name.lower().replace("_", " ")
        parts += [f"## {title.capitalize()}\n", _block("\n".join(lines.trained))]
        parts += ["Held out for tests:\n", _block("\n".join(lines.held_out))]
    return "\n".join(parts)


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def on_files(files: Files, config: Any) -> Files:
    """Add a page `reference/PACKAGE.md` for every package of Tolman, and the page of the reader's words."""
    for folder in sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists()):
        blocks = [f"::: {name}\n" for name in modules(folder)]
        content = "\n".join([f"# tolman.{folder.name}\n", *blocks])
        files.append(File.generated(config, f"reference/{folder.name}.md", content=content))
    files.append(File.generated(config, "reference/reader-words.md", content=words_page()))
    return files
