"""What every test shares: checked array shapes, a calm Hypothesis, and programs that are compiled once and kept."""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# Samples that several test modules use stand beside them, under names of their own.
sys.path.extend(sorted({str(path.parent) for path in Path(__file__).parent.rglob("*.py")}))

# Compiled programs, even the shortest, stay in the repository's own cache, which all processes of the suite share.
os.environ.setdefault("TOLMAN_CACHE", str(Path(__file__).parents[1] / ".cache"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

# Most of the suite's time is compilation, half of that LLVM's optimisations. What these could change are the last bits:
# modules to which these matter are marked `optimised`. Set it to 0 to have everything optimised.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

# The emitters that XLA has for fused operations take half of what is then left.
EMITTERS = "xla_cpu_use_fusion_emitters"
os.environ.setdefault("XLA_FLAGS", f"--{EMITTERS}=false")

# One processor for each process of the suite, so one device: another would compile every program again, for itself.
# Children that are to have more devices are given them.
os.environ.setdefault("PJRT_NPROC", "1")

# Annotated shapes are checked where arrays are all that is passed. Elsewhere NumPy's integers stand for `int`.
install_import_hook(["tolman.models", "tolman.training.step"], "beartype.beartype")

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure(config):
    # Two processes share the cache: one may read what the other is still writing. It then compiles for itself.
    config.addinivalue_line("filterwarnings", "ignore:Error reading persistent compilation cache entry:UserWarning")
    if hasattr(config, "workerinput") or not config.getoption("numprocesses"):
        gc.disable()  # until everything is imported and collected
        _prepare()


def pytest_collection_modifyitems(items):
    # Files with slow tests first: one that came last would keep one process busy while the other has nothing to do.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish():
    # All that is there by now stays, and need not be looked through for garbage again and again.
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def compilation(request):
    """Compile as users do in modules marked `optimised`, with nothing in memory that was compiled otherwise."""
    from tolman.core.devices import drop_programs

    drop_programs()
    if request.node.get_closest_marker("optimised") is None:
        yield
        return
    import jax
    from jax._src import compiler

    usual, options = jax.config.read("jax_disable_most_optimizations"), compiler.get_compile_options

    # XLA reads its flags once in a process, and JAX has no setting for this one.
    def as_users_do(*arguments, env_options_overrides=None, **others):
        overrides = {EMITTERS: True, **(env_options_overrides or {})}
        return options(*arguments, env_options_overrides=overrides, **others)

    jax.clear_caches()
    jax.config.update("jax_disable_most_optimizations", False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "get_compile_options", as_users_do)
        yield
    jax.config.update("jax_disable_most_optimizations", usual)


def _prepare():
    """Devices and cache as a command would set them up, before any test module makes JAX start."""
    from tolman.core.devices import configure_jax

    configure_jax()
