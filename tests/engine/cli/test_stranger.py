"""A journal that somebody else made, against a real sshd: nothing of it is done before it was seen and agreed to."""

import hashlib
import json
import os
import socket
import stat
from collections.abc import Iterator

import pytest

from engine.journal.events import Answered, RunbookText, StepBegun, StepEnded
from engine.journal.line import Tip
from engine.journal.reader import read_journal
from engine.journal.signature import sign
from engine.run.preconditions import OF_HOSTS
from tests.engine.cli.forger import NODE, RUN, Forger, nodes_of
from tests.engine.cli.nodes import Nodes
from tests.engine.cli.program import Ended, Program
from tests.sshd import Sshd, make_key


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with Sshd(tmp_path_factory.mktemp("nodes")) as sshd:
        yield nodes_of(sshd)


@pytest.fixture
def forger(program: Program, nodes: Nodes) -> Forger:
    return Forger(program, nodes)


def flat(ended: Ended) -> str:
    return " ".join(ended.out.split())


def test_a_runbook_out_of_a_strangers_journal_does_nothing_before_it_was_read_and_named(forger: Forger) -> None:
    path = forger.journal(RunbookText("night", "sha256:0", forger.text), StepBegun("before", "Before"))
    args = ("resume", str(path), "--yes", "disruptive")

    first = forger.go(*args)
    assert (first.error, forger.touched) == ("unanswered", False), first.err
    for words in (
        "begun at 20",
        "login mallory, account root, machine elsewhere: so it says itself",
        f"It is not this machine's own record: {path}, it is not among the journals of this machine's runs",
        f"No anchor of it was found on {NODE}",
        "Its signature is absent",
        "Nothing vouches for it: whoever made this file may have written into it whatever they liked",
    ):
        assert words in flat(first), first.out

    refused = forger.go(*args, journal="yes")
    assert (refused.error, forger.touched) == ("answer-refused", False)

    second = forger.go(*args, journal=forger.word(path))
    assert (second.error, forger.touched) == ("unanswered", False), second.err
    assert "".join(f"    | {line}\n" for line in forger.text.splitlines()) in second.out, "shown whole"

    name = f"night@{hashlib.sha256(forger.text.encode()).hexdigest()[:12]}"
    force = [word for code in OF_HOSTS for word in ("--force", code)]
    done = forger.go(*args, *force, **{"journal": forger.word(path), "resume.runbook-text": name})
    assert forger.hit.exists(), done.out + done.err
    made = read_journal(forger.program.journals[-1])
    typed = [event.typed for event in made.events if isinstance(event, Answered)]
    assert typed[:2] == [forger.word(path), name]


def test_yes_does_not_count_for_a_runbook_that_only_a_journal_has(forger: Forger) -> None:
    text = forger.text.replace("effect: safe", "effect: disruptive\n    consequence: none")
    path = forger.journal(RunbookText("night", "sha256:0", text))
    name = f"night@{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    answers = {"journal": forger.word(path), "resume.runbook-text": name}
    ended = forger.go("resume", str(path), "--yes", "disruptive", **answers)
    assert (ended.error, forger.hit.exists()) == ("unanswered", False)
    assert "The question 'look' is not answered" in ended.err


def test_a_text_of_which_a_part_would_not_be_shown_is_not_run(forger: Forger) -> None:
    text = forger.text.replace("[touch,", "[env, 'PASSWORD=hunter2hunter2', touch,")
    path = forger.journal()
    # As a forger writes it, who does not take secrets out.
    line = json.loads(path.read_bytes())
    fields = {"v": 1, "n": 2, "t": line["t"], "prev": read_journal(path).tip, "kind": "runbook-text"}
    data = {"runbook": "night", "digest": "sha256:0", "text": text}
    path.write_bytes(path.read_bytes() + json.dumps({**fields, "data": data}, separators=(",", ":")).encode() + b"\n")
    ended = forger.go("resume", str(path), journal=forger.word(path))
    assert (ended.error, forger.touched) == ("runbook-not-shown", False)


