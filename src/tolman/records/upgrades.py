"""Upgrades of old records to the current schema: one function per schema, and the map of names old -> new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

CLASSES = {
    "Contrastive": "OracleHardNegatives",
    "Maze": "MazeConfig",
    "Preference": "ProbePreference",
    "Reinforcement": "PPOConfig",
    "VarianceProbe": "VarianceMetric",
}
"""Classes of configurations."""

FIELDS = {
    "AgentConfig": {"foresight": "goal_prediction_coef"},
    "Codebooks": {"lesson": "max_definitions", "latent_share": "latent_fraction"},
    "Facts": {"lesson": "max_premises", "held_share": "held_out_fraction"},
    "Maze": {
        "limit": "max_steps",
        "recognise": "identified_by",
        "view": "view_size",
        "position": "observe_position",
        "walls": "wall_density",
    },
    "Mazes": {
        "latent": "latent_goals",
        "supports": "min_supports",
        "past": "context_trials",
        "trials": "trials_per_episode",
    },
    "Phase": {"reinstate": "retrieve"},
    "Preference": {"decoders": "probes"},
    "Reinforcement": {
        "discount": "gamma",
        "trace": "gae_lambda",
        "clip": "clip_eps",
        "value_cost": "vf_coef",
        "entropy_cost": "ent_coef",
        "memory": "episodes_per_level",
    },
    "Reversals": {"lesson": "max_premises"},
    "TrainingConfig": {
        "transients": "fresh",
        "lanes": "parallel_seeds",
        "reinstatement": "retrieval",
        "reinforcement": "ppo",
        "probe": "metric",
    },
}
"""Old class -> the parameters of its configuration that have new names."""

ADDED = {
    "Consistency": {
        "measures": ["rsa", "cka_linear_debiased"],
        "last_layer_measures": ["linear_predictivity_symmetric"],
    },
    "PairwiseSimilarity": {
        "measures": [
            "rsa",
            "rsa?compare=spearman",
            "rsa?rdm=euclidean",
            "cka_linear",
            "cka_linear_debiased",
            "cca_mean_squared",
            "procrustes_similarity",
            "linear_predictivity_symmetric",
            "partial_rsa",
            "cka_controlled",
        ]
    },
}
"""Old class -> parameters that have come since, with the values that old results rest on."""

RETRIEVERS = {"contrastive": "oracle-hard-negatives"}
KINDS = {
    "lesson": "long-in-context",
    "short-lesson": "short-in-context",
    "unrelated-lesson": "long-unrelated",
    "unrelated-short-lesson": "short-unrelated",
    "practice": "task",
    "long-practice": "multi-trial",
    "unrelated-long-practice": "multi-trial-unrelated",
}
"""Kinds of documents and tasks."""

TRAJECTORIES = {
    "sketch": "layouts",
    "dials": "config",
    "mazes": "levels",
    "places": "object_cells",
    "place": "level",
    "way": "path",
    "arrived": "success",
    "remembered": "retrieved",
}
"""Fields of recorded trajectories."""

WEIGHTS = {
    ".reading.": ".input_embedding.",
    ".acting.": ".policy_head.",
    ".judging.": ".value_head.",
    ".foreseeing.": ".goal_head.",
}
"""Beginnings of the names of an agent's weights."""

REPLAY = {"inputs": "observations", "sees": "revealed", "shows": "features"}
"""Arrays of a replay buffer."""


def several_models(document: Document) -> Document:
    """Schema 2: a record may rest on several trained models, and hold numbers other than accuracies."""
    result = {name: value for name, value in document["result"].items() if name != "training_key"}
    trainings = {"model": document["result"]["training_key"]}
    return document | {"result": result | {"measures": {}, "trainings": trainings}}


def names_of_the_field(document: Document) -> Document:
    """Schema 3: learners are steps and a context, and names are those of the field."""
    old = document["config"]
    config = {name: value for name, value in rename(old).items() if name != "networks"}
    if "networks" in old:
        config["networks"] = {name: _network(network) for name, network in old["networks"].items()}
    config["learner"] = _learner(old)
    config["overrides"] = {_path(old, path): value for path, value in old["overrides"].items()}
    return document | {"config": config, "result": _result(document["result"])}


UPGRADES: tuple[Callable[[Document], Document], ...] = (several_models, names_of_the_field)
"""`UPGRADES[i]` turns a document of schema i + 1 into one of schema i + 2. Only ever append to it."""


