"""Two engines that make the same change, and a host that was started anew while one went on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.crashpoints import Point
from engine.errors import OutcomeUnknownError
from engine.hosts.host import Host, Once, Result, nothing
from engine.hosts.pool import ConnectedLinks
from engine.hosts.ssh_settings import TransportSettings
from engine.journal.events import Intent
from engine.journal.reader import read_journal
from engine.run.retry import RetryingLink
from tests.faults.journey import STEPS, Journey, Listener
from tests.faults.moments import eventually
from tests.faults.proxy import Proxy
from tests.faults.wires import settings
from tests.processes import holders, kill
from tests.reliability import record
from tests.sshd import Sshd

ROUNDS = 12


@pytest.fixture
def proxy(sshd: Sshd) -> Iterator[Proxy]:
    with Proxy(lambda: sshd.port) as proxy:
        yield proxy


def connected(way: TransportSettings, host: Host) -> ConnectedLinks:
    """An engine's links to a host that it has looked at already: a reset of all of them then hits no login."""
    links = ConnectedLinks(way)
    links.to(host).run(("true",), timeout=60)
    return links


def made(links: ConnectedLinks, host: Host, once: Once, argv: tuple[str, ...]) -> Result:
    """One engine's attempt at a change, over as many connections as it takes."""
    try:
        engine = RetryingLink(links, SystemClock(), Listener(), lambda _words: None, lambda: False)
        return engine.send(host, lambda link: link.make(once, argv, timeout=60), nothing, unless=lambda: False)
    finally:
        links.close()


@pytest.mark.timeout(240)
def test_of_two_engines_with_the_same_change_one_begins_it(sshd: Sshd, proxy: Proxy, tmp_path: Path) -> None:
    way = settings(sshd, proxy, tmp_path, peer_timeout=3.0)
    twice = lost = 0
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            counter = tmp_path / f"counter-{number}"
            argv = ("sh", "-c", 'echo once >>"$1"; echo "$$"', "race", str(counter))
            engines = [connected(way, sshd.host()) for _ in range(2)]
            if number % 2:
                # One of the two loses its connection just as it sends the change.
                proxy.amid_next("host", proxy.reset, 2000)
            once = Once("race", f"step#{number}")
            results = list(pool.map(lambda links: made(links, sshd.host(), once, argv), engines))  # noqa: B023
            twice += counter.read_text().count("once") - 1
            lost += len({(one.stdout, one.exit_code) for one in results}) - 1
    record(
        "Two engines make the same change at the same time; of one the connection may be reset",
        tried=ROUNDS,
        lost=lost,
        twice=twice,
        seen="The same end of it, both.",
        proof="links",
    )
    assert (lost, twice) == (0, 0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("step", [step for step, name in STEPS.items() if name])
def test_after_a_restart_of_the_host_the_outcome_is_unknown_and_not_failed(
    sshd: Sshd, proxy: Proxy, tmp_path: Path, step: str
) -> None:
    threads: list[threading.Thread] = []

    def restart(key: str) -> None:
        assert eventually(lambda: journey.begun(step))
        proxy.cut()
        # What a power cut leaves: no process, no end, and after it another boot.
        kill(holders(journey.kept(key) / "lock"))
        begun = journey.kept(key) / "begun"
        begun.write_text(f"another-boot {begun.read_text().partition(' ')[2]}")
        journey.operator.wait_for(lambda: journey.operator.told() > 0)
        proxy.heal()

    def hook(point: Point, detail: str) -> None:
        if point == "after-intent" and detail.startswith(f"{step}#"):
            threads.append(threading.Thread(target=restart, args=(detail,)))
            threads[-1].start()

    way = settings(sshd, proxy, tmp_path, connect_timeout=5.0, peer_timeout=3.0)
    journey = Journey(tmp_path / "journey", sshd.host(), way, hook)
    journey.folder.mkdir()
    for other in STEPS:
        if other != step:
            journey.open_gate(other)
    journey.go()
    for thread in threads:
        thread.join()
    journey.open_gate(step)  # so that its process ends, which outlived what was said of it
    assert isinstance(journey.error, OutcomeUnknownError)
    assert journey.error.code == "outcome-unknown"
    assert "was started anew while the change" in str(journey.error)
    (path,) = (journey.folder / "runs").iterdir()
    read = read_journal(path)
    unknown = [one.step for one in read.unknown]
    intents = [event.step for event in read.events if isinstance(event, Intent)]
    twice = sum(intents.count(one) - 1 for one in set(intents))
    record(
        "The host is started anew while a change goes on there",
        tried=1,
        lost=int(unknown != [step]),
        twice=twice,
        seen="`outcome-unknown`: that the host was started anew while the change was under way. It is not begun again.",
        proof="links",
        part=step,
    )
    assert (unknown, twice) == ([step], 0)
