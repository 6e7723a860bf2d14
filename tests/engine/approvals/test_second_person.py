"""A step that needs a second person is done after both have approved what they were shown, and not otherwise."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from engine.approvals.approver import Approver
from engine.approvals.folder import ApprovalFolder
from engine.approvals.request import Request, read_request
from engine.effects import Effect
from engine.errors import RefusedError, RunbookError, StoppedError, UsageError
from engine.identity import Person
from engine.journal.events import Answered, ApprovalEnded, ApprovalRequested
from engine.operator.interface import Answer, Line
from engine.operator.scripted import Scripted
from engine.redaction.redactor import REDACTOR
from engine.run.options import RunSettings
from engine.run.second_person import Approvals
from tests.engine.run.toy import HEADER, ON, House, Run, go

ALICE, BOB, CAROL = (Person(uid, name) for uid, name in ((1001, "alice"), (1002, "bob"), (1003, "carol")))
SECOND = HEADER + "second_person: disruptive\n"
WAITING = "Waiting for a second person"
APPROVED = "Approved by"
Act = Callable[[ApprovalFolder], object]


class Watching(Scripted):
    """An answers file; does something when the run waits, and when it was approved, each time something else."""

    def __init__(self, answers: Mapping[str, object], folder: Path, acts: Mapping[str, Sequence[Act]]) -> None:
        super().__init__(answers)  # type: ignore[arg-type]
        self._folder = ApprovalFolder(folder)
        self._acts = {text: list(some) for text, some in acts.items()}

    def show(self, *lines: Line) -> None:
        super().show(*lines)
        for text, acts in self._acts.items():
            if acts and any(text in line.text for line in lines):
                acts.pop(0)(self._folder)


class Colleague:
    """Somebody at another terminal who answers as soon as the run waits."""

    def __init__(self, person: Person | None, typed: str, reason: str = "looked at it") -> None:
        self.person = person
        self.given = Answer("", typed, reason)
        self.told: tuple[str, str] | None = None
        self.error: RunbookError | None = None
        self.saw: tuple[Line, ...] = ()

    def __call__(self, folder: ApprovalFolder) -> None:
        self._thread = threading.Thread(target=self._answer, args=[folder])
        self._thread.start()

    def _answer(self, folder: ApprovalFolder) -> None:
        them = iter([self.person, ALICE])
        try:
            with Approver(folder, "r1", lambda _pid: next(them)) as approver:
                self.saw = approver.request.card
                self.told = approver.answer(self.given)
        except RunbookError as error:
            self.error = error

    def gone(self) -> "Colleague":
        self._thread.join(10)
        return self


def run(
    tmp_path: Path,
    waiting: Sequence[Act] = (),
    approved: Sequence[Act] = (),
    *,
    steps: str = ON,
    answers: Mapping[str, object] | None = None,
    at_the_socket: Sequence[Person | None] = (BOB,),
    timeout: float = 60,
    asker: Person | None = ALICE,
    header: str = SECOND,
    second_person: Effect | None = None,
    **more: object,
) -> Run:
    """A run by Alice; `at_the_socket` is whom the kernel knows to be there, one after the other."""
    them = iter(at_the_socket)
    folder = tmp_path / "approvals"
    settings = RunSettings(
        "real", {}, approvals=Approvals(folder, timeout, asker, lambda _pid: next(them)), second_person=second_person
    )
    operator = Watching(answers or {"switch-on": "yes"}, folder, {WAITING: waiting, APPROVED: approved})
    outcome = go(tmp_path, steps, header=header, settings=settings, operator=operator, **more)  # type: ignore[arg-type]
    assert ApprovalFolder(folder).runs() == []
    assert list(folder.iterdir() if folder.exists() else ()) == []
    return outcome


def ends(outcome: Run) -> list[tuple[str, str, str]]:
    return [
        (one.state, one.who.get("person", ""), one.reason)
        for one in outcome.journal.events
        if isinstance(one, ApprovalEnded)
    ]


def code(outcome: Run) -> str:
    assert isinstance(outcome.error, RunbookError), outcome.error
    assert outcome.house.changes == []
    return outcome.error.code


def test_both_see_the_same_and_the_step_is_done(tmp_path: Path) -> None:
    bob = Colleague(BOB, "yes", "the right lamp")
    outcome = run(tmp_path, [bob])
    assert outcome.error is None
    assert bob.gone().told == ("approved", "the right lamp")
    assert outcome.house.changes == [("hall.example", ("lamp", "on"))]
    shown = outcome.operator.shown
    assert bob.saw
    at = shown.index(bob.saw[0])
    assert tuple(shown[at : at + len(bob.saw)]) == bob.saw
    kinds = outcome.kinds()
    order = ["answered", "approval-requested", "approval-ended", "intent"]
    assert [kinds.index(one) for one in order] == sorted(kinds.index(one) for one in order)
    asked, ended, answered = (
        next(one for one in outcome.journal.events if isinstance(one, kind))
        for kind in (ApprovalRequested, ApprovalEnded, Answered)
    )
    assert asked.by == ALICE.known
    assert asked.digest == ended.digest == answered.digest
    assert asked.shown == ended.shown
    assert ended.who["person"] == "bob"
    assert "gnt-runbook approve r1" in outcome.operator.text


def test_a_denial_ends_the_run(tmp_path: Path) -> None:
    bob = Colleague(BOB, "deny", "wrong lamp")
    outcome = run(tmp_path, [bob])
    assert code(outcome) == "approval-denied"
    assert bob.gone().told == ("denied", "wrong lamp")
    assert ends(outcome) == [("denied", "bob", "wrong lamp")]


def test_nobody_in_time_is_a_denial_and_no_file_of_answers_helps(tmp_path: Path) -> None:
    answers = {"switch-on": "yes", "switch-on.second-person": ("yes", "me too")}
    outcome = run(tmp_path, timeout=0, answers=answers)
    assert code(outcome) == "approval-timed-out"
    assert ends(outcome) == [("timed-out", "", "nobody answered in time")]


@pytest.mark.parametrize("person", [ALICE, None])
def test_the_same_person_at_another_terminal_is_refused_whatever_their_program_says(
    tmp_path: Path, person: Person | None
) -> None:
    liar, bob = Colleague(CAROL, "yes"), Colleague(BOB, "deny")

    def one_after_the_other(folder: ApprovalFolder) -> None:
        liar(folder)
        # The run, which waits for us, has to refuse the liar first; it takes them in the order they came.
        threading.Thread(target=lambda: bob(liar.gone() and folder)).start()

    outcome = run(tmp_path, [one_after_the_other], at_the_socket=[person, BOB])
    assert isinstance(liar.error, RefusedError)
    assert liar.error.code == "approval-refused"
    assert ends(outcome) == [("denied", "bob", "looked at it")]
    assert "wanted to answer and was refused" in outcome.operator.text


@pytest.mark.parametrize(("person", "refused"), [(ALICE, "approval-refused"), (None, "person-unknown")])
def test_the_program_of_the_second_person_refuses_them_itself(
    tmp_path: Path, person: Person | None, refused: str
) -> None:
    errors: list[RunbookError] = []

    def visit(folder: ApprovalFolder) -> None:
        them = iter([person, ALICE])
        with pytest.raises(RefusedError) as caught:
            Approver(folder, "r1", lambda _pid: next(them))
        errors.append(caught.value)

    # It has gone again before the run looks; there is nobody else.
    outcome = run(tmp_path, [visit], timeout=0)
    assert [one.code for one in errors] == [refused]
    assert code(outcome) == "approval-timed-out"


def test_without_knowing_who_asks_the_run_does_not_begin(tmp_path: Path) -> None:
    outcome = run(tmp_path, asker=None)
    assert code(outcome) == "person-unknown"
    assert outcome.operator.asked == []


def test_a_denial_after_the_approval_wins_while_nothing_was_done(tmp_path: Path) -> None:
    bob = Colleague(BOB, "yes")
    carols: list[socket.socket] = []

    def both(folder: ApprovalFolder) -> None:
        carols.append(folder.connect("r1"))
        bob(folder)

    def deny(folder: ApprovalFolder) -> None:
        say(carols[0], folder, "deny", "stop!")

    outcome = run(tmp_path, [both], [deny], at_the_socket=[CAROL, BOB])
    carols[0].close()
    assert code(outcome) == "approval-denied"
    assert ends(outcome) == [("approved", "bob", "looked at it"), ("denied", "carol", "stop!")]


def test_what_changes_while_it_is_waited_has_to_be_approved_again_by_both(tmp_path: Path) -> None:
    house = House()
    first, second = Colleague(BOB, "yes"), Colleague(BOB, "deny", "it is on")

    def somebody(_folder: ApprovalFolder) -> None:
        house.files["hall.example", "/lamp"] = "on\n"

    answers = {"switch-on": ["yes", "yes"]}
    outcome = run(tmp_path, [first, second], [somebody], house=house, answers=answers, at_the_socket=[BOB, BOB])
    assert code(outcome) == "approval-denied"
    assert [state for state, _who, _reason in ends(outcome)] == ["approved", "withdrawn", "denied"]
    asked = [one for one in outcome.journal.events if isinstance(one, ApprovalRequested)]
    assert asked[0].digest != asked[1].digest
    assert "has changed meanwhile" in outcome.operator.text


def say(connection: socket.socket, folder: ApprovalFolder, typed: str, reason: str, shown: str | None = None) -> None:
    said = {"typed": typed, "reason": reason, "shown": folder.read("r1").shown if shown is None else shown}
    connection.sendall(json.dumps(said).encode() + b"\n")


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\xff\n",
        b"{}\n",
        b"[" * 9000 + b"\n",
        b'"yes"\n',
        b"x" * 20000 + b"\n",
        b"",
        ("yes", "", None),
        ("y", "because", None),
        ("yes", "because", "0" * 64),
        ("later", "because", None),
    ],
    ids=lambda said: repr(said)[:20],
)
def test_what_is_no_answer_to_what_was_shown_does_not_count(tmp_path: Path, said: object) -> None:
    bob = Colleague(BOB, "deny")

    def visit(folder: ApprovalFolder) -> None:
        with folder.connect("r1") as connection:
            if isinstance(said, tuple):
                say(connection, folder, *said)
            elif isinstance(said, bytes):
                connection.sendall(said)
        bob(folder)

    outcome = run(tmp_path, [visit], at_the_socket=[CAROL, BOB])
    assert ends(outcome) == [("denied", "bob", "looked at it")]


def test_a_secret_is_not_in_the_request(tmp_path: Path) -> None:
    REDACTOR.learn("correct-horse-battery")
    seen: list[bytes] = []

    def look(folder: ApprovalFolder) -> None:
        seen.append((folder.path / "r1.json").read_bytes())

    step = ON.replace("It was", "correct-horse-battery: it was").replace(
        '[lamp, "on"]', "[lamp, correct-horse-battery]"
    )
    run(tmp_path, [look], timeout=0, steps=step)
    assert b"correct-horse" not in seen[0]
    assert b"lamp" in seen[0]


def test_an_interruption_while_it_waits_takes_the_request_back(tmp_path: Path) -> None:
    outcome = run(tmp_path, [lambda _folder: signal.raise_signal(signal.SIGINT)])
    assert code(outcome) == "interrupted"
    assert ends(outcome) == [("withdrawn", "", "")]


def test_the_site_or_a_step_may_require_it_too(tmp_path: Path) -> None:
    outcome = run(tmp_path, timeout=0, header=HEADER, second_person=Effect.DISRUPTIVE)
    assert code(outcome) == "approval-timed-out"
    step = ON + "    second_person: true\n"
    assert code(run(tmp_path, timeout=0, header=HEADER, steps=step)) == "approval-timed-out"
    assert run(tmp_path, header=HEADER, second_person=Effect.DESTRUCTIVE).error is None


def test_what_a_runbook_requires_holds_for_those_it_calls(tmp_path: Path) -> None:
    others = {"inner": HEADER.replace("id: toy", "id: inner") + "steps:\n" + ON}
    call = "  - {id: other, title: Other, call: inner, with: {where: hall.example}}\n"
    outcome = run(tmp_path, timeout=0, steps=call, others=others, answers={"other/switch-on": "yes"})
    assert code(outcome) == "approval-timed-out"


MANUAL = """
  - id: cut
    title: Cut the power
    manual: Pull the plug of {{ where }}.
    effect: destructive
    confirm: "{{ where }}"
    undo: plug it in
