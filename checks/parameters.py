"""The types of parameters a runbook about Ganeti can have."""

from __future__ import annotations

import re

from checks.cluster.facts.copies import newest_config
from checks.cluster.facts.overview import overview
from checks.jobs.facts import jobs
from checks.look.grammar import HOST
from engine.knowledge import Candidate, Context, ParameterType

MINUTE, HOUR, DAY = 60, 3600, 86400


def _job(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text.strip(), re.ASCII):
        raise ValueError("a job is a positive whole number, as in the first column of `gnt-job list`")
    return int(text)


def _name(text: str) -> str:
    stripped = text.strip()
    if not HOST.fits(stripped):
        raise ValueError("a name of letters, digits, dots and dashes, full or only its first label")
    return stripped


def _jobs(context: Context) -> tuple[Candidate, ...]:
    there = [
        Candidate(str(one.id), f"{one.status} {one.summary}, {_age(one.age)} old") for one in jobs.unfinished(context)
    ]
    known = {candidate.value for candidate in there}
    for orphan in jobs.orphans(context):
        if str(orphan.job) not in known:
            left = f"process {orphan.process}" if orphan.process else f"{len(orphan.locks)} locks"
            there.append(Candidate(str(orphan.job), f"not in the queue as unfinished, but its {left} left"))
    return tuple(there)


def _nodes(context: Context) -> tuple[Candidate, ...]:
    seen = overview(context)
    roles = {
        **dict.fromkeys(seen.nodes, "node"),
        **dict.fromkeys(seen.candidates, "master candidate"),
        seen.master: "master",
    }
    return tuple(Candidate(node, roles[node] + (", offline" if node in seen.offline else "")) for node in seen.nodes)


def _instances(context: Context) -> tuple[Candidate, ...]:
    _copy, config = newest_config(context)
    there = (one for one in config.instances.values() if one.name)
    return tuple(
        Candidate(one.name, f"on {config.node_name(one.primary_node)}")
        for one in sorted(there, key=lambda one: one.name)
    )


def _age(seconds: float) -> str:
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


TYPES = {
    "ganeti.job": ParameterType(_job, "the number of a job", int, _jobs),
    "ganeti.node": ParameterType(_name, "the name of a node, full or its first label", str, _nodes),
    "ganeti.instance": ParameterType(_name, "the name of an instance, full or its first label", str, _instances),
}
