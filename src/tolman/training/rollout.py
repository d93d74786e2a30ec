"""Acting and learning as one program: episodes in parallel, then updates from them, many times over.

What was retrieved for each episode stands before it, in acting and in learning alike. Tasks were drawn, and
retrieval happened, outside: they arrive as tables.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array

from tolman.core.assemble import gather, prepend
from tolman.core.experience import Experiences
from tolman.envs.environment import AbstractEnvironment, TimeStep, num_tasks, observed
from tolman.training.optim import apply
from tolman.training.ppo import PPOConfig, advantages, clipped_loss, rewarded
from tolman.training.step import Shape, TrainState, cast


class TaskChunk(NamedTuple):
    """One lane's tasks for a chunk: `I` iterations of `E` episodes.

    `tasks` have leaves `[I, E, ...]`, `neighbours[I, E, k]` are rows of `cachery[M, U]`.
    """

    environment: AbstractEnvironment
    tasks: Any
    cachery: Experiences
    neighbours: Array | np.ndarray


class Episodes(NamedTuple):
    """What happened in `E` episodes of at most `T` actions.

    Attributes:
        inputs: `[E, T + 1, D]`.
        real: `[E, T + 1]` steps that took place.
        seen: `[E, T + 1, O]` objects in view.
        shown: `[E, T + 1, Q]` what cachery can be searched by.
        acts: `[E, T]` steps at which an action counted.
        actions, logprobs, values, following, rewards: `[E, T]`; `following` are the values a step later.
        goes_on: `[E, T]` whether the trial did after the action.
    """

    inputs: Array
    real: Array
    seen: Array
    shown: Array
    acts: Array
    actions: Array
    logprobs: Array
    values: Array
    following: Array
    rewards: Array
    goes_on: Array


class Outcome(NamedTuple):
    """What an iteration leaves: its loss, and its episodes as cachery keeps them."""

    loss: Array
    inputs: Array
    real: Array
    seen: Array
    shown: Array


def act(model: Any, environment: AbstractEnvironment, tasks: Any, context: Experiences, key: Array) -> Episodes:
    """Acts in every task, with a sampled action at each step; `context[E, k, U]` stands before."""
    count, length = num_tasks(tasks), environment.horizon(tasks)
    states, first = jax.vmap(environment.reset)(tasks)
    prompt = prepend(context, observed(first.observation[:, None], jnp.ones((count, 1), bool), jnp), xp=jnp)
    start = functools.partial(model.start, capacity=length)
    cache, logits, values = jax.vmap(start)(prompt.steps["input"], prompt.valid.sum(axis=1))

    def one(carry: Any, key: Array) -> tuple[Any, Any]:
        states, here, cache, logits, values = carry
        actions = jax.random.categorical(key, logits)
        logprobs = jnp.take_along_axis(jax.nn.log_softmax(logits), actions[:, None], axis=1)[:, 0]
        states, after = jax.vmap(environment.step)(states, actions)
        cache, logits, later = jax.vmap(model.step)(cache, after.observation)
        happened = (here, actions, logprobs, values, later, after.reward, after.discount > 0)
        return (states, after, cache, logits, later), happened

    carry, happened = jax.lax.scan(one, (states, first, cache, logits, values), jax.random.split(key, length))
    return _episodes(happened, carry[1])


def _episodes(happened: Any, last: TimeStep) -> Episodes:
    here, actions, logprobs, values, later, rewards, goes_on = jax.tree.map(lambda x: jnp.moveaxis(x, 0, 1), happened)
    whole = lambda steps, end: jnp.concatenate([steps, end[:, None]], axis=1)  # noqa: E731
    ended = whole(here.last, last.last)
    # The step at which the last trial ends is still observed; those after it are not.
    real = ~jnp.pad(ended[:, :-1], ((0, 0), (1, 0)))
    inputs, seen = whole(here.observation, last.observation), whole(here.revealed, last.revealed)
    shown = whole(here.features, last.features)
    acts = here.discount > 0
    return Episodes(inputs, real, seen, shown, acts, actions, logprobs, values, later, rewards, goes_on)


def learn(shape: Shape, how: PPOConfig, lane: TrainState, episodes: Episodes, context: Experiences, key: Array):
    """The lane after all updates from an iteration's episodes, and the mean loss."""
    advantage = jax.vmap(functools.partial(advantages, discount=how.discount, trace=how.trace))(
        episodes.rewards, episodes.values, episodes.following, episodes.goes_on
    )
    weight = episodes.acts.astype(jnp.float32)
    mean = jnp.sum(advantage * weight) / jnp.sum(weight)
    spread = jnp.sqrt(jnp.sum((advantage - mean) ** 2 * weight) / jnp.sum(weight))
    rows = prepend(context, observed(episodes.inputs, episodes.real, jnp), xp=jnp)
    offset = jnp.sum(context.valid, axis=(1, 2))
    when = jax.vmap(rewarded)(episodes.rewards, episodes.goes_on)
    scaled, returns = (advantage - mean) / (spread + 1e-8), advantage + episodes.values
    data = rows.steps["input"], offset, episodes, when, scaled, returns

    def update(lane: TrainState, chosen: Array) -> tuple[TrainState, Array]:
        part = jax.tree.map(lambda leaf: leaf[chosen], data)
        loss, gradients = jax.value_and_grad(lambda m: _loss(cast(m, shape.half), how, part))(lane.model)
        model, state = apply(lane.numbers, gradients, lane.optimiser, lane.model, shape.optimiser)
        return lane._replace(model=model, optimiser=state), loss

    orders = jax.vmap(lambda k: jax.random.permutation(k, shape.batch))(jax.random.split(key, how.epochs))
    lane, losses = jax.lax.scan(update, lane, orders.reshape(how.epochs * how.minibatches, -1))
    return _counted(lane, rows, episodes), losses.mean()


