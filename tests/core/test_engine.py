"""Tasks: what is connected is one task, in order; and a process of many programs drops them before it has too many."""

import jax
import jax.numpy as jnp
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.devices import compilations, counted, drop_programs, memory_maps
from tolman.core.engine import LocalEngine, Task, connected
from tolman.core.processors import LIMIT, available

NEEDS = st.lists(st.lists(st.integers(0, 8), max_size=3), max_size=12)


@given(NEEDS)
def test_items_are_together_if_a_chain_of_shared_needs_joins_them(needs):
    groups = connected(range(len(needs)), lambda item: needs[item])
    assert sorted(item for group in groups for item in group) == list(range(len(needs)))
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    assert all(group == sorted(group) for group in groups)
    # An independent way: spread from each item until nothing is added.
    for group in groups:
        reached, known = {group[0]}, set(needs[group[0]])
        while more := {i for i in range(len(needs)) if i not in reached and known & set(needs[i])}:
            reached |= more
            known |= {need for i in more for need in needs[i]}
        assert set(group) == reached


def test_the_local_engine_yields_every_task_when_it_is_done():
    done = []

    class Session:
        def complete(self, task):
            done.append(task)

    tasks = [Task((1, 2)), Task((3,), "third")]
    for task in LocalEngine().run(tasks, Session()):
        assert done[-1] is task
    assert done == tasks


def test_programs_are_dropped_above_a_number_of_memory_maps_and_only_then():
    program = jax.jit(counted(lambda x: jnp.sin(x) + 1))
    program(jnp.ones(3))
    before = compilations()
    assert drop_programs(most=10**9) is False
    program(jnp.ones(3))
    assert compilations() == before
    if memory_maps():  # Linux
        assert drop_programs(most=memory_maps() - 1) is True
        assert float(program(jnp.zeros(3))[0]) == 1.0
        assert compilations() == before + 1


def test_a_limit_of_processors_holds_for_xla_and_for_us(monkeypatch):
    monkeypatch.setenv(LIMIT, "3")
    assert available() == 3
    for text in ("", "0", "many"):
        monkeypatch.setenv(LIMIT, text)
        assert available() >= 1
