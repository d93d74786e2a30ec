"""The tiny study, one of whose cells is refused, and another of whose cells kills its process, when it is tested."""

import dataclasses
import os
import signal

from tiny_study import Tiny

from tolman.core.errors import UserError
from tolman.experiments.condition import Condition
from tolman.experiments.study import Plan

GOOD, REFUSED, DEADLY = "0.001", "0.002", "0.003"


@dataclasses.dataclass(frozen=True, kw_only=True)
class FailingCondition(Condition):
    """The condition of the tiny study, where two learning rates fail."""

    def measure(self, learner, models, instance, seeds):
        rate = str(self.training.optimiser.learning_rate)
        if rate == REFUSED:
            raise UserError("this rate is refused")
        if rate == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().measure(learner, models, instance, seeds)


@dataclasses.dataclass(frozen=True)
class Failing(Tiny):
    """One condition, as in the tiny study."""

    def plan(self, preset):
        plan = super().plan(preset)
        (condition,) = plan.conditions
        fields = {field.name: getattr(condition, field.name) for field in dataclasses.fields(condition)}
        return Plan(plan.seeds, (FailingCondition(**fields),))
