"""A second environment, as someone else's package would add it: a corridor of three cells, its world and a study.

An agent starts in the middle cell. Each level has an object at either end. In training one of them is the goal; the
other one is latent.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from rich.text import Text

from tolman.core.experience import NONE, Chance, Corpus
from tolman.core.view import Sample
from tolman.core.world import AbstractWorld, Instance
from tolman.envs.environment import AbstractEnvironment, RolloutTest, TaskBatch, TimeStep, first_prompts, observed
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.parametric import parametric, parametric_retrieval
from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Column, ColumnTable, LearnerStyle, Presentation
from tolman.report.trajectories import TrajectoryText, trajectory_pictures
from tolman.retrieval.oracle import Oracle
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, TrainingConfig

CELLS, MIDDLE, OBJECTS = 3, 1, 2
ACTIONS = ("left", "right")
MAX_STEPS = 3


class CorridorState(NamedTuple):
    """The task, and the running trial's number, cell and time; `over`: the trial is; `last`: all trials are."""

    task: dict[str, Any]
    trial: Any
    cell: Any
    time: Any
    over: Any
    last: Any


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Corridor(AbstractEnvironment):
    """Levels whose objects are at the cells `ends[l, 2]`; a task has a `level` and the `goals` of its trials."""

    ends: Any

    num_actions = len(ACTIONS)
    max_steps = MAX_STEPS
    num_goals = OBJECTS

    @property
    def num_levels(self):
        return self.ends.shape[0]

    def horizon(self, tasks):
        return tasks["goals"].shape[-1] * (MAX_STEPS + 1) - 1

    def level(self, tasks):
        return tasks["level"]

    def goal(self, tasks):
        return tasks["goals"][..., 0]

    def reset(self, task):
        task, zero, no = jax.tree.map(jnp.asarray, task), jnp.int32(0), jnp.array(False)
        state = CorridorState(task, zero, jnp.int32(MIDDLE), zero, no, no)
        return state, self._time_step(state, jnp.float32(0))

    def step(self, state, action):
        trials = state.task["goals"].shape[0]
        cell = jnp.clip(state.cell + 2 * jnp.asarray(action) - 1, 0, CELLS - 1)
        goal = state.task["goals"][jnp.minimum(state.trial, trials - 1)]
        reached = (cell == self._ends(state)[goal]) & ~state.over
        time = jnp.where(state.over, 0, state.time + 1)
        after = CorridorState(
            task=state.task,
            trial=state.trial + state.over,
            cell=jnp.where(state.over, MIDDLE, cell),
            time=time,
            over=~state.over & (reached | (time >= MAX_STEPS)),
            last=state.last,
        )
        after = after._replace(last=state.last | (after.over & (after.trial >= trials - 1)))
        return after, self._time_step(after, jnp.where(reached & ~state.last, 1.0, 0.0))

    def describe(self, state):
        return state.cell[None]

    def describe_observations(self, observations):
        return observations[:, :CELLS].argmax(axis=1)[:, None]

    def describe_levels(self, levels):
        return {"ends": {str(level): np.asarray(self.ends[level]).tolist() for level in levels}}

    def _ends(self, state):
        return jnp.asarray(self.ends)[state.task["level"]]

    def _time_step(self, state, reward):
        goal = state.task["goals"][jnp.minimum(state.trial, state.task["goals"].shape[0] - 1)]
        level = state.task["level"] == jnp.arange(self.num_levels)
        cell, revealed = state.cell == jnp.arange(CELLS), self._ends(state) == state.cell
        return TimeStep(
            observation=jnp.concatenate([cell, goal == jnp.arange(OBJECTS), level, revealed]),
            reward=jnp.asarray(reward, jnp.float32),
            discount=(~state.over & ~state.last).astype(jnp.float32),
            last=state.last,
            features=jnp.concatenate([level, revealed | (goal == jnp.arange(OBJECTS))]),
            revealed=revealed,
        )


