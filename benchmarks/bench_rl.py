"""Frames per second of learning by reward, from acting to the update: Tolman against Stable-Baselines3.

Both run PPO in the mazes of the study `mazes-rl`, an action in an episode being a frame, and both train two agents at
once: Tolman as two parallel seeds, the peer in two processes of one thread each, whose frames are added up. Tolman's
agent is the study's decoder, which reads one cached step at a time, without and with two retrieved episodes before
it. The peer's has Stable-Baselines3's default networks, as many environments and the same number of epochs and
updates: once with an LSTM of 64 units (RecurrentPPO of sb3-contrib), which reads an episode as a sequence as the
decoder does, and once with two hidden layers of 64 tanh units alone, which see one observation. All of a peer's
environments step in one compiled call, through `to_gymnasium_vector`. Compilation and the first iterations are not
counted.

    python benchmarks/bench_rl.py [--seconds 20] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

EPISODES = 128


def tolman(seconds: float, k: int) -> float:
    """Frames per second of wall time, two seeds on as many devices as there are cores for them."""
    from tolman.core.devices import configure_jax

    configure_jax()
    import dataclasses

    import numpy as np

    from tolman.retrieval.oracle import Oracle
    from tolman.retrieval.retriever import Retrieval
    from tolman.studies.latent.mazes_rl import PRESETS
    from tolman.training.config import Phase, Seeds, TrainingSpec
    from tolman.training.trainer import Trainer

    size = PRESETS["quick"]
    training = dataclasses.replace(size.training, batch=EPISODES)
    how = Retrieval(Oracle(), k) if k else None
    phase = Phase(10**6, {"task": 1.0})
    spec = TrainingSpec(size.world, size.model, training, (phase,), how, ppo=size.ppo)
    seeds = tuple(Seeds(i, i) for i in range(training.parallel_seeds))
    trainer = Trainer(spec, seeds, tuple(size.world.draw(s.world) for s in seeds))
    states, source = trainer.initial(), trainer.source(phase)
    for number in range(2):  # the second one's replay buffer is no longer empty
        states, _ = source.learn(states, source.load(number))
    before, started, number = int(np.sum(states.targets)), time.perf_counter(), 2
    while time.perf_counter() - started < seconds:
        states, _ = source.learn(states, source.load(number))
        number += 1
    return (int(np.sum(states.targets)) - before) / (time.perf_counter() - started)


def stable_baselines(seconds: float, recurrent: bool) -> float:
    """Frames per second of wall time of one agent on one thread."""
    import numpy as np
    import torch
    from stable_baselines3.common.callbacks import BaseCallback

    from tolman.studies.latent.mazes_rl import PRESETS

    class Clock(BaseCallback):
        """Stops after so many seconds, of which the first iteration is no part."""

        started, frames = 0.0, 0

        def _on_rollout_start(self) -> None:
            if not self.started and self.num_timesteps:
                self.started, self.frames = time.perf_counter(), self.num_timesteps

        def _on_step(self) -> bool:
            return not self.started or time.perf_counter() - self.started < seconds

    torch.set_num_threads(1)
    how, steps = PRESETS["quick"].ppo, 8
    batch = EPISODES * steps // how.minibatches
    sizes = {"n_steps": steps, "batch_size": batch, "n_epochs": how.epochs}
    if recurrent:
        from sb3_contrib import RecurrentPPO

        model = RecurrentPPO("MlpLstmPolicy", peers_environments(), policy_kwargs={"lstm_hidden_size": 64}, **sizes)
    else:
        from stable_baselines3 import PPO

        model = PPO("MlpPolicy", peers_environments(), **sizes)
    clock = Clock()
    model.learn(10**9, callback=clock)
    assert np.isfinite(model.logger.name_to_value.get("train/loss", 0.0))
    return (clock.num_timesteps - clock.frames) / (time.perf_counter() - clock.started)


def peers_environments() -> Any:
    """All environments of an agent as Stable-Baselines3 steps them, observations flat; a step is one compiled call."""
    import gymnasium
    import numpy as np
    from stable_baselines3.common.vec_env import VecEnv

    from tolman.envs.maze import to_gymnasium_vector
    from tolman.studies.latent.mazes_rl import PRESETS

    world = PRESETS["quick"].world
    envs = to_gymnasium_vector(config=world.maze, mazes=world.mazes, seed=0, num_envs=EPISODES)
    objects = np.eye(world.maze.objects, dtype=np.float32)

    def flat(seen: dict[str, Any]) -> np.ndarray:
        parts = (seen["view"], seen["cue"], objects[seen["goal"]], seen["position"])
        return np.concatenate([part.reshape(EPISODES, -1) for part in parts], axis=1, dtype=np.float32)

    class Environments(VecEnv):
        def __init__(self) -> None:
            shape = flat(envs.reset(seed=0)[0]).shape[1:]
            space = gymnasium.spaces.Box(-1.0, 16.0, shape, np.float32)
            super().__init__(EPISODES, space, envs.single_action_space)

        def reset(self) -> np.ndarray:
            return flat(envs.reset(seed=0)[0])

        def step_async(self, actions: np.ndarray) -> None:
            self.actions = actions

        def step_wait(self) -> Any:
            # The next episode starts a step later, whose action is ignored: in the peer's favour, it counts as a frame.
            seen, rewards, ended, late, _ = envs.step(self.actions)
            return flat(seen), rewards, ended | late, [{} for _ in range(EPISODES)]

        def close(self) -> None: ...

        def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
            return [False] * EPISODES

        def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
            return [None] * EPISODES

        def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...

        def env_method(self, method_name: str, *args: Any, indices: Any = None, **more: Any) -> list[Any]: ...

    return Environments()


RECURRENT = "Stable-Baselines3, LSTM"
PEER = "Stable-Baselines3, no sequence"
CONTENDERS = {
    "Tolman, no memory": lambda seconds: tolman(seconds, 0),
    "Tolman, two episodes retrieved": lambda seconds: tolman(seconds, 2),
    RECURRENT: lambda seconds: stable_baselines(seconds, True),
    PEER: lambda seconds: stable_baselines(seconds, False),
}


def asked(name: str, seconds: float) -> float | None:
    """A contender's figure, in a process of its own (the peer in two at once); None where packages are missing."""
    command = [sys.executable, __file__, "--only", name, "--seconds", str(seconds)]
    one_thread = os.environ | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    agents, environment = (2, one_thread) if name in (RECURRENT, PEER) else (1, os.environ)
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(agents)]
    total = 0.0
    for process, (out, err) in [(p, p.communicate()) for p in running]:
        if process.returncode and "ModuleNotFoundError" in err:
            return None
        if process.returncode:
            raise SystemExit(f"{name} failed:\n{err[-3000:]}")
        total += float(out.split()[-1])
    return total


def main() -> None:
    """Measures all in turn and prints frames per second with Tolman's ratio to the peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(CONTENDERS[options.only](options.seconds))
        return
    found = {name: asked(name, options.seconds) for name in CONTENDERS}
    if options.json:
        print(json.dumps(found))
        return
    peers = {peer: found[peer] for peer in (RECURRENT, PEER) if found[peer]}
    for name, frames in found.items():
        times = "" if name in peers or not frames else "".join(f"   {frames / f:.2f} x {p}" for p, f in peers.items())
        print(f"{name:32} {'not installed' if frames is None else f'{frames:,.0f} frames/s'}{times}")


if __name__ == "__main__":
    main()
