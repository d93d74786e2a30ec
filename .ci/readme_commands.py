"""What the README tells its readers to run, at a scale that a check can afford.

`readme_commands.py README.md` prints the commands of its bash blocks, one a line, with the smoke preset in place of
any other. `readme_commands.py README.md DIR` writes its Python blocks to DIR/block_1.py and so on, likewise.
"""

import re
import sys
from pathlib import Path

ELSEWHERE = re.compile(
    r"make (setup|test|demo|docs|dist|bench|clean)\b|git clone\b|cd\b|((\.venv/bin/)?(python -m )?)pip install\b"
)
"""Run by CI already, too long for it, or about getting here in the first place."""


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks in a language, however far they are indented."""
    fence = rf"^([ \t]*)```{language}[ \t]*\n(.*?)^\1```[ \t]*$"
    found = re.findall(fence, text, flags=re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def commands(text: str) -> list[str]:
    """Each command of the bash blocks that is to be run, on one line."""
    found = []
    for block in blocks(text, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            command = line.strip().removeprefix("$ ")
            if ELSEWHERE.match(command):
                print(f"not run here: {command}", file=sys.stderr)
            elif command and not command.startswith("#"):
                found.append(at_smoke_scale(command))
    return found


def at_smoke_scale(command: str) -> str:
    """The command with the smallest preset."""
    command = re.sub(r"--preset[ =]\S+", "--preset smoke", command)
    # One command of a pipe or a list at a time, and not its comment.
    return re.sub(r"\btolman (run|verify|advise)\b[^|;&#]*", _with_preset, command)


def _with_preset(found: re.Match[str]) -> str:
    text = found[0]
    return text if "--preset" in text else text.replace(found[1], f"{found[1]} --preset smoke", 1)


def write_python(text: str, folder: Path) -> None:
    """Each Python block as a file."""
    for number, block in enumerate(blocks(text, "python"), start=1):
        small = re.sub(r"""\bpreset=(["'])\w+\1""", r"preset=\1smoke\1", block)
        (folder / f"block_{number}.py").write_text(small, encoding="utf-8")


if __name__ == "__main__":
    readme = Path(sys.argv[1]).read_text(encoding="utf-8")
    if len(sys.argv) > 2:
        write_python(readme, Path(sys.argv[2]))
    else:
        print("\n".join(commands(readme)))
