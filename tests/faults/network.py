"""A network namespace with a cable to it, for an sshd of its own: what is done to it is done by the kernel."""

from __future__ import annotations

import os
import shutil
import subprocess
from ipaddress import IPv4Address
from typing import Self

import pytest

from tests.faults.moments import Fault
from tests.processes import kill

BLOCK = IPv4Address("198.18.0.0")
"""Set aside for tests of networks (RFC 2544)."""


class Network:
    """A namespace, and a pair of network devices that lead to it.

    Attributes:
        name: of the namespace.
        address: of the host in it.
        within: what has to stand before a command for it to run in there.
    """

    def __init__(self) -> None:
        own = os.getpid() % (1 << 14)
        self.name = f"gntl{own}"
        self._ours, self._theirs = f"gntl{own}a", f"gntl{own}b"
        self._here = str(BLOCK + 4 * own + 1)
        self.address = str(BLOCK + 4 * own + 2)
        self.within = ("ip", "netns", "exec", self.name)

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nft"))):
            pytest.skip("needs root, ip (iproute2) and nft (nftables)")
        try:
            run("ip", "netns", "add", self.name)
            run("ip", "link", "add", self._ours, "type", "veth", "peer", "name", self._theirs, "netns", self.name)
            run("ip", "address", "add", f"{self._here}/30", "dev", self._ours)
            run("ip", "-n", self.name, "address", "add", f"{self.address}/30", "dev", self._theirs)
            run("ip", "-n", self.name, "link", "set", "lo", "up")
            self.up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        kill(map(int, pids.stdout.split()))
        for command in (["ip", "link", "delete", self._ours], ["ip", "netns", "delete", self.name]):
            subprocess.run(command, capture_output=True, check=False)

    def up(self) -> None:
        """Plug the cable in at both ends."""
        run("ip", "link", "set", self._ours, "up")
        run("ip", "-n", self.name, "link", "set", self._theirs, "up")

    def down_here(self) -> None:
        run("ip", "link", "set", self._ours, "down")

    def down_there(self) -> None:
        run("ip", "-n", self.name, "link", "set", self._theirs, "down")

    def filter(self, **rules: str) -> None:
        """Let the kernel of the host do this with each packet, by the hook at which it does: `input`, `output`."""
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; {rule}; }}\n" for hook, rule in rules.items()
        )
        run(*self.within, "nft", f"table inet gntl {{\n{chains}}}")

    def unfilter(self) -> None:
        run(*self.within, "nft", "delete", "table", "inet", "gntl")

    def faults(self) -> dict[str, Fault]:
        """What can go wrong, by a short name."""
        return {
            "here": Fault("The network device here is down (`ip link`)", self.down_here, self.up),
            "there": Fault("The network device of the host is down (`ip link`)", self.down_there, self.up),
            "dropped": Fault(
                "All packets are dropped without a word (nftables)",
                lambda: self.filter(input="drop", output="drop"),
                self.unfilter,
            ),
            "one-way": Fault(
                "What is sent arrives, and all answers are dropped (nftables)",
                lambda: self.filter(output="drop"),
                self.unfilter,
            ),
            "rejected": Fault(
                "A packet filter resets all connections (nftables)",
                # Nothing but the resets gets out: no outcome slips through before them.
                lambda: self.filter(
                    input="meta l4proto tcp reject with tcp reset", output="meta l4proto tcp tcp flags & rst == 0 drop"
                ),
                self.unfilter,
            ),
        }


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
