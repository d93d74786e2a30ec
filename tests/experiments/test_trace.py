"""A run of `reversals` executes few files until its first record, and docs/architecture.md lists them in order."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
MOST_FILES, MOST_LINES = 22, 250

PROGRAM = """
import json, os, sys, threading
from pathlib import Path

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])  # one device, so that learners are tested one by one

root = Path(sys.argv[1]) / "src" / "tolman"
files, records = {}, []


def called(frame, event, argument):
    code = frame.f_code
    inside = code.co_filename.startswith(str(root)) and code.co_flags & 2  # functions, not modules and classes
    if event == "call" and inside and not records:
        files.setdefault(str(Path(code.co_filename).relative_to(root)))


class Recorded(BaseException):
    pass


def write(self, record, items):
    records.append(record)
    raise Recorded


sys.setprofile(called)
threading.setprofile(called)
from tolman.experiments import run
from tolman.records.store import Store
from tolman.studies.latent.reversals import ReversalsStudy

Store.write = write
try:
    run(ReversalsStudy(), "reversals", "smoke", Store(sys.argv[2]), seeds=1, checkpoint_every=1e9)
except Recorded:
    sys.setprofile(None)
    threading.setprofile(None)
    print(json.dumps(sorted(files)))
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(ROOT), str(folder / "r")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return [name for name in json.loads(done.stdout) if not name.startswith(("core/", "cli/", "report/", "__init__"))]


@pytest.mark.slow
def test_few_files_are_executed_and_none_is_long(executed):
    assert len(executed) <= MOST_FILES, executed
    lines = {name: (ROOT / "src" / "tolman" / name).read_text().count("\n") for name in executed}
    assert max(lines.values()) <= MOST_LINES, lines


@pytest.mark.slow
def test_the_architecture_page_lists_them_in_reading_order(executed):
    listed = re.findall(r"^\d+\. `([\w/]+\.py)`", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(listed) == executed