def rename(value: Any) -> Any:
    """Return a configuration in its canonical form with new names of classes, parameters and kinds of documents."""
    if isinstance(value, list):
        return [rename(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class", "")
    fields = FIELDS.get(kind, {})
    given: Document = value
    renamed = {fields.get(name, name): rename(item) for name, item in given.items()}
    if "class" in renamed:
        renamed["class"] = CLASSES.get(kind, kind)
    if kind == "Phase":
        renamed["mixture"] = {KINDS.get(name, name): part for name, part in value["mixture"]}
    if "slots" in renamed and "retriever" in renamed:
        renamed = _retrieval(renamed)
    if kind == "FeatureVariance":
        renamed.pop("decode", None)
    return renamed | _added(kind, value)


def _retrieval(renamed: Document) -> Document:
    """Return `{"slots": ..., "retriever": ...}` as `{"k": ..., "retriever": ...}`."""
    retriever = renamed["retriever"]
    if isinstance(retriever, dict):
        retriever = retriever | {"name": RETRIEVERS.get(retriever["name"], retriever["name"])}
    return {"k": renamed["slots"], "retriever": retriever}


def _added(kind: str, old: Document) -> Document:
    """Return parameters that have come since; `measures` replaces a flag."""
    if kind == "FeatureVariance":
        return {"measures": ["decodability"] if old.get("decode") else []}
    return ADDED.get(kind, {})


def _network(network: Document) -> Document:
    renamed = rename(network)
    renamed["seed"] = renamed.pop("replica")
    return renamed


def _learner(config: Document) -> Document:
    """Return a learner as its steps and its context; its weights were trained as the record's `training` says."""
    learner, training = config["learner"], config.get("training") or {}
    step = {"class": "Finetune", "version": 1, "context": rename(training.get("reinstatement"))}
    context = rename(learner.get("testing"))
    name = _learner_name(learner["name"])
    return {"class": "Learner", "version": 1, "name": name, "steps": [step], "context": context}


def _learner_name(name: str) -> str:
    if name == "context":
        return "parametric-context"
    if not name.startswith("retrieval-"):
        return name
    retriever = name.removeprefix("retrieval-")
    return f"parametric-retrieval-{RETRIEVERS.get(retriever, retriever)}"


def _path(config: Document, path: str) -> str:
    """Return the path of an overridden parameter with the new names of its parts."""
    found, part = [], {"class": "Condition", **config, "reinforcement": config.get("training", {}).get("reinforcement")}
    fields = FIELDS | {"Condition": {"reinforcement": "ppo"}}
    for name in path.split("."):
        part = part if isinstance(part, dict) else {}
        found.append(fields.get(part.get("class", ""), {}).get(name, name))
        part = part.get(name)
    return ".".join(found)


def _result(result: Document) -> Document:
    """Return a result with the new names of what tests by acting record."""
    tests = {name: _keys(test, {"arrived": "success"}) for name, test in result["tests"].items()}
    renamed = {name: value for name, value in result.items() if name != "walks"} | {"tests": tests}
    if "walks" in result:
        walks = result["walks"]
        sketch = walks["sketch"] | ({"dials": rename(walks["sketch"]["dials"])} if "dials" in walks["sketch"] else {})
        renamed["trajectories"] = _deep_keys(walks | {"sketch": sketch})
    return renamed


def _keys(value: Document, names: dict[str, str]) -> Document:
    return {names.get(name, name): item for name, item in value.items()}


def _deep_keys(value: Any, inside: str = "") -> Any:
    """Return trajectories with new names; the parameters of their environment have been renamed already."""
    if inside == "config":
        return value
    if isinstance(value, list):
        return [_deep_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    given: Document = value
    new = {name: TRAJECTORIES.get(name, name) for name in given}
    return {new[name]: _deep_keys(item, new[name]) for name, item in given.items()}


def rename_model(settings: Document, weights: dict[str, Any]) -> tuple[Document, dict[str, Any]]:
    """Return the settings and the weights of a saved model with new names."""
    return rename(settings), {rename_weights(name): array for name, array in weights.items()}


def rename_replay(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays of a replay buffer with new names."""
    return {REPLAY.get(name, name): array for name, array in arrays.items()}


def rename_weights(name: str) -> str:
    """Return the new name of an array of weights."""
    for old, new in WEIGHTS.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name
