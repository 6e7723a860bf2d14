"""`gnt-runbook audit` as it is typed: the three answers, their exit codes, and signatures by real ssh keys."""

import json
import subprocess
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.journal.anchor import Anchor
from engine.journal.events import Intent, Outcome, RunEnded, RunStarted
from engine.journal.line import Tip, digest, encode
from engine.journal.writer import JournalWriter
from tests.engine.cli.program import Program
from tests.sshd import make_key

RUN, OTHER = "20260101-000000-toy-0000", "20260102-000000-toy-0001"


def write(program: Program, run: str = RUN, *, ended: bool = True) -> Path:
    path = program.state / "runs" / f"{run}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(RunStarted(run, "toy", "d", "0", "real", "c", {}, {}))
        journal.append(Intent("a#1", "a", "h", "safe", {"argv": ["true"]}, "d"))
        journal.append(Outcome("a#1", "done", 0))
        if ended:
            journal.append(RunEnded(0, "done", ""))
    return path


def tips(path: Path) -> list[str]:
    return [digest(line) for line in path.read_bytes().split(b"\n")[:-1]]


def anchors(program: Program, path: Path, *lines: int) -> str:
    known = tips(path)
    texts = [Anchor(path.stem, Tip(line, known[line - 1])).text for line in lines]
    text = "".join(f"Jan  1 00:00:00 node1 gnt-runbook: {one}\n" for one in texts)
    return str(program.write(f"{path.stem}.anchors", f"Jan  1 00:00:00 node1 sshd[1]: hello\n{text}"))


def test_with_its_tip_a_journal_is_intact(program: Program) -> None:
    tip = tips(write(program))[-1]
    ended = program("audit", "verify", "0000", "--tip", tip)
    assert (ended.code, ended.out) == (0, f"{RUN}: intact: all 4 lines are as they were written.\n")


def test_with_nothing_to_compare_it_to_no_more_is_claimed_than_is_known(program: Program) -> None:
    write(program)
    ended = program("audit", "verify")
    assert ended.code == 3
    assert ended.out.startswith(f"{RUN}: cannot be verified beyond line 3: nothing vouches for its last line")


def test_a_changed_journal_is_broken_at_its_line(program: Program) -> None:
    path = write(program)
    path.write_bytes(path.read_bytes().replace(b"true", b"fals"))
    ended = program("audit", "verify")
    assert ended.code == 1
    assert f"{RUN}: broken at line 3 because it does not hold the hash of line 2" in ended.out


def test_anchors_of_several_hosts_are_put_together(program: Program) -> None:
    path, other = write(program), write(program, OTHER)
    options = ["--anchors", anchors(program, path, 2, 4), "--anchors", anchors(program, other, 2)]
    ended = program("audit", "verify", *options)
    assert ended.code == 3
    assert f"{RUN}: intact" in ended.out
    assert f"{OTHER}: cannot be verified beyond line 2: nothing vouches for lines 3 to 4" in ended.out
    assert program("audit", "verify", RUN, *options).code == 0


def test_a_cut_tail_and_a_journal_that_is_gone_are_told(program: Program) -> None:
    path, other = write(program), write(program, OTHER)
    options = ["--anchors", anchors(program, path, 4), "--anchors", anchors(program, other, 4)]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    other.unlink()
    ended = program("audit", "verify", *options)
    assert ended.code == 1
    assert (
        f"{RUN}: broken at line 3 because it is missing: an anchor ({program.folder}/{RUN}.anchors, line 2)"
        in ended.out
    )
    assert f"{OTHER}: cannot be verified beyond line 0: there is no journal of it here" in ended.out


