"""Programs of the simulated nodes are known by what stands above their functions."""

from __future__ import annotations

import pytest

from checks.world.programs.call import EndedError, ProgramCall
from checks.world.programs.registry import installed, programs_of
from checks.world.scenario_model import Scenario
from checks.world.scenarios import cluster_of


def call_of(*argv: str) -> ProgramCall:
    cluster = cluster_of(Scenario(description="a node"))
    return ProgramCall(cluster, next(iter(cluster.machines.values())), argv, 1e9, installed())


def says_its_arguments(call: ProgramCall, args: list[str]) -> int:
    call.say(*args)
    return 3


def does_nothing(_call: ProgramCall, _args: list[str]) -> int:
    return 0


def test_commands_make_up_a_program() -> None:
    found = programs_of({"gnt-x list": says_its_arguments, "true": does_nothing, "gnt-x info": does_nothing})
    call = call_of("gnt-x")
    assert found.keys() == {"gnt-x", "true"}
    assert found["gnt-x"](call, ["list", "a"]) == 3
    assert found["gnt-x"](call, ["none"]) == 1
    assert call.out[0] == "a\n"
    assert call.out[-3:-1] == [" info\n", " list\n"]


def test_what_has_commands_is_no_program_by_itself() -> None:
    with pytest.raises(ValueError, match="gnt-x is a program, and has commands"):
        programs_of({"gnt-x list": says_its_arguments, "gnt-x": does_nothing})


def test_env_runs_what_is_installed_and_nothing_else() -> None:
    call = call_of("env")
    assert installed()["env"](call, ["LC_ALL=C", "hostname"]) == 0
    assert call.out == ["hwhost-1\n"]
    with pytest.raises(EndedError) as end:
        installed()["env"](call, ["nothing-such"])
    assert end.value.code == 127
    assert call.err == ["env: 'nothing-such': No such file or directory\n"]
