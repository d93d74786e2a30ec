"""A program that uses the package without its commands: JAX has one device, and trains several seeds on it."""

import os
import subprocess
import sys

PROGRAM = """
import jax
from tolman.models.pretrained import PretrainedConfig
from tolman.training.config import Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.trainer import Trainer
from tolman.worlds.reversal_curse import ReversalCurse

world = ReversalCurse(4, 4, 4, paraphrases=1, test_items=8)
training = TrainingConfig(batch=4, chunk=2, curve_points=1, parallel_seeds=2, precision="float32")
spec = TrainingSpec(world, PretrainedConfig("reader"), training, (Phase(2, {"statement": 1.0}),))
seeds = (Seeds(0, 0), Seeds(1, 1))
trained = Trainer(spec, seeds, tuple(world.draw(each.world) for each in seeds)).train()
print(len(jax.devices()), [each.steps for each in trained])
"""


def test_several_seeds_of_a_pretrained_model_train_on_one_device():
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    environment |= {"JAX_NUM_CPU_DEVICES": "1", "JAX_PLATFORMS": "cpu"}
    program = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "1 [2, 2]"
