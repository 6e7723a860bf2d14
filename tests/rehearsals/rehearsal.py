"""A scenario of the embedded cluster, and a runbook led through it by answers that were written down."""

from collections.abc import Mapping
from pathlib import Path

from engine.cli.wiring import Workshop, parameters
from engine.errors import RunbookError
from engine.journal.events import Intent, StepEnded
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.knowledge import Context
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.run.context import RunContext
from engine.run.execute import How, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.settings import Settings
from engine.transport.reader import Reader

SHOP = Workshop(Settings())
SCENARIOS = {name: build for pack in SHOP.packs for name, build in pack.scenarios.items()}

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"

ANSWERS: dict[str, Mapping[str, Given]] = {
    "stuck-job": {"kill": "yes"},
    "stuck-job.delay": {"kill": "yes"},
    "stuck-job.ganeti-2.12": {"kill-process": "yes"},
    "stuck-job.orphan": {"kill-process": "yes", f"move-stray-copies[{TWO}]": "y"},
    "stuck-job.kill-refused": {
        "kill": "yes",
        "kill-process": "yes",
        "stop-the-daemons": "yes",
        f"move-the-job-file[{ONE}]": "y",
        f"move-the-job-file[{TWO}]": "y",
        "start-the-daemons": "y",
    },
    "lvm-filter": {"leave-drbd-out": "y"},
    "drbd-host-setup": {"options": "y", "load-at-boot": "y", "load": "y"},
    "drbd-host-setup.helper": {"options": "y", "correct-the-helper": "y"},
    "master-failover": {
        "fence-old-master": ONE,
        "set-voting-flags": "y",
        "failover": "yes",
        "mark-offline": "y",
        "redistribute": "y",
        "decide-on-instances": "start",
        "failover-instances": "yes",
    },
    "master-failover.cut-off": {
        "fence-old-master": ONE,
        "set-voting-flags": "y",
        "failover": "yes",
        "mark-offline": "y",
        "redistribute": "y",
        "decide-on-instances": "later",
    },
    "master-failover-return": {
        "power-on": "yes",
        "readd": "yes",
        **{f"activate-disks[inst{number}.lab.example]": "y" for number in (1, 2, 3, 4)},
        f"remove-voting-flags[{TWO}]": "y",
        "restart-the-daemons": "yes",
    },
}


class Rehearsal:
    """One world with one runbook, and how it went; the world may be what another rehearsal left behind."""

    def __init__(
        self,
        tmp_path: Path,
        scenario: str,
        answers: Mapping[str, Given],
        forced: Forced | None = None,
        world: World | None = None,
    ) -> None:
        self.world: World = world or SCENARIOS[scenario]()
        self.operator = Scripted(dict(answers))
        reader = Reader(self.world.links)
        site = SHOP.discover(reader, [self.world.entry])
        loaded = SHOP.library.load(scenario.split(".", maxsplit=1)[0])
        context = Context(reader, site, self.world.clock)
        values = parameters(loaded, dict(self.world.parameters), SHOP.knowledge, context, self.operator)
        name, self._journal = RunsFolder(tmp_path).new(loaded.runbook.id, self.world.clock)
        names = RunNames(name, loaded.runbook.id)
        self.run = RunContext(
            loaded,
            SHOP.knowledge,
            site,
            reader,
            self.world.clock,
            self.operator,
            names,
            values,
            library=SHOP.library.load,
        )
        self.how = How("rehearsal", {"account": "test"}, forced or Forced(), on_manual=self.world.on_manual)
        self.error: RunbookError | None = None

    def go(self) -> "Rehearsal":
        with self._journal:
            try:
                execute(self.run, self.world.links, self._journal, self.how)
            except RunbookError as error:
                self.error = error
        return self

    @property
    def journal(self) -> Journal:
        return read_journal(self._journal.path)

    @property
    def states(self) -> list[tuple[str, str]]:
        return states(self.journal)

    @property
    def changed(self) -> list[str]:
        return [event.step for event in self.journal.events if isinstance(event, Intent)]


def states(journal: Journal) -> list[tuple[str, str]]:
    """Each step with how it ended, in order; loops are named by their step and their items left out."""
    ended = [event for event in journal.events if isinstance(event, StepEnded)]
    return list(dict.fromkeys((event.step.split("[", 1)[0], event.state) for event in ended))
