"""Fixtures that tests of all floors share."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from engine.redaction.redactor import REDACTOR
from tests import counts, places
from tests.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator

# What programs are given that tests start, whoever starts the tests: nohup and background jobs ignore Ctrl-C, and some
# machines set this for everybody, though hardly an operator has it.
os.environ.pop("PYTHONUNBUFFERED", None)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How fast this machine is decides about no test. CI tries the same each time; whoever develops tries something new, and
# less of it, many times a day.
CI = "CI" in os.environ
settings.register_profile(
    "ours",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=CI,
    max_examples=100 if CI else 30,
)
settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    places.add_options(parser)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    places.leave_out(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    places.conclude(session)


@pytest.fixture(autouse=True)
def nothing_learnt() -> Iterator[None]:
    """What one test said to be secret is none for the next."""
    yield
    REDACTOR.forget()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A running sshd on 127.0.0.1. Tests share it, so they leave its files as they are."""
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often what is left to chance and to deaths was tried."""
    all_of_them = [one for some in terminalreporter.stats.values() for one in some]
    reports = [one for one in all_of_them if isinstance(one, pytest.TestReport) and one.when == "teardown"]
    for line in counts.told(reports):
        terminalreporter.write_line(line)
