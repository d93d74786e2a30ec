"""The compiled loop: draw documents, gather what was retrieved for them, take a step, many times over.

One program serves every learner, world and condition of the same shape. Data are sampled inside
`lax.scan`; retrieval happened outside and arrives as a table of neighbours, so that inside is only a gather.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array

from tolman.core.assemble import gather, prepend
from tolman.core.experience import Experiences
from tolman.models.base import AbstractModelConfig, Model
from tolman.training.optim import Hyperparameters, Kind, apply, optimiser


class Shape(NamedTuple):
    """What a compiled chunk depends on besides its arguments' shapes; `inputs` and `outputs` as a model is made."""

    model: AbstractModelConfig
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    optimiser: Kind
    batch: int
    steps: int
    targets: int
    half: bool


class ChunkData(NamedTuple):
    """One lane's data for a chunk.

    `rows[N, T]` are what may be drawn, kind by kind: those of kind i are `rows[start[i] : start[i] + sizes[i]]`.
    `neighbours[N, k]` are rows of `memory[M, U]`. `mixture` is the cumulative share of documents by kind.
    """

    memory: Experiences
    rows: Experiences
    neighbours: Array | np.ndarray
    start: Array | np.ndarray
    sizes: Array | np.ndarray
    mixture: Array | np.ndarray


class TrainState(NamedTuple):
    """One lane's state. `active` is false once the lane has met its criterion: it then changes no more."""

    model: Model
    optimiser: Any
    step: Array
    active: Array
    tokens: Array
    targets: Array
    seed: Array
    numbers: Hyperparameters
    retrieved_loss: Array


def init_state(shape: Shape, seed: Array, numbers: Hyperparameters, retrieved_loss: Array) -> TrainState:
    """A lane before its first step."""
    model = shape.model.make(shape.inputs, shape.outputs, jax.random.key(seed))
    state, zero = optimiser(numbers, shape.optimiser).init(model), jnp.zeros((), jnp.int32)
    return TrainState(model, state, zero, jnp.array(True), zero, zero, seed, numbers, retrieved_loss)


def draw_rows(bank: ChunkData, key: Array, batch: int) -> Array:
    """Rows `[batch]`: a kind by the mixture, then a row of that kind uniformly."""
    kind_key, row_key = jax.random.split(key)
    kind = jnp.searchsorted(bank.mixture, jax.random.uniform(kind_key, (batch,)), side="right")
    kind = jnp.minimum(kind, bank.mixture.shape[0] - 1)
    within = jnp.floor(jax.random.uniform(row_key, (batch,)) * bank.sizes[kind]).astype(jnp.int32)
    return bank.start[kind] + jnp.minimum(within, bank.sizes[kind] - 1)


def assemble(bank: ChunkData, rows: Array, retrieved_loss: Array | float = 0.0) -> Experiences:
    """The drawn experiences with their retrieved ones before them, packed."""
    current = gather(bank.rows, rows)
    if bank.neighbours.shape[1] == 0:
        return current
    return prepend(gather(bank.memory, bank.neighbours[rows]), current, retrieved_loss, xp=jnp)


def cast(model: Model, half: bool) -> Model:
    """The model in the precision that it computes in."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model) if half else model


def _step(shape: Shape, bank: ChunkData, lane: TrainState, _: None) -> tuple[TrainState, Array]:
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(lane.seed), 1), lane.step)
    rows = draw_rows(bank, key, shape.batch)
    batch = assemble(bank, rows, lane.retrieved_loss)
    noise = jax.random.fold_in(key, 2)
    objective = lambda model: cast(model, shape.half).loss(batch, shape.targets, noise)  # noqa: E731
    loss, gradients = jax.value_and_grad(objective)(lane.model)
    model, state = apply(lane.numbers, gradients, lane.optimiser, lane.model, shape.optimiser)
    own = batch.segment == bank.neighbours.shape[1] if bank.neighbours.shape[1] else batch.valid
    moved = lane._replace(
        model=model,
        optimiser=state,
        step=lane.step + 1,
        tokens=lane.tokens + jnp.sum(batch.valid, dtype=jnp.int32),
        targets=lane.targets + jnp.sum((batch.weight > 0) & batch.valid & own, dtype=jnp.int32),
    )
    keep = lambda new, old: jnp.where(lane.active, new, old)  # noqa: E731
    return jax.tree.map(keep, moved, lane), loss


def _chunk(shape: Shape, lane: TrainState, bank: ChunkData) -> tuple[TrainState, Array]:
    body = functools.partial(_step, shape, bank)
    return jax.lax.scan(body, lane, None, length=shape.steps)


@functools.cache
def compiled(shape: Shape, mesh: Mesh):
    """`chunk(lanes, banks) -> (lanes, losses[W, steps])` for stacked lanes, spread over the mesh."""
    spec = PartitionSpec("seed")
    run = jax.shard_map(
        jax.vmap(functools.partial(_chunk, shape)), mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False
    )
    return jax.jit(run, donate_argnums=0)


@functools.cache
def starter(shape: Shape, mesh: Mesh):
    """`start(seeds, numbers, retrieved_loss) -> lanes`, stacked and spread over the mesh."""
    spec = NamedSharding(mesh, PartitionSpec("seed"))
    return jax.jit(jax.vmap(functools.partial(init_state, shape)), out_shardings=spec)


def spread(tree: Any, mesh: Mesh) -> Any:
    """Stacked lanes' arrays, on the devices of the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("seed")))
