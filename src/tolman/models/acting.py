"""Acting until the goal is reached, for tests that are answered so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from tolman.core.batching import map_batches
from tolman.core.experience import Experiences
from tolman.envs.environment import AbstractEnvironment, RolloutTest, Trajectories

if TYPE_CHECKING:
    from tolman.models.base import Policy

_ROWS = 256


def arrivals(model: Policy, rows: Experiences, test: RolloutTest) -> np.ndarray:
    """Log-probabilities `[m, o]` of arriving after 1, 2, ... actions, of an agent that takes the likeliest ones."""
    taken = walks(model, rows, test, np.arange(len(test))).steps_to_goal
    options = np.arange(1, test.options.shape[1] + 1)
    return np.where(taken[:, None] == options, 0.0, -np.inf).astype(np.float32)


def walks(model: Policy, rows: Experiences, test: RolloutTest, items: np.ndarray) -> Trajectories:
    """How such an agent goes for the goals of some items, by number."""
    mine = test.tasks, rows.steps["input"], rows.valid.sum(axis=1)
    asked = jax.tree.map(lambda leaf: leaf[items], mine)
    return Trajectories(*map_batches(lambda part, _: _walk(model, test.environment, *part), asked, len(items), _ROWS))


@jax.jit
def _walk(model: Policy, environment: AbstractEnvironment, tasks: Any, inputs: Array, lengths: Array) -> Any:
    """Leaves of `Trajectories`."""

    def one(task: Any, prompt: Array, length: Array) -> tuple[Array, Array]:
        state, _ = environment.reset(task)
        cache, logits, _ = model.start(prompt, length, environment.max_steps)

        def act(carry: Any, nothing: None) -> tuple[Any, Any]:
            del nothing
            state, cache, logits = carry
            state, seen = environment.step(state, jnp.argmax(logits))
            cache, logits, _ = model.step(cache, seen.observation)
            return (state, cache, logits), (seen.reward, environment.describe(state))

        _, (rewards, ways) = jax.lax.scan(act, (state, cache, logits), None, length=environment.max_steps)
        taken = jnp.where(jnp.any(rewards > 0), jnp.argmax(rewards > 0) + 1, 0)
        return taken, jnp.concatenate([environment.describe(state)[None], ways])

    return jax.vmap(one)(tasks, inputs, lengths)
