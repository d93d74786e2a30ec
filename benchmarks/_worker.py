"""One measurement, in a process of its own: `python _worker.py '{"contender": ..., ...}'`.

Prints `ready` once compiled and warm, waits for a line on standard input, so that processes measured side by side
start together, and then prints what it measured as one line of JSON. Settings that must precede an import
(cores, XLA's flags) are made here first of all.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = ("jax", "equinox", "optax", "torch", "transformers", "accelerate")
VOCABULARY, ROWS = 256, 1024


def main() -> None:
    """Reads the request, measures, answers."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    request = json.loads(sys.argv[1])
    restrict(request)
    print(json.dumps(CONTENDERS[request["contender"]](request)), flush=True)


def restrict(request: dict[str, Any]) -> None:
    """Keeps the process to its cores and its libraries to their threads."""
    cores = request.get("cores")
    if not cores:
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    threads = request["threads"]
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    if threads == 1 and request["devices"] == 1:
        os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"


def wait() -> None:
    """Says that the program is warm, and waits for the others."""
    print("ready", flush=True)
    sys.stdin.readline()


def timed(work: Callable[[], Any], tokens: int, seconds: float) -> dict[str, float]:
    """Repeats `work`, which returns only when it is done, for at least `seconds`; tokens over both clocks."""
    wait()
    wall, cpu, calls = time.perf_counter(), time.process_time(), 0
    while not calls or time.perf_counter() - wall < seconds:
        work()
        calls += 1
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"tokens": tokens * calls, "wall": wall, "cpu": cpu}


def decoder_config(request: dict[str, Any]) -> Any:
    """The decoder's shape: the project's default, or exactly Llama's."""
    from tolman.models.decoder import DecoderConfig

    kind: dict[str, Any] = {"conv": 0, "mlp": "swiglu"} if request["llama"] else {}
    return DecoderConfig(width=request["width"], layers=request["layers"], heads=request["heads"], **kind)


def random_rows(request: dict[str, Any]) -> Any:
    """Random tokens `[n, length + 1]`: the time of a step does not depend on them."""
    import numpy as np

    return np.random.default_rng(0).integers(0, VOCABULARY, (ROWS, request["length"] + 1), dtype=np.int32)


def tolman(request: dict[str, Any]) -> dict[str, Any]:
    """The project's compiled chunk, every next token a target."""
    import jax

    if request.get("cores"):
        jax.config.update("jax_num_cpu_devices", request["devices"])
    if request.get("cache"):
        jax.config.update("jax_compilation_cache_dir", request["cache"])
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    import numpy as np

    from tolman.core.devices import on_accelerator
    from tolman.models.io import ModelSpec
    from tolman.training.step import StepConfig, document_program, seed_mesh

    count, batch, length = request["parallel_seeds"], request["batch"], request["length"]
    config = StepConfig(
        model=ModelSpec(decoder_config(request), (), (VOCABULARY,)),
        optimiser="adamw",
        batch=batch,
        steps=request["steps"],
        targets=length,
        half=on_accelerator(),
    )
    mesh = seed_mesh(count)
    states, data = _states(config, mesh, count), _data(random_rows(request), count)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(states.model)) // count
    started = time.perf_counter()
    chunk = document_program(config, mesh).lower(states, data).compile()
    compile_seconds = time.perf_counter() - started
    # Where the compiled chunk wants its data, so that no call moves them.
    data = jax.device_put(data, chunk.input_shardings[0][1])
    states = jax.device_put(states, chunk.input_shardings[0][0])

    def work() -> None:
        nonlocal states
        states, losses = jax.block_until_ready(chunk(states, data))
        assert np.isfinite(losses).all()

    work()
    measured = timed(work, count * config.steps * batch * length, request["seconds"])
    return {**measured, "compile": compile_seconds, "parameters": parameters}


def _states(config: Any, mesh: Any, count: int) -> Any:
    import jax
    import jax.numpy as jnp

    from tolman.training.config import OptimiserConfig
    from tolman.training.step import hyperparameters, initial_states

    stacked = jax.tree.map(lambda leaf: jnp.stack([leaf] * count), hyperparameters(OptimiserConfig(), 100_000))
    return initial_states(config, mesh)(jnp.arange(count, dtype=jnp.int32), stacked, jnp.zeros(count))


def _data(tokens: Any, count: int) -> Any:
    import jax
    import numpy as np

    from tolman.core.experience import Experiences
    from tolman.training.step import ChunkData

    weight = np.ones(tokens.shape, np.float32)
    rows = Experiences({"token": tokens}, weight, weight > 0, np.zeros_like(tokens))
    start, sizes = np.zeros(1, np.int32), np.full(1, len(tokens), np.int32)
    memory = jax.tree.map(lambda leaf: leaf[:1], rows)
    data = ChunkData(
        memory=memory,
        rows=rows,
        neighbours=np.zeros((len(tokens), 0), np.int32),
        start=start,
        sizes=sizes,
        mixture=np.ones(1, np.float32),
    )
    return jax.tree.map(lambda leaf: np.stack([leaf] * count), data)


def _torch(request: dict[str, Any]) -> Any:
    """PyTorch with its threads set, and the device to train on."""
    import torch

    torch.manual_seed(0)
    if request.get("cores"):
        torch.set_num_threads(request["threads"])
    return torch, "cpu" if request.get("cores") else "cuda"


