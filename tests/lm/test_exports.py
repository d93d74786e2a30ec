"""TRL finetunes on what advice exports: either file is loaded as it is, and a step is taken."""

import json

import numpy as np
import pytest
from advice_samples import USUAL, Did, advice
from datasets import Dataset
from tiny_llama import make
from trl import SFTConfig, SFTTrainer

from tolman.advise.export import export
from tolman.advise.sources import Given, case

# transformers renamed a setting that this release of TRL passes under its old name.
pytestmark = pytest.mark.filterwarnings("ignore:`gradient_checkpointing` is deprecated:FutureWarning")

TURN = "{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] }}</s>{% endgeneration %}{% else %}"
TEMPLATE = "{% for m in messages %}" + TURN + "{{ m['content'] + '\n' }}{% endif %}{% endfor %}"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """What advice writes of a small table whose facts are best learned masked."""
    folder = tmp_path_factory.mktemp("advice")
    table = folder / "t.csv"
    table.write_text("\n".join(["subject,relation,object", *(f"city{i},country,land{i % 10}" for i in range(20))]))
    given = Given(source=table, folder=folder, learners=("masked", "retrieval-bm25"))
    (condition,) = case(given, "smoke").study.plan("smoke").conditions
    did = {
        "masked": Did(0.9, 0.6, 4),
        "retrieval-bm25": Did(1.0, 1.0, 9),
        "retrieval-oracle": USUAL["retrieval-oracle"],
    }
    export(advice(did), condition, folder / "out")
    return folder / "out"


def trainer(path, folder, **settings):
    config = SFTConfig(
        output_dir=str(folder / "trained"),
        max_steps=1,
        per_device_train_batch_size=4,
        learning_rate=0.1,
        use_cpu=True,
        bf16=False,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
        **settings,
    )
    rows = Dataset.from_json(str(path), cache_dir=str(folder / "cache"))
    return SFTTrainer(str(make(folder / "llama", TEMPLATE)), args=config, train_dataset=rows)


@pytest.mark.parametrize(
    ("name", "settings"), [("train.jsonl", {}), ("train_messages.jsonl", {"assistant_only_loss": True})]
)
def test_a_file_is_loaded_and_what_is_learned_is_the_completion(exported, tmp_path, name, settings):
    made = trainer(exported / name, tmp_path, **settings)
    pairs = [json.loads(line) for line in (exported / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(made.train_dataset) == len(pairs) > 20
    tokenizer = made.processing_class
    batch = made.data_collator([made.train_dataset[i] for i in range(len(pairs))])
    learned = [tokenizer.decode(row[row >= 0], skip_special_tokens=True).strip() for row in batch["labels"]]
    assert learned == [pair["completion"].strip() for pair in pairs]

    before = made.model.lm_head.weight.detach().clone()
    assert np.isfinite(made.train().training_loss)
    assert (made.model.lm_head.weight != before).any()
