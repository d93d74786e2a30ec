"""The compiled training step: draw documents, gather the retrieved ones, update the weights; many steps a call.

One program serves every learner, world and condition of the same shapes. Documents are drawn inside `lax.scan`.
Retrieval happens outside and arrives as indices of neighbours, so that inside it is only a gather.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, ArrayLike, PyTree

from tolman.core.assemble import as_one_row, gather, prepend
from tolman.core.devices import compiler_options, counted
from tolman.core.experience import Experiences
from tolman.models.base import Model
from tolman.models.io import ModelSpec
from tolman.training.auxiliary import AbstractAuxiliaryLoss
from tolman.training.config import OptimiserConfig, OptimiserKind

Tree = TypeVar("Tree")


class StepConfig(NamedTuple):
    """All that a compiled chunk depends on besides the shapes of its arguments.

    Attributes:
        model: the model that is trained.
        optimiser: its kind.
        batch: documents or episodes of a step.
        steps: steps of a chunk.
        targets: most weighted steps of an experience.
        max_tokens: most tokens of a batch that is packed into one row; 0 = it is not packed.
        half: the model computes in bfloat16; weights and optimiser stay in float32.
        auxiliary: a loss that is added to the model's own.
    """

    model: ModelSpec
    optimiser: OptimiserKind
    batch: int
    steps: int
    targets: int
    max_tokens: int
    half: bool
    auxiliary: AbstractAuxiliaryLoss | None = None


class Hyperparameters(NamedTuple):
    """The optimiser's hyperparameters as traced scalars, so that each may differ between seeds."""

    learning_rate: Array
    weight_decay: Array
    beta1: Array
    beta2: Array
    clip: Array
    warmup: Array
    final: Array
    steps: Array


def hyperparameters(config: OptimiserConfig, steps: int) -> Hyperparameters:
    """Return a configuration as arrays; the rate decays over `steps` updates."""
    return Hyperparameters._make(map(jnp.float32, [*(getattr(config, f) for f in Hyperparameters._fields[:-1]), steps]))


def learning_rate(h: Hyperparameters, count: ArrayLike) -> Array:
    """Return the rate of the update after `count` others."""
    warm = jnp.minimum(1.0, (jnp.asarray(count) + 1) / jnp.maximum(h.warmup, 1.0))
    left = jnp.clip((h.steps - count) / jnp.maximum(h.steps - h.warmup, 1.0), 0.0, 1.0)
    return h.learning_rate * warm * (h.final + (1 - h.final) * left)


def optimiser(h: Hyperparameters, kind: OptimiserKind = "adamw") -> optax.GradientTransformation:
    """Return the optimiser with these hyperparameters, which may be tracers; `kind` shapes its state."""
    decay = optax.add_decayed_weights(h.weight_decay, mask=functools.partial(jax.tree.map, lambda x: x.ndim > 1))
    moments = {
        "adamw": (optax.scale_by_adam(b1=h.beta1, b2=h.beta2), decay),
        "adam": (decay, optax.scale_by_adam(b1=h.beta1, b2=h.beta2)),
        "sgd": (decay, optax.trace(decay=h.beta1)),
    }[kind]
    rate = optax.scale_by_schedule(lambda count: -learning_rate(h, count))
    return optax.chain(optax.clip_by_global_norm(h.clip), *moments, rate)


def apply_gradients(
    h: Hyperparameters, gradients: PyTree, opt_state: PyTree, parameters: PyTree, *, kind: OptimiserKind = "adamw"
) -> tuple[PyTree, PyTree]:
    """Return the parameters and the optimiser's state after one update."""
    updates, opt_state = optimiser(h, kind).update(gradients, opt_state, parameters)
    return optax.apply_updates(parameters, updates), opt_state


class ChunkData(NamedTuple):
    """The documents of one seed during a chunk.

    Attributes:
        memory: `[M, U]` the experiences that can be retrieved.
        rows: `[N, T]` the documents that can be drawn, kind by kind.
        neighbours: `[N, k]` the rows of memory that stand before each document.
        start: for each kind, the index of its first row.
        sizes: for each kind, its number of rows.
        mixture: the cumulative fraction of documents by kind.
    """

    memory: Experiences
    rows: Experiences
    neighbours: Array | np.ndarray
    start: Array | np.ndarray
    sizes: Array | np.ndarray
    mixture: Array | np.ndarray


class TrainState(NamedTuple):
    """The state of one seed's training; all leaves have a leading axis where many seeds train together.

    Attributes:
        model: the weights.
        opt_state: the optimiser's state.
        step: training steps taken.
        active: false once the seed has met its stopping criterion; nothing changes after that.
        tokens: valid steps of experience that were read.
        targets: steps that bore loss.
        seed: of the model.
        hyperparameters: of the optimiser.
        retrieved_loss: loss weight of retrieved experiences.
    """

    model: Model
    opt_state: PyTree
    step: Array
    active: Array
    tokens: Array
    targets: Array
    seed: Array
    hyperparameters: Hyperparameters
    retrieved_loss: Array

    def updated(self, gradients: Model, kind: OptimiserKind) -> TrainState:
        """Return the state after one update of the weights."""
        model, opt_state = apply_gradients(self.hyperparameters, gradients, self.opt_state, self.model, kind=kind)
        return self._replace(model=model, opt_state=opt_state)


