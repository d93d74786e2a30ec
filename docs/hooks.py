"""Generate pages: the API reference, what the pretrained reader has met, and the seeds of every study."""

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


def seeds_page() -> str:
    """Return a page with the seeds that each study was explored on, and those that its claims are judged on."""
    from tolman.core.registry import find, load

    rows = [_seeds_row(name, load("studies", name)) for name in find("studies")]
    head = ["| study | explored, or judged before | judged, `quick` | judged, `full` |", "|---|---|---|---|"]
    return f"# Seeds of the studies\n\n{_SEEDS}\n\n" + "\n".join([*head, *rows]) + "\n"


_SEEDS = """\
Settings are found on seeds 0 to 499. Claims are judged on a range of the study's own from 1,000 on, which no other
study uses and no setting was explored on; their number is fixed by the preset. Ranges from 1,000 on in the second
column were given up when a setting changed, most of them after they had been judged. Before 26 November 2026 claims
were judged on seeds below 500. What is not recorded stands as "0 to 499". `tolman show STUDY` prints what a run will
use; [amendments](../amendments.md) says what was changed after a look."""


def _seeds_row(name: str, study: Any) -> str:
    own = (study().own_seeds(preset) for preset in ("quick", "full"))
    judged = (f"{_range(seeds)} (n = {len(seeds)})" for seeds in own)
    return f"| `{name}` | {', '.join(map(_range, sorted(study.explored, key=min)))} | {' | '.join(judged)} |"


def _range(seeds: range) -> str:
    return f"{seeds.start}" if len(seeds) == 1 else f"{seeds.start} to {seeds.stop - 1}"


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def on_files(files: Files, config: Any) -> Files:
    """Add a page `reference/PACKAGE.md` for every package of Tolman, the reader's words, and the studies' seeds."""
    for folder in sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists()):
        blocks = [f"::: {name}\n" for name in modules(folder)]
        content = "\n".join([f"# tolman.{folder.name}\n", *blocks])
        files.append(File.generated(config, f"reference/{folder.name}.md", content=content))
    files.append(File.generated(config, "reference/reader-words.md", content=words_page()))
    files.append(File.generated(config, "reference/seeds.md", content=seeds_page()))
    return files
