"""Hosts to log in to, on this machine: a real sshd each, on the loopback address, with a name of its own."""

from __future__ import annotations

import getpass
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import output
from tests.benchmarks.programs import env, openssh
from tests.benchmarks.twenty import TWENTY, Login
from tests.sshd import Sshd

DOMAIN = "bench.example"
# What a host is asked its name with: it is called after the port at which it was logged in to.
_HOSTNAME = f"#!/bin/sh\nset -- $SSH_CONNECTION\necho node$4.{DOMAIN}\n"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Some hosts that run.

    Attributes:
        folder: for whoever measures; nothing of it stays.
        masters: the ssh_config of OpenSSH with one connection a host, which is kept open.
    """

    folder: Path
    servers: tuple[Sshd, ...]
    login: Login
    masters: Path

    @property
    def names(self) -> tuple[str, ...]:
        return self.login.hosts

    def loops(
        self, names: Sequence[str], command: Sequence[str], times: int = TWENTY, *, connecting: bool = False
    ) -> list[str]:
        """A shell's loop for each host, over one connection of it; those of several hosts beside each other.

        Args:
            connecting: over a connection that is opened first, and closed at the end, not over the open one.
        """
        ssh = f"{openssh()} -F {self.masters}"
        if connecting:
            ssh += f" -o ControlPath={self.folder}/own-%p"
        begin = f"{ssh} -M -N -f {{}} >/dev/null 2>&1 || exit 1; " if connecting else ""
        each = f"{ssh} {{}} {shlex.join(command)} </dev/null >/dev/null || exit 1"
        end = f"; {ssh} -O exit {{}} 2>/dev/null" if connecting else ""
        loop = f"{begin}i=0; while [ $i -lt {times} ]; do {each}; i=$((i+1)); done{end}"
        begun = "\n".join(f'( {loop.replace("{}", name)} ) & all="$all $!"' for name in names)
        return ["sh", "-c", f"{begun}\nfor one in $all; do wait $one || exit 1; done"]


@contextmanager
def hosts(number: int) -> Iterator[Hosts]:
    """So many hosts, each with a connection of OpenSSH that is open until the end.

    Raises:
        NotMeasuredError: OpenSSH does not get in.
        pytest.skip.Exception: there is no sshd.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        servers = tuple(stack.enter_context(Sshd(_made(folder / f"host{at}"))) for at in range(number))
        called = tuple(f"node{one.port}.{DOMAIN}" for one in servers)
        blocks = [
            one.block(host, f"HostKeyAlias [{one.address}]:{one.port}", f"User {getpass.getuser()}")
            for host, one in zip(called, servers, strict=True)
        ]
        config, masters = folder / "ssh_config", folder / "masters"
        config.write_text("".join(blocks))
        masters.write_text(f"ControlPath {folder}/%p\nBatchMode yes\n" + "".join(blocks))
        program = _made(folder / "bin") / "hostname"
        program.write_text(_HOSTNAME)
        program.chmod(0o755)
        login = Login(
            called,
            getpass.getuser(),
            str(config),
            (str(program.parent), *servers[0].search_path),
            str(folder / "state"),
            str(folder / "journals"),
        )
        for host in called:
            _with_master(masters, host, stack)
        yield Hosts(folder, servers, login, masters)


def _with_master(config: Path, host: str, stack: ExitStack) -> None:
    argv, folder = [openssh(), "-F", config], config.parent
    output([*argv, "-M", "-N", "-f", host], env(folder), folder)
    stack.callback(output, [*argv, "-O", "exit", host], env(folder), folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