def _counted(lane: TrainState, rows: Experiences, episodes: Episodes) -> TrainState:
    return lane._replace(
        step=lane.step + 1,
        tokens=lane.tokens + jnp.sum(rows.valid, dtype=jnp.int32),
        targets=lane.targets + jnp.sum(episodes.acts, dtype=jnp.int32),
    )


def _loss(model: Any, how: PPOConfig, part: Any) -> Array:
    inputs, offset, episodes, when, advantage, returns = part
    own = offset[:, None] + jnp.arange(episodes.actions.shape[1])
    hidden = jnp.take_along_axis(jax.vmap(model.hidden)(inputs), own[..., None], axis=1)
    logits, values = model.heads(hidden)
    weight = episodes.acts.astype(jnp.float32)
    loss = clipped_loss(logits, values, episodes.actions, episodes.logprobs, advantage, returns, weight, how)
    return loss + model.goal_prediction_loss(hidden, episodes.inputs, when, weight)


def _iteration(
    shape: Shape, how: PPOConfig, table: TaskChunk, lane: TrainState, drawn: Any
) -> tuple[TrainState, Outcome]:
    tasks, neighbours = drawn
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(lane.seed), 1), lane.step)
    acting, learning = jax.random.split(key)
    context = gather(table.cachery, neighbours)
    episodes = act(cast(lane.model, shape.half), table.environment, tasks, context, acting)
    learned, loss = learn(shape, how, lane, episodes, context, learning)
    kept = jax.tree.map(lambda new, old: jnp.where(lane.active, new, old), learned, lane)
    return kept, Outcome(loss, episodes.inputs, episodes.real, *_whole(episodes))


def _whole(episodes: Episodes) -> tuple[Array, Array]:
    """Which objects were in view in each episode, and what it showed."""
    seen, shown = (jnp.any(leaf & episodes.real[..., None], axis=1) for leaf in (episodes.seen, episodes.shown))
    return seen, shown


@functools.cache
def compiled(shape: Shape, how: PPOConfig, mesh: Mesh):
    """`chunk(lanes, tables) -> (lanes, outcomes)` for stacked lanes, spread over the mesh."""

    def chunk(lane: TrainState, table: TaskChunk) -> tuple[TrainState, Outcome]:
        body = functools.partial(_iteration, shape, how, table)
        return jax.lax.scan(body, lane, (table.tasks, table.neighbours))

    spec = PartitionSpec("seed")
    run = jax.shard_map(jax.vmap(chunk), mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False)
    return jax.jit(run, donate_argnums=0)