def step_key(seed: ArrayLike, step: ArrayLike) -> Array:
    """Return the key of a step's randomness, for the seed of a model."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), 1), step)


def _initial_state(config: StepConfig, seed: Array, h: Hyperparameters, retrieved_loss: Array) -> TrainState:
    model: PyTree = config.model.make(jax.random.key(seed))
    opt_state, zero = optimiser(h, config.optimiser).init(model), jnp.zeros((), jnp.int32)
    return TrainState(
        model=model,
        opt_state=opt_state,
        step=zero,
        active=jnp.array(True),
        tokens=zero,
        targets=zero,
        seed=seed,
        hyperparameters=h,
        retrieved_loss=retrieved_loss,
    )


def draw_rows(data: ChunkData, key: Array, batch: int) -> Array:
    """Return rows `[batch]`: for each a kind by the mixture, then a row of that kind uniformly."""
    kind_key, row_key = jax.random.split(key)
    kind = jnp.searchsorted(data.mixture, jax.random.uniform(kind_key, (batch,)), side="right")
    kind = jnp.minimum(kind, data.mixture.shape[0] - 1)
    within = jnp.floor(jax.random.uniform(row_key, (batch,)) * data.sizes[kind]).astype(jnp.int32)
    return data.start[kind] + jnp.minimum(within, data.sizes[kind] - 1)


def with_neighbours(data: ChunkData, rows: Array, retrieved_loss: Array | float = 0.0) -> Experiences:
    """Return the drawn documents, each after its retrieved experiences, packed."""
    current = gather(data.rows, rows)
    if data.neighbours.shape[1] == 0:
        return current
    return prepend(gather(data.memory, data.neighbours[rows]), current, retrieved_loss, xp=jnp)


def cast(model: Tree, half: bool) -> Tree:
    """Return the model in the precision in which it computes."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model) if half else model


def where_active(state: TrainState, new: TrainState) -> TrainState:
    """Return the new state, or the old one where the seed has stopped."""
    return jax.tree.map(lambda new, old: jnp.where(state.active, new, old), new, state)


def _step(config: StepConfig, data: ChunkData, state: TrainState, _: None) -> tuple[TrainState, Array]:
    key = step_key(state.seed, state.step)
    batch = with_neighbours(data, draw_rows(data, key, config.batch), state.retrieved_loss)
    k, targets = data.neighbours.shape[1], config.targets
    if config.max_tokens and not k and batch.length <= config.model.config.packed_length:
        batch, targets = as_one_row(batch, config.max_tokens, jnp), config.batch * targets
    objective = lambda m: cast(m, config.half).loss(batch, targets, jax.random.fold_in(key, 2))  # noqa: E731
    objective = config.auxiliary.added_to(objective, batch) if config.auxiliary else objective
    loss, gradients = jax.value_and_grad(objective)(state.model)
    own = batch.segment == k if k else batch.valid
    new = state.updated(gradients, config.optimiser)._replace(
        step=state.step + 1,
        tokens=state.tokens + jnp.sum(batch.valid, dtype=jnp.int32),
        targets=state.targets + jnp.sum((batch.weight > 0) & batch.valid & own, dtype=jnp.int32),
    )
    return where_active(state, new), loss


def over_seeds(chunk: Callable[..., PyTree], mesh: Mesh) -> Callable[..., PyTree]:
    """Compile `chunk(state, data)` of one seed for stacked seeds, spread over the mesh."""
    spec = PartitionSpec("seed")
    run = jax.shard_map(jax.vmap(chunk), mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False)
    return jax.jit(counted(run), donate_argnums=0, compiler_options=compiler_options())


@functools.cache
def document_program(config: StepConfig, mesh: Mesh) -> Callable[[TrainState, ChunkData], tuple[TrainState, Array]]:
    """Return the compiled `(states, data) -> (states, losses[seeds, steps])`."""

    def chunk(state: TrainState, data: ChunkData) -> tuple[TrainState, Array]:
        return jax.lax.scan(functools.partial(_step, config, data), state, None, length=config.steps)

    return over_seeds(chunk, mesh)


@functools.cache
def initial_states(config: StepConfig, mesh: Mesh) -> Callable[[Array, Hyperparameters, Array], TrainState]:
    """Return the compiled `(seeds, hyperparameters, retrieved_loss) -> states`, all stacked over seeds."""
    # One after another: on a single CPU device, decompositions of several matrices at once (orthogonal weights) hang.
    states = lambda *stacked: jax.lax.map(lambda one: _initial_state(config, *one), stacked)  # noqa: E731
    return jax.jit(states, out_shardings=NamedSharding(mesh, PartitionSpec("seed")))


def seed_mesh(parallel_seeds: int) -> Mesh:
    """Return a mesh whose axis `seed` has as many devices of this host as divide the number of seeds."""
    count = max(n for n in range(1, jax.local_device_count() + 1) if parallel_seeds % n == 0)
    return Mesh(np.array(jax.local_devices()[:count]), ("seed",))


def spread(tree: Tree, mesh: Mesh) -> Tree:
    """Return arrays that are stacked over seeds, on the devices of the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("seed")))