@dataclasses.dataclass(frozen=True)
class Corridors(AbstractWorld):
    """Corridors in each of which one object is never the goal."""

    version: ClassVar[int] = 1

    levels: int = 8
    episodes: int = 4

    def draw(self, seed):
        rng = np.random.default_rng([seed, 1])
        left = rng.integers(OBJECTS, size=self.levels)
        ends = np.where(np.arange(OBJECTS) == left[:, None], 0, CELLS - 1).astype(np.int32)
        trained = rng.permutation(np.arange(self.levels) % OBJECTS).astype(np.int32)
        environment, levels = Corridor(ends), np.arange(self.levels, dtype=np.int32)
        corpus = _demonstrations(environment, trained, self.episodes)
        return Instance(
            vocabulary=(*ACTIONS, *(f"reached after {k}" for k in range(1, MAX_STEPS + 1))),
            palette=("relation",) * len(ACTIONS) + ("answer",) * MAX_STEPS,
            kinds=("episode",),
            memory_kinds=("episode",),
            memory_length=MAX_STEPS + 1,
            most_targets=MAX_STEPS + 1,
            corpus=corpus,
            tests=tuple(
                _test(name, environment, corpus, levels, goals)
                for name, goals in (("explicit", trained), ("latent", 1 - trained))
            ),
            samplers={},
            groups=(len(ACTIONS),),
            task_samplers={"task": lambda rng, n: _tasks(environment, trained, rng, n)},
        )

    def view(self, instance, width, colour):
        return CorridorView(instance.tests[0].environment)


def single_trials(levels, goals):
    """Tasks of one trial."""
    return {"level": np.asarray(levels, np.int32), "goals": np.asarray(goals, np.int32)[:, None]}


def _tasks(environment, trained, rng, n):
    levels = rng.integers(len(trained), size=n)
    return TaskBatch(environment, single_trials(levels, trained[levels]))


def _demonstrations(environment, trained, episodes):
    """Episodes to the trained goals, of which every other one goes to the latent object first."""
    levels = np.repeat(np.arange(len(trained), dtype=np.int32), episodes)
    tasks, goals = single_trials(levels, trained[levels]), trained[levels]
    right = environment.ends[levels, goals] // 2
    wander = (np.arange(len(levels)) % 2 == 1)[:, None]
    actions = np.where(wander, np.stack([1 - right, right, right], axis=1), right[:, None])
    steps = jax.vmap(lambda task, actions: _rolled(environment, task, actions))(tasks, actions)
    valid = np.arange(MAX_STEPS + 1) < np.where(wander, MAX_STEPS + 1, 2)
    acts = valid & (np.asarray(steps.discount) > 0)
    last = np.where(wander, MAX_STEPS, 1) - np.arange(MAX_STEPS + 1)
    rows = observed(np.asarray(steps.observation), valid, features=np.asarray(steps.features))
    rows.steps["label"] = np.where(acts, right[:, None], NONE).astype(np.int32)[..., None]
    rows.steps["steps_to_reward"] = np.where(last >= 0, last, NONE).astype(np.int32)
    asked = np.where(acts, (levels * OBJECTS + goals)[:, None], NONE).astype(np.int32)
    return Corpus(
        experiences=rows._replace(weight=acts.astype(np.float32)),
        kind=np.zeros(len(levels), np.int32),
        cue=asked,
        fact=asked,
        supports=np.where(np.arange(len(levels)) % 2 == 0, np.arange(len(levels)) + 1, NONE)[:, None].astype(np.int32),
        topics=levels[:, None],
    )


def _rolled(environment, task, actions):
    state, first = environment.reset(task)
    _, rest = jax.lax.scan(environment.step, state, actions)
    return jax.tree.map(lambda one, more: jnp.concatenate([one[None], more]), first, rest)


