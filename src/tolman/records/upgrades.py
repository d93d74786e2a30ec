"""Upgrades of old records to the current schema: one function per schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tolman.records.renamings import (
    ADDED,
    CLASSES,
    FIELDS,
    KINDS,
    REPLAY,
    RETRIEVERS,
    TFIDF,
    TRAJECTORIES,
    WEIGHTS,
)

Document = dict[str, Any]


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
    config["overrides"] = dict(_override(old, path, value) for path, value in old["overrides"].items())
    result, provenance = _result(document["result"]), _provenance(document["provenance"])
    return document | {"config": config, "result": result, "provenance": provenance}


def tfidf_by_its_name(document: Document) -> Document:
    """Schema 4: what was called dense retrieval by a bag of words is TF-IDF."""
    config = _tfidf(document["config"])
    learner, overrides = config["learner"], config["overrides"]
    retriever = (learner.get("context") or {}).get("retriever", {})
    if retriever.get("class") == "TfIdf":
        config["learner"] = learner | {"name": _tfidf_name(learner["name"])}
    if retriever.get("class") != "Dense" and not any(path.endswith(".embedding") for path in overrides):
        config["overrides"] = {".".join(map(_tfidf_name, path.split("."))): v for path, v in overrides.items()}
    return document | {"config": config}


UPGRADES: tuple[Callable[[Document], Document], ...] = (several_models, names_of_the_field, tfidf_by_its_name)
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


def _tfidf(value: Any) -> Any:
    """Return a configuration in which dense retrieval by a bag of words is TF-IDF."""
    if isinstance(value, list):
        return [_tfidf(item) for item in value]
    if not isinstance(value, dict):
        return value
    if (value.get("class"), value.get("embedding")) == ("Dense", "bag"):
        return {"name": "tfidf", "class": "TfIdf", "version": 1}
    return {name: _tfidf(item) for name, item in value.items()}


def _tfidf_name(learner: str) -> str:
    """Return the name of a learner that is called by its retriever."""
    return TFIDF.get(learner, learner)


def _retrieval(renamed: Document) -> Document:
    """Return `{"slots": ..., "retriever": ...}` as `{"k": ..., "retriever": ...}`."""
    retriever = renamed["retriever"]
    if isinstance(retriever, dict):
        retriever = retriever | {"name": RETRIEVERS.get(retriever["name"], retriever["name"])}
    return {"k": renamed["slots"], "retriever": retriever}


def _added(kind: str, old: Document) -> Document:
    """Return parameters that have come since; `measures` replaces a flag."""
    if kind == "FeatureVariance":
        return {"measures": _measures(old.get("decode"))}
    return ADDED.get(kind, {})


def _measures(decode: bool | None) -> list[str]:
    """Return the measures of an analysis of variance that the flag `decode` stands for."""
    return ["decodability"] if decode else []


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


def _override(config: Document, path: str, value: Any) -> tuple[str, Any]:
    """Return the path and the value of an overridden parameter with the new names of the path's parts."""
    if path == "analysis.decode":
        return "analysis.measures", _measures(value)
    found, part = [], _condition(config)
    for name in path.split("."):
        part = part if isinstance(part, dict) else {}
        found.append(FIELDS.get(part.get("class", ""), {}).get(name, name))
        part = part.get(name)
    return ".".join(found), value


def _condition(config: Document) -> Document:
    """Return a configuration with its parts where override paths have them; networks of a set share theirs."""
    network = next(iter(config.get("networks", {}).values()), {})
    training = config.get("training") or network.get("training") or {}
    parts = {name: training.get(name) for name in ("reinforcement", "probe")}
    return {"class": "Condition", **network, **config, **parts, "training": training}


def _provenance(provenance: Document) -> Document:
    """Return a provenance whose command is only kept for the record: its defaults and parameters are others today."""
    kept = {"original_command" if name == "command" else name: value for name, value in provenance.items()}
    table = re.search(r"--facts[ =]('[^']*'|\S+)", provenance.get("command") or "")
    return kept | ({"files": {"facts": table[1].strip("'")}} if table else {})


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
    renamed = _averaged_prediction(rename(settings))
    return renamed, {rename_weights(name): array for name, array in weights.items()}


def _averaged_prediction(settings: Document) -> Document:
    """Return an agent's settings with its weight of the mean over units, which version 2 summed."""
    config = settings["config"]
    if (config.get("name"), config.get("version")) != ("agent", 2):
        return settings
    coef = config["goal_prediction_coef"] * settings["inputs"][0]
    return {**settings, "config": {**config, "version": 3, "goal_prediction_coef": coef}}


def rename_replay(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays of a replay buffer with new names."""
    return {REPLAY.get(name, name): array for name, array in arrays.items()}


def rename_weights(name: str) -> str:
    """Return the new name of an array of weights."""
    for old, new in WEIGHTS.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name
