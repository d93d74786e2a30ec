"""Steps of one gridworld, in a process of its own: `python _maze_worker.py CONTENDER CORE...`.

Prints its packages' versions as a line of JSON, or `{"missing": ...}`. Then answers requests, one a line, such as
`{"task": "open", "batch": 64, "seconds": 1}`; the first for a task and batch compiles, outside the time measured.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

VIEW = 7
LEAST_CALL = 2**15
"""Steps of all environments together between two looks at the clock, or 8 of each if that is more."""

DRAWS_WITHIN = ("navix",)
"""Who is faster, 2.4 times in a trial, where each step draws its actions; the others are where all are drawn first."""


class Task(NamedTuple):
    """A place of `side` x `side` cells, and after how many steps an episode in it ends."""

    side: int
    limit: int


class Counts(NamedTuple):
    """What happened in one call."""

    steps: int
    rewards: float
    episodes: float
    checksum: int


TASKS = {"open": Task(8, 256), "rooms": Task(19, 100)}


def tolman(name: str) -> tuple[Callable, Callable]:
    """Mazes drawn beforehand, as always; 64 of them."""
    from tolman.envs import maze

    side, limit = TASKS[name]
    walls = 0.5 if name == "rooms" else 0.0
    config = maze.MazeConfig(size=side, wall_density=walls, view_size=VIEW, actions="turn-move", max_steps=limit)
    params = maze.make_params(config, 64)

    def step(state: Any, action: Any, key: Any) -> Any:
        state, now = maze.step(key, state, action, params)
        return state, now.observation, now.reward, now.last()

    return lambda key: maze.reset(key, params)[0], step


def navix(name: str) -> tuple[Callable, Callable]:
    """Navix, with the three actions that matter here only, which makes it faster."""
    import navix as nx
    from navix import actions, observations, transitions

    assert observations.RADIUS == VIEW // 2
    identifier = {"open": "Navix-Empty-Random-8x8-v0", "rooms": "Navix-FourRooms-v0"}[name]
    env = nx.make(
        identifier,
        max_steps=TASKS[name].limit,
        observation_fn=observations.symbolic_first_person,
        action_set=actions.MINIGRID_ACTION_SET[:3],
        transitions_fn=transitions.deterministic_transition,
    )

    def step(state: Any, action: Any, _: Any) -> Any:
        state = env.step(state, action)
        return state, state.observation, state.reward, state.is_done()

    return env.reset, step


def xminigrid(name: str) -> tuple[Callable, Callable]:
    """XLand-MiniGrid's ports of MiniGrid, reset automatically in dm_env's way; walls hide nothing, as by default."""
    import xminigrid as xm
    from xminigrid.wrappers import DmEnvAutoResetWrapper

    identifier = {"open": "MiniGrid-EmptyRandom-8x8", "rooms": "MiniGrid-FourRooms"}[name]
    env, params = xm.make(identifier, view_size=VIEW, max_steps=TASKS[name].limit)
    env = DmEnvAutoResetWrapper(env)

    def step(state: Any, action: Any, _: Any) -> Any:
        state = env.step(params, state, (action + 1) % 3)  # its own order: forward, right, left
        return state, state.observation, state.reward, state.last()

    return lambda key: env.reset(params, key), step


def rollout(name: str, contender: str, length: int, batch: int) -> tuple[Callable, Callable]:
    """`start(key)` and `run(key, states) -> (key, states, sums)` over `length` random actions in each environment.

    Sums over environments and steps of all that an agent would see are returned, so that no compiler leaves it out.
    """
    import jax
    import jax.numpy as jnp

    reset, step = CONTENDERS[contender](name)
    # Only Tolman takes a key at each step: the others keep theirs in the state, and split them there.
    keyed, within = contender == "tolman", contender in DRAWS_WITHIN
    together = jax.vmap(step, in_axes=(0, 0, 0 if keyed else None))

    def draw(key: Any, shape: tuple[int, ...]) -> Any:
        return (jax.random.bits(key, shape) % 3).astype(jnp.int32)

    def advance(states: Any, actions: Any, keys: Any) -> Any:
        states, *shown = together(states, actions, keys)
        return states, jax.tree.map(lambda leaf: leaf.sum(axis=0), shown)

    def one(carry: Any, drawn: Any) -> Any:
        key, states, sums = carry
        if within:
            key, acting = jax.random.split(key)
            drawn = draw(acting, (batch,)), None
        states, more = advance(states, *drawn)
        return (key, states, jax.tree.map(jnp.add, sums, more)), None

    def run(key: Any, states: Any) -> Any:
        key, acting, drawing = jax.random.split(key, 3)
        keys = jax.random.split(drawing, (length, batch)) if keyed else None
        sums = jax.eval_shape(advance, states, jnp.zeros(batch, jnp.int32), keys[0] if keyed else None)[1]
        nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), sums)
        drawn = None if within else (draw(acting, (length, batch)), keys)
        return jax.lax.scan(one, (key, states, nothing), drawn, length=length)[0]

    return lambda key: jax.vmap(reset)(jax.random.split(key, batch)), run


def compiled(name: str, contender: str, batch: int) -> tuple[float, Callable]:
    """Seconds that compilation takes, and a call that goes on where the last one ended."""
    import jax

    length = max(8, LEAST_CALL // batch)
    start, run = rollout(name, contender, length, batch)
    carry = jax.random.key(1), jax.jit(start)(jax.random.key(0))
    started = time.perf_counter()
    program = jax.jit(run).lower(*carry).compile()
    seconds = time.perf_counter() - started

    def call() -> Counts:
        nonlocal carry
        *carry, (observation, reward, last) = jax.block_until_ready(program(*carry))
        checksum = sum(int(leaf.sum()) for leaf in jax.tree.leaves(observation))
        return Counts(length * batch, float(reward), float(last), checksum)

    return seconds, call


def minigrid(name: str, contender: str, batch: int) -> tuple[float, Callable]:
    """A plain loop over one environment: what MiniGrid does in a step is the same however many are stepped in turn.

    The class itself, without Gymnasium's wrappers, and with walls that hide nothing, as for the others: both save time.
    """
    import numpy as np
    from minigrid.envs import EmptyEnv, FourRoomsEnv

    side, limit = TASKS[name]
    env: Any = FourRoomsEnv(max_steps=limit) if name == "rooms" else EmptyEnv(side, None, max_steps=limit)
    env.see_through_walls, over = True, False
    env.reset(seed=0)
    actions, total = np.random.default_rng(0).integers(0, 3, 1024).tolist(), np.zeros((VIEW, VIEW, 3), np.int64)

    def call() -> Counts:
        nonlocal over, total
        rewards, episodes = 0.0, 0
        for action in actions:
            if over:
                seen, over = env.reset()[0], False
            else:
                seen, reward, reached, late, _ = env.step(action)
                over = reached or late
                rewards, episodes = rewards + reward, episodes + over
            total += seen["image"]
        return Counts(len(actions), rewards, episodes, int(total.sum()))

    return 0.0, call


CONTENDERS = {"tolman": tolman, "navix": navix, "xminigrid": xminigrid}
NEEDS = {"tolman": "tolman", "navix": "navix", "xminigrid": "xminigrid", "minigrid": "minigrid"}


def timed(call: Callable, seconds: float) -> dict[str, float]:
    """Repeats `call` for at least `seconds`."""
    wall, cpu, found = time.perf_counter(), time.process_time(), []
    while not found or time.perf_counter() - wall < seconds:
        found.append(call())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    steps, rewards, episodes, _ = map(sum, zip(*found, strict=True))
    return {"steps": steps, "wall": wall, "cpu": cpu, "rewards": rewards, "episodes": episodes}


def main() -> None:
    """Answers until standard input ends."""
    contender, *cores = sys.argv[1:]
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores))
    try:
        names = (NEEDS[contender], "numpy" if contender == "minigrid" else "jax")
        print(json.dumps({name: importlib.metadata.version(name) for name in names}), flush=True)
    except importlib.metadata.PackageNotFoundError as absent:
        print(json.dumps({"missing": absent.name}), flush=True)
        return
    calls: dict[Any, Callable] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        which, seconds = (asked["task"], contender, asked["batch"]), 0.0
        if which not in calls:
            seconds, calls[which] = (minigrid if contender == "minigrid" else compiled)(*which)
            calls[which]()
        print(json.dumps(timed(calls[which], asked["seconds"]) | {"compile": seconds}), flush=True)


if __name__ == "__main__":
    main()
