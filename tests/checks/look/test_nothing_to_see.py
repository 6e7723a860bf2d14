"""Where there is nothing to look at, no check holds: it cannot be known. What holds all the same has a reason here."""

import inspect

import pytest

from checks.pack import pack
from engine.errors import FactError, HostError, HostUnreachableError
from engine.hosts.host import Host, Link, Links
from engine.knowledge import Context, Verdict
from engine.load.library import Library
from engine.load.texts import calls
from engine.model.parts import CheckCall
from tests.checks.diagnosis.clinic import ONE, THREE, TWO, patient
from tests.checks.imitation import Imitation
from tests.support.links import FakeLinks

VALUES = {
    "candidate": ONE,
    "command": "curl",
    "index": 0,
    "instance": "inst1.lab.example",
    "instances": "all",
    "job": 18,
    "name": "vg0-x",
    "node": TWO,
    "pid": 900,
    "volume": "vg0/x",
    "what": "data",
}
ON_THE_MASTER = "it is about what is on the master, and that answers"
OF_THE_MASTER = "jobs are processes of the master, and that answers"
OTHER_NODE_SILENT = {
    "autorepair.leaves_alone": ON_THE_MASTER,
    "autorepair.leaves_node_alone": ON_THE_MASTER,
    "instances.not_running_on": "it says 'is not seen to'; whether it can be seen is instances.running_known",
    "jobs.holds_no_lock": ON_THE_MASTER,
    "jobs.is_over": OF_THE_MASTER,
    "jobs.is_quiet": ON_THE_MASTER,
    "jobs.none_works_on": ON_THE_MASTER,
    "jobs.process_goes_on": OF_THE_MASTER,
    "jobs.process_is_gone": OF_THE_MASTER,
    "keys.at_rest": ON_THE_MASTER,
    "keys.complete": "it is about the nodes that answer, and its sentence names them",
    "masters.agree": "it is about the nodes that answer, as its sentence says; a silent one cannot be asked",
    "nodes.is_candidate": ON_THE_MASTER,
    "nodes.is_online": "it is about the mark on the master; whether the node answers is nodes.answers",
}
"""What holds while the node that is asked about is silent, and why."""
DENIED_OF_A_SILENT_NODE = {"watcher.is_paused": ON_THE_MASTER}
"""The same of what runbooks assert the opposite of (`holds: false`)."""
NO_MIRRORED_DISK = {
    "autorepair.leaves_alone": "it is about tags, which every instance can have",
    "disks.in_sync": "it says that there is no disk that could be out of sync; what waits for it need not wait",
    "jobs.none_works_on": "it is about jobs, which every instance can have",
}
"""What holds for an instance without a mirrored disk, and why."""


class Silent(FakeLinks):
    """Links to a cluster of which some nodes do not answer any more."""

    def __init__(self, links: Links, names: set[str]) -> None:
        self._links, self._names = links, names

    def to(self, host: Host) -> Link:
        if host.name in self._names:
            raise HostUnreachableError(f"{host.name} cannot be reached.")
        return self._links.to(host)


def judged(name: str, context: Context, **given: object) -> Verdict | None:
    """The verdict of a check; None where it cannot look at all and says so."""
    check = pack.checks[name]
    values = {}
    for one in list(inspect.signature(check).parameters.values())[1:]:
        if one.name in given or one.default is inspect.Parameter.empty:
            # A disk is a number where it has to be named, and `all` otherwise.
            values[one.name] = {**VALUES, "disk": 0, **given}[one.name]
    try:
        return check(context, **values)
    except (FactError, HostError):
        return None


def holding(context: Context, names: list[str], **given: object) -> set[str]:
    return {name for name in names if (found := judged(name, context, **given)) is not None and found.holds is True}


def denied(context: Context) -> set[str]:
    """Those of which runbooks assert the opposite, and the opposite holds."""
    loaded, _broken = Library([pack]).load_all()
    asserted = {
        call.check
        for one in loaded
        for _path, call in calls(one.runbook, ())
        if isinstance(call, CheckCall) and call.check is not None and not call.holds
    }
    assert asserted >= set(DENIED_OF_A_SILENT_NODE)
    return {
        name for name in asserted if (found := judged(name, context)) is not None and found.opposite().holds is True
    }


def test_nothing_holds_while_no_node_answers() -> None:
    silent = patient("healthy").context(lambda links: Silent(links, {ONE, TWO, THREE}))
    assert holding(silent, list(pack.checks)) == set()
    assert denied(silent) == set()


def test_what_holds_while_the_node_asked_about_is_silent_has_its_reason() -> None:
    silent = patient("healthy").context(lambda links: Silent(links, {TWO}))
    assert holding(silent, list(pack.checks)) == set(OTHER_NODE_SILENT)
    assert denied(silent) == set(DENIED_OF_A_SILENT_NODE)


def test_nothing_but_what_asks_one_node_holds_while_the_master_is_silent() -> None:
    silent = patient("healthy").context(lambda links: Silent(links, {ONE}))
    about = [name for name in pack.checks if "job" in inspect.signature(pack.checks[name]).parameters]
    assert holding(silent, about, node=ONE) == set()


def test_what_holds_of_an_instance_without_a_mirrored_disk_has_its_reason() -> None:
    about = [
        name
        for name, check in pack.checks.items()
        if "instance" in inspect.signature(check).parameters and not name.startswith("volumes.")
    ]
    plain = Imitation().context()
    assert holding(plain, about, instance="plain1.lab.example", node=THREE) == set(NO_MIRRORED_DISK)


@pytest.mark.parametrize("name", sorted({*OTHER_NODE_SILENT, *NO_MIRRORED_DISK}))
def test_each_of_them_is_still_a_check(name: str) -> None:
    assert name in pack.checks
