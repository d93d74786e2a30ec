"""Files to audit, and progress that nobody sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from audit_samples import labels, layer, write_csv


class Silent:
    """Progress that nobody sees."""

    def start(self, label: str, total: int) -> None:
        self.total, self.steps = total, 0

    def update(self, label: str, step: int, text: str = "") -> None:
        assert step == self.steps, "steps are counted one by one"
        self.steps += 1

    def finish(self, label: str) -> None:
        assert self.steps == self.total, "as many steps as were announced"


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A file of two layers, and labels, in the current directory."""
    monkeypatch.chdir(tmp_path)
    np.savez("acts.npz", early=layer(0.33, 0.3), late=layer(0.77, 0.07, seed=1))
    write_csv(Path("features.csv"), labels())
    return tmp_path
