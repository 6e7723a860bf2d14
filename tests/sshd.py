"""A real sshd on 127.0.0.1 or in a network of its own, run by whoever runs the tests, with its own keys and files."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from engine.hosts.host import Host
from engine.hosts.ssh_settings import SEARCH_PATH, TransportSettings
from tests.programs import find

if TYPE_CHECKING:
    from collections.abc import Callable

NODE = os.uname().nodename
"""The name this machine has for itself, which a link asserts."""

PATIENCE = 30.0


def find_sshd() -> str:
    """The path of sshd, where keys can be made for it as well; else the test is skipped, as `programs.find` does."""
    find_ssh_keygen()
    return find("sshd", "openssh-server (no service needs to run)")


def find_ssh_keygen() -> str:
    return find("ssh-keygen", "openssh-client")


def make_key(path: Path, kind: str = "ed25519") -> Path:
    """A new key pair without a passphrase."""
    subprocess.run([find_ssh_keygen(), "-q", "-t", kind, "-N", "", "-C", "test", "-f", path], check=True)
    return path


def fingerprint(public_key: Path) -> str:
    """What ssh-keygen calls a key."""
    told = subprocess.run([find_ssh_keygen(), "-lf", public_key], check=True, capture_output=True, text=True)
    return told.stdout.split()[1]


class Sshd:
    """One server.

    Attributes:
        folder: everything it has is in here.
        address, port: where it listens.
        host_key: its private host key; the public one is beside it.
        key: a private key it lets in.
        known_hosts: a file that knows it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        kind: str = "ed25519",
        options: tuple[str, ...] = (),
        address: str = "127.0.0.1",
        within: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.address = address
        self._within = within
        self.port = 0
        self._program = find_sshd()
        self._options = options
        self.host_key = make_key(folder / "host_key", kind)
        self.key = make_key(folder / "key")
        self.known_hosts = folder / "known_hosts"
        self._log: list[str] = []
        self._news = threading.Condition()
        self._process: subprocess.Popen[str] | None = None

    @property
    def public_key(self) -> str:
        """The type and the bytes of the host key, as they stand in a known_hosts file."""
        return " ".join(self.host_key.with_suffix(".pub").read_text().split()[:2])

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.host_key.with_suffix(".pub"))

    def start(self) -> None:
        if os.geteuid() == 0:
            # Where sshd separates its privileges; the package makes it only when the service starts.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        shutil.copy(self.key.with_suffix(".pub"), self.folder / "authorized_keys")
        for _ in range(10):
            # Somebody may take the port between asking for a free one and using it.
            self.port = _free_port()
            if self._try():
                break
        else:
            pytest.fail("sshd does not start:\n" + "\n".join(self._log))
        self.known_hosts.write_text(f"[{self.address}]:{self.port},[{NODE.lower()}]:{self.port} {self.public_key}\n")

    def _try(self) -> bool:
        config = self.folder / "sshd_config"
        lines = [
            f"Port {self.port}",
            f"ListenAddress {self.address}",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.folder}/authorized_keys",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PrintMotd no",
            "UseDNS no",
            "MaxStartups 100",
            "LogLevel VERBOSE",
            # Or the login shell reads what whoever runs the tests has for it: slow, and not to be killed in the middle.
            f"SetEnv HOME={self.folder}",
            *self._options,
        ]
        config.write_text("\n".join(lines) + "\n")
        # Newer versions lock out an address that fails often, and all tests come from one.
        lenient = ["-o", "PerSourcePenalties=no"]
        known = subprocess.run([self._program, "-t", "-f", config, *lenient], check=False, stderr=subprocess.DEVNULL)
        self._log.clear()
        self._process = subprocess.Popen(
            # It closes every file it might have inherited, for each session: of few, that is quick.
            [*self._within, "sh", "-c", 'ulimit -n 256; exec "$0" "$@"', self._program, "-D", "-e", "-f", config]
            + (lenient if known.returncode == 0 else []),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        return self.wait_for(lambda: any("Server listening" in line for line in self._log) or self._ended()) and not (
            self._ended()
        )

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                with self._news:
                    self._log.append(line.rstrip())
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> bool:
        """Wait until the log makes a condition true."""
        with self._news:
            return self._news.wait_for(condition, timeout)

    @property
    def pid(self) -> int:
        """The process that listens, or that did until it was stopped."""
        assert self._process is not None
        return self._process.pid

    @property
    def logins(self) -> int:
        """How many logins it accepted so far. It logs one before it runs its first command."""
        with self._news:
            return sum("Accepted publickey" in line for line in self._log)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def host(self, **fields: Any) -> Host:
        """The host it serves, under its real name."""
        return Host(**{"name": NODE} | fields)

    def block(self, name: str = NODE, *more: str) -> str:
        """A block of an ssh_config that leads here."""
        lines = [f"HostName {self.address}", f"Port {self.port}", f"IdentityFile {self.key}", "IdentitiesOnly yes"]
        lines += [f"UserKnownHostsFile {self.known_hosts}", "GlobalKnownHostsFile none", *more]
        return f"Host {name}\n" + "".join(f"  {line}\n" for line in lines)

    def settings(self, *more: str, config: str | None = None, **fields: Any) -> TransportSettings:
        """Settings with an ssh_config that leads here and away from the real user's files."""
        path = self.folder / f"ssh_config-{len(list(self.folder.iterdir()))}"
        path.write_text(self.block(NODE, *more) if config is None else config)
        usual = {
            "user": getpass.getuser(),
            "ssh_config": path,
            "search_path": self.search_path,
            "state": str(self.folder / "state"),
        }
        return TransportSettings(**usual | fields)

    @property
    def search_path(self) -> tuple[str, ...]:
        """For root the usual one. For anybody else one with a sudo that does what it is asked, as anybody else."""
        if os.geteuid() == 0:
            return SEARCH_PATH
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        sudo = folder / "sudo"
        sudo.write_text('#!/bin/sh\n[ "$1 $2" = "-n --" ] && shift 2 && exec "$@"\n')
        sudo.chmod(0o755)
        return (str(folder), *SEARCH_PATH)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "authorized_keys").unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
