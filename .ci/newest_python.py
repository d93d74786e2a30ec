"""Print the path of the newest Python on this machine that Tolman supports.

It may be on the PATH or among pyenv's versions. Prints nothing where none is newer than the one that runs this.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ((3, 14), (3, 13), (3, 12), (3, 11))


def candidates(version: tuple[int, int]) -> list[str]:
    """Return programs that may be Python of that version; a shim of pyenv's may be there and fail when it runs."""
    name = "python{}.{}".format(*version)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    patches = sorted(pyenv.glob(f"{name.removeprefix('python')}.*"), key=_patch, reverse=True)
    return [found for found in [shutil.which(name), *(str(p / "bin" / "python") for p in patches)] if found]


def works(program: str, version: tuple[int, int]) -> bool:
    """Return whether a program runs as Python of that version and can make environments."""
    check = f"import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != {version})"
    try:
        return subprocess.run([program, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def newest() -> str | None:
    """Return the newest Python that works, or None if none is newer than this one."""
    newer = [version for version in SUPPORTED if version > sys.version_info[:2]]
    return next((program for v in newer for program in candidates(v) if works(program, v)), None)


def _patch(folder: Path) -> int:
    found = re.match(r"\d+\.\d+\.(\d+)", folder.name)
    return int(found[1]) if found else -1


if __name__ == "__main__":
    print(newest() or "")