def plain_torch(request: dict[str, Any]) -> dict[str, Any]:
    """The same architecture in plain PyTorch; `compile` passes it through `torch.compile`."""
    torch, device = _torch(request)
    from _torch_decoder import TorchDecoder, TorchTraining
    from tolman.training.config import OptimiserConfig

    rows = torch.from_numpy(random_rows(request)).long().to(device)
    model = TorchDecoder(decoder_config(request), VOCABULARY, request["length"]).to(device)
    parameters = sum(p.numel() for p in model.parameters())
    trained = torch.compile(model) if request.get("compile") else model
    train = TorchTraining(trained, OptimiserConfig(), rows, request["batch"])
    started = time.perf_counter()
    train()
    first = time.perf_counter() - started

    def work() -> None:
        for _ in range(request["steps"]):
            loss = train()
        assert torch.isfinite(loss)  # waits for the device

    work()
    measured = timed(work, request["steps"] * request["batch"] * request["length"], request["seconds"])
    return {**measured, "compile": first, "parameters": parameters}


def hugging_face(request: dict[str, Any]) -> dict[str, Any]:
    """`transformers.Trainer` on a Llama model of the same shape, everything at the Trainer's default speed."""
    import tempfile

    torch, _ = _torch(request)
    import transformers

    transformers.logging.set_verbosity_error()
    rows = torch.from_numpy(random_rows(request)[:, :-1]).long()
    examples = [{"input_ids": row, "labels": row} for row in rows]
    model = _llama(transformers, decoder_config(request), request["length"])
    clock = _clock(transformers, request)
    with tempfile.TemporaryDirectory() as folder:
        arguments = _arguments(transformers, request, folder)
        trainer = transformers.Trainer(model=model, args=arguments, train_dataset=examples, callbacks=[clock])
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    assert all(torch.isfinite(p).all() for p in model.parameters())
    return {**clock.measured, "compile": clock.first, "parameters": sum(p.numel() for p in model.parameters())}


def _llama(transformers: Any, config: Any, length: int) -> Any:
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=config.width,
            intermediate_size=config.hidden_width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            max_position_embeddings=length,
            rms_norm_eps=config.norm_eps,
            tie_word_embeddings=False,
            use_cache=False,
            pad_token_id=None,
            attn_implementation="sdpa",
        )
    )


def _arguments(transformers: Any, request: dict[str, Any], folder: str) -> Any:
    from tolman.training.config import OptimiserConfig

    numbers = OptimiserConfig()
    return transformers.TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=request["batch"],
        max_steps=100_000,
        optim="adamw_torch_fused",
        learning_rate=numbers.learning_rate,
        weight_decay=numbers.weight_decay,
        adam_beta1=numbers.beta1,
        adam_beta2=numbers.beta2,
        max_grad_norm=numbers.clip,
        lr_scheduler_type="linear",
        warmup_steps=numbers.warmup,
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=bool(request.get("cores")),
        bf16=not request.get("cores"),
        dataloader_drop_last=True,
    )


def _clock(transformers: Any, request: dict[str, Any]) -> Any:
    """A callback that times the Trainer's own steps once they are warm, and then stops it."""

    class Clock(transformers.TrainerCallback):
        first, measured, began = 0.0, None, 0.0
        warm = 1 + request["steps"]
        marks = (0.0, 0.0)

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            step = state.global_step
            if step == 1:
                self.first = time.perf_counter() - self.began
            if step == self.warm:
                self.settle()
                wait()
                self.marks = time.perf_counter(), time.process_time()
            elif step > self.warm and (step - self.warm) % request["steps"] == 0:
                self.stop_when_due(step - self.warm, control)

        def settle(self) -> None:
            import torch

            if torch.cuda.is_available() and not request.get("cores"):
                torch.cuda.synchronize()

        def stop_when_due(self, steps: int, control: Any) -> None:
            if time.perf_counter() - self.marks[0] < request["seconds"]:
                return
            self.settle()
            wall, cpu = time.perf_counter() - self.marks[0], time.process_time() - self.marks[1]
            self.measured = {"tokens": steps * request["batch"] * request["length"], "wall": wall, "cpu": cpu}
            control.should_training_stop = True

    return Clock()


def metric(request: dict[str, Any]) -> dict[str, Any]:
    """What is installed, and what JAX and PyTorch run on."""
    del request
    import jax

    present = [p for p in PACKAGES if importlib.util.find_spec(p)]
    cuda = False
    if "torch" in present and jax.default_backend() != "cpu":
        import torch

        cuda = torch.cuda.is_available()
    device = jax.devices()[0].device_kind
    versions = {p: importlib.metadata.version(p) for p in present}
    return {"backend": jax.default_backend(), "device": device, "versions": versions, "cuda": cuda}


def agree(request: dict[str, Any]) -> dict[str, Any]:
    """The largest difference between Tolman's logits and PyTorch's with the same weights, relative to their size."""
    import jax
    import torch

    from _torch_decoder import TorchDecoder, load
    from tolman.models.decoder import make_decoder

    config = decoder_config(request)
    ours = make_decoder(config, VOCABULARY, jax.random.key(0))
    theirs = TorchDecoder(config, VOCABULARY, request["length"])
    load(theirs, ours)
    tokens = random_rows(request)[:4, :-1]
    with torch.no_grad():
        logits = theirs(torch.from_numpy(tokens).long()).numpy()
    expected = jax.vmap(ours)(tokens)
    return {"difference": float(abs(expected - logits).max() / abs(expected).max())}


CONTENDERS = {"tolman": tolman, "torch": plain_torch, "trainer": hugging_face, "metric": metric, "agree": agree}

if __name__ == "__main__":
    main()