def _test(name, environment, corpus, levels, goals):
    """Each level's question: is the object reached by a shortest path, which takes one action?"""
    options, m = np.arange(1, MAX_STEPS + 1), len(levels)
    tasks, right = single_trials(levels, goals), environment.ends[levels, goals] // 2
    best = max(((right == action).astype(float) for action in range(len(ACTIONS))), key=np.mean)
    wandering = np.flatnonzero(corpus.experiences.valid.all(axis=1))
    facts = (levels * OBJECTS + goals).astype(np.int32)
    return RolloutTest(
        name=name,
        role=name,
        prompts=first_prompts(environment, tasks),
        options=(len(ACTIONS) + options - 1).astype(np.int32).reshape(1, -1, 1),
        choice=np.zeros(m, np.int32),
        correct=np.broadcast_to(options == 1, (m, MAX_STEPS)),
        cue=facts,
        fact=facts,
        supports=wandering.reshape(m, -1).astype(np.int32),
        topics=levels[:, None],
        item_ids=tuple(f"{name}/corridor{level}|object{goal}" for level, goal in zip(levels, goals, strict=True)),
        groups=("",) * m,
        chance=Chance(np.full(m, 0.5), np.full(m, 0.5), best),
        tasks=tasks,
        environment=environment,
        shortest=np.ones(m, int),
    )


class CorridorView:
    """Corridors for `tolman look`, as text."""

    def __init__(self, environment):
        self.environment = environment

    def legend(self):
        return Text("numbers: cells of a corridor, from the left")

    def documents(self, corpus, rows):
        steps, valid = corpus.experiences.steps["input"], corpus.experiences.valid
        return [Sample("· ", Text(self._path(steps[row][valid[row]]))) for row in rows]

    def questions(self, test, items):
        return [
            Sample("· ", Text(f"in corridor {test.tasks['level'][i]}, object {test.tasks['goals'][i, 0]}?"))
            for i in items
        ]

    def _path(self, observations):
        return " → ".join(str(cell) for (cell,) in self.environment.describe_observations(observations))


class CorridorRenderer:
    """A corridor as a line of text within an SVG element."""

    def scene(self, layouts, trajectory, colour):
        ends = layouts["ends"][str(trajectory["level"])]
        return f"object {trajectory['goal']} of {ends}: " + " ".join(str(cell) for (cell,) in trajectory["path"])

    def svg(self, scenes, captions=()):
        return f'<svg xmlns="http://www.w3.org/2000/svg"><text>{" | ".join(scenes)}</text></svg>'

    def save(self, scenes, captions, path):
        path.write_text(self.svg(scenes, captions))


PICTURES = TrajectoryText(
    explicit=("Trained end", "where it was sent in training"),
    latent=("Other end", "where it was never sent"),
    aids={"parametric-retrieval-oracle": ("Other end + memory", "with a past episode in its context")},
    legend="Numbers are cells.",
    retrieved="Retrieved episodes are not drawn.",
)


@dataclasses.dataclass(frozen=True)
class CorridorStudy(AbstractStudy):
    """Agents that learn corridors by reward, with and without memory, and one that imitates."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "the other end of a corridor"
    seeds: ClassVar[range] = range(9000, 9002)

    def plan(self, preset):
        with_memory = parametric_retrieval(Oracle(), k=1)
        return Plan(
            2,
            (
                _condition(
                    "by-reward", {"task": 1.0}, (parametric(), with_memory), ppo=PPOConfig(episodes_per_level=4)
                ),
                _condition("by-imitation", {"episode": 1.0}, (parametric(),)),
            ),
        )

    def claims(self, preset):
        return ()

    @classmethod
    def presentation(cls):
        return Presentation(
            learners={"parametric": LearnerStyle(), "parametric-retrieval-oracle": LearnerStyle(aid="with an episode")},
            baseline="parametric",
            aids=("parametric-retrieval-oracle",),
            explicit="the ends it was sent to",
            latent="the other ends",
            sizes={"levels": ("corridor", "corridors")},
            table=ColumnTable(
                title="Paths",
                caption="Of all ends.",
                columns=(Column(field="success", title="reached", kind="fraction"),),
            ),
            pictures=lambda summary: trajectory_pictures(summary, PICTURES, CorridorRenderer()),
        )


def _condition(name, mixture, learners, ppo=None):
    training = TrainingConfig(
        OptimiserConfig(learning_rate=1e-2, warmup=5),
        batch=16,
        chunk=10,
        fresh=8,
        parallel_seeds=2,
        curve_points=2,
        precision="float32",
    )
    return Condition(
        name=name,
        world=Corridors(),
        model=AgentConfig(DecoderConfig(width=16, layers=1, rotary=0.25)),
        training=training,
        phases=(Phase(150, mixture),),
        learners=learners,
        ppo=ppo,
    )
