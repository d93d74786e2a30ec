"""How much is generated, and from which seed; `make fuzz` sets more, and another seed each time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result
from hypothesis import HealthCheck, Phase, seed, settings

from tolman.cli.commands import main

PARSES = int(os.environ.get("TOLMAN_FUZZ_PARSES", "2000"))
"""Generated files and settings that are parsed and checked, all tests together."""

AUDITS = int(os.environ.get("TOLMAN_FUZZ_AUDITS", "50"))
"""Generated files that go through a whole audit."""

SEED = int(os.environ.get("TOLMAN_FUZZ_SEED", "0"))


SHRINK = [Phase.shrink] if os.environ.get("TOLMAN_FUZZ_SHRINK") else []
"""Making an input that fails smaller takes minutes; the seed and the blob that is printed repeat it in any case."""


def generated(examples: float) -> Callable[[Any], Any]:
    """Return the decorator of a test of so many examples, which fails with its input and what repeats it."""

    def decorate(test: Any) -> Any:
        few = settings(
            max_examples=max(1, round(examples)),
            deadline=None,
            derandomize=False,
            database=None,
            print_blob=True,
            phases=[Phase.explicit, Phase.generate, *SHRINK],
            suppress_health_check=list(HealthCheck),
        )
        return few(seed(SEED)(test))

    return decorate


def call(*arguments: str) -> Result:
    """Run a command; whatever is no message for users is raised."""
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code in (0, 2), f"exit code {result.exit_code}: {result.output}"
    if result.exit_code == 2:
        assert result.stderr.startswith(("Error: ", "Usage: ", "audit")), result.stderr
        assert "Traceback" not in result.stderr
    return result
