"""What is done after a death: the run is resumed from the journal it left, in the world it left."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.journal.anchor import Anchor, read_anchors
from engine.journal.folder import RunsFolder
from engine.journal.verify import verify
from engine.packs import World
from engine.resume.past import Past
from engine.resume.past import replay as replayed
from tests.crashes.picture import cluster_of
from tests.crashes.victim import WHOLE
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal
from tests.rehearsals.undoing import Undoing


def resume(scenario: str, folder: Path, world: World) -> None:
    """Go on with the run whose journal is in this folder, as `gnt-runbook resume` does, to its good end."""
    (left,) = RunsFolder(folder).all()[0]
    if left.started is None:
        # It died within its first line, before it had looked at anything: there is nothing to go on with.
        run = Rehearsal(folder, scenario, ANSWERS[scenario], world=world)
    else:
        past = replayed([left])
        answers = {**ANSWERS[scenario], **{f"{prefix}resume.preconditions": "yes" for prefix in _prefixes(past)}}
        world = replace(world, parameters=left.started.parameters)
        run = Rehearsal(folder, scenario, answers, world=world, past=past)
    run.go()
    assert run.error is None, f"{run.error}\n{run.operator.text}"
    assert run.journal.unknown == ()
    for path in RunsFolder(folder).files():
        found = verify(path, [anchor for anchor in _anchors(world) if anchor.run == path.stem])
        assert found.state != "broken", found.words


def rehearsed(scenario: str, folder: Path) -> Rehearsal:
    """The run of a scenario."""
    return Rehearsal(folder, scenario, ANSWERS[scenario])


def undone(scenario: str, folder: Path) -> Undoing:
    """The undo of a run that came to its end."""
    done = Rehearsal(folder, scenario, ANSWERS[scenario]).go()
    assert done.error is None, done.error
    return Undoing.of(done)


def undo(scenario: str, folder: Path, world: World) -> None:
    """Take back what is left, as `gnt-runbook undo` does, after an undo whose journal is in this folder has died."""
    del scenario
    for path in (folder.parent / WHOLE).iterdir():
        if not (folder / path.name).exists():
            shutil.copy(path, folder)
    journals = RunsFolder(folder).all()[0]
    (done,) = (one for one in journals if one.started is not None and not one.started.undoes)
    left = Undoing(done, world)
    if left.look().due:
        left.go()
    assert left.error is None, f"{left.error}\n{left.operator.text}"
    found = left.look()
    assert (found.due, found.left) == ((), ())


def _prefixes(past: Past) -> set[str]:
    """What the names of steps begin with: nothing, or the step that calls their runbook."""
    return {"", *past.kept, *(f"{key.rpartition('/')[0]}/" for key in [*past.ended, *past.begun] if "/" in key)}


def _anchors(world: World) -> Iterator[Anchor]:
    """What the logs of the cluster say of journals."""
    for machine in cluster_of(world).machines.values():
        text = "".join(f"{line}\n" for _level, _tag, line in machine.logged)
        yield from read_anchors(io.BytesIO(text.encode()), machine.name)
