"""Secrets that were planted come out nowhere: not in the journal, the log, on the screen, nor when it crashes."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import engine.cli.main as command_line
from engine.cli.errors import show_error
from engine.cli.report import ReportForm, written
from engine.cli.wiring import parameters
from engine.errors import RunbookError, UsageError
from engine.load.loader import load_runbook
from engine.load.parameters import parse_parameters
from engine.load.source import Source
from engine.log import configure, tell
from engine.operator.interface import Line, Style
from engine.operator.scripted import Scripted
from engine.redaction.forms import MASK
from engine.redaction.redactor import REDACTOR
from engine.report.build import report_of
from tests.engine.run.toy import HEADER, KNOWLEDGE, House, go

SECRET = st.text("abcdefgXYZ0189 \"'\\{}$&;=:/éü\n", min_size=8, max_size=24).map(lambda text: f"q{text}7")
FORMS = ("password={}", "Authorization: Bearer {}", "https://u:{}@h/", "-----BEGIN RSA PRIVATE KEY-----\n{}\n")
SHOWN = (
    *FORMS,
    "1 root mysqldump -uroot -p{}",
    "1 root sshpass -p {} ssh -p 22 node2",
    "1 root ipmitool -P {} power off",
    "1 root curl -u admin:{} https://node2",
    "PASS={}",
    "pwd={}",
    "<password>{}</password>",
    "password:\n  {}",
    "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n{}\n",
)
SECRETIVE = HEADER.replace("facts:", "  password: {type: str, help: of the lamp, secret: true}\nfacts:")
STEP = """
  - id: unlock
    title: Unlock it
    run: [lamp, "--password={{ password }}", "{{ password }}", "x{{ password }}y"]
    on: where
    effect: reversible
    undo: "lock it with {{ password }}"
    why: "It is locked with {{ password }}."
    consequence: "It knows {{ password }} then, and {{ lamp.on }}."
"""
EDIT = """
  - id: configure
    title: Write it down
    edit: /lamp
    on: where
    rules: [{content: "password={{ password }}\\n{{ password }}\\n"}]
    effect: reversible
    undo: none
"""


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The log of a test is put away after it."""
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    root = logging.getLogger()
    for one in root.handlers[:]:
        if one not in before:
            root.removeHandler(one)
            one.close()
    for one in before:
        if one not in root.handlers:
            root.addHandler(one)
    root.setLevel(level)


def nowhere(secret: str, text: str) -> None:
    """Neither as it is, nor line by line, nor as JSON or a shell would write it."""
    for one in {secret, *(line for line in secret.split("\n") if len(line) >= 8)}:
        assert one not in text.replace(MASK, "\0")