"""


@pytest.mark.parametrize("steps", [MANUAL, ON.replace("disruptive", 'destructive\n    confirm: "{{ name }}"')])
def test_a_second_person_who_says_no_does_not_approve_what_is_called_so(tmp_path: Path, steps: str) -> None:
    header = SECOND.replace("facts:", "  name: {type: str, help: x}\nfacts:")
    steps = steps.replace('"{{ where }}"\n    undo', '"{{ name }}"\n    undo')
    step = "cut" if steps.startswith(MANUAL[:10]) else "switch-on"
    more = {"steps": steps, "header": header, "values": {"name": "no"}, "answers": {step: f"{step}/no"}}
    no = Colleague(BOB, "no", "the wrong one")
    outcome = run(tmp_path / "no", [no], **more)  # type: ignore[arg-type]
    assert code(outcome) == "approval-denied"
    yes = Colleague(BOB, f"{step}/no", "the right one")
    assert run(tmp_path / "yes", [yes], **more).error is None  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [["stop"], ["no"], ["deny"], ["\u0430"], []])
def test_a_request_that_would_be_approved_by_a_word_that_refuses_is_none(tmp_path: Path, words: list[str]) -> None:
    request = Request("r1", "toy", "home", "on", (), {}, "On", (), (), "On?", tuple(words), "", "")
    with pytest.raises(UsageError) as refused:
        read_request(request.text, "r1")
    assert refused.value.code == "approval-damaged"


def test_what_is_done_by_hand_is_approved_before_it_is_done(tmp_path: Path) -> None:
    bob = Colleague(BOB, "hall.example")
    outcome = run(tmp_path, [bob], steps=MANUAL, answers={"cut": "hall.example"})
    assert outcome.error is None
    kinds = outcome.kinds()
    assert kinds.index("approval-ended") < kinds.index("answered")


def test_many_at_once_are_approved_as_one(tmp_path: Path) -> None:
    bob = Colleague(BOB, "yes")
    each = ON.replace("    effect", "    each: \"['on', 'off']\"\n    together: {limit: 1}\n    effect")
    outcome = run(tmp_path, [bob], steps=each.replace('[lamp, "on"]', '[lamp, "{{ item }}"]').split("    verify")[0])
    assert outcome.error is None
    assert len(outcome.house.changes) == 2
    assert len(ends(outcome)) == 1


def test_a_rehearsal_goes_on_without_and_says_so(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, header=SECOND, settings=RunSettings("rehearsal", {}))
    assert outcome.error is None
    assert "The rehearsal goes on without" in " ".join(outcome.operator.text.split())
    assert ends(outcome) == [("rehearsed", "", "")]


def test_a_dry_run_says_that_a_second_person_will_be_needed(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, header=SECOND, dry=True)
    assert "switch-on: would also wait for the approval of a second person" in " ".join(outcome.operator.text.split())


def test_a_run_that_was_killed_leaves_a_request_that_nobody_can_approve(tmp_path: Path) -> None:
    folder = ApprovalFolder(tmp_path / "approvals")
    child = os.fork()
    if child == 0:
        run(tmp_path, [lambda _folder: os.kill(os.getpid(), signal.SIGKILL)])
    os.waitpid(child, 0)
    assert folder.runs() == ["r1"]
    with pytest.raises(UsageError) as caught:
        Approver(folder, "r1", lambda _pid: BOB)
    assert caught.value.code == "approval-gone"
    assert "has died" in caught.value.why
    assert folder.runs() == []


def test_a_folder_in_which_everybody_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "approvals").mkdir()
    (tmp_path / "approvals").chmod(0o777)
    assert code(run(tmp_path)) == "approval-folder"


def test_only_what_a_run_wrote_is_shown(tmp_path: Path) -> None:
    folder = ApprovalFolder(tmp_path)
    for name in ("\x1b[2Jr1.json", ".r1.json", "r1.txt", "r 1.json"):
        (tmp_path / name).write_text("{}")
    assert folder.runs() == []
    (tmp_path / "r1.json").write_text('{"format": 1, "title": "\x1b[2J"}')
    (tmp_path / "r2.json").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "r3.json")
    for one, expected in (("r1", "approval-damaged"), ("r2", "approval-gone"), ("r3", "approval-damaged")):
        with pytest.raises(UsageError) as caught:
            folder.read(one)
        assert caught.value.code == expected


def test_the_stop_of_a_run_is_told_to_who_looks_at_it(tmp_path: Path) -> None:
    visitors: list[socket.socket] = []

    def visit(folder: ApprovalFolder) -> None:
        visitors.append(folder.connect("r1"))

    def then_stop(_folder: ApprovalFolder) -> None:
        raise StoppedError("gone")

    folder = tmp_path / "approvals"
    settings = RunSettings("real", {}, approvals=Approvals(folder, 60, ALICE, lambda _pid: BOB))
    operator = Watching({"switch-on": "yes"}, folder, {WAITING: [visit], "is looking at it": [then_stop]})
    go(tmp_path, ON, header=SECOND, settings=settings, operator=operator)
    told = visitors[0].makefile().read().splitlines()
    visitors[0].close()
    assert [json.loads(one)["state"] for one in told] == ["welcome", "over"]