def test_what_machines_may_rely_on(program: Program) -> None:
    path = write(program)
    ended = program("audit", "verify", RUN, "--anchors", anchors(program, path, 4), "--json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert told["format"] == 1
    assert told["runs"] == [
        {
            "run": RUN,
            "journal": str(path),
            "state": "intact",
            "line": 4,
            "why": "all 4 lines are as they were written",
            "lines": 4,
            "tip": tips(path)[-1],
            "signature": {"state": "absent", "by": None, "why": f"absent: there is no {path.name}.sig"},
        }
    ]


def test_no_journal_at_all_is_not_called_well(program: Program) -> None:
    ended = program("audit", "verify")
    assert ended.code == 3
    assert "nothing was verified" in ended.out


@pytest.mark.parametrize("tip", ["abc", "g" * 64, "0" * 63, "0" * 65])
def test_a_tip_that_is_none_is_refused(program: Program, tip: str) -> None:
    write(program)
    program("audit", "verify", RUN, "--tip", tip).refused("tip-invalid", 2)


def test_one_tip_is_of_one_run(program: Program) -> None:
    write(program)
    program("audit", "verify", "--tip", "0" * 64).refused("tip-invalid", 2)


def test_what_is_not_there_is_refused(program: Program) -> None:
    write(program)
    program("audit", "verify", "nothing").refused("run-unknown", 2)
    program("audit", "verify", "--anchors", "nothing").refused("anchors-unreadable", 2, "nothing")
    program("audit", "verify", "--allowed-signers", "nothing").refused("signers-unreadable", 2, "nothing")
    program("audit", "sign", "nothing").refused("run-unknown", 2)


def test_a_hostile_syslog_can_only_make_it_say_where_it_is(program: Program) -> None:
    path = write(program)
    hostile = program.write("log", b"\xff\xfe\x00" * 50000 + b"\n" + b"run=" * 9999 + b"\n")
    good = ["--anchors", anchors(program, path, 4)]
    assert program("audit", "verify", RUN, *good, "--anchors", str(hostile)).code == 0
    false = program.write("false", f"x gnt-runbook: run={RUN} line=2 tip={'0' * 64}\n\x1b[31m".encode())
    ended = program("audit", "verify", RUN, *good, "--anchors", str(false))
    assert (ended.code, "or the anchor is false" in ended.out) == (1, True)
    assert "false, line 1" in ended.out
    assert "\x1b" not in ended.out


def test_a_rehearsal_is_verified_by_the_tip_it_showed(program: Program) -> None:
    answers = Path(__file__).resolve().parents[3] / "docs" / "examples" / "stuck-job.answers.yaml"
    shown = program("rehearse", "stuck-job", "--answers", str(answers))
    assert shown.code == 0, shown.err
    tip = shown.out.rsplit("Tip at the end: line ", 1)[1].split()[1]
    (path,) = program.journals
    ended = program("audit", "verify", path.stem, "--tip", tip)
    assert (ended.code, "intact: all" in ended.out) == (0, True)


def allowed(program: Program, key: Path) -> str:
    public = key.with_suffix(key.suffix + ".pub").read_text().strip()
    return str(program.write("allowed", f'alice@example.org namespaces="gnt-runbook" {public}\n'))


def test_a_good_signature_vouches_for_the_whole_file(program: Program) -> None:
    path, key = write(program), make_key(program.folder / "key")
    assert program("audit", "sign", RUN, "--key", str(key)).code == 0
    signature = path.with_name(f"{path.name}.sig")
    assert signature.stat().st_mode & 0o777 == 0o600
    ended = program("audit", "verify", "--allowed-signers", allowed(program, key))
    assert ended.code == 0, ended.out
    assert f"{RUN}: intact" in ended.out
    assert "signature good: signed by alice@example.org (ED25519 key SHA256:" in ended.out
    ended = program("audit", "verify")
    assert (ended.code, "signature not checked" in ended.out) == (3, True), "a key nobody allowed vouches for nothing"
    program("audit", "sign", RUN, "--key", str(key)).refused("signature-exists", 2)


def test_bad_signatures_and_absent_ones_are_told_apart(program: Program) -> None:
    path, key, stranger = write(program), make_key(program.folder / "key"), make_key(program.folder / "stranger")
    tip = ["--tip", tips(path)[-1]]
    signers = ["--allowed-signers", allowed(program, key)]
    ended = program("audit", "verify", RUN, *tip, *signers)
    assert (ended.code, f"signature absent: there is no {path.name}.sig" in ended.out) == (3, True)
    assert program("audit", "sign", RUN, "--key", str(stranger)).code == 0
    ended = program("audit", "verify", RUN, *tip, *signers)
    assert (ended.code, "signature bad: it was made by a key that may not sign" in ended.out) == (1, True)
    signature = path.with_name(f"{path.name}.sig")
    signature.unlink()
    assert program("audit", "sign", RUN, "--key", str(key)).code == 0
    path.write_bytes(path.read_bytes().replace(b'"d"', b'"e"'))
    ended = program("audit", "verify", RUN, *signers)
    assert (ended.code, "signature bad: the journal or its signature was changed" in ended.out) == (1, True)
    signature.write_text("nonsense")
    assert "signature bad" in program("audit", "verify", RUN, *signers).out


def test_the_key_may_be_in_an_agent_only(program: Program) -> None:
    path, key = write(program), make_key(program.folder / "key")
    signers = allowed(program, key)
    socket = program.folder / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        program.env["SSH_AUTH_SOCK"] = str(socket)
        adding = ["sh", "-c", f"until ssh-add -q '{key}'; do :; done"]
        subprocess.run(adding, env=program.environment, check=True, timeout=120, stderr=subprocess.DEVNULL)
        key.unlink()
        assert program("audit", "sign", RUN).code == 0
    finally:
        agent.terminate()
        agent.wait(10)
    assert path.with_name(f"{path.name}.sig").exists()
    assert "signature good" in program("audit", "verify", "--allowed-signers", signers).out


def test_what_cannot_be_signed_is_refused(program: Program) -> None:
    key = make_key(program.folder / "key")
    path = write(program, ended=False)
    program("audit", "sign", RUN, "--key", str(key)).refused("run-not-ended", 2)
    path.unlink()
    path = write(program)
    path.write_bytes(path.read_bytes() + b"{")
    program("audit", "sign", RUN, "--key", str(key)).refused("run-not-ended", 2)
    path.write_bytes(path.read_bytes().replace(b"true", b"fals"))
    program("audit", "sign", RUN, "--key", str(key)).refused("journal-damaged", 1)
    other = write(program, OTHER)
    program("audit", "sign", OTHER).refused("no-signing-key", 2)
    program("audit", "sign", OTHER, "--key", "nothing").refused("signing-failed", 1)
    assert not other.with_name(f"{other.name}.sig").exists()


def test_a_machine_without_ssh_keygen_says_so(program: Program) -> None:
    path = write(program)
    path.with_name(f"{path.name}.sig").write_text("x")
    program.env["PATH"] = str(program.folder)
    signers = str(program.write("allowed", ""))
    program("audit", "verify", "--allowed-signers", signers).refused("ssh-keygen-missing", 2)


def going_on(program: Program, resumed: Path, run: str = OTHER, **more: str) -> Path:
    """The journal of a run that goes on with another one; with `undoes` it takes it back."""
    path = program.state / "runs" / f"{run}.jsonl"
    more = {"before": tips(resumed)[-1], **({"resumes": resumed.stem} if "undoes" not in more else {}), **more}
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(RunStarted(run, "toy", "d", "0", "real", "c", {}, {}, **more))  # type: ignore[arg-type]
        journal.append(RunEnded(0, "done", ""))
    return path


@pytest.mark.parametrize("link", ["resumes", "undoes"])
@pytest.mark.parametrize("age", ["new", "older"])
def test_a_run_whose_predecessor_is_gone_is_not_called_intact(program: Program, link: str, age: str) -> None:
    first = write(program, ended=False)
    older = {"before": ""} if age == "older" else {}
    second = going_on(program, first, **({"undoes": RUN} if link == "undoes" else {}), **older)
    tip = ("--tip", tips(second)[-1])
    assert program("audit", "verify", OTHER, *tip).out.splitlines()[-1].startswith(f"{OTHER}: intact")
    first.unlink()
    ended = program("audit", "verify", OTHER, *tip)
    assert ended.code == 3
    assert f"{OTHER}: cannot be verified beyond line 2" in ended.out
    assert f"{RUN}, whose journal is not here" in ended.out


def test_what_a_run_goes_on_with_is_verified_with_it(program: Program) -> None:
    first = write(program, ended=False)
    second = going_on(program, first)
    third = going_on(program, second, run="20260103-000000-toy-0002")
    first.write_bytes(first.read_bytes().replace(b"true", b"fals"))
    ended = program("audit", "verify", third.stem, "--tip", tips(third)[-1])
    assert ended.code == 1
    assert [line.split(":")[0] for line in ended.out.splitlines()] == [RUN, OTHER, third.stem]
    assert ended.out.startswith(f"{RUN}: broken at line 3")


def test_one_that_was_written_anew_since_it_was_gone_on_with_is_found(program: Program) -> None:
    first = write(program, ended=False)
    second = going_on(program, first)
    tip = ("--tip", tips(second)[-1])
    more = first.read_bytes()
    first.unlink()
    write(program)
    ended = program("audit", "verify", OTHER, *tip)
    assert (ended.code, "whose journal has another end than it had then" in ended.out) == (1, True)
    again = more + encode(4, "2026-01-01T00:00:00.000+00:00", tips(second)[0], RunEnded(0, "done", "")) + b"\n"
    first.write_bytes(again.replace(tips(second)[0].encode(), digest(more.splitlines()[-1]).encode()))
    ended = program("audit", "verify", OTHER, *tip)
    assert (ended.code, "whose journal has 1 line more since then" in ended.out) == (3, True)


def test_an_older_journal_whose_predecessor_goes_on_with_itself_ends(program: Program) -> None:
    path = program.state / "runs" / f"{RUN}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(RunStarted(RUN, "toy", "d", "0", "real", "c", {}, {}, resumes=RUN))
    assert program("audit", "verify", RUN).code == 3
