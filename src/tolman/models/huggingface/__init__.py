"""Any causal language model of Hugging Face transformers, over the words of a world; needs the extra `lm`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NoReturn

from jaxtyping import PRNGKeyArray

from tolman.core.errors import UserError
from tolman.core.ranges import Range
from tolman.models.base import AbstractModelConfig, Backend
from tolman.models.huggingface.files import SMOLLM2, find_files

Finetuning = Literal["lora", "full"]
WeightPrecision = Literal["auto", "float32", "bfloat16"]


@dataclasses.dataclass(frozen=True)
class HuggingFaceConfig(AbstractModelConfig):
    """A causal language model that reads and writes ordinary text.

    Words of the world are rendered as English text and cut into the model's own tokens. Which weights it has is told by
    a digest of its files, so that a name or path whose content changed is another model.

    Attributes:
        model: a folder, a .gguf file, `smollm2`, or a name on the hub (see `find_files`).
        finetuning: trains low-rank adapters of all linear layers (Hu et al., arXiv 2106.09685), or all weights.
        rank: of the adapters, which are scaled by 2.
        chat_template: whether the context stands in a user's turn of the model's chat template, and the text in the
            assistant's; else each experience of the context stands on a line before the text.
        precision: of the weights; `bfloat16` on a GPU only, where `auto` chooses it. Adapters, and weights that are all
            trained, are float32 in any case.
        digest: of the model's files; filled in.

    Raises:
        UserError: there is no such model, its files are others than at first, or a package is missing.
    """

    version: ClassVar[int] = 1
    pretrained: ClassVar[bool] = True
    backend: ClassVar[Backend] = "torch"

    model: str = SMOLLM2
    finetuning: Finetuning = "lora"
    rank: Annotated[int, Range(1, 4096)] = 16
    chat_template: bool = False
    precision: WeightPrecision = "auto"
    digest: str = ""

    def __post_init__(self) -> None:
        found = find_files(self.model).digest
        if self.digest and self.digest != found:
            raise UserError(f"the model {self.model!r} has changed; start again so that one is used throughout")
        object.__setattr__(self, "digest", found)
        object.__setattr__(self, "precision", _precision(self.precision))

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is pretrained; use start")

    def start(self, vocabulary: Sequence[str]) -> Any:
        from tolman.models.huggingface.model import HuggingFaceModel

        return HuggingFaceModel.load(self, vocabulary)

    def rebind(self, model: Any, vocabulary: Sequence[str], other: Sequence[str]) -> Any:
        return model.over(other)


def _precision(given: WeightPrecision) -> WeightPrecision:
    from tolman.models.huggingface.packages import torch

    on_gpu = torch().cuda.is_available()
    if given == "bfloat16" and not on_gpu:
        raise UserError("model.precision is bfloat16, which is for GPUs; expected float32 or auto on a CPU")
    return ("bfloat16" if on_gpu else "float32") if given == "auto" else given
