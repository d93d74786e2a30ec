"""`tolman show`: the conditions, learners and parameters of a study's preset, and what it costs here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tolman.cli.output import print_json
from tolman.cli.run import RunRequest, make_study
from tolman.core.config import parse_assignments


def show(request: RunRequest, records: Path, *, as_json: bool) -> None:
    """Print what will be run and estimate its cost; nothing is recorded."""
    from tolman.core.devices import configure_jax
    from tolman.experiments.runner import planned, runs_of

    configure_jax()
    study, overrides = make_study(request), parse_assignments(request.settings)
    plan = planned(study, request.preset, request.seeds, overrides)
    runs = runs_of(study, request.name, request.preset, plan, first_seed=request.first_seed, overrides=overrides)
    described = {
        "study": request.name,
        "preset": request.preset,
        "title": study.title,
        "seeds": sorted({run.seed for run in runs}),
        "conditions": [_condition(condition, runs) for condition in plan.conditions],
    }
    if not as_json:
        click.echo(_text(described))
    click.echo("timing a few steps of each program ...", err=True)
    estimate = _estimate(request, runs, records)
    if as_json:
        print_json(described | {"estimate": estimate})
    else:
        click.echo(_cost(estimate))


def _condition(condition: Any, runs: Sequence[Any]) -> dict[str, Any]:
    """Return a condition's learners, the configuration of the first one's run, and its number of trainings."""
    from tolman.core.config import canonical

    mine = [run for run in runs if run.condition is condition]
    config = canonical(mine[0].config)
    seed = mine[0].seed
    trainings = dict.fromkeys(training for run in mine if run.seed == seed for training in run.trainings.values())
    specs = [training.spec for training in trainings]
    head = ("study", "study_version", "preset", "overrides", "condition", "learner", "world_seed", "model_seed")
    return {
        "name": condition.name,
        "learners": [
            next(canonical(run.config["learner"]) for run in mine if run.learner == name)
            for name in condition.learner_names
        ],
        "models_per_seed": len(specs),
        "steps": [spec.steps for spec in specs],
        "documents": [spec.steps * spec.training.batch for spec in specs],
        **{part: value for part, value in config.items() if part not in head},
    }


def _estimate(request: RunRequest, runs: Sequence[Any], folder: Path) -> dict[str, Any]:
    from tolman.experiments.estimate import by_timing, from_records
    from tolman.records.store import Store

    known = Store(folder).records(study=request.name, preset=request.preset, overrides=runs[0].config["overrides"])
    timed = by_timing(runs)
    seconds = from_records(runs, known)
    if seconds is None:
        return timed._asdict()
    return timed._replace(seconds=seconds, source="records")._asdict()


def _text(described: dict[str, Any]) -> str:
    from tolman.report.words import count

    seeds = described["seeds"]
    lines = [f"{described['study']} · {described['preset']} · {count(len(seeds), 'seed')}, {seeds[0]} to {seeds[-1]}"]
    lines += [described["title"], ""]
    for condition in described["conditions"]:
        lines += [condition["name"], *_learners(condition["learners"])]
        steps, documents, models = max(condition["steps"]), max(condition["documents"]), condition["models_per_seed"]
        each = f"{count(steps, 'step')}, {documents:,} documents, episodes or inputs each"
        lines += [f"  {count(models, 'model')} a seed, {each}"]
        lines += [*_parts(condition, "  "), *_networks(condition.get("networks", {})), ""]
    return "\n".join(lines)


def _learners(learners: Sequence[dict[str, Any]]) -> list[str]:
    """Return the learners' names on a line, or a line for each with what it retrieves, at the path that `-P` takes."""
    lines = []
    for learner in learners:
        found = {
            f"in training, steps.{i}.context": step["context"]
            for i, step in enumerate(learner["steps"])
            if step.get("context")
        }
        found |= {"at test, context": learner["context"]} if learner["context"] else {}
        told = "; ".join(f"{where} = {_line(context)}" for where, context in found.items())
        lines += [f"  learners.{learner['name']}: {told or 'no retrieval'}"]
    if any(not line.endswith("no retrieval") for line in lines):
        return lines
    return [f"  learners: {', '.join(learner['name'] for learner in learners)}"]


def _networks(networks: dict[str, dict[str, Any]]) -> list[str]:
    """Return the model and training of each network; those that differ in nothing but their seed together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, network in networks.items():
        groups.setdefault(tuple(_parts(network, "    ")), []).append(f"networks.{name} (seed={network['seed']})")
    return [line for parts, names in groups.items() for line in (f"  {', '.join(names)}:", *parts)]


def _parts(config: dict[str, Any], indent: str) -> list[str]:
    """Return a line for each part that there is; what is retrieved in training differs and stands with the learners."""
    parts = {part: config[part] for part in ("world", "model", "training", "analysis") if part in config}
    if "training" in parts:
        parts["training"] = {name: value for name, value in parts["training"].items() if name != "retrieval"}
    return [f"{indent}{part}: {_line(value)}" for part, value in parts.items()]


def _cost(estimate: dict[str, Any]) -> str:
    seconds = estimate["seconds"]
    time = f"{seconds:.0f} s" if seconds < 120 else _minutes(seconds)
    how = {"records": "by earlier records", "timing": "by timing a few steps; tests come on top"}[estimate["source"]]
    return f"About {time} on this machine ({how}); {estimate['memory'] / 1e6:.0f} MB of weights, optimiser and data."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _line(config: Any) -> str:
    """Return a configuration on one line, without the names of classes."""
    if isinstance(config, dict):
        kept = {name: value for name, value in config.items() if name not in ("class", "version", "name")}
        if not kept and "name" in config:
            return config["name"]
        head = f"{config['name']} " if "name" in config else ""
        return head + "(" + ", ".join(f"{name}={_line(value)}" for name, value in kept.items()) + ")"
    if isinstance(config, list):
        return "[" + ", ".join(map(_line, config)) + "]"
    return str(config)
