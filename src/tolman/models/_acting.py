"""Acting until the goal is reached, for tests that are answered so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..core.environment import AbstractEnvironment, ActingTest, Tasks
from ..core.experience import Experiences

if TYPE_CHECKING:
    from .agent import Agent

_ROWS = 256


def arrivals(model: Agent, rows: Experiences, test: ActingTest) -> np.ndarray:
    """Log-probabilities `[m, o]` of arriving after 1, 2, ... actions, of an agent that takes the likeliest ones."""
    parts = []
    for start in range(0, len(test), _ROWS):
        items = np.minimum(np.arange(start, start + _ROWS), len(test) - 1)  # one shape, one program
        tasks = Tasks(*(leaf[items] for leaf in test.tasks))
        inputs, lengths = rows.steps["input"][items], rows.valid[items].sum(axis=1)
        parts.append(np.asarray(_walk(model, test.environment, tasks, inputs, lengths))[: len(test) - start])
    taken = np.concatenate(parts)
    options = np.arange(1, test.options.shape[1] + 1)
    return np.where(taken[:, None] == options, 0.0, -np.inf).astype(np.float32)


@jax.jit
def _walk(model: Agent, environment: AbstractEnvironment, tasks: Tasks, inputs: Array, lengths: Array) -> Array:
    """After how many actions `[m]` each goal is reached; 0 = never."""

    def one(task: Tasks, prompt: Array, length: Array) -> Array:
        state, _ = environment.begin(task)
        memo, logits, _ = model.start(prompt, length, environment.limit)

        def act(carry: Any, nothing: None) -> tuple[Any, Array]:
            del nothing
            state, memo, logits = carry
            state, seen = environment.step(state, jnp.argmax(logits))
            memo, logits, _ = model.step(memo, seen.input)
            return (state, memo, logits), seen.reward

        _, rewards = jax.lax.scan(act, (state, memo, logits), None, length=environment.limit)
        return jnp.where(jnp.any(rewards > 0), jnp.argmax(rewards > 0) + 1, 0)

    return jax.vmap(one)(tasks, inputs, lengths)
