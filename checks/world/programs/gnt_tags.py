"""Tags of the cluster and of instances: add-tags, remove-tags, list-tags (lib/cli.py)."""

from __future__ import annotations

from typing import Any

from checks.world.config import SimulatedConfig
from checks.world.ganeti.scheduler import JobFailedError
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program


def _of(call: ProgramCall, config: SimulatedConfig, words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What the tags are of, and the other arguments."""
    if call.program.endswith("gnt-cluster"):
        return config.cluster, words
    gnt.arguments(call, words, 1, None)
    return gnt.find_instance(call, config, words[0]), words[1:]


@program("gnt-cluster list-tags", "gnt-instance list-tags")
def list_tags(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, ())
    thing, _ = _of(call, gnt.client(call), options.rest)
    call.say(*sorted(thing["tags"]))
    return 0


@program("gnt-cluster add-tags", "gnt-instance add-tags")
def add_tags(call: ProgramCall, args: list[str]) -> int:
    return _change(call, args, add=True)


@program("gnt-cluster remove-tags", "gnt-instance remove-tags")
def remove_tags(call: ProgramCall, args: list[str]) -> int:
    return _change(call, args, add=False)


def _change(call: ProgramCall, args: list[str], *, add: bool) -> int:
    options = parse_gnt(call, args, gnt.JOB_FLAGS)
    _, words = _of(call, gnt.client(call), options.rest)
    if not words:
        gnt.prereq(call, "No tags to be added" if add else "No tags to be removed")

    def turn() -> list[str]:
        config = SimulatedConfig.read(call.machine)
        if config is None:
            raise JobFailedError("Corrupt configuration file")
        thing, tags = _of(call, config, options.rest)
        missing = [tag for tag in tags if tag not in thing["tags"]]
        if missing and not add:
            raise JobFailedError(f"Tag(s) {', '.join(repr(tag) for tag in missing)} not found", prereq="unknown_entity")
        thing["tags"] = sorted({*thing["tags"], *tags} if add else {*thing["tags"]} - {*tags})
        config.touch(call.cluster.now, thing)
        call.cluster.commit(call.machine, config)
        return []

    op = {"OP_ID": "OP_TAGS_SET" if add else "OP_TAGS_DEL", "tags": words}
    gnt.run_job(call, op, {"cluster/BGL": "shared"}, seconds=2.0, action=turn, options=options)
    return 0
