"""What can go wrong between gnt-runbook and an sshd that has the proxy in front of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.hosts.ssh_settings import TransportSettings
from tests.faults.journey import PATIENCE
from tests.faults.moments import Fault
from tests.faults.proxy import Proxy
from tests.processes import below, kill
from tests.sshd import NODE, Sshd

CHANGE = 400
"""Bytes that the packet in which a change is sent has at least, and none between it and its intent."""
DELAY = 0.3
NAMES = ("cut", "silent", "torn", "half", "stalled", "slow", "session", "sshd")
"""What `faults` knows."""
TOLD = ("cut", "silent", "sshd")
"""Those that last until the operator was told."""
PEER_TIMEOUT = {"stalled": 40.0, "slow": 40.0}
"""Seconds; elsewhere few, so that a link that says nothing counts as lost soon."""


class ProxiedWire:
    """The proxy, as the moments of a change need it."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def hold_answer(self) -> None:
        self._proxy.amid_next("host", lambda: self._proxy.hold("us", "answer"), CHANGE)

    def answer_held(self, timeout: float) -> bool:
        return self._proxy.holds_back(timeout, "us")

    def let_answer(self) -> None:
        self._proxy.let_go("us", "answer")

    def when_sent(self, act: Callable[[], None]) -> None:
        self._proxy.amid_next("host", act, CHANGE)


def settings(sshd: Sshd, proxy: Proxy, folder: Path, **fields: float) -> TransportSettings:
    """Settings that lead through the proxy."""
    folder.mkdir(parents=True, exist_ok=True)
    known = folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{proxy.port},[{NODE.lower()}]:{proxy.port} {sshd.public_key}\n")
    lines = ["HostName 127.0.0.1", f"Port {proxy.port}", f"IdentityFile {sshd.key}", "IdentitiesOnly yes"]
    lines += [f"UserKnownHostsFile {known}", "GlobalKnownHostsFile none"]
    block = f"Host {NODE}\n" + "".join(f"  {line}\n" for line in lines)
    return sshd.settings(config=block, state=str(folder / "state"), **fields)


def faults(proxy: Proxy, sshd: Sshd) -> dict[str, Fault]:
    """All of them, by a short name."""

    def stall() -> None:
        for side in ("us", "host"):
            proxy.hold(side)

    def go_on() -> None:
        proxy.holds_back(PATIENCE, "us", "host")
        proxy.heal()

    def slow() -> None:
        proxy.delay = DELAY

    def kill_all() -> None:
        sessions = [*below(sshd.pid)]
        sshd.stop()
        kill(sessions)
        proxy.reset()  # what they had said, and nobody has heard yet

    return {
        "cut": Fault("The link is cut: all connections are reset, and no new one comes about", proxy.cut, proxy.heal),
        "silent": Fault(
            "Nothing comes through any more, and new connections are accepted and told nothing", proxy.mute, proxy.heal
        ),
        "torn": Fault(
            "The connection is reset in the middle of a packet", proxy.tear, until="by-itself", in_packet=proxy.reset
        ),
        "half": Fault("The connection is closed in one direction", lambda: proxy.half_close("us"), until="by-itself"),
        "stalled": Fault("Packets are held up and come late", stall, go_on, until="at-once"),
        "slow": Fault("Each packet takes 300 ms longer", slow, until="at-once"),
        "session": Fault("The session's sshd is killed on the host", lambda: kill_sessions(sshd), until="by-itself"),
        "sshd": Fault("sshd and its sessions are killed, and sshd is started again", kill_all, sshd.start),
    }


def kill_sessions(sshd: Sshd) -> None:
    """Kill all that sshd has started for those who are logged in; what left their sessions goes on."""
    kill([*below(sshd.pid)])