@given(secret=SECRET, form=st.sampled_from(FORMS), step=st.sampled_from([STEP, EDIT]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_secret_parameter_is_used_and_not_told(
    tmp_path_factory: pytest.TempPathFactory, secret: str, form: str, step: str
) -> None:
    assume(step is EDIT or "\n" not in secret)  # a word of a command is one line
    folder = tmp_path_factory.mktemp("planted")
    assert configure(folder / "log") == []
    loaded = load_runbook(Source("toy.yaml", (SECRETIVE + "steps:\n" + step).encode()), KNOWLEDGE)
    values, missing = parse_parameters(loaded.runbook, {"password": secret}, KNOWLEDGE)
    assert missing == []
    screen = io.StringIO()
    answers = {"unlock": "y", "unlock.failed": "stop", "configure": "y"}
    operator = Scripted(answers, screen)
    house = House({("hall.example", "/lamp"): f"off\n{form.format(secret)}"})
    run = go(folder, step, house=house, operator=operator, header=SECRETIVE, values=values)
    # It was done with the true one.
    if step is STEP:
        (argv,) = [argv for _host, argv in house.changes]
        assert argv == ("lamp", f"--password={secret}", secret, f"x{secret}y")
        assert isinstance(run.error, RunbookError)
        show_error(run.error, screen)
    else:
        assert secret in house.files["hall.example", "/lamp"]
    journal = run.path.read_text()
    assert MASK in journal
    assert MASK in screen.getvalue()
    for text in (journal, screen.getvalue(), operator.text, (folder / "log").read_text()):
        nowhere(secret, text)
    for event in run.journal.events:
        nowhere(secret, repr(event))
    REDACTOR.forget()


@given(secret=SECRET.filter(lambda text: "\n" not in text))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_crash_does_not_tell_it_either(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    folder = tmp_path_factory.mktemp("crash")
    REDACTOR.learn(secret)

    def crash(**_more: object) -> int:
        local_password = secret
        raise ValueError(f"no {local_password}, nor token={local_password}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNT_RUNBOOK_STATE", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setattr(command_line, "app", crash)
        with pytest.raises(SystemExit):
            command_line.main()
    told = capsys.readouterr().err
    log = (folder / "gnt-runbook.log").read_text()
    assert "ERROR internal" in told
    assert "Traceback" in log
    assert MASK in told
    assert MASK in log
    nowhere(secret, told)
    nowhere(secret, log)
    REDACTOR.forget()


@pytest.mark.parametrize("form", SHOWN)
def test_what_has_the_form_of_a_secret_is_in_no_log_whoever_says_it(tmp_path: Path, form: str) -> None:
    assert configure(tmp_path / "log") == []
    text = form.format("Zq81hunterKey9")
    tell("said", what=text, deep={"some": [text]}, password="Zq81hunterKey9")
    logging.getLogger("somebody.else").warning("it said %s", text)
    log = (tmp_path / "log").read_text()
    assert log.count("\n") == 2
    assert "Zq81hunterKey9" not in log


def test_a_key_is_on_no_screen_though_it_comes_line_by_line() -> None:
    lines = ["-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAA", "-----END OPENSSH PRIVATE KEY-----"]
    screen = io.StringIO()
    Scripted({}, screen).show(*(Line(Style.OUTPUT, one) for one in lines))
    assert "b3Blbn" not in screen.getvalue()
    assert screen.getvalue().count("\n") == 3


def test_a_missing_secret_is_asked_for_unseen() -> None:
    loaded = load_runbook(Source("toy.yaml", (SECRETIVE + "steps:\n" + STEP).encode()), KNOWLEDGE)
    screen = io.StringIO()
    operator = Scripted({"parameter.password": "hunter2hunter2"}, screen)
    values = parameters(loaded, {}, KNOWLEDGE, None, operator)  # type: ignore[arg-type]
    assert values["password"] == "hunter2hunter2"
    assert "(hidden)" in screen.getvalue()
    assert REDACTOR.text("hunter2hunter2") == MASK


def test_a_value_that_is_refused_is_not_told() -> None:
    header = SECRETIVE.replace("type: str, help: of the lamp", "type: int, help: of the lamp")
    loaded = load_runbook(Source("toy.yaml", (header + "steps:\n" + EDIT).encode()), KNOWLEDGE)
    with pytest.raises(UsageError) as error:
        parse_parameters(loaded.runbook, {"password": "hunter2hunter2"}, KNOWLEDGE)
    screen = io.StringIO()
    show_error(error.value, screen)
    assert "hunter2" not in screen.getvalue()
    assert MASK in screen.getvalue()


def test_the_digest_of_an_approval_cannot_be_guessed_at(tmp_path: Path) -> None:
    digests = set()
    for number in range(2):
        REDACTOR.forget()
        REDACTOR.learn("hunter2hunter2")
        values = {"password": "hunter2hunter2"}
        run = go(tmp_path / str(number), EDIT, {"configure": "y"}, header=SECRETIVE, values=values)
        digests |= {getattr(event, "digest", "") for event in run.journal.events if event.kind == "intent"}
    assert len(digests) == 2


@pytest.mark.parametrize("form", SHOWN)
def test_a_report_tells_no_secret_in_any_form(tmp_path: Path, form: str) -> None:
    secret = "Zq81hunterKey9"
    REDACTOR.learn(secret)
    house = House({("hall.example", "/lamp"): f"off\n{form.format(secret)}"})
    answers = {"unlock": "y", "unlock.failed": ("skip", f"it is {secret}"), "configure": "y"}
    run = go(tmp_path, STEP + EDIT, answers, house=house, header=SECRETIVE, values={"password": secret})
    assert len(house.changes) == 2
    REDACTOR.forget()  # it is the journal that does not hold it, whoever reads it
    report = report_of(run.path)
    for one in ReportForm:
        text = written(report, one)
        assert secret not in text
        assert MASK in text


@pytest.mark.parametrize("form", SHOWN)
def test_what_a_host_shows_is_in_no_journal_on_no_screen_and_in_no_report(tmp_path: Path, form: str) -> None:
    """Nobody said that it is a secret: it stands in a file that is changed, and a diff of it is shown."""
    secret = "Zq81hunterKey9"
    house = House({("hall.example", "/lamp"): f"off\n{form.format(secret)}\n"})
    screen = io.StringIO()
    operator = Scripted({"configure": "y"}, screen)
    values = {"password": "another-word"}
    run = go(tmp_path, EDIT, house=house, operator=operator, header=SECRETIVE, values=values)
    assert len(house.changes) == 1
    texts = [run.path.read_text(), screen.getvalue(), *(written(report_of(run.path), one) for one in ReportForm)]
    assert not any(secret in text for text in texts)
    assert all(MASK in text for text in texts)