def test_what_a_journal_says_of_a_library_runbook_is_shown_before_it_counts(forger: Forger) -> None:
    path = forger.journal(StepEnded("kill", "done", saved={"colour": "blue"}), runbook="stuck-job")
    ended = forger.go("resume", str(path))
    assert (ended.error, forger.touched) == ("unanswered", False)
    assert 'steps that are not taken again: {"kill": "done"}' in flat(ended)
    assert 'what was decided: {"kill": {"colour": "blue"}}' in flat(ended)


def test_a_run_that_calls_itself_what_no_run_is_called_is_none(forger: Forger) -> None:
    path = forger.journal()
    path.write_bytes(path.read_bytes().replace(RUN.encode(), b"-e yes"))
    forger.go("resume", str(path)).refused("journal-damaged", 1, "no run is called '-e yes'")


def test_its_anchors_in_the_hosts_logs_and_its_signature_are_told(forger: Forger) -> None:
    path = forger.journal(StepBegun("look", "Only look"))
    tip = read_journal(path).tip
    forger.anchored(Tip(2, tip))
    told = flat(forger.go("resume", str(path)))
    assert f"Up to line 2 of 2 it is as it was when it was written, say root's own entries in the log of {NODE}" in told
    assert "Nothing vouches" not in told
    forger.anchored(Tip(2, "0" * 64))
    assert "It is broken at line 2: it has another hash than the anchor says" in flat(forger.go("resume", str(path)))
    forger.anchored()
    key = make_key(forger.program.folder / "key")
    path.with_name(f"{path.name}.sig").write_bytes(sign(path.read_bytes(), key))
    signers = forger.program.write("signers", f"alice@example.org {key.with_suffix('.pub').read_text()}")
    told = flat(forger.go("resume", str(path), "--allowed-signers", str(signers)))
    assert "Its signature is good: signed by alice@example.org" in told
    assert not forger.touched


def test_an_undo_of_a_strangers_journal_does_nothing_before_it_is_named_and_each_is_asked_for(forger: Forger) -> None:
    path = forger.undone()
    args = ("undo", RUN)
    assert (forger.go(*args).error, forger.touched) == ("unanswered", False)
    dry = forger.go(*args, "--dry-run")
    assert (dry.error, forger.touched) == ("unanswered", False)
    second = forger.go(*args, journal=forger.word(path))
    assert (second.error, forger.hit.exists()) == ("unanswered", False), second.err
    assert "The question 'undo-look' is not answered" in second.err
    assert f"Taken from the journal of {RUN}, look#1" in flat(second)
    third = forger.go(*args, **{"journal": forger.word(path), "undo-look": "y"})
    assert (third.error, forger.hit.exists()) == ("answer-refused", False), "nobody but the journal knows such a step"
    done = forger.go(*args, **{"journal": forger.word(path), "undo-look": "yes"})
    assert forger.hit.exists(), done.out + done.err


def test_an_undo_that_asks_for_nothing_is_asked_for_also_where_the_journal_is_ours(forger: Forger) -> None:
    path = forger.undone(machine=socket.gethostname())
    ended = forger.go("undo", RUN)
    assert (ended.error, forger.hit.exists()) == ("unanswered", False)
    assert "Whose journal" not in ended.out
    assert f"By this machine's own record, which nobody else can have written: {path}" in flat(ended)
    assert "The question 'undo-look' is not answered" in ended.err
    assert "No such option: --yes" in forger.go("undo", RUN, "--yes", "reversible").err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_in_our_own_folder_is_a_strangers_journal(forger: Forger) -> None:
    path = forger.undone(machine=socket.gethostname())
    os.chown(path, 65534, 65534)
    ended = forger.go("undo", RUN)
    assert (ended.error, forger.touched) == ("unanswered", False)
    assert f"{path}, it belongs to nobody" in flat(ended)
    assert "not this account's own: it belongs to nobody" in forger.program("runs").out
    path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IWOTH)
    os.chown(path, 0, 0)
    assert "everybody may write to it" in flat(forger.go("undo", RUN))
