"""The code in docs/howto/activations.md runs, and its hooks collect what `tolman audit` reads."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from code_blocks import ROOT, blocks

from tolman import cli
from tolman.audit.activations import read_layers


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_wide_and_unrelated_layers_are_not_alike_once_calibrated(capsys):
    *_, block = blocks("docs/howto/activations.md", "python")
    exec(compile(block, "docs/howto/activations.md", "exec"), {})
    wide, calibrated = capsys.readouterr().out.splitlines()
    score, unlike, _ = calibrated.split()
    assert float(wide) > 0.5
    assert (float(score), unlike) == (0.0, "True")


def test_the_decoders_hook_gives_layers_to_audit(capsys):
    block, *_ = blocks("docs/howto/activations.md", "python")
    names: dict = {}
    exec(compile(block, "docs/howto/activations.md", "exec"), names)
    assert "'layers.1.residual': (4, 32)" in capsys.readouterr().out
    layers, notes = read_layers(["activations.npz"])
    assert {"embedding", "layers.0.mlp", "final"} <= {layer.name for layer in layers}
    assert notes == []
    # The same flow at the size of an audit: which of two words stands first, and which second.
    first, second = np.divmod(np.random.default_rng(0).permutation(80) % 4, 2)
    sentences = np.stack([1 + first, 4 + second, np.full(80, 7)], axis=1)
    kept = names["jax"].vmap(names["activations"])(sentences)
    np.savez("activations.npz", **{site: np.asarray(kept[site]) for site in ("embedding", "final")})
    rows = [f"{a},{b}" for a, b in zip(first, second, strict=True)]
    Path("features.csv").write_text("\n".join(["first,second", *rows]))
    arguments = ["audit", "activations.npz", "--features", "features.csv", "--layer", "final", "--json"]
    done = CliRunner().invoke(cli.main, arguments, catch_exceptions=False)
    [final] = json.loads(done.stdout)["layers"]
    assert final["joint"]["value"] > 0.5  # at the last token, attention has read both words
    assert all(feature["linear"]["value"] == 1.0 for feature in final["features"])


class FakeTensor(np.ndarray):
    """As much of a tensor as a hook touches."""

    def detach(self):
        return self

    def float(self):
        return self.astype(np.float32)

    def cpu(self):
        return self

    def numpy(self):
        return np.asarray(self)


class FakeModule:
    """As much of a module as `record` touches: submodules by name, forward hooks, handles."""

    def __init__(self, *names: str):
        self.parts = {name: FakeModule() for name in names}
        self.hooks: list = []

    def get_submodule(self, name):
        return self.parts[name]

    def register_forward_hook(self, hook):
        self.hooks.append(hook)
        return SimpleNamespace(remove=lambda: self.hooks.remove(hook))

    def __call__(self, x):
        for i, part in enumerate(self.parts.values()):
            out = (i + 1) * x
            for hook in part.hooks:
                hook(part, (x,), (out, None) if i else out)


def example():
    spec = importlib.util.spec_from_file_location("audit_hooks", ROOT / "examples/audit_hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_hooks_collect_batches_and_are_taken_away():
    model, x = FakeModule("h.0", "h.1"), np.arange(24.0).reshape(2, 3, 4).view(FakeTensor)
    with example().record(model, ["h.0", "h.1"], lambda output: output[:, -1]) as kept:
        model(x)
        model(x[:1])
    model(x)
    assert {name: [part.shape for part in parts] for name, parts in kept.items()} == {
        "h.0": [(2, 4), (1, 4)],
        "h.1": [(2, 4), (1, 4)],
    }
    np.testing.assert_array_equal(np.concatenate(kept["h.1"]), 2 * np.asarray(x)[[0, 1, 0], -1])
    assert not any(part.hooks for part in model.parts.values())


def test_the_snippet_is_python_of_about_ten_lines():
    [snippet] = [block for block in blocks("docs/howto/activations.md", "text") if "register_forward_hook" in block]
    ast.parse(snippet)
    assert len(snippet.splitlines()) <= 11
