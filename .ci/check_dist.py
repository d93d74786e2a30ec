"""Check that what `make dist` built can be installed by somebody who has nothing else.

    check_dist.py dist/

The wheel must hold every file of the package, the sdist must build the same wheel, and in an empty environment the
wheel must list its components and audit a file of activations. Dependencies are installed at the versions of the lock.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUST_HAVE = (
    "tolman/py.typed",
    *(f"tolman/models/checkpoints/{name}.safetensors" for name in ("reader", "reader-0", "reader-2", "control")),
    "tolman/report/templates/report.html",
    "tolman/audit/templates/audit.html",
    "tolman/contrib/encrypted/study.py",
)
SAMPLE = """
import csv
import numpy as np

rng = np.random.default_rng(0)
labels = np.resize([0, 1], 200)
np.savez("activations.npz", layer=rng.normal(size=(200, 8)) + 3 * labels[:, None])
with open("features.csv", "w", newline="") as file:
    csv.writer(file).writerows([["shape"], *([("circle", "square")[label]] for label in labels)])
"""


def main(folder: Path) -> None:
    """Check the one wheel and the one sdist in a folder."""
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as scratch:
        check_contents(wheel)
        check_sdist(sdist, wheel, Path(scratch) / "sdist")
        check_install(wheel, Path(scratch) / "installed")
    print(f"{wheel.name} and {sdist.name} are complete and work in an empty environment.")


def files(wheel: Path) -> set[str]:
    """Names of the files in a wheel, its metadata aside."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def check_contents(wheel: Path) -> None:
    """Check that a wheel holds the files of the package and no others."""
    package = ROOT / "src"
    expected = {str(p.relative_to(package)) for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    found = files(wheel)
    missing, surplus = sorted(expected.union(MUST_HAVE) - found), sorted(found - expected)
    if missing or surplus:
        sys.exit(f"{wheel.name} lacks {missing or 'nothing'} and holds {surplus or 'nothing'} that is not in src/.")


def check_sdist(sdist: Path, wheel: Path, scratch: Path) -> None:
    """Check that an sdist builds a wheel of the same files."""
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch, filter="data")
    [unpacked] = scratch.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(scratch), folder=unpacked)
    [rebuilt] = scratch.glob("*.whl")
    if files(rebuilt) != files(wheel):
        sys.exit(f"{sdist.name} builds a wheel of other files: {sorted(files(rebuilt) ^ files(wheel))}.")


def check_install(wheel: Path, scratch: Path) -> None:
    """Check that a wheel works in an environment with its dependencies and nothing else."""
    run(sys.executable, "-m", "venv", str(scratch))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    # Constraints with hashes would demand a hash of the wheel as well.
    pins = re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)
    (scratch / "constraints.txt").write_text("\n".join(pins), encoding="utf-8")
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt")
    run("bin/python", *pip, str(wheel.resolve()), folder=scratch)
    run("bin/python", "-m", "pip", "check", folder=scratch)
    run("bin/tolman", "list", folder=scratch)
    run("bin/python", "-c", SAMPLE, folder=scratch)
    run("bin/tolman", "audit", "activations.npz", "--features", "features.csv", "-o", "audit.html", folder=scratch)
    if "</html>" not in (scratch / "audit.html").read_text(encoding="utf-8"):
        sys.exit("tolman audit wrote no whole page.")


def run(program: str, *arguments: str, folder: Path = ROOT) -> None:
    """Run a program in a folder; a relative path to the program starts there, too."""
    path = folder / program if "/" in program else program
    subprocess.run([path, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
