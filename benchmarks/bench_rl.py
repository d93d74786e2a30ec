"""Frames per second of learning by reward, from acting to the update: Tolman's actor-learner against Stable-Baselines3.

Both run PPO in the mazes of the study `mazes-rl`, an action in an episode being a frame. Tolman's agent is the study's
decoder, which reads one cached step at a time, without and with two remembered episodes before it; the peer is
Stable-Baselines3's PPO with its default network, two hidden layers of 64 tanh units, as many environments and
the same number of epochs and updates, on Tolman's environments through Gymnasium. The peer's network is hence far the
smaller. Compilation and the first iterations are not counted.

    python benchmarks/bench_rl.py [--seconds 20] [--json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

EPISODES = 128


def tolman(seconds: float, slots: int) -> float:
    """Frames per second of wall time, two lanes on as many devices as there are cores for them."""
    from tolman.training.devices import prepare

    prepare()
    import dataclasses

    import numpy as np

    from tolman.core.learning import Phase, Reinstatement
    from tolman.studies.mazes_rl import SIZES
    from tolman.training.actor_learner import ActorLearner
    from tolman.training.spec import Seeds, TrainingSpec

    size = SIZES["quick"]
    training = dataclasses.replace(size.training, batch=EPISODES)
    how = Reinstatement("oracle", slots) if slots else None
    phase = Phase(10**6, (("practice", 1.0),))
    spec = TrainingSpec(size.world, size.model, training, (phase,), how, reinforcement=size.reinforcement)
    seeds = tuple(Seeds(i, i) for i in range(training.lanes))
    block = ActorLearner(spec, seeds, tuple(size.world.draw(s.world) for s in seeds))
    lanes, _, _ = block._begin()
    feeders = block._feeders(phase)
    for number in range(2):  # the second one's memory is no longer empty
        lanes, _ = block._chunk(lanes, feeders, number)
    before, started, number = int(np.sum(lanes.targets)), time.perf_counter(), 2
    while time.perf_counter() - started < seconds:
        lanes, _ = block._chunk(lanes, feeders, number)
        number += 1
    return (int(np.sum(lanes.targets)) - before) / (time.perf_counter() - started)


def stable_baselines(seconds: float) -> float:
    """Frames per second of wall time."""
    import gymnasium
    import numpy as np
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import DummyVecEnv

    from tolman.studies.mazes_rl import SIZES
    from tolman.worlds.mazes import to_gymnasium

    size = SIZES["quick"]

    def make() -> gymnasium.Env:
        env = to_gymnasium(dials=size.world.maze, mazes=size.world.mazes, seed=0)
        return gymnasium.wrappers.FlattenObservation(env)

    class Clock(BaseCallback):
        """Stops after so many seconds, of which the first iteration is no part."""

        started, frames = 0.0, 0

        def _on_rollout_start(self) -> None:
            if not self.started and self.num_timesteps:
                self.started, self.frames = time.perf_counter(), self.num_timesteps

        def _on_step(self) -> bool:
            return not self.started or time.perf_counter() - self.started < seconds

    how, steps = size.reinforcement, 8
    batch = EPISODES * steps // how.minibatches
    model = PPO("MlpPolicy", DummyVecEnv([make] * EPISODES), n_steps=steps, batch_size=batch, n_epochs=how.epochs)
    clock = Clock()
    model.learn(10**9, callback=clock)
    assert np.isfinite(model.logger.name_to_value.get("train/loss", 0.0))
    return (clock.num_timesteps - clock.frames) / (time.perf_counter() - clock.started)


CONTENDERS = {
    "Tolman, no memory": lambda seconds: tolman(seconds, 0),
    "Tolman, two episodes retrieved": lambda seconds: tolman(seconds, 2),
    "Stable-Baselines3": stable_baselines,
}


def asked(name: str, seconds: float) -> float | None:
    """A contender's figure, in a process of its own; None where its packages are missing."""
    command = [sys.executable, __file__, "--only", name, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    return float(done.stdout.split()[-1])


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
    peer = found["Stable-Baselines3"]
    for name, frames in found.items():
        times = f"   {frames / peer:.1f} x" if peer and frames and frames is not peer else ""
        print(f"{name:32} {'not installed' if frames is None else f'{frames:,.0f} frames/s'}{times}")


if __name__ == "__main__":
    main()
