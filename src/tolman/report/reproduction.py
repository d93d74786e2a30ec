"""Commands, provenance and shared configuration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tolman.report.summary import Summary
from tolman.report.words import count


def commands(summary: Summary) -> tuple[str, ...]:
    """Return the recorded commands, and those that the configurations of records without any amount to."""
    typed = {str(record.provenance["command"]) for record in _records(summary) if record.provenance.get("command")}
    others = [record for record in _records(summary) if not record.provenance.get("command")]
    return (*sorted(typed), *_commands_from_config(summary, others))


def _commands_from_config(summary: Summary, records: Sequence[Any]) -> list[str]:
    """Return one command for each range of seeds."""
    files = next((record.provenance["files"] for record in records if record.provenance.get("files")), {})
    parts = ["tolman", "run", summary.study]
    parts += [part for option, path in files.items() for part in (f"--{option}", path)]
    parts += ["--preset", summary.preset]
    parts += [part for name, value in sorted(summary.overrides.items()) for part in ("-P", f"{name}={_typed(value)}")]
    return [
        shlex.join([*parts, "--first-seed", str(seeds.start), "--seeds", str(len(seeds))])
        for seeds in _ranges(record.seeds[0] for record in records)
    ]


def _ranges(seeds: Iterable[int]) -> list[range]:
    """Return the ranges that seeds make up."""
    found: list[range] = []
    for seed in sorted(set(seeds)):
        start = found.pop().start if found and found[-1].stop == seed else seed
        found.append(range(start, seed + 1))
    return found


def _typed(value: Any) -> str:
    """Return the value of a parameter as `-P` reads it."""
    if isinstance(value, list):
        return ",".join(_typed(item) for item in value)
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def provenance(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Return versions, machine and times as rows of a name and a text."""
    records = _records(summary)
    seconds = {
        "+".join(record.result["trainings"].values()): record.provenance.get("seconds", {}) for record in records
    }
    spent = ", ".join(f"{part} {sum(s.get(part, 0) for s in seconds.values()):.0f}"
                      for part in ("compile", "train", "evaluate"))  # fmt: skip
    facts = {
        "Tolman": _each(r.provenance.get("tolman") for r in records),
        "commit": _each(_commit(r.provenance.get("git")) for r in records),
        "Python": _each(r.provenance.get("python") for r in records),
        "packages": _each(_pairs(r.provenance.get("packages")) for r in records),
        "device": _each(_device(r.provenance) for r in records),
        "XLA flags": _each(r.provenance.get("xla_flags") for r in records),
        "seconds": f"{spent} (over {count(len(seconds), 'training')})",
        "made": _made(records),
        "seeds": f"{count(summary.seeds, 'pair')} of world and model seed: " + _each(r.seeds for r in records),
        "records": " ".join(r.key for r in records),
    }
    return tuple((name, text) for name, text in facts.items() if text)


def shared_config(summary: Summary) -> str:
    """Return the part of the configuration that all learners share, as JSON."""
    configs = [record.config for record in _records(summary)]
    same = {k: v for k, v in configs[0].items() if all(c.get(k) == v for c in configs)}
    return json.dumps(same, indent=1, ensure_ascii=False)


def _records(summary: Summary) -> list[Any]:
    return [record for learner in summary.learners for record in learner.records]


def _each(values: Iterable[Any]) -> str:
    return "; ".join(dict.fromkeys(str(value) for value in values if value))


def _made(records: Sequence[Any]) -> str:
    times = sorted(str(r.provenance[end]) for r in records for end in ("started", "finished") if r.provenance.get(end))
    return f"{times[0]} to {times[-1]}" if times else ""


def _commit(git: Mapping[str, Any] | None) -> str:
    return f"{git.get('commit')}{' with uncommitted changes' if git.get('dirty') else ''}" if git else ""


def _pairs(versions: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted((versions or {}).items()))


def _device(provenance: Mapping[str, Any]) -> str:
    device, cpu = provenance.get("device") or {}, provenance.get("cpu") or {}
    kinds = f"{device.get('count', 1)} × {device.get('kind')} ({device.get('platform')})" if device else ""
    threads = f"{cpu.get('model')}, {count(cpu.get('threads') or 1, 'thread')}" if cpu else ""
    return ", ".join(part for part in (kinds, threads) if part)
